/** ID3 tags in front of WAV and Ogg: every command reads the recording behind them as if they were not there. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import { ingest } from '../../../src/api/ingest.ts';
import { decodeAudio, readAudio } from '../../../src/api/read-audio.ts';
import { verify } from '../../../src/api/verify.ts';
import { fieldBytes, fieldPath } from '../../support/field-files.ts';
import { inspectOne } from '../../support/one-file.ts';
import { scratch } from '../jobs/folder.ts';

/** A tag of no frames, as they stand in those files. */
const tagBytes = 26;

function bare(name: string): string {
  const path = join(scratch(), name.slice(name.indexOf('/') + 1));
  writeFileSync(path, fieldBytes(name).subarray(tagBytes));
  return path;
}

describe.each(['wav/lead_id3.wav', 'opus/id3.ogg'])('an ID3 tag in front of %s', (name) => {
  const tagged = fieldPath(name);

  test('does not change what inspect(), verify() and readAudio() say', async () => {
    const plain = bare(name);
    const facts = async (path: string) => {
      const { source: _, size, ...rest } = (await inspectOne(path)) as { source: string; size: number };
      return { ...rest, size: size - (path === tagged ? tagBytes : 0) };
    };
    expect(await facts(tagged)).toEqual(await facts(plain));
    const [one, two] = (await verify({ inputs: [tagged, plain], workers: 1 })).files;
    expect(one).toMatchObject({ ok: true, damaged: [], notes: [] });
    expect({ ...one, source: '', size: 0 }).toEqual({ ...two, source: '', size: 0 });
    expect(await readAudio(tagged)).toEqual(await readAudio(plain));
    expect(await readAudio(tagged, { from: 0.1, to: 0.2 })).toEqual(await readAudio(plain, { from: 0.1, to: 0.2 }));
  });

  test('does not change what decode() and ingest() write', async () => {
    const plain = bare(name);
    const written = async (path: string) => {
      const folder = scratch();
      await decode({ inputs: [path], out: join(folder, 'x.wav') });
      const file = path.slice(path.lastIndexOf('/') + 1);
      writeFileSync(join(folder, 'labels.csv'), `label,path\n1,${file}\n`);
      const options = { audio: path.slice(0, path.lastIndexOf('/')), out: join(folder, 'shards'), shards: 1 };
      await ingest({ inputs: join(folder, 'labels.csv'), ...options });
      return [readFileSync(join(folder, 'x.wav')), readFileSync(join(folder, 'shards-00000-of-00001.tfrecord'))];
    };
    expect(await written(tagged)).toEqual(await written(plain));
  });
});

test('WAV behind several tags is found at its place', async () => {
  const tag = fieldBytes('wav/lead_id3.wav').subarray(0, tagBytes);
  const wav = fieldBytes('wav/base.wav');
  const whole = await decodeAudio(wav);
  expect(whole.frames).toBe(8000);
  expect((await decodeAudio(new Uint8Array(Buffer.concat([tag, tag, wav])))).samples).toEqual(whole.samples);
  // A tag longer than what is read at once.
  const long = new Uint8Array(10 + 5000);
  long.set([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 5000 >> 7, 5000 & 127]);
  expect((await decodeAudio(new Uint8Array(Buffer.concat([long, wav])))).samples).toEqual(whole.samples);
  // One that says it is longer than the file.
  long[6] = 1;
  await expect(decodeAudio(new Uint8Array(Buffer.concat([long, wav])))).rejects.toMatchObject({
    name: 'BowerbirdError',
  });
});

test('FLAC in Ogg behind a tag is found at its place', async () => {
  const tag = fieldBytes('wav/lead_id3.wav').subarray(0, tagBytes);
  const oga = readFileSync(new URL('../../data/codecs/tone.oga', import.meta.url));
  const whole = await decodeAudio(new Uint8Array(oga));
  expect(whole).toMatchObject({ codec: 'flac', frames: 4000, sampleRate: 16000 });
  const path = join(scratch(), 'tagged.oga');
  writeFileSync(path, Buffer.concat([tag, tag, oga]));
  expect((await readAudio(path)).samples).toEqual(whole.samples);
  expect((await decodeAudio(new Uint8Array(readFileSync(path)))).samples).toEqual(whole.samples);
  const report = await verify({ inputs: [path], workers: 1 });
  expect(report.files[0]).toMatchObject({ format: 'flac', ok: true, frames: 4000 });
});
