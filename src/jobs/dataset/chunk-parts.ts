/** The files of a chunk while its rows come: a new one where the last is full, all ended together, since each says how many there are. */

import { BowerbirdError } from '../../errors.ts';
import { named } from '../../options.ts';
import { factsKey, factsText, type ShardFacts } from '../../samples/parquet/write/shard-facts.ts';
import { type ParquetRowValues, ParquetShardWriter } from '../../samples/parquet/write/shard-writer.ts';
import type { PartDrafts } from '../engine/outputs.ts';
import { type ChunkChoices, type DatasetUnit, nameInDataset } from './choices.ts';
import type { ChunkRow } from './chunk-source.ts';
import { FactsTally } from './facts-tally.ts';
import type { ChunkFile } from './receipt.ts';

interface Part {
  readonly writer: ParquetShardWriter;
  readonly tally: FactsTally;
}

/** Each is an open file until the last row came. */
const mostParts = 500;

export class ChunkParts {
  readonly #drafts: PartDrafts;
  readonly #choices: ChunkChoices;
  readonly #hasScores: boolean;
  readonly #parts: Part[] = [];

  constructor(drafts: PartDrafts, choices: ChunkChoices) {
    this.#drafts = drafts;
    this.#choices = choices;
    this.#hasScores = choices.columns.some(({ name }) => name === 'dnsmos');
  }

  /** @throws BowerbirdError BAD_SCHEMA: the row does not fit, and the next may; all else ends the chunk */
  async add(row: ChunkRow): Promise<void> {
    const values: ParquetRowValues = row.values;
    let part = this.#parts.at(-1) ?? (await this.#open());
    const { writer, tally } = part;
    // The facts are no part of what `bytes` counts.
    const isFull = () => writer.bytes + writer.sizeOf(values) + tally.room > this.#choices.parquetMaxBytes;
    if (writer.rows > 0 && isFull()) part = await this.#open();
    part.writer.add(values);
    part.tally.add(row);
  }

  /** None where there was no row. */
  finish(unit: DatasetUnit, rejects: number): readonly ChunkFile[] {
    const parts = this.#parts;
    // None of the rows did fit.
    if (parts.every(({ writer }) => writer.rows === 0)) return [];
    const names = this.#drafts.names();
    return parts.map(({ writer, tally }, index): ChunkFile => {
      const counted = tally.facts();
      const facts: ShardFacts = {
        version: 1,
        chunk: unit.id,
        part: index,
        parts: parts.length,
        identity: unit.identity,
        config: unit.config,
        split: unit.split,
        rows: writer.rows,
        rejects: index === 0 ? rejects : 0,
        arrowBytes: writer.arrowBytes,
        ...counted,
      };
      const { bytes, crc32c, sha256, rows, groups, arrowBytes } = writer.finish({ [factsKey]: factsText(facts) });
      return {
        name: nameInDataset(names[index]!),
        bytes,
        crc32c,
        sha256,
        rows,
        groups,
        arrowBytes,
        seconds: counted.seconds,
      };
    });
  }

  async #open(): Promise<Part> {
    if (this.#parts.length === mostParts) {
      const message = `Cannot make the chunk: it needs more than ${mostParts} parts; raise ${named('parquetMaxBytes')}, or make smaller chunks (${named('episodesPerChunk')})`;
      throw new BowerbirdError('UNSUPPORTED', message);
    }
    const { fd, path } = this.#drafts.open();
    const { columns, rowgroupBytes } = this.#choices;
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes: rowgroupBytes });
    const part = { writer, tally: new FactsTally(this.#hasScores) };
    this.#parts.push(part);
    return part;
  }
}
