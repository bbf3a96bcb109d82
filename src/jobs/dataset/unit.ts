/** The work of one unit of `dataset build`: the rows of a chunk become Parquet files. Runs in a worker. */

import { addCount, countReject, SharedStop, tooManyRejects } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import { named } from '../../options.ts';
import { stillAccepted } from '../../records/on-error.ts';
import { NoteCounter } from '../engine/note-counts.ts';
import { type PartDrafts, withParts } from '../engine/outputs.ts';
import type { RejectWriter } from '../engine/rejects.ts';
import type { UnitContext } from '../engine/types.ts';
import { adoptedReceipt } from './adopted.ts';
import { builtBefore, keepBuilt } from './built.ts';
import type { DatasetUnit, DatasetUnitOptions } from './choices.ts';
import { ChunkParts } from './chunk-parts.ts';
import type { ChunkRow, RowsContext } from './chunk-source.ts';
import { type DatasetReceipt, stampsOf } from './receipt.ts';
import { rowsOfChunk } from './rows-of-chunk.ts';

export async function run(
  unit: DatasetUnit,
  options: DatasetUnitOptions,
  context: UnitContext,
): Promise<DatasetReceipt> {
  if (unit.adopted !== null) return adoptedReceipt(unit, unit.adopted, options.onError);
  const { awaitsCommit, durable, maxRejects } = options;
  const { shared, outDir } = context;
  const before = awaitsCommit ? await builtBefore(outDir, unit, new SharedStop(shared)) : undefined;
  if (before !== undefined && stillAccepted(before, options.onError)) {
    const rejects = addCount(shared, 'rejects', before.rejects);
    if (maxRejects !== undefined && rejects > maxRejects) throw tooManyRejects(maxRejects);
    return before;
  }
  const receipt = await withParts(unit, context, durable, (parts, rejects) =>
    new Chunk(unit, options, context, rejects).make(parts),
  );
  if (awaitsCommit && receipt.files.length > 0) await keepBuilt(outDir, receipt, durable);
  return receipt;
}

/** Names of keys that are told; whoever writes more of them writes data as keys. */
const mostKeys = 50;

class Chunk {
  readonly #unit: DatasetUnit;
  readonly #options: DatasetUnitOptions;
  readonly #context: UnitContext;
  readonly #rejectFile: RejectWriter;
  readonly #stop: SharedStop;
  readonly #notes = new NoteCounter();
  readonly #notKept = new Set<string>();
  #rejects = 0;
  #extras = 0;
  #bytesIn = 0;

  constructor(unit: DatasetUnit, options: DatasetUnitOptions, context: UnitContext, rejects: RejectWriter) {
    this.#unit = unit;
    this.#options = options;
    this.#context = context;
    this.#rejectFile = rejects;
    this.#stop = new SharedStop(context.shared);
  }

  async make(drafts: PartDrafts): Promise<DatasetReceipt> {
    const parts = new ChunkParts(drafts, this.#options);
    const [unit, { onError }] = [this.#unit, this.#options];
    let [rows, unknownSeconds, seconds] = [0, 0, 0];
    for await (const row of rowsOfChunk(unit.from, this.#options, this.#rowsContext())) {
      this.#stop.throwIfAborted();
      if (!(await this.#add(parts, row))) continue;
      rows++;
      if (Number.isFinite(row.seconds)) seconds += row.seconds;
      else unknownSeconds++;
      addCount(this.#context.shared, 'records', 1);
    }
    this.#stop.throwIfAborted();
    const files = parts.finish(unit, this.#rejects);
    const { id, input, config, split } = unit;
    return {
      unit: id,
      input,
      outputs: stampsOf(unit, files),
      records: rows,
      rejects: this.#rejects,
      files,
      config,
      split,
      sources: unit.sources,
      seconds,
      unknownSeconds,
      bytesIn: this.#bytesIn,
      extras: this.#extras,
      notKept: [...this.#notKept],
      notes: this.#notes.counts(),
      onError,
    };
  }

  /** False where the row does not fit the columns. */
  async #add(parts: ChunkParts, row: ChunkRow): Promise<boolean> {
    try {
      await parts.add(row);
      return true;
    } catch (error) {
      if (!(error instanceof BowerbirdError) || error.code !== 'BAD_SCHEMA') throw error;
      this.#reject({ input: row.name, record: error.record ?? 0, offset: 0, code: error.code, reason: error.message });
      return false;
    }
  }

  #rowsContext(): RowsContext {
    return {
      outDir: this.#context.outDir,
      stop: this.#stop,
      ahead: this.#options.downloads,
      countBytes: (bytes) => {
        this.#bytesIn += bytes;
        addCount(this.#context.shared, 'bytes', bytes);
      },
      reject: (what) => this.#reject(what),
      mention: (what) => {
        this.#extras++;
        this.#rejectFile.write({ ...what, extra: true } as typeof what);
      },
      note: (name, notes) => this.#notes.add(name, notes),
      notKept: (keys) => {
        for (const key of keys) if (this.#notKept.size < mostKeys) this.#notKept.add(key);
      },
    };
  }

  #reject(what: Parameters<RowsContext['reject']>[0]): void {
    const { onError, maxRejects } = this.#options;
    const place = { source: what.input };
    if (onError === 'fail') {
      const message = `Cannot use "${what.input}" in ${this.#unit.id}: ${what.reason}; ${named('onError', 'skip')} leaves it out`;
      throw new BowerbirdError(what.code, message, place);
    }
    this.#rejectFile.write(what);
    this.#rejects++;
    countReject(this.#context.shared, maxRejects, place);
  }
}
