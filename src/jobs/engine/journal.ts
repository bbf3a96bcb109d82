/**
 * What a run remembers, so that the next one goes on where it ended: `OUT/.bowerbird/<job>.jsonl`, and for a part of a
 * split run `<job>.<M>-of-<N>.jsonl`. The first line holds the options; then, for each unit, a line before it begins and one
 * when it is done. The last line about a unit counts. Every line ends with the CRC-32C of what stands before that key.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ByteBlocks } from '../../bytes.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import { native } from '../../native/native.ts';
import { isRemote, joinUri } from '../../storage/uri.ts';
import { crcText } from '../../storage/written.ts';
import type { Part } from './lock.ts';
import { type Appender, localFiles, type StateFiles } from './output.ts';
import type { Receipt, Unit } from './types.ts';

const FORMAT = 1;
const WRITE_BYTES = 256 * 1024;
/** A line longer than this is not ours. */
const LINE_LIMIT = 64 * 1024 * 1024;

export type JsonObject = { readonly [key: string]: unknown };

/** What is known about one unit. Without a receipt it was begun, and its outputs may be there or not. */
export interface Entry<R extends Receipt> {
  readonly unit: string;
  /** Relative to the output folder. */
  readonly outputs: readonly string[];
  readonly receipt?: R;
  /** Which boot of the machine made the receipt; '' when that cannot be known. */
  readonly boot: string;
  /** The outputs were flushed to the disk before they got their names. */
  readonly durable: boolean;
}

export interface FoundJournal<R extends Receipt> {
  readonly path: string;
  /** Undefined for the journal of a whole run. */
  readonly part: Part | undefined;
  /** Undefined when the first line is damaged. */
  readonly options: JsonObject | undefined;
  readonly entries: ReadonlyMap<string, Entry<R>>;
  /** Lines that are damaged: the torn end that a crash leaves. */
  readonly damagedLines: number;
}

export function journalPath(stateDir: string, job: string, part: Part | undefined): string {
  const name = part === undefined ? `${job}.jsonl` : `${job}.${part.index}-of-${part.of}.jsonl`;
  return isRemote(stateDir) ? joinUri(stateDir, name) : join(stateDir, name);
}

/** All journals of the job: the whole one first, since the parts' are younger than it (see session.ts). */
export async function readJournals<R extends Receipt>(
  stateDir: string,
  job: string,
  files: StateFiles = localFiles,
): Promise<FoundJournal<R>[]> {
  const found: FoundJournal<R>[] = [];
  for (const part of journalsAmong(await files.names(stateDir), job)) {
    const journal = await readJournal<R>(journalPath(stateDir, job, part), job, part, files);
    if (journal !== undefined) found.push(journal);
  }
  return found;
}

function journalsAmong(names: readonly string[], job: string): (Part | undefined)[] {
  const parts = names.flatMap((name) => {
    const match = /^(.+)\.(\d+)-of-(\d+)\.jsonl$/.exec(name);
    return match?.[1] === job ? [{ index: Number(match[2]), of: Number(match[3]) }] : [];
  });
  parts.sort((a, b) => a.of - b.of || a.index - b.index);
  return names.includes(`${job}.jsonl`) ? [undefined, ...parts] : parts;
}

