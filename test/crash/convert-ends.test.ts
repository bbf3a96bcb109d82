/** `convert` of ArrayRecord with threads, stopped or failing in the middle of a chunk that is being decoded: it says why it ends, and ends so. */

import { execFile, spawn } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArrayRecordWriter } from '../../src/records/array-record-writer.ts';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'bowerbird-convert-ends-'));
const inputs = [0, 1, 2].map((i) => join(root, `${i}.arrayrecord`));
const damaged = join(root, 'damaged.arrayrecord');

beforeAll(async () => {
  let state = 1;
  for (const path of inputs) {
    const writer = await ArrayRecordWriter.create(path, 'group_size:1,zstd:1');
    for (let i = 0; i < 200; i++) {
      // Four bits of noise a byte: half of it stays after compression.
      const record = Buffer.alloc(20_000);
      for (let j = 0; j < record.length; j++) {
        state = (Math.imul(state, 1103515245) + 12345) | 0;
        record[j] = (state >>> 24) & 15;
      }
      await writer.write(record);
    }
    await writer.close();
  }
  copyFileSync(inputs[1]!, damaged);
  const bytes = readFileSync(damaged);
  bytes[bytes.length >> 1]! ^= 1;
  writeFileSync(damaged, bytes);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

function command(sources: readonly string[], out: string): string[] {
  const choices = ['--to', 'tfrecord', '--compression', 'gzip', '--shards', '6', '--workers', '2'];
  return [main, 'convert', ...sources, ...choices, '--out', join(out, 'x')];
}

interface Ended {
  readonly code: number | string | null;
  readonly stderr: string;
}

/** Without the lines of progress, which a slow machine has more of. */
const said = (stderr: string) => stderr.replace(/^bowerbird: convert(: counting)? \d+%.*\n/gm, '');

/** In a shell of its own, which may set a limit. */
function run(sources: readonly string[], out: string, limit = ''): Promise<Ended> {
  return new Promise((resolve) => {
    const args = ['-c', `${limit}exec "$0" "$@"`, process.execPath, ...command(sources, out)];
    execFile('sh', args, (error, _, stderr) =>
      resolve({ code: error === null ? 0 : (error.signal ?? error.code!), stderr: said(stderr) }),
    );
  });
}

/** Sends the signal so many milliseconds after the first output was begun. */
async function stopped(signal: 'SIGINT' | 'SIGTERM', after: number, out: string): Promise<Ended> {
  const child = spawn(process.execPath, command(inputs, out), { stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (stderr += text));
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, died) => resolve({ code: died ?? code, stderr: said(stderr) }));
  });
  while (child.exitCode === null && !(existsSync(out) && readdirSync(out).some((name) => name.includes('tmp'))))
    await sleep(5);
  await sleep(after);
  child.kill(signal);
  return ended;
}

describe('bowerbird convert', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('stops at %s', async (signal, code) => {
    for (const after of [0, 40, 120]) {
      const out = join(root, `${signal}-${after}`);
      const ended = await stopped(signal, after, out);
      // A machine that was done before it came has nothing to stop.
      if (ended.code !== 0) {
        expect(ended).toEqual({ code, stderr: 'bowerbird: stopping; run the same command again to go on\n' });
      }
      expect(await run(inputs, out)).toEqual({ code: 0, stderr: '' });
    }
  });

  test('tells of a damaged record', async () => {
    for (const i of [0, 1]) {
      const { code, stderr } = await run([inputs[0]!, damaged, inputs[2]!], join(root, `damaged-${i}`));
      expect(code).toBe(1);
      expect(stderr).toMatch(
        /^bowerbird: error CORRUPT_RECORD: Cannot read record \d+ of ".*damaged\.arrayrecord", chunk at byte \d+/,
      );
    }
  });

  test('tells of a file that may not grow', async () => {
    for (const i of [0, 1]) {
      const { code, stderr } = await run(inputs, join(root, `limit-${i}`), 'ulimit -f 300; ');
      expect(code).toBe(1);
      expect(stderr).toMatch(/^bowerbird: error IO: Cannot write ".*": EFBIG: file too large/);
    }
  });
});
