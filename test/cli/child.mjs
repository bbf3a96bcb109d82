// Stands in for main.js in spawned tests: the real process, the built run(), and public functions that only wait.
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { processIo } from '../../dist/cli/io.js';
import { run } from '../../dist/cli/run.js';

const forever = () => new Promise(() => setInterval(() => {}, 1000));

const api = {
  /** Stops when asked to. */
  async extract({ signal }) {
    const stopped = once(signal, 'abort');
    const alive = setInterval(() => {}, 1000);
    writeSync(2, 'ready\n');
    await stopped;
    clearInterval(alive);
    throw signal.reason;
  },
  /** Hears nothing, as a thread in a read that never returns. */
  async repair() {
    writeSync(2, 'ready\n');
    return await forever();
  },
  /** Reports more than a pipe holds, once stdin is closed. */
  async verify() {
    writeSync(2, 'ready\n');
    process.stdin.resume();
    await once(process.stdin, 'end');
    const range = { record: 0, offset: 0, length: 1, code: 'CORRUPT_RECORD', reason: 'r'.repeat(1000) };
    const file = { source: 'a', ok: false, damaged: Array(2000).fill(range) };
    return { job: 'verify', ok: false, inputs: 1, records: 0, bytes: 0, elapsedSeconds: 1, files: [file] };
  },
};

process.exit(await run(processIo(process), api));