/** Undefined when it went away meanwhile, which only a reader without a lock (`--dry-run`) can meet. */
async function readJournal<R extends Receipt>(
  path: string,
  job: string,
  part: Part | undefined,
  files: StateFiles,
): Promise<FoundJournal<R> | undefined> {
  const entries = new Map<string, Entry<R>>();
  let options: JsonObject | undefined;
  let damagedLines = 0;
  let empty = true;
  try {
    for await (const line of lines(files.read(path))) {
      const value = unseal<Line<R>>(line);
      if (value === undefined) damagedLines++;
      else if ('format' in value) options = readHeader(path, job, value);
      else addEntry(entries, value);
      empty = false;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw systemError('read', path, error);
  }
  if (empty) damagedLines++;
  return { path, part, options, entries, damagedLines };
}

type HeaderLine = { readonly format: number; readonly job: string; readonly options: JsonObject };
type BeginLine = { readonly begin: string; readonly outputs: readonly string[] };
type ReceiptLine<R> = { readonly receipt: R; readonly boot: string; readonly durable: boolean };
type Line<R> = HeaderLine | BeginLine | ReceiptLine<R>;

function readHeader(path: string, job: string, header: HeaderLine): JsonObject {
  if (header.format === FORMAT && header.job === job) return header.options;
  const found = `it is of format ${header.format} for ${header.job}, this version reads format ${FORMAT} for ${job}`;
  throw new BowerbirdError('UNSUPPORTED', `Cannot read the journal "${path}": ${found}`, { source: path });
}

function addEntry<R extends Receipt>(entries: Map<string, Entry<R>>, line: BeginLine | ReceiptLine<R>): void {
  if ('begin' in line) {
    entries.set(line.begin, { unit: line.begin, outputs: line.outputs, boot: '', durable: false });
  } else {
    const { receipt, boot, durable } = line;
    const outputs = receipt.outputs.map(({ name }) => name);
    entries.set(receipt.unit, { unit: receipt.unit, outputs, receipt, boot, durable });
  }
}

async function* lines(blocks: ByteBlocks): AsyncGenerator<Buffer> {
  let rest: Buffer[] = [];
  let restBytes = 0;
  for await (const bytes of blocks) {
    const block = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let from = 0;
    for (let end = block.indexOf(10); end >= 0; end = block.indexOf(10, from)) {
      yield Buffer.concat([...rest, block.subarray(from, end)]);
      rest = [];
      restBytes = 0;
      from = end + 1;
    }
    if (restBytes < LINE_LIMIT) rest.push(block.subarray(from));
    restBytes += block.length - from;
  }
  // Without its newline a line is torn, whatever it says.
  if (restBytes > 0) yield Buffer.alloc(0);
}

const SEAL = ',"crc32c":"';
const SEAL_BYTES = `${SEAL}00000000"}`.length;

/** The intact lines of a file that is only a help; none when it is not there. */
export async function* unsealLines<T>(files: StateFiles, path: string): AsyncGenerator<T> {
  try {
    for await (const line of lines(files.read(path))) {
      const value = unseal<T>(line);
      if (value !== undefined) yield value;
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw systemError('read', path, error);
  }
}

/** Turns a value into its line; still one JSON object. */
export function seal(value: object): string {
  const text = JSON.stringify(value).slice(0, -1);
  return `${text}${SEAL}${crcText(native().crc32c(Buffer.from(text), 0))}"}\n`;
}

/** The value of an intact line, else undefined. What bears our seal is what we wrote. */
function unseal<T>(line: Buffer): T | undefined {
  if (line.length <= SEAL_BYTES) return undefined;
  const body = line.subarray(0, -SEAL_BYTES);
  const expected = `${SEAL}${crcText(native().crc32c(body, 0))}"}`;
  if (line.toString('latin1', body.length) !== expected) return undefined;
  return JSON.parse(`${body}}`);
}

/** The journal that a run appends to. Must be closed. */
export class Journal<R extends Receipt> {
  readonly path: string;
  readonly #file: Appender;

  private constructor(path: string, file: Appender) {
    this.path = path;
    this.#file = file;
  }

  /** Rewrites the file at `path` so that it holds exactly these entries (which drops a torn end), and opens it to go on. */
  static async create<R extends Receipt>(
    path: string,
    job: string,
    options: JsonObject,
    entries: Iterable<Entry<R>>,
    files: StateFiles = localFiles,
  ): Promise<Journal<R>> {
    const { bytes } = await writeJournal(path, job, options, entries, files);
    return new Journal<R>(path, await files.append(path, bytes));
  }

  /** Notes which outputs are about to be made, and flushes that: after a power cut they must be known as ours. */
  async begin(units: readonly Unit[]): Promise<void> {
    let block = '';
    for (const { id, outputs } of units) {
      block += seal({ begin: id, outputs } satisfies BeginLine);
      if (block.length >= WRITE_BYTES) {
        this.#file.append(block);
        block = '';
      }
    }
    if (block !== '') this.#file.append(block);
    await this.flush();
  }

  append(receipt: R, durable: boolean): void {
    this.#file.append(seal({ receipt, boot: bootId(), durable } satisfies ReceiptLine<R>));
  }

  flush(): Promise<void> {
    return this.#file.flush();
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

/** Writes a whole journal at once, flushed. */
export async function writeJournal<R extends Receipt>(
  path: string,
  job: string,
  options: JsonObject,
  entries: Iterable<Entry<R>>,
  files: StateFiles = localFiles,
): Promise<{ readonly bytes: number }> {
  return files.write(path, journalLines(job, options, entries), true);
}

function* journalLines<R extends Receipt>(
  job: string,
  options: JsonObject,
  entries: Iterable<Entry<R>>,
): Generator<string> {
  yield seal({ format: FORMAT, job, options } satisfies HeaderLine);
  for (const { unit, outputs, receipt, boot, durable } of entries) {
    if (receipt === undefined) yield seal({ begin: unit, outputs } satisfies BeginLine);
    else yield seal({ receipt, boot, durable } satisfies ReceiptLine<R>);
  }
}

let boot: string | undefined;

/** Changes with every start of the machine; '' where the system does not tell. */
export function bootId(): string {
  boot ??= readBootId();
  return boot;
}

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    // No Linux: then no receipt can be told to be from before a restart, and all are checked.
    return '';
  }
}
