/**
 * Every public function, interrupted: its thread is terminated at 30 moments, calls process.exit(), throws; the process does; the program is
 * over. Whatever native work is under way then, the process goes on or ends as it was told to, and stderr has what belongs there.
 */

import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flacOf, noiseFrames } from '../support/flac-files.ts';
import { mayBeTerminated, prepare, publicFunctions, works } from './ends/works.mjs';

const file = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const bowerbird = await import(file('../../dist/index.js'));
const { writeSampleRecords } = await import(file('../../scripts/sample-records.mjs'));
const canEncode = existsSync(file('../../node_modules/flac-bindings/build/Release/flac-bindings.node'));

const root = mkdtempSync(join(tmpdir(), 'bowerbird-ends-'));
const input = join(root, 'in');

beforeAll(async () => {
  mkdirSync(input);
  writeSampleRecords(join(input, 'sample.tfrecord'), { records: 30, seed: 1 });
  writeFileSync(join(input, 'noise.flac'), flacOf({ frames: 100 }, noiseFrames(100)));
  for (const name of ['mono.mp3', 'stereo.opus']) copyFileSync(file(`../data/codecs/${name}`), join(input, name));
  await prepare(bowerbird, input);
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

interface Ended {
  readonly code: number | string | null;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * A defect of Node's own zlib: a thread that is terminated after a stream was made and before it was initialised, a few instructions later,
 * takes the process with it (~CompressionStream in src/node_zlib.cc). Such a process tells nothing about this package; another is asked.
 */
const defectOfNode = /CompressionStream.*init_done_ && "close before init"/s;

async function run(...call: Parameters<typeof runOnce>): Promise<Ended> {
  for (let left = 3; ; left--) {
    const ended = await runOnce(...call);
    if (left === 0 || !defectOfNode.test(ended.stderr)) return ended;
  }
}

/** Runs a script of `ends`; a signal's name stands for the code of a process that died of it. */
function runOnce(script: string, name: string, ...more: readonly string[]): Promise<Ended> {
  const folders = JSON.stringify({ input, out: join(root, name.replace(/\W/g, '-')) });
  const args = [file(`ends/${script}`), name, folders, ...more];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : (error.signal ?? error.code ?? null);
      resolve({ code, stdout, stderr });
    });
  });
}

test('the matrix has every public function and method', () => {
  const covered = new Set(Object.keys(works).map((name) => name.split(' ')[0]));
  expect([...covered].sort()).toEqual(publicFunctions(bowerbird).sort());
});

/** Their threads are ended from within only: no thread of theirs has the addon, and rounds.mjs looks. */
const withoutAddon = [
  'maskCrc32c',
  'ExampleSerializer#serialize',
  'serializeExample',
  'parseExample',
  'parseSequenceExample',
  'serializeTensor',
  'parseTensor',
  'ingestEnvironment',
  'readNpy',
  'readAudio mp3',
];

describe('an end in the middle of', () => {
  const names = Object.keys(works).filter((name) => name !== 'encodeFlac' || canEncode);

  test.concurrent.each(names)('%s', { timeout: 600_000 }, async (name) => {
    const seed = String(names.indexOf(name) + 1);
    const within = withoutAddon.includes(name) || !mayBeTerminated(name);
    const rounds = await run('rounds.mjs', name, seed, within ? 'within' : 'terminated');
    expect(rounds).toEqual({ code: 0, stdout: within ? '9 ends\n' : '39 ends\n', stderr: '' });
    expect(await run('main.mjs', name, 'end')).toEqual({ code: 0, stdout: '', stderr: '' });
    expect(await run('main.mjs', name, 'exit', '15')).toEqual({ code: 9, stdout: '', stderr: '' });
    const thrown = await run('main.mjs', name, 'throw', '10');
    expect(thrown).toMatchObject({ code: 1, stdout: '' });
    // The place, the error with its stack, and Node's version.
    expect(thrown.stderr).toMatch(
      /^file:.*main\.mjs:\d+\n.*throw new Error\('thrown on purpose'\);\n\s+\^\n\nError: thrown on purpose\n(\s+at .*\n)+\nNode\.js v[\d.]+\n$/,
    );
  });
});
