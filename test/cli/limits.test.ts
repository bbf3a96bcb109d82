/** With few file handles every command works, or says which limit to raise; none calls it a defect. */

import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { frames } from '../../src/formats/records/tfrecord-writer.ts';
import { flacOf, noiseFrames } from '../support/flac-files.ts';
import { wav } from '../support/labelled.ts';
import { type Ended, main, scratch } from './built.ts';

const sound = wav(Array.from({ length: 800 }, (_, i) => i));

async function recordFile(): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  async function* some(): AsyncGenerator<Uint8Array> {
    for (let i = 0; i < 8; i++) yield Buffer.from(`record ${i}`);
  }
  for await (const piece of frames(some(), { records: 0 })) pieces.push(piece);
  return Buffer.concat(pieces);
}

function withHandles(handles: number, cwd: string, args: readonly string[]): Promise<Ended> {
  return new Promise((resolve) => {
    const line = `ulimit -n ${handles}; exec "$0" "$@"`;
    execFile('sh', ['-c', line, process.execPath, main, ...args], { cwd }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
  });
}

const commands: readonly (readonly string[])[] = [
  ['extract', 'records', '--out', 'extracted', '--workers', '4'],
  ['convert', 'records', '--to', 'arrayrecord', '--shards', '4', '--out', 'converted/', '--workers', '4'],
  ['decode', 'sound', '--out', 'decoded', '--workers', '4'],
  ['decode', 'sound/a.wav', '--out', 'decoded.wav', '--workers', '4'],
  ['ingest', 'labels.csv', '--shards', '4', '--out', 'ingested/', '--workers', '4'],
  ['verify', 'records', 'sound', '--workers', '4'],
  ['inspect', 'records/a'],
  ['repair', 'records/a', '--out', 'repaired'],
];

describe.each(commands)('%s %s %s %s %s %s %s %s %s', (...args) => {
  // Node itself starts with 26 or so.
  test.each([28, 32, 36])('with %i handles', async (handles) => {
    const records = await recordFile();
    const names = ['a', 'b', 'c', 'd'];
    const cwd = scratch({
      ...Object.fromEntries(names.map((name) => [`records/${name}`, records])),
      ...Object.fromEntries(names.map((name) => [`sound/${name}.wav`, sound])),
      'labels.csv': `Label,Blob Name\n${names.map((name) => `1,sound/${name}.wav\n`).join('')}`,
    });
    const { code, stderr } = await withHandles(
      handles,
      cwd,
      args.filter((arg) => arg !== undefined),
    );
    expect(stderr).not.toContain('defect');
    if (code === 0) return;
    expect({ code, stderr }).toEqual({
      code: 1,
      // Records of this test hold no embeddings.
      stderr: expect.stringMatching(/error IO: .*ulimit -n|error BAD_SCHEMA/),
    });
  });
});

// Long enough for parts: one thread does with a few handles what eight need more for.
test.each([58, 128])('one long recording is decoded with %i handles, whatever the threads', async (handles) => {
  const frames = noiseFrames(1200);
  const cwd = scratch({ 'long.flac': flacOf({ frames: frames.length }, frames) });
  const args = ['decode', 'long.flac', '--out', 'out.wav', '--workers', '8', '--quiet'];
  expect(await withHandles(handles, cwd, args)).toEqual({ code: 0, stdout: '', stderr: '' });
});
