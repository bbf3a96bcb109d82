/** Drives one native pass over one TFRecord file: gives it bytes, answers its questions, puts its findings into words. */

import { createReadStream } from 'node:fs';
import { totalmem } from 'node:os';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ByteBlocks, Stop } from '../bytes.ts';
import { addCount, interrupted, SharedStop } from '../counters.ts';
import { BowerbirdError, type ErrorCode, systemError } from '../errors.ts';
import { type Compression, decompress, sniffCompression } from '../formats/records/compression.ts';
import { describeUnknown } from '../formats/sniff/sniff.ts';
import {
  type FinishedFiles,
  type NativeBatch,
  type NativeFault,
  type NativeSystemError,
  native,
  type PassCounts,
  passEvent,
  type RecordPass,
  recordFault,
  type StopOn,
  stopOn,
} from '../native/native.ts';
import { nativeError } from '../native/native-errors.ts';
import { named } from '../options.ts';
import { storageOf } from '../storage/registry.ts';
import { isRemote } from '../storage/uri.ts';
import { behind, headBytes, readHead, rejoined } from './blocks.ts';
import { explain, type FaultContext, truncationFaults } from './faults.ts';
import { type PassTarget, targetArguments } from './pass-target.ts';
import { type Finding, StreamBreaks } from './stream-breaks.ts';

export type { Finding, PassTarget };

const blockBytes = 1 << 20;

export interface PassSettings {
  readonly target: PassTarget;
  readonly stopOn: StopOn;
  /** Notes the place of every n-th record, for notedPlaces(). */
  readonly placesEvery?: number | undefined;
  /** Makes a proof() of the records. */
  readonly prove?: boolean | undefined;
  /** Of an object: the version that is expected. Another one is an error, before a byte of it is used. */
  readonly version?: string | undefined;
  /** Counters and stop flag of the run, when there is one. */
  readonly shared?: SharedArrayBuffer | undefined;
  readonly stop?: Stop | undefined;
  /** A part of the (uncompressed) record stream. Default: all of it. */
  readonly slice?: RecordSlice | undefined;
  /** What the sentences about unusable records speak of. */
  readonly context?: FaultContext | undefined;
}

/** Begins at `offset` with the record of this index; `skip` records are stepped over and `take` are read. */
export interface RecordSlice {
  readonly index: number;
  readonly offset: number;
  readonly skip: number;
  readonly take: number;
}

/** What a name becomes: JSON text before and after `recording_offset_in_file`. Undefined: the name cannot be read. */
export type NameText = { readonly head: string; readonly tail: string } | undefined;

export interface PassHandlers {
  /** Called in file order. May throw to end the pass. */
  readonly onFinding: (finding: Finding) => void;
  readonly onName?: ((name: string) => NameText) | undefined;
}

/** An open file and the pass over it. Close it, whatever happens. */
export class FilePass {
  readonly source: string;
  readonly #native: RecordPass;
  readonly #settings: PassSettings;
  #compression: Compression = 'none';
  /** What the file is, in words, when it begins like something that is no TFRecord. */
  #lookalike: string | undefined;
  /** Undefined while the native side reads a local file itself. */
  #blocks: AsyncGenerator<Uint8Array> | undefined;
  readonly #breaks = new StreamBreaks();

