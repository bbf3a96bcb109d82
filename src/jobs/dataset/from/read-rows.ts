/** The rows of a chunk of a manifest, a CSV file or a folder, in their order, with the recordings that they name. Runs in a thread. */

import { BowerbirdError, isShortage, isVerdict, reasonOf } from '../../../errors.ts';
import { parsePythonJson } from '../../../formats/python/json.ts';
import type { RowFields } from '../../../samples/rows/columns.ts';
import { STATE_FOLDER } from '../../../storage/drafts.ts';
import { storageOf } from '../../../storage/registry.ts';
import type { ObjectStat } from '../../../storage/storage.ts';
import { isRemote, placeIn, shown } from '../../../storage/uri.ts';
import { Turns } from '../../../turns.ts';
import { LocalReader, type RecordingStamp, stampLocal } from '../../rows/recordings.ts';
import { rowStamp, StampDigest } from '../../rows/stamps.ts';
import { cellsOf, type TableRow, tableRows } from '../../rows/table.ts';
import { Within } from '../../rows/within.ts';
import type { ChunkInput, ChunkRow, RowsContext, RowsOf, RowsOptions } from '../chunk-source.ts';
import { ahead } from '../episodes/ahead.ts';
import { BodyPool, sizeFor } from '../episodes/body-pool.ts';
import { mostRecordingBytes } from '../episodes/episode-rows.ts';
import { listedNow, readListed } from '../episodes/read-object.ts';
import { rowOf } from './row.ts';
import { heard } from './sound.ts';

type RowsInput = Extract<ChunkInput, { kind: 'rows' }>;

/** Of a page of the web, whose size nobody knows before it comes. */
const guessedBytes = 8 << 20;

interface Task extends TableRow {
  /** By its name: the plan did not look at it. */
  readonly isOutside: boolean;
  /** Why the row itself cannot be used: then its recording is not asked for. */
  readonly refusal: BowerbirdError | undefined;
}

/** A row, and what is known of its object. */
interface Looked {
  readonly task: Task;
  readonly object?: ObjectStat;
  readonly error?: BowerbirdError;
}

interface Coming {
  readonly bytes?: Uint8Array;
  /** To be used again. */
  readonly body?: Uint8Array | undefined;
  readonly error?: BowerbirdError;
}

interface ReadOptions extends RowsOptions {
  /** Of this thread: bytes of recordings that are on their way or wait for their turn. */
  readonly bytesInFlight: number;
}

export const tableChunkRows: RowsOf<RowsInput, ReadOptions> = (from, options, context) =>
  new TableReader(options, context).rows(from);

class TableReader {
  readonly #options: ReadOptions;
  readonly #context: RowsContext;
  readonly #turns: Turns;
  readonly #pool: BodyPool;
  readonly #local = new LocalReader();
  readonly #digest = new StampDigest();
  readonly #labels: ReadonlyMap<string, number> | undefined;

  constructor(options: ReadOptions, context: RowsContext) {
    this.#options = options;
    this.#context = context;
    this.#turns = new Turns(context.ahead);
    this.#pool = new BodyPool(options.bytesInFlight);
    this.#labels = options.labels === null ? undefined : new Map(options.labels.map((name, id) => [name, id]));
  }

