/** Parquet files, looked into: the footer, and the first cells that hold recordings. */

import type { ByteSource, Stop } from '../../../bytes.ts';
import { BowerbirdError } from '../../../errors.ts';
import { ChunkBytes } from '../../../samples/parquet/chunk-bytes.ts';
import { Damage, within } from '../../../samples/parquet/faults.ts';
import { featuresOf } from '../../../samples/parquet/features.ts';
import { type Footer, footerOf, readFooterBytes } from '../../../samples/parquet/footer.ts';
import { loadLibrary } from '../../../samples/parquet/library.ts';
import { readPageHeader } from '../../../samples/parquet/page-header.ts';
import { parquetIn } from '../../../samples/parquet/parquet.ts';
import type { Leaf } from '../../../samples/parquet/schema.ts';
import { structureEnd } from '../../../samples/parquet/thrift.ts';
import { converterOf, type Raw } from '../../../samples/parquet/values.ts';
import { openSource } from '../../../storage/source.ts';
import { isRemote } from '../../../storage/uri.ts';
import type { InspectSettings } from '../work.ts';
import { audioColumns } from './audio-columns.ts';
import { type ChunkClaims, claimsOf, type FileClaims } from './claims.ts';
import { lookAtCells } from './inspect-cells.ts';
import { type Order, orderOf } from './order.ts';
import { toldBy } from './told.ts';
import type { InspectedAudio, InspectedColumn, InspectedParquet, ParquetDamage } from './types.ts';
import { columnOf } from './verify.ts';

/** Of row groups and of keys: a report is there to be read. */
const mostGroups = 1000;

export async function inspect(source: string, settings: InspectSettings): Promise<InspectedParquet> {
  const file = await openSource(source);
  try {
    const bytes = await readFooterBytes(file, source);
    const [footer, claims] = [await footerOf(bytes, source), await claimsOf(bytes, source)];
    const { schema, groups, keyValues, rows } = footer;
    const sizes = groups.map(({ rows: held, chunks }, i) => ({
      rows: held,
      bytes: claims.groups[i]!.chunks.reduce((sum, chunk) => sum + (chunk.bytes ?? 0), 0),
      packedBytes: chunks.reduce((sum, { from, to }) => sum + to - from, 0),
    }));
    const walk = { file, source, stop: settings.signal, isAll: settings.all };
    const columns: InspectedColumn[] = [];
    let damage: ParquetDamage | undefined;
    const noteDamage = (error: unknown, column: string) => {
      if (!(error instanceof BowerbirdError) || !/^(CORRUPT|TRUNCATED|BAD_SCHEMA|UNSUPPORTED)$/.test(error.code))
        throw error;
      const { code, message: reason, offset = 0, record: row = null } = error;
      damage ??= { fault: 'page', group: null, column, row, offset, length: 0, code, reason };
    };
    for (const leaf of schema.leaves) {
      columns.push(await columnIn(leaf, footer, claims, walk, (error) => noteDamage(error, leaf.path)));
    }
    const features = featuresOf(keyValues);
    const opened = await parquetIn(file, source, settings.signal);
    const audio: InspectedAudio[] = [];
    for (const column of audioColumns(schema, features)) {
      const looked = await lookAtCells(opened, column, isRemote(source), settings, (error) =>
        noteDamage(error, column.bytes.path),
      );
      if (looked !== undefined) audio.push(looked);
    }
    return {
      ...{ source, format: 'parquet', size: file.byteLength },
      ...{ version: claims.version ?? null, createdBy: claims.createdBy ?? null, rows },
      ...{ groups: sizes.slice(0, mostGroups), rowGroups: groups.length, largestGroup: largestOf(sizes), columns },
      keyValues: claims.keys.slice(0, mostGroups),
      features: Object.fromEntries(
        [...features].map(([name, { type, samplingRate }]) => [name, featureText(type, samplingRate)]),
      ),
      shard: toldBy(keyValues) ?? null,
      audio,
      ...(damage !== undefined && { damage }),
    };
  } finally {
    await file.close();
  }
}

function featureText(type: string, rate: number | undefined): string {
  return `${type === '' ? 'nested' : type}${rate === undefined ? '' : `(${rate})`}`;
}

function largestOf(groups: InspectedParquet['groups']): InspectedParquet['largestGroup'] {
  let largest: InspectedParquet['largestGroup'] = null;
  for (const [group, { rows, bytes }] of groups.entries()) {
    if (largest === null || bytes > largest.bytes) largest = { group, rows, bytes };
  }
  return largest;
}

interface Walk {
  readonly file: ByteSource;
  readonly source: string;
  readonly stop: Stop | undefined;
  /** Read the headers of all pages. */
  readonly isAll: boolean;
}