  constructor(path: string, settings: PassSettings) {
    this.source = path;
    this.#settings = settings;
    const { shared, stopOn, slice, placesEvery, prove, target } = settings;
    const head = isRemote(path) ? undefined : readHead(path);
    const counters = shared === undefined ? null : new Uint8Array(shared);
    const most = Math.floor(totalmem() / 2);
    this.#native = new (native().RecordPass)(stopOn, most, counters, ...targetArguments(target));
    if (head !== undefined) {
      this.#look(head);
      if (this.#compression === 'none') this.#calling('read', () => this.#native.openFile(path, slice?.offset));
      else this.#blocks = this.#decompressed(this.#counted(createReadStream(path, { highWaterMark: blockBytes })));
    }
    if (slice !== undefined) this.#native.slice(slice.index, slice.offset, slice.skip, slice.take);
    if (placesEvery !== undefined) this.#native.notePlaces(placesEvery);
    if (prove === true) this.#native.prove();
  }

  /** Of an object it is known once run() has begun. */
  get compression(): Compression {
    return this.#compression;
  }

  /** What was read so far. */
  counts(): PassCounts {
    return this.#native.counts();
  }

  /** With `placesEvery`: how many records are before the noted ones, and where these begin. */
  notedPlaces(): Float64Array {
    return this.#native.noted();
  }

  /** With `prove`: of the records so far. */
  proof(): string {
    return this.#native.proof();
  }

  /** Runs to the end, yielding batches where the target has them. */
  async *run(handlers: PassHandlers): AsyncGenerator<NativeBatch> {
    if (isRemote(this.source)) await this.#openRemote();
    for (;;) {
      const event = this.#calling('read', () => this.#native.run());
      switch (event) {
        case passEvent.needInput:
          await this.#feed(handlers.onFinding);
          break;
        case passEvent.needName:
          this.#answer(handlers.onName?.(this.#native.pendingName()));
          break;
        case passEvent.faults:
          for (const fault of this.#native.takeFaults()) {
            this.#breaks.told(this.#inWords(fault), truncationFaults.has(fault.fault)).forEach(handlers.onFinding);
          }
          break;
        case passEvent.batch:
          yield this.#native.takeBatch();
          // Local files are read without waiting, so that signals and timers would never get their turn.
          if (this.#settings.stop !== undefined) await nextTurn();
          this.#settings.stop?.throwIfAborted();
          break;
        case passEvent.paused:
          await nextTurn();
          break;
        case passEvent.stopped:
          throw interrupted();
        default:
          this.#breaks.rest(this.#native.counts().nextIndex).forEach(handlers.onFinding);
          return;
      }
    }
  }

  /** Ends the outputs of a pass to files, after run(). */
  finish(): FinishedFiles {
    return this.#calling('write', () => this.#native.finish());
  }

  async close(): Promise<void> {
    this.#native.close();
    await this.#blocks?.return(undefined);
  }

  #answer(text: NameText): void {
    if (text === undefined) this.#native.refuseName();
    else this.#native.giveName(text.head, text.tail);
  }

  #inWords(fault: NativeFault): Finding {
    const { record, offset, length } = fault;
    const { code, reason, damage } = explain(fault, this.#settings.context);
    if (damage && offset === 0 && this.#lookalike !== undefined) {
      return {
        record,
        offset,
        length,
        damage,
        foreign: true,
        code: 'UNSUPPORTED',
        reason: `expected a TFRecord file, found ${this.#lookalike}`,
      };
    }
    const promised = fault.fault === recordFault.recordTooLarge ? { promised: fault.a } : {};
    return { record, offset, length, damage, code, reason, ...promised };
  }

  async #feed(onFinding: PassHandlers['onFinding']): Promise<void> {
    try {
      const next = await this.#blocks?.next();
      if (next === undefined || next.done === true) {
        this.#breaks.ended();
        this.#native.endOfInput();
        return;
      }
      // All that was given before has been read.
      const { nextOffset, nextIndex } = this.#native.counts();
      this.#breaks.between(nextOffset, nextIndex).forEach(onFinding);
      this.#native.push(next.value);
    } catch (error) {
      // What came before the break is as good as ever: the policy about damage decides, not we.
      if (!(error instanceof BowerbirdError) || (error.code !== 'TRUNCATED' && error.code !== 'CORRUPT_RECORD'))
        throw error;
      this.#breaks.add(error);
      this.#breaks.ended();
      this.#native.endOfInput();
    }
  }

  #look(head: Uint8Array): void {
    this.#compression = sniffCompression(head);
    // Of a compressed file its content tells.
    if (this.#compression === 'none') this.#lookalike = describeUnknown(head);
  }

