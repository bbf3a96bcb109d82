/** What becomes of the rows of a unit whose recordings cannot be used, and whether rows and recordings are still what was planned. */

import { addCount, countReject } from '../../counters.ts';
import { BowerbirdError, isShortage, reasonOf } from '../../errors.ts';
import { named } from '../../options.ts';
import type { OnError } from '../../records/on-error.ts';
import { isRemote, shown } from '../../storage/uri.ts';
import type { RejectWriter } from '../engine/rejects.ts';
import type { RowReject } from '../engine/types.ts';
import type { ClipDamage } from './clips.ts';
import { type Recording, type RecordingStamp, stampLocal } from './recordings.ts';
import { rowStamp, StampDigest } from './stamps.ts';
import type { RecordingTally } from './tally.ts';

/** A row, and the recording that it names. */
export interface RowTask {
  /** Below the header, from 0. */
  readonly row: number;
  /** Of the file of rows, on which the row ends, from 1; absent where rows are no lines. */
  readonly line?: number;
  readonly uri: string;
  /** All that the row says, for rowStamp(). */
  readonly cells: readonly string[];
  /** By its name: the plan did not look at it. */
  readonly isOutside: boolean;
  /** Why the row itself cannot be used. */
  readonly refusal: BowerbirdError | undefined;
  /** Then its recording is not asked for. */
  readonly isRefused: boolean;
}

/** What is wrong with a recording, not with the machine or the network, and so is left out under --on-error skip. */
const ofTheRecording = new Set([
  'NOT_FOUND',
  'ACCESS',
  'UNSUPPORTED',
  'CORRUPT',
  'CORRUPT_RECORD',
  'TRUNCATED',
  'BAD_SCHEMA',
]);

export interface RowUseTerms {
  readonly unit: string;
  /** The first part of its input's version: the digest of the plan. */
  readonly planned: string;
  /** What the rows stand in. */
  readonly source: string;
  readonly onError: OnError;
  readonly maxRejects: number | undefined;
}

export class RowUse {
  readonly #terms: RowUseTerms;
  readonly #shared: SharedArrayBuffer;
  readonly #rejects: RejectWriter;
  readonly #tally: RecordingTally;
  readonly #digest = new StampDigest();

  constructor(terms: RowUseTerms, shared: SharedArrayBuffer, rejects: RejectWriter, tally: RecordingTally) {
    this.#terms = terms;
    this.#shared = shared;
    this.#rejects = rejects;
    this.#tally = tally;
  }

  /** The bytes of the recording; undefined when the row is rejected. Rows come in their order. */
  async take(task: RowTask, take: () => Recording | Promise<Recording>): Promise<Uint8Array | undefined> {
    try {
      if (task.refusal !== undefined) throw task.refusal;
      const recording = await take();
      this.#stamp(task, recording);
      addCount(this.#shared, 'bytes', recording.size);
      return recording.bytes;
    } catch (error) {
      this.#stamp(task, isRemote(task.uri) ? undefined : stampLocal(task.uri));
      this.refuse(task, error);
      return undefined;
    }
  }

  #stamp({ uri, cells, isOutside }: RowTask, stamp: RecordingStamp | undefined): void {
    const state = isOutside ? 'refused' : isRemote(uri) ? undefined : stamp;
    this.#digest.add(rowStamp(uri, cells, state));
  }

  /** Rejects what is the recording's fault; whatever else went wrong ends the unit. */
  refuse(task: RowTask, error: unknown): void {
    const isRejectable =
      error instanceof BowerbirdError &&
      (ofTheRecording.has(error.code) || (error.code === 'IO' && !isRemote(task.uri) && !isShortage(error)));
    if (!isRejectable) throw error;
    this.#reject(task, error);
  }

  #reject({ row, line, uri }: RowTask, error: BowerbirdError): void {
    const { code, message } = error;
    const { onError, source, maxRejects } = this.#terms;
    const place = { source: uri, record: row };
    if (onError === 'fail') {
      const where = `Cannot use row ${row}${line === undefined ? '' : ` (line ${line})`} of "${source}"`;
      throw new BowerbirdError(code, `${where}: ${message}; ${named('onError', 'skip')} leaves such rows out`, place);
    }
    this.#write({ row, line, uri }, code, reasonOf(error));
    this.#tally.reject();
    countReject(this.#shared, maxRejects, place);
  }

  /** Lists a recording that was used although it is damaged. */
  keep(task: RowTask, [first, ...others]: readonly ClipDamage[]): void {
    if (first === undefined) return;
    const more = others.length > 0 ? `, and ${others.length} more` : '';
    this.#write(task, first.code, `${first.reason}${more}`, { kept: true });
    this.#tally.salvage();
  }

  #write(
    { row, line, uri }: Pick<RowTask, 'row' | 'uri'> & { readonly line?: number | undefined },
    code: RowReject['code'],
    reason: string,
    kept: Pick<RowReject, 'kept'> = {},
  ): void {
    const place = { input: shown(uri), row, ...(line === undefined ? {} : { line }) };
    this.#rejects.write({ ...place, code, reason, ...kept });
  }

  /** Outputs of rows and recordings that change while they are read would be outputs of nothing that ever was. */
  checkUnchanged(): void {
    const { unit, planned, source } = this.#terms;
    if (this.#digest.text() === planned) return;
    const message =
      `Cannot make "${unit}": rows of "${source}" or their recordings changed while the run was going on; ` +
      'run the same command again when nothing writes to them';
    throw new BowerbirdError('IO', message, { source });
  }
}
