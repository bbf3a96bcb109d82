/** What the Python AudioMDB wrote, unpacked: facts of py-lmdb and pickle. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../../../src/api/datasets/unpack.ts';
import { hasShared, sharedFiles, sharedPath } from '../../../shared-data.ts';
import { scratch, tree } from '../folder.ts';

const dataset = 'lmdb/audiomdb-run';
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
/** Of WAV with floats: 12 bytes of RIFF, 26 of "fmt ", 12 of "fact", 8 of "data". */
const samplesAt = 58;

const linesIn = (folder: string) =>
  readFileSync(join(folder, 'manifest.jsonl'), 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

describe.skipIf(!hasShared)('audiomdb-run', () => {
  const entries = sharedFiles(`${dataset}/shard_`).flatMap(({ facts }) => facts.entries);

  test('sound is what is stored, bit for bit, and the manifest has all fields', async () => {
    const out = scratch();
    const report = await unpack({ inputs: sharedPath(dataset), out });
    expect(report).toMatchObject({ samples: 4, sounds: 4, soundSeconds: 4, rejects: 0, arrays: 0, inputs: 2 });
    const lines = linesIn(out);
    expect(entries).toHaveLength(4);
    for (const [i, { key, dict, audio }] of entries.entries()) {
      const wav = readFileSync(join(out, `${key}.wav`));
      expect(sha256(wav.subarray(samplesAt))).toBe(audio.sha256);
      // WAVE_FORMAT_IEEE_FLOAT, one channel, the rate, 32 bits.
      expect([wav.toString('latin1', 0, 4), wav.toString('latin1', 8, 16)]).toEqual(['RIFF', 'WAVEfmt ']);
      const [tag, channels, bits] = [wav.readUInt16LE(20), wav.readUInt16LE(22), wav.readUInt16LE(34)];
      expect([tag, channels, wav.readUInt32LE(24), bits]).toEqual([3, 1, dict.sample_rate, 32]);
      expect(wav.readFloatLE(samplesAt)).toBe(audio.float32First[0]);
      const { shape: _, dtype: __, ...fields } = dict;
      expect(lines[i]).toEqual({ audio_filepath: `${key}.wav`, key, ...fields });
    }
    // It says "float64", and is float32.
    const note = 'Its dtype says "float64", its bytes are float32';
    expect(report.notes).toEqual([{ note, files: 4, first: 'sample_00000000.wav' }]);
    expect(report.notices).toEqual([]);
  });

  test('floats of Python stay floats in the text', async () => {
    const out = scratch();
    await unpack({ inputs: sharedPath(dataset), out });
    expect(readFileSync(join(out, 'manifest.jsonl'), 'utf8')).toContain('"label": 0, "start_s": 1.0, ');
  });

  test.each([
    ['the folder of a shard', ['shard_00001'], 1],
    ['a file', ['shard_00000/data.mdb'], 3],
    ['a glob of folders', ['shard_*'], 4],
    ['a glob of files', ['*/data.mdb'], 4],
    ['both, of which each counts once', ['shard_00000', ''], 4],
  ])('%s is an input', async (_, names, samples) => {
    const inputs = names.map((name) => join(sharedPath(dataset), name));
    expect(await unpack({ inputs, out: scratch() })).toMatchObject({ samples });
  });

  test('a dry run tells all names and touches nothing', async () => {
    const out = join(scratch(), 'out');
    const report = await unpack({ inputs: sharedPath(dataset), out, dryRun: true });
    expect(report.files.map(({ name }) => name)).toEqual(entries.map(({ key }) => `${key}.wav`));
    expect(report).toMatchObject({ samples: 4, sounds: 4, complete: false, done: 0 });
    expect(() => tree(out)).toThrow('ENOENT');
  });

  test('--bits makes integers, rounded to nearest', async () => {
    const out = scratch();
    await unpack({ inputs: sharedPath(dataset), out, bits: 16 });
    const { key, audio } = entries[0];
    const wav = readFileSync(join(out, `${key}.wav`));
    expect([wav.readUInt16LE(20), wav.readUInt16LE(34), wav.length]).toEqual([1, 16, 44 + 32_000]);
    const expected = audio.float32First.map((value: number) => Math.round(value * 32_768));
    expect(audio.float32First.map((_: number, i: number) => wav.readInt16LE(44 + 2 * i))).toEqual(expected);
  });
});