  /** Objects are streamed once, from where the reading begins; the first bytes tell what they are. */
  async #openRemote(): Promise<void> {
    const storage = await storageOf(this.source);
    const options = { version: this.#settings.version, stop: this.#stop() };
    const offset = this.#settings.slice?.offset ?? 0;
    if (offset > 0) {
      this.#look(await storage.readRange(this.source, 0, headBytes, options));
      const from = this.#compression === 'none' ? offset : 0;
      const rest = this.#counted(storage.readStream(this.source, { ...options, offset: from }));
      this.#blocks = from > 0 ? rest : this.#decompressed(rest);
      return;
    }
    const blocks = this.#counted(storage.readStream(this.source, options));
    this.#blocks = blocks;
    const waiting: Uint8Array[] = [];
    for (let held = 0; held < headBytes; ) {
      const next = await blocks.next();
      if (next.done === true) break;
      waiting.push(next.value);
      held += next.value.length;
    }
    this.#look(Buffer.concat(waiting).subarray(0, headBytes));
    const all = rejoined(waiting, blocks);
    this.#blocks = this.#compression === 'none' ? all : this.#decompressed(all);
  }

  #stop(): Stop | undefined {
    const { shared, stop } = this.#settings;
    return stop ?? (shared === undefined ? undefined : new SharedStop(shared));
  }

  #decompressed(blocks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    const plain = decompress(blocks, this.#compression, {
      source: this.source,
      stop: this.#stop(),
      onBreak: this.#settings.stopOn === stopOn.nothing ? (error) => this.#onBreak(error) : undefined,
    });
    return behind(this.#looked(plain), this.#settings.slice?.offset ?? 0);
  }

  /** Counting has told all of them; whether the records of a slice are intact, they say themselves. */
  #onBreak(error: BowerbirdError): void {
    if (this.#settings.slice === undefined) this.#breaks.add(error);
  }

  async *#looked(plain: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
    let isFirst = true;
    for await (const piece of plain) {
      if (isFirst && this.#compression !== 'none') {
        const what = describeUnknown(piece.subarray(0, headBytes));
        this.#lookalike = what === undefined ? undefined : `${this.#compression} of ${what}`;
      }
      isFirst = false;
      yield piece;
    }
  }

  /** What the native side does not read itself it cannot count. */
  async *#counted(blocks: ByteBlocks): AsyncGenerator<Uint8Array> {
    const { shared } = this.#settings;
    try {
      for await (const block of blocks) {
        if (shared !== undefined) addCount(shared, 'bytes', block.length);
        yield block;
      }
    } catch (error) {
      throw systemError('read', this.source, error);
    }
  }

  /** A pass reads one file and may write others. */
  #calling<T>(doing: string, call: () => T): T {
    try {
      return call();
    } catch (error) {
      const { path = '' } = error as Partial<NativeSystemError>;
      const isInput = path === '' || path === this.source;
      throw isInput ? nativeError(doing, this.source, error) : nativeError('write', path, error);
    }
  }
}

/** A finding as an exception, for policies that stop at it. */
export function findingError(doing: string, source: string, finding: Finding): BowerbirdError {
  const { code, record, offset, reason, foreign } = finding;
  const place = foreign === true ? '' : `record ${record} at byte ${offset} of `;
  const message = `Cannot ${doing} ${place}"${source}": ${reason}${hints[code] ?? ''}`;
  return new BowerbirdError(code, message, { source, record, offset });
}

const damageHint = `; fetch the file again, or keep what is intact: ${named('onError', 'salvage')} reads around the damage, "bowerbird repair" writes a whole file`;
const hints: { readonly [code in ErrorCode]?: string } = {
  CORRUPT_RECORD: damageHint,
  TRUNCATED: damageHint,
  BAD_SCHEMA: `; ${named('onError', 'skip')} leaves such records out and lists them`,
  NAME_MISMATCH: `; try other names (a2o, none, or a regular expression), or ${named('onError', 'skip')}, which leaves such records out`,
};