async function columnIn(
  leaf: Leaf,
  { groups }: Footer,
  claims: FileClaims,
  walk: Walk,
  onDamage: (error: unknown) => void,
): Promise<InspectedColumn> {
  const number = leaf.leaves[0]!;
  const chunks = groups.map((group) => group.chunks[number]!);
  const told = claims.groups.map((group) => group.chunks[number]!);
  let pages: number | null = null;
  try {
    pages = walk.isAll ? await countPages(leaf, chunks, walk) : (saidPages(told) ?? (await indexedPages(chunks, walk)));
  } catch (error) {
    onDamage(error);
  }
  return {
    ...columnOf(leaf),
    codecs: [...new Set(chunks.map(({ codec }) => codec))],
    encodings: [...new Set(told.flatMap(({ encodings }) => encodings))],
    pages,
    packedBytes: chunks.reduce((sum, { from, to }) => sum + to - from, 0),
    bytes: told.reduce((sum, { bytes }) => sum + (bytes ?? 0), 0),
    indexed: chunks.filter(({ offsetIndex }) => offsetIndex !== undefined).length,
    nulls: allOf(told.map(({ statistics }) => statistics?.nulls)),
    ...extremesOf(leaf, told, claims.isOrdered),
  };
}

/** The sum; null where one is not there. */
function allOf(counts: readonly (number | undefined)[]): number | null {
  return counts.reduce((sum: number | null, count) => (sum === null || count === undefined ? null : sum + count), 0);
}

function saidPages(chunks: readonly ChunkClaims[]): number | null {
  return allOf(chunks.map(({ dataPages }) => dataPages));
}

/** A read each; over a network a request. */
const mostIndices = { local: 1000, remote: 20 } as const;
const mostIndexBytes = 1 << 20;

/** By the index of pages, where there is one that takes few and small reads. */
async function indexedPages(
  chunks: Footer['groups'][number]['chunks'],
  { file, source, stop }: Walk,
): Promise<number | null> {
  const places = chunks.map(({ offsetIndex }) => offsetIndex);
  const length = allOf(places.map((place) => place?.length));
  const most = isRemote(source) ? mostIndices.remote : mostIndices.local;
  if (length === null || length > mostIndexBytes || places.length > most) return null;
  const { readOffsetIndex } = await loadLibrary();
  let pages = 0;
  for (const place of places) {
    stop?.throwIfAborted();
    const bytes = await file.read(place!.offset, place!.length);
    pages += within(source, 'the index of pages', place!.offset, () => {
      structureEnd(bytes, 0);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      return readOffsetIndex({ view, offset: 0 }).page_locations.length;
    });
  }
  return pages;
}

/** By their headers. */
async function countPages(leaf: Leaf, chunks: Footer['groups'][number]['chunks'], walk: Walk): Promise<number> {
  const { parquetHeader: parse } = await loadLibrary();
  const { file, source: uri, stop } = walk;
  let pages = 0;
  for (const { from, to, values } of chunks) {
    const bytes = new ChunkBytes(file, to, isRemote(uri), 1, stop);
    for (let at = values === 0 ? to : from; at < to; ) {
      const { kind, at: begin, packed } = await readPageHeader(bytes, at, { uri, column: leaf.path, parse }, true);
      if (kind === 'data' || kind === 'data-v2') pages++;
      at = begin + packed;
    }
  }
  return pages;
}

/** Of all row groups; null where one that holds values does not say. */
function extremesOf(
  leaf: Leaf,
  chunks: readonly ChunkClaims[],
  isOrdered: boolean,
): Pick<InspectedColumn, 'min' | 'max'> {
  const order = orderOf(leaf);
  if (order === undefined) return { min: null, max: null };
  const bounds = (side: 'min' | 'max', old: 'oldMin' | 'oldMax') =>
    chunks.map(({ statistics }) => {
      const bytes =
        (isOrdered || order.isSigned ? statistics?.[side] : undefined) ??
        (order.isSigned ? statistics?.[old] : undefined);
      return bytes === undefined ? undefined : order.bound(bytes);
    });
  return {
    min: boundText(leaf, order, bounds('min', 'oldMin'), -1),
    max: boundText(leaf, order, bounds('max', 'oldMax'), 1),
  };
}

const mostText = 60;

function boundText(leaf: Leaf, order: Order, bounds: readonly (Raw | undefined)[], side: 1 | -1): string | null {
  let found: Raw | undefined;
  for (const bound of bounds) {
    if (bound === undefined) return null;
    if (found === undefined || order.compare(bound, found) * side > 0) found = bound;
  }
  if (found === undefined) return null;
  try {
    const value = converterOf(leaf)(found);
    const text = value instanceof Uint8Array ? Buffer.from(value.subarray(0, mostText)).toString('hex') : wordOf(value);
    return text.length > mostText ? `${text.slice(0, mostText)}...` : text;
  } catch (error) {
    // A text that was cut in the middle of a letter is a bound all the same.
    if (error instanceof Damage || error instanceof BowerbirdError) return null;
    throw error;
  }
}

function wordOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'value' in value ? String(value.value) : String(value);
}
