/** What the command line needs of the process, as an argument, so that all of it but main.ts is tested in memory. */

import { addAbortSignal } from 'node:stream';

/** One output. Writing never throws: what went wrong is told by `flushed()`. */
export interface Sink {
  readonly isTTY: boolean;
  /** Width of the terminal now; it changes when a window is resized. */
  readonly columns: number | undefined;
  write(text: string): void;
  /** Bytes at the pace of whoever reads them; ends early when nobody does. */
  send(blocks: AsyncIterable<Uint8Array>): Promise<void>;
  /** Settles when everything written has reached the system, with the first failure if there was one. */
  flushed(): Promise<NodeJS.ErrnoException | undefined>;
}

/** The input. */
export interface Source {
  readonly isTTY: boolean;
  /** To its end; fails with an AbortError when the signal comes first. Once. */
  blocks(signal: AbortSignal): AsyncIterable<Uint8Array>;
}

export type StopSignal = 'SIGINT' | 'SIGTERM';

export interface Io {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: { readonly [name: string]: string | undefined };
  readonly stdin: Source;
  readonly stdout: Sink;
  readonly stderr: Sink;
  /** Calls `handle` for each SIGINT and SIGTERM, until the returned function is called. */
  onSignal(handle: (signal: StopSignal) => void): () => void;
  /** Milliseconds on a clock that only goes forward. */
  now(): number;
  /** Ends the process at once, as that signal would have. */
  die(signal: StopSignal): void;
}

export function processIo(process: NodeJS.Process): Io {
  return {
    argv: process.argv.slice(2),
    env: process.env,
    stdin: {
      get isTTY() {
        return process.stdin.isTTY === true;
      },
      blocks: (signal) => addAbortSignal(signal, process.stdin),
    },
    stdout: streamSink(process.stdout),
    stderr: streamSink(process.stderr),
    onSignal(handle) {
      process.on('SIGINT', handle);
      process.on('SIGTERM', handle);
      return () => {
        process.off('SIGINT', handle);
        process.off('SIGTERM', handle);
      };
    },
    now: () => performance.now(),
    die(signal) {
      // Not process.exit(): that waits for worker threads, and one may be stuck in a read that never returns. Dying of
      // the signal is immediate, and shells and make report it as 128 + its number all the same.
      process.removeAllListeners(signal);
      process.kill(process.pid, signal);
    },
  };
}

/** The part of a tty.WriteStream that is used; pipes and files lack the last two. */
type OutputStream = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

export function streamSink(stream: OutputStream): Sink {
  let fault: NodeJS.ErrnoException | undefined;
  // Without a listener, a closed pipe would end the process with a stack.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    fault ??= error;
  });
  return {
    isTTY: stream.isTTY === true,
    get columns() {
      return stream.columns;
    },
    write(text) {
      // Nobody reads any more; going on would only queue memory.
      if (fault === undefined) stream.write(text);
    },
    async send(blocks) {
      for await (const block of blocks) {
        if (fault !== undefined) return;
        await new Promise<void>((resolve) => stream.write(block, () => resolve()));
      }
    },
    flushed() {
      return new Promise((resolve) => {
        // Writes are answered in order, so the answer to an empty one comes after all the others.
        if (fault !== undefined) resolve(fault);
        else stream.write('', (error) => resolve(fault ?? error ?? undefined));
      });
    },
  };
}
