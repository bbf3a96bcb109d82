/**
 * stdin and stdout in the place of files. Formats are read here and there, and a WAV header holds sizes that its end decides: so both pass
 * through a temporary file, which is gone when the command ends.
 */

import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { BowerbirdError, systemError } from '../errors.ts';
import { size } from './format.ts';
import type { Source } from './io.ts';
import { dash } from './stdio.ts';

/** With the name of the machine, since containers may share a temporary folder, but not process ids. */
const prefix = `bowerbird-stdio-${hostname().replace(/[^\w.-]/g, '_')}-`;

/** The temporary files of one command. */
export class Spool {
  #folder: string | undefined;
  readonly #paths: string[] = [];

  /** A path for a file that does not exist yet. */
  path(name: string): string {
    this.#folder ??= makeFolder();
    const path = join(this.#folder, name);
    this.#paths.push(path);
    return path;
  }

  /** All that `source` gives, in a file. */
  async take(source: Source, limit: number, signal: AbortSignal): Promise<string> {
    if (source.isTTY)
      throw new BowerbirdError('USAGE', 'Cannot read stdin: it is a terminal; pipe a file into it, or name one');
    const path = this.path('stdin');
    let file: FileHandle | undefined;
    try {
      file = await open(path, 'wx', 0o600);
      let bytes = 0;
      for await (const block of source.blocks(signal)) {
        bytes += block.length;
        if (bytes > limit) throw tooLong(limit);
        await file.writeFile(block);
      }
      // What an upstream command that failed gives is no empty file.
      if (bytes === 0)
        throw new BowerbirdError('UNSUPPORTED', 'Cannot read stdin: it gives no bytes', { source: dash });
    } catch (error) {
      throw isSystem(error) ? systemError('keep what stdin gives in', path, error) : error;
    } finally {
      await file?.close();
    }
    return path;
  }

  async *read(path: string, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    for await (const block of createReadStream(path, { highWaterMark: 1 << 18, signal })) yield block as Uint8Array;
  }

  /** Text for people and scripts: they know these files by the name they gave. */
  shown(text: string): string {
    return this.#paths.reduce((shown, path) => shown.replaceAll(path, dash), text);
  }

  /** An error of the same kind that speaks of the files by that name. */
  shownError(error: unknown): unknown {
    if (!(error instanceof BowerbirdError) || this.#paths.length === 0) return error;
    const { code, message, source, record, offset, seconds } = error;
    const place = { record, offset, seconds, ...(source === undefined ? {} : { source: this.shown(source) }) };
    return new BowerbirdError(code, this.shown(message), place, { cause: error });
  }

  /** At once, also when the process is about to die. */
  remove(): void {
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

function makeFolder(): string {
  sweep();
  try {
    return mkdtempSync(join(tmpdir(), `${prefix}${process.pid}-`));
  } catch (error) {
    throw systemError('make a folder in', tmpdir(), error);
  }
}

/** What killed commands left. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(prefix) ? /^(\d+)-\w{6}$/.exec(name.slice(prefix.length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's, under a process id that is free again.
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function isSystem(error: unknown): boolean {
  return error instanceof Error && 'syscall' in error;
}

function tooLong(limit: number): BowerbirdError {
  const message = `Cannot read stdin: it gives more than ${size(limit)}; raise --stdin-limit, or write it to a file first`;
  return new BowerbirdError('UNSUPPORTED', message, { source: dash });
}
