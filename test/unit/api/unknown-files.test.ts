/** verify(), inspect() and repair() of what is no file of theirs: its name, never "damaged"; and of records whose beginning is damaged. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { extract } from '../../../src/api/extract.ts';
import { verify } from '../../../src/api/verify.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import { text, tfrecord } from '../../support/records.ts';
import { bytes } from '../formats/wav-files.ts';
import { scratch } from '../jobs/folder.ts';

function written(name: string, content: Uint8Array): string {
  const path = join(scratch(), name);
  writeFileSync(path, content);
  return path;
}

const noise = Uint8Array.from({ length: 3000 }, (_, i) => (i * i * 31 + i * 7 + 11) & 255);
const padded = (...head: Parameters<typeof bytes>) => bytes(...head, noise);
const tar = bytes('x.txt', new Uint8Array(252), 'ustar', new Uint8Array(1000));

describe('a file of another format', () => {
  const files: readonly (readonly [name: string, content: Uint8Array, what: RegExp])[] = [
    ['x.m4a', padded([0, 0, 0, 32], 'ftypM4A '), /found MPEG-4 audio/],
    ['x.aiff', padded('FORM', [0, 0, 1, 0], 'AIFF'), /found AIFF/],
    ['x.npy', padded([0x93], 'NUMPY'), /found a NumPy array/],
    ['x.tar.gz', new Uint8Array(gzipSync(tar)), /found gzip of a tar archive; unpack it first/],
    ['x.wav.gz', new Uint8Array(gzipSync(padded('RIFF', [1, 1, 1, 1], 'WAVE'))), /found gzip of a WAV recording/],
    ['x.tfrecord', bytes('version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 5\n'), /run "git lfs pull"/],
    ['x.flac', bytes('<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'), /error of an object store/],
    ['labels.csv', bytes('file,label\na.wav,frog\nb.wav,toad\n'), /found text, perhaps CSV/],
    ['empty', new Uint8Array(0), /found an empty file/],
    ['zeros', new Uint8Array(5000), /found zeros, .* no intact record/],
    ['noise', noise, /no format that is known, and no intact record/],
    ['noise.gz', new Uint8Array(gzipSync(noise)), /no format that is known, and no intact record/],
    ['noise.z', new Uint8Array(deflateSync(noise)), /no format that is known, and no intact record/],
  ];

  test.each(files)('is named, and is not damaged: %s', async (name, content, what) => {
    const path = written(name, content);
    const { ok, files: found } = await verify({ inputs: [path], workers: 1 });
    expect(ok).toBe(false);
    expect(found[0]).toMatchObject({
      format: 'unknown',
      damaged: [],
      error: { code: 'UNSUPPORTED', message: expect.stringMatching(what) },
    });
    await expect(inspectOne(path)).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringMatching(what) });
    await expect(repairOne(path, { out: `${path}.repaired` })).rejects.toMatchObject({
      code: expect.stringMatching(/UNSUPPORTED|CORRUPT_RECORD|TRUNCATED/),
    });
  });

  test('is named by extract() too, sound and compressed ones included', async () => {
    for (const [name, content, what] of [files[0]!, files[3]!]) {
      const inputs = [written(name, content)];
      await expect(extract({ inputs, out: join(scratch(), 'out') })).rejects.toMatchObject({
        code: 'UNSUPPORTED',
        message: expect.stringMatching(new RegExp(what.source.replace('found ', ''))),
      });
    }
  });
});

describe('records whose first header is damaged', () => {
  const good = tfrecord(text('one'), text('two'), text('three'));
  const damaged = Uint8Array.from(good);
  damaged.set([0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4, 5, 6, 7, 8]);

  test.each(['no-extension', 'x.bin', 'x.tfrecord', 'train-00000-of-00001'])('are found in %s', async (name) => {
    const path = written(name, damaged);
    const { files } = await verify({ inputs: [path], workers: 1 });
    expect(files[0]).toMatchObject({ format: 'tfrecord', ok: false, records: 2, damaged: [{ record: 0, offset: 0 }] });
    expect(await inspectOne(path)).toMatchObject({ format: 'tfrecord', records: 2 });
    const out = `${path}.repaired`;
    expect(await repairOne(path, { out })).toMatchObject({ records: 2 });
    expect(readFileSync(out).length).toBe(tfrecord(text('two'), text('three')).length);
  });

  test('are found behind zeros, behind bits that look like MPEG, and in gzip', async () => {
    const zeroed = Uint8Array.from(good);
    zeroed.fill(0, 0, 12);
    const mpeg = Uint8Array.from(good);
    mpeg.set([0xff, 0xfb, 0x90, 0]);
    for (const [name, content] of [
      ['a.tfrecord', zeroed],
      ['b.tfrecord', mpeg],
      ['c', new Uint8Array(gzipSync(damaged))],
    ] as const) {
      const { files } = await verify({ inputs: [written(name, content)], workers: 1 });
      expect(files[0], name).toMatchObject({ format: 'tfrecord', records: 2, damaged: [{ record: 0 }] });
    }
  });

  test('are damaged records by their name where nothing is intact', async () => {
    const { files } = await verify({ inputs: [written('x.tfrecord', noise)], workers: 1 });
    expect(files[0]).toMatchObject({ format: 'tfrecord', damaged: [{ code: 'CORRUPT_RECORD' }] });
  });

  test('are none in an empty file of that name', async () => {
    expect(await verify({ inputs: [written('x.tfrecord', new Uint8Array(0))], workers: 1 })).toMatchObject({
      ok: true,
    });
  });
});
