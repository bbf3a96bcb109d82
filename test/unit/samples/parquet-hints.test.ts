/** What a Parquet file only hints at: features in its metadata, and paths of sounds. Neither is believed blindly. */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { findAudio } from '../../../src/samples/parquet/audio-path.ts';
import { featuresOf } from '../../../src/samples/parquet/features.ts';

const folder = fileURLToPath(new URL('../../data/parquet-audio', import.meta.url));
const at = (name: string) => join(folder, name);

test('findAudio() never leaves the dataset', async () => {
  const file = at('bare.parquet');
  for (const path of [
    '..',
    '../x',
    'sub/../../x',
    '/etc/passwd',
    'file:///etc/passwd',
    's3://b/k',
    'C:\\x.wav',
    '..\\x',
    '',
    '.',
    'a\0b',
    `${folder}-other/x`,
  ]) {
    expect(await findAudio(file, path), path).toEqual({ problem: expect.stringMatching(/leads out of the dataset/) });
  }
  for (const path of [
    'sub/beside.wav',
    './sub/beside.wav',
    'sub\\beside.wav',
    'x/../sub/beside.wav',
    at('sub/beside.wav'),
  ]) {
    expect(await findAudio(file, path), path).toEqual({ uri: at('sub/beside.wav') });
  }
  expect(await findAudio(join(folder, 'deep', 'x.parquet'), 'sub/beside.wav', folder)).toEqual({
    uri: at('sub/beside.wav'),
  });
});

test.each([
  '',
  'null',
  '[]',
  '{"info":1}',
  '{"info":{"features":[1]}}',
  '{"info":{"features":{"a":null,"b":{"_type":1,"names":[1]}}}}',
])('featuresOf() takes %j in peace', (text) => {
  for (const feature of featuresOf(new Map([['huggingface', text]])).values()) {
    expect(feature).toEqual({ type: '', samplingRate: undefined, names: undefined });
  }
});
