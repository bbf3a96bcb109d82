/** Samples of a packed dataset as chunks: those of all its shards behind each other. Lives in the process of the run. */

import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Stop } from '../../../bytes.ts';
import { BowerbirdError, isVerdict, systemError } from '../../../errors.ts';
import { keyText } from '../../../formats/lmdb/key-text.ts';
import { listDataset, metadataFile } from '../../../records/dataset-listing.ts';
import { readMetadata, shardOf } from '../../../records/dataset-metadata.ts';
import { type DatasetShard, datasetShards } from '../../../records/dataset-shards.ts';
import { LmdbReader } from '../../../records/lmdb-reader.ts';
import { someOf } from '../../../samples/rows/source.ts';
import { fileNameOf, placeIn, shown } from '../../../storage/uri.ts';
import type { ChunkSource, PackRange, PlannedChunk, PlannedChunks } from '../chunk-source.ts';
import type { SoundCheck } from '../sound-check.ts';
import { FieldColumns, withAudio } from './columns.ts';
import { fromPlace } from './place.ts';
import { fieldsOf, storageFields } from './sample.ts';

export interface PackChunksTerms {
  /** A folder, or an LMDB file, of this machine. */
  readonly place: string;
  readonly samplesPerChunk: number;
  readonly samplingRate: number | null;
  readonly check: SoundCheck;
}

/** Of each shard, from which its fields are known. */
const mostLookedAt = 100;

interface Looked extends DatasetShard {
  readonly size: number;
  readonly version: string;
  readonly count: number;
  /** In base64, by the place of the sample in the shard: where chunks begin. */
  readonly starts: ReadonlyMap<number, string>;
  /** What it holds, as far as that can be known without reading all of it. */
  readonly content: string;
}

export class PackChunks implements ChunkSource {
  readonly name: string;
  readonly #terms: PackChunksTerms;

  constructor(terms: PackChunksTerms) {
    this.#terms = terms;
    this.name = shown(terms.place);
  }

  async plan(stop: Stop): Promise<PlannedChunks> {
    const { place, samplesPerChunk, samplingRate, check } = this.#terms;
    const leftOut: string[] = [];
    const found = await datasetShards(place, (notice) => leftOut.push(notice));
    const listing = await listDataset(place);
    for (const other of listing?.others ?? []) leftOut.push(`"${other}": it is no part of the dataset`);
    const sums = listing?.hasMetadata ? await sumsIn(placeIn(place, metadataFile)) : new Map<string, string>();
    const fields = new FieldColumns(this.name);
    const shards: Looked[] = [];
    let samples = 0;
    for (const shard of found) {
      const looked = await this.#look(shard, samples, fields, sums, stop);
      shards.push(looked);
      samples += looked.count;
    }
    if (samples === 0) {
      const message = `Cannot build a dataset of "${this.name}": it has no sample`;
      throw new BowerbirdError('NOT_FOUND', message, { source: this.name });
    }
    const known = fields.columns();
    const columns = withAudio(known.columns, samplingRate);
    const none =
      known.notKept.length === 0
        ? []
        : [`Not kept of "${this.name}": ${someOf(known.notKept)}: no column takes what they hold`];
    const notKept = [...known.notKept, ...fields.stored];
    return {
      columns,
      chunks: chunksOf(shards, samples, samplesPerChunk),
      leftOut,
      notKept,
      notices: none,
      rows: { kind: 'pack', columns, notKept, check },
    };
  }

  close(): void {}

  async #look(
    shard: DatasetShard,
    before: number,
    fields: FieldColumns,
    sums: ReadonlyMap<string, string>,
    stop: Stop,
  ): Promise<Looked> {
    const { path } = shard;
    const stamp = stampOf(path);
    const hash = createHash('sha256').update(`${stamp.size} ${sums.get(fileNameOf(shard.shard)) ?? ''}\n`);
    const reader = await LmdbReader.open(path);
    try {
      hash.update(`${reader.count}\n`);
      for await (const batch of reader.batches({ reuse: true, stop })) {
        for (let i = 0; i < Math.min(batch.count, mostLookedAt); i++) {
          const [key, value] = [batch.key(i), batch.value(i)];
          hash.update(`${key.length} ${value.length}\n`).update(key).update(value);
          addFields(fields, value, shard.shard, keyText(key));
        }
        break;
      }
      const starts = await startsIn(reader, before, this.#terms.samplesPerChunk, stop);
      return { ...shard, ...stamp, count: reader.count, starts, content: hash.digest('hex') };
    } finally {
      await reader.close();
    }
  }
}