  async *rows(from: RowsInput): AsyncGenerator<ChunkRow, void, void> {
    const { ahead: most, stop } = this.#context;
    const { bytesInFlight: mostBytes } = this.#options;
    const looks = ahead(
      this.#tasks(from),
      () => 0,
      (task) => this.#look(task),
      { most: Math.max(1, most), mostBytes: 0, stop },
    );
    const comings = ahead(results(looks), roomOf, (looked) => this.#download(looked), {
      ...{ most: Math.max(1, 2 * most), mostBytes, stop },
    });
    for await (const { item, result } of comings) {
      const row = await this.#taken(item.task, result);
      if (row !== undefined) yield row;
      if (result.body !== undefined) this.#pool.give(result.body);
    }
    this.#checkUnchanged(from);
  }

  async *#tasks(range: RowsInput): AsyncGenerator<Task, void, void> {
    const { audio, allowOutside, table } = this.#options;
    const within = new Within(audio, allowOutside);
    for (const rows of tableRows(placeIn(placeIn(this.#context.outDir, STATE_FOLDER), table), range)) {
      for (const row of rows) {
        const { uri, problem } = row;
        const refusal = problem === undefined ? within.refusal(uri) : new BowerbirdError('BAD_SCHEMA', problem);
        yield { ...row, refusal, isOutside: uri !== '' && !within.names(uri) };
      }
    }
  }

  /** How large an object is, so that no more are asked for than there is room. */
  async #look(task: Task): Promise<Looked> {
    const { uri, refusal } = task;
    if (refusal !== undefined || !isRemote(uri) || isWeb(uri)) return { task };
    return this.#turns.run(async () => {
      try {
        const storage = await storageOf(uri);
        const object = (await storage.stat(uri)) ?? (await listedNow(storage, uri, this.#context.stop));
        if (object !== undefined) return { task, object };
        return {
          task,
          error: new BowerbirdError('NOT_FOUND', `Cannot read "${shown(uri)}": it is not there`, { source: uri }),
        };
      } catch (error) {
        return { task, error: rejectable(error, uri) };
      }
    });
  }

  async #download({ task, object, error }: Looked): Promise<Coming> {
    const { uri, refusal } = task;
    if (error !== undefined) return { error };
    if (refusal !== undefined || !isRemote(uri)) return {};
    if (object !== undefined && object.size > mostRecordingBytes) return { error: tooLarge(uri, object.size) };
    return this.#turns.run(async () => {
      let body: Uint8Array | undefined;
      const room = (bytes: number) => {
        body = this.#pool.take(bytes);
        return body.subarray(0, bytes);
      };
      const { stop } = this.#context;
      try {
        const bytes =
          object === undefined
            ? await (await storageOf(uri)).read(uri, { stop, room })
            : await readListed(object, stop, room);
        // A storage may have memory of its own.
        return { bytes, body: body !== undefined && bytes.buffer === body.buffer ? body : undefined };
      } catch (failure) {
        return { error: rejectable(failure, uri) };
      }
    });
  }

  async #taken(task: Task, { bytes: downloaded, error }: Coming): Promise<ChunkRow | undefined> {
    const { countBytes, note, stop } = this.#context;
    const { uri, refusal, span } = task;
    let state: RecordingStamp | undefined;
    try {
      if (refusal !== undefined) throw refusal;
      if (error !== undefined) throw error;
      const bytes = downloaded ?? this.#read(uri, (stamp) => (state = stamp));
      countBytes(bytes.length);
      const sound = await heard({ uri, bytes, span, check: this.#options.check, stop });
      const row = this.#rowOf(task, sound);
      if (sound.notes.length > 0) note(shown(uri), sound.notes);
      return row;
    } catch (failure) {
      this.#reject(task, rejectable(failure, uri));
      return undefined;
    } finally {
      this.#stamp(task, state);
    }
  }

  #read(uri: string, tell: (stamp: RecordingStamp) => void): Uint8Array {
    const size = stampLocal(uri)?.size ?? 0;
    if (size > mostRecordingBytes) throw tooLarge(uri, size);
    const { bytes, ...stamp } = this.#local.read(uri);
    tell(stamp);
    return bytes;
  }

  #rowOf({ uri, fields }: Task, { bytes, path, seconds }: Awaited<ReturnType<typeof heard>>): ChunkRow {
    const said = parsePythonJson(fields) as RowFields;
    const duration = Number.isFinite(seconds) ? seconds : null;
    const { label_name: name } = said;
    const label = typeof name === 'string' ? this.#labels?.get(name) : undefined;
    const all = { ...said, duration, ...(this.#labels !== undefined && { label: label ?? null }) };
    return rowOf(this.#options.columns, all, { audio: { bytes, path }, name: shown(uri), seconds });
  }

  #reject({ row, line, uri }: Task, error: BowerbirdError): void {
    const input = uri === '' ? this.#options.source : shown(uri);
    const place = { input, row, ...(line === undefined ? {} : { line }) };
    this.#context.reject({ ...place, code: error.code, reason: reasonOf(error) });
  }

  /** As the plan made it. What could not be read is what it is now. */
  #stamp(task: Task, state: RecordingStamp | undefined): void {
    const { uri, isOutside } = task;
    const now = isOutside ? 'refused' : isRemote(uri) || uri === '' ? undefined : (state ?? stampLocal(uri));
    this.#digest.add(rowStamp(uri, cellsOf(task), now));
  }

  /** A file of rows and recordings that change while they are read would be one of nothing that ever was. */
  #checkUnchanged({ digest }: RowsInput): void {
    if (this.#digest.text() === digest) return;
    const { source } = this.#options;
    const message =
      `Cannot build a chunk of "${source}": its rows or their recordings changed while the run was going on; ` +
      'run the same command again when nothing writes to them';
    throw new BowerbirdError('IO', message, { source });
  }
}

/** What is wrong with one recording; all else, as a server that refuses, ends the chunk and is thrown. */
function rejectable(error: unknown, uri: string): BowerbirdError {
  if (isVerdict(error)) return error;
  if (!(error instanceof BowerbirdError)) throw error;
  if (error.code === 'NOT_FOUND' || (error.code === 'IO' && !isRemote(uri) && !isShortage(error))) return error;
  throw error;
}

function tooLarge(uri: string, size: number): BowerbirdError {
  const message = `It has ${size} bytes, more than the ${mostRecordingBytes} of a value`;
  return new BowerbirdError('UNSUPPORTED', message, { source: uri });
}

/** Of which there is no list, and links that are signed open them for one kind of request alone. */
function isWeb(uri: string): boolean {
  return /^https?:/i.test(uri);
}

function roomOf({ task: { uri, refusal }, object, error }: Looked): number {
  if (refusal !== undefined || error !== undefined || !isRemote(uri)) return 0;
  return object === undefined ? guessedBytes : sizeFor(object.size);
}

async function* results<R>(items: AsyncIterable<{ readonly result: R }>): AsyncGenerator<R, void, void> {
  for await (const { result } of items) yield result;
}