/** What is no sample says nothing of fields; whoever comes to it rejects it. */
function addFields(fields: FieldColumns, value: Uint8Array, shard: string, key: string): void {
  let found: ReturnType<typeof fieldsOf>;
  try {
    found = fieldsOf(value, shard);
  } catch (error) {
    if (isVerdict(error)) return;
    throw error;
  }
  for (const [name, field] of found) {
    if (name === 'audio') continue;
    if (storageFields.has(name)) fields.addStored(name);
    else fields.add(name, field, `sample "${key}" of "${shard}"`);
  }
}

function stampOf(path: string): { readonly size: number; readonly version: string } {
  try {
    const { size, mtimeNs } = statSync(path, { bigint: true });
    return { size: Number(size), version: String(mtimeNs) };
  } catch (error) {
    throw systemError('read', path, error);
  }
}

/** SHA-256 of shards by their names, as metadata.json has them: claims, which only tell one dataset from another here. */
async function sumsIn(path: string): Promise<ReadonlyMap<string, string>> {
  const { shards = [] } = await readMetadata(path);
  const known = shards.filter(({ path: name, sha256 }) => name !== undefined && sha256 !== undefined);
  return new Map(known.map(({ path: name, sha256 }) => [shardOf(name!), sha256!]));
}

/** The keys of this shard with which chunks begin: `before` samples are in those before it. Values are not read. */
async function startsIn(
  reader: LmdbReader,
  before: number,
  samplesPerChunk: number,
  stop: Stop,
): Promise<ReadonlyMap<number, string>> {
  const starts = new Map<number, string>();
  const { count, source } = reader;
  let next = (samplesPerChunk - (before % samplesPerChunk)) % samplesPerChunk;
  if (count > 0 && next !== 0) starts.set(0, '');
  if (next >= count) return starts;
  let at = 0;
  for await (const key of reader.keys({ stop })) {
    if (at === next) {
      starts.set(at, Buffer.from(key).toString('base64'));
      next += samplesPerChunk;
      if (next >= count) return starts;
    }
    at++;
  }
  const message = `Cannot read all keys of "${source}": expected ${count}, as its header says, found ${at}`;
  throw new BowerbirdError('CORRUPT', message, { source });
}

function chunksOf(shards: readonly Looked[], samples: number, samplesPerChunk: number): PlannedChunk[] {
  const chunks: PlannedChunk[] = [];
  let [shard, at] = [0, 0];
  for (let done = 0; done < samples; ) {
    const ranges: PackRange[] = [];
    const contents: unknown[] = [];
    const stamps: unknown[] = [];
    let [left, size] = [Math.min(samplesPerChunk, samples - done), 0];
    const count = left;
    while (left > 0) {
      const { path: uri, size: bytes, version, count: all, starts, content } = shards[shard]!;
      const to = Math.min(all, at + left);
      if (to > at) {
        const start = starts.get(at)!;
        ranges.push({ uri, size: bytes, version, start, from: at, to });
        contents.push([content, start, at, to]);
        stamps.push([uri, bytes, version]);
        size += Math.round((bytes * (to - at)) / all);
        left -= to - at;
      }
      at = to;
      if (at === all) [shard, at] = [shard + 1, 0];
    }
    done += count;
    chunks.push({
      ...fromPlace(chunks.length),
      size,
      version: digestOf(contents),
      stamp: digestOf(stamps).slice(0, 32),
      names: [],
      count,
      from: { kind: 'pack', ranges },
    });
  }
  return chunks;
}

function digestOf(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
