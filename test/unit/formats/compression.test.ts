import { deflateSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { type Compression, compress, decompress, sniffCompression } from '../../../src/formats/records/compression.ts';
import { frameRecord, hasHeader, storeHeader } from '../../../src/formats/records/tfrecord-frame.ts';
import { describeUnknown } from '../../../src/formats/sniff/sniff.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { collect, cut, joined, noise, untilError } from './blocks.ts';

const content = joined(Array.from({ length: 40 }, (_, i) => noise(5000 + i, (i % 7) + 1)));
const packed: { readonly [kind in 'gzip' | 'zlib']: Uint8Array } = {
  gzip: new Uint8Array(gzipSync(content)),
  zlib: new Uint8Array(deflateSync(content)),
};
const kinds = ['gzip', 'zlib'] as const;

async function unpack(bytes: Uint8Array, kind: Compression, blockSize = 1000) {
  const { items, error } = await untilError(decompress(cut(bytes, blockSize), kind, { source: 'f' }));
  return { bytes: joined(items), error };
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

test.each(kinds)('decompress() gives back what zlib packed as %s, for any block size', async (kind) => {
  for (const size of [1, 17, 4096, 1 << 20]) {
    const part = size === 1 ? packed[kind].subarray(0) : packed[kind];
    const { bytes, error } = await unpack(part, kind, size);
    expect(error).toBeUndefined();
    expect(same(bytes, content)).toBe(true);
  }
});

test('decompress() reads the members of a gzip file one after the other', async () => {
  const members = [packed.gzip, new Uint8Array(gzipSync('')), new Uint8Array(gzipSync('tail'))];
  for (const size of [1000, packed.gzip.length, 1 << 20]) {
    const { bytes, error } = await unpack(joined(members), 'gzip', size);
    expect(error).toBeUndefined();
    expect(same(bytes, joined([content, Buffer.from('tail')]))).toBe(true);
  }
});

test.each(kinds)('decompress() calls %s cut at any place truncated', async (kind) => {
  const whole = packed[kind];
  for (const length of [2, 3, 9, 12, 100, whole.length >> 1, whole.length - 5, whole.length - 1]) {
    const { bytes, error } = await unpack(whole.subarray(0, length), kind);
    expect(error).toMatchObject({ code: 'TRUNCATED', source: 'f', offset: bytes.length });
    expect(same(bytes, content.subarray(0, bytes.length))).toBe(true);
  }
});

test.each(kinds)('decompress() finds a flipped bit in %s, at the same place for any block size', async (kind) => {
  for (const at of [30, packed[kind].length >> 1, packed[kind].length - 3]) {
    const bad = packed[kind].slice();
    bad[at]! ^= 0x10;
    const [first, second] = [await unpack(bad, kind, 100), await unpack(bad, kind, 1 << 20)];
    // A stream may also be damaged so that it asks for more than is there.
    expect((first.error as { code: string }).code).toMatch(/^(CORRUPT_RECORD|TRUNCATED)$/);
    expect(second.error).toMatchObject({ offset: first.bytes.length });
    expect(same(first.bytes, second.bytes)).toBe(true);
  }
});

test.each(kinds)('decompress() refuses bytes after the end of %s, zeros too', async (kind) => {
  for (const tail of [
    Uint8Array.of(0),
    new Uint8Array(512),
    Buffer.from('garbage'),
    Uint8Array.of(0x1f),
    Uint8Array.of(0x1f, 0x8b),
  ]) {
    for (const size of [packed[kind].length, 1 << 20, 333]) {
      const { error } = await unpack(joined([packed[kind], tail]), kind, size);
      expect((error as { code: string }).code).toMatch(/^(CORRUPT_RECORD|TRUNCATED)$/);
    }
  }
});

test('decompress() says what stands behind the end of the stream', async () => {
  const { bytes, error } = await unpack(joined([packed.gzip, new Uint8Array(9)]), 'gzip');
  expect(same(bytes, content)).toBe(true);
  expect((error as Error).message).toBe(
    `Cannot read "f" to its end: bytes that are not gzip follow the gzip stream after ${packed.gzip.length} bytes. ` +
      'The file was overwritten or appended to',
  );
});

test('decompress() reads no further ahead than its buffers hold, and lets go of its source', async () => {
  let pulled = 0;
  let closed = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        pulled += packed.gzip.length;
        yield packed.gzip;
      }
    } finally {
      closed = true;
    }
  }
  let seen = 0;
  for await (const piece of decompress(endless(), 'gzip', { source: 'f' })) {
    seen += piece.length;
    // A slow reader, so that a stream without back-pressure would run ahead.
    await new Promise((resolve) => setTimeout(resolve, 1));
    if (seen > 4 << 20) break;
  }
  await new Promise((resolve) => setTimeout(resolve, 20));
  const packedOf = (bytes: number) => (bytes * packed.gzip.length) / content.length;
  expect(pulled).toBeLessThan(packedOf(seen) + (1 << 19));
  expect(closed).toBe(true);
});

test('decompress() stops when told to, and passes on an error of its source', async () => {
  const controller = new AbortController();
  async function* blocks(): AsyncGenerator<Uint8Array> {
    yield packed.gzip.subarray(0, 1000);
    controller.abort();
    for (;;) yield packed.gzip.subarray(1000);
  }
  const aborted = await untilError(decompress(blocks(), 'gzip', { source: 'f', stop: controller.signal }));
  expect((aborted.error as Error).name).toBe('AbortError');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield packed.gzip.subarray(0, 100_000);
    throw new RangeError('the disk is gone');
  }
  const failed = await untilError(decompress(failing(), 'gzip', { source: 'f' }));
  expect(failed.error).toEqual(new RangeError('the disk is gone'));
});

test.each(['none', 'gzip', 'zlib'] as const)('compress() to %s is undone by decompress()', async (kind) => {
  const bytes = joined(await collect(compress(cut(content, 3000), kind)));
  expect(sniffCompression(bytes.subarray(0, 12))).toBe(kind);
  expect(same((await unpack(bytes, kind)).bytes, content)).toBe(true);
});

test('compress() passes on an error of its source', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield content;
    throw new RangeError('no more');
  }
  expect((await untilError(compress(failing(), 'gzip'))).error).toEqual(new RangeError('no more'));
});

test('sniffCompression() lets a TFRecord header win over bytes that look like zlib', () => {
  // A first record of 0x9c78 bytes begins 78 9c, as most zlib files do.
  const head = new Uint8Array(12);
  storeHeader(head, 0, 0x9c78);
  expect([head[0], head[1], hasHeader(head, 0)]).toEqual([0x78, 0x9c, true]);
  expect(sniffCompression(head)).toBe('none');
  head[11]! ^= 1;
  expect(sniffCompression(head)).toBe('zlib');
});

test('sniffCompression() takes no other bytes for compressed ones', () => {
  expect(sniffCompression(new Uint8Array(0))).toBe('none');
  expect(sniffCompression(Uint8Array.of(0x1f, 0x8b))).toBe('none');
  expect(sniffCompression(Uint8Array.of(0x78, 0x9d))).toBe('none');
  // With a preset dictionary: TensorFlow writes none, and nobody could read it.
  expect(sniffCompression(Uint8Array.of(0x78, 0xbb))).toBe('none');
  expect(sniffCompression(frameRecord(new Uint8Array(3)))).toBe('none');
});

test.each<[string, string]>([
  ['version https://git-lfs.github.com/spec/v1\noid sha256:', 'a Git LFS pointer'],
  ['<!DOCTYPE html><html>', 'a web page'],
  ['\n <HTML><head>', 'a web page'],
  ['<?xml version="1.0"?><Error><Code>AccessDenied', 'an XML document'],
  ['{"error": {"code": 401', 'JSON text'],
  ['[{"a": 1}]', 'JSON text'],
  ['PK\x03\x04', 'a ZIP archive'],
  ['RIFF\x00\x00\x00\x00WAVEfmt ', 'a WAV recording'],
])('describeUnknown() knows %j', (head, what) => {
  expect(describeUnknown(Buffer.from(head, 'latin1'))).toContain(what);
});

test('describeUnknown() is silent about bytes it does not know', () => {
  for (const head of [new Uint8Array(0), noise(512), Buffer.from('{ hello'), frameRecord(noise(9))]) {
    expect(describeUnknown(head)).toBeUndefined();
  }
});

test.skipIf(!hasShared)('describeUnknown() names real files of other formats (needs ../shared)', () => {
  const expected: [string, RegExp][] = [
    ['lfs-pointers/', /Git LFS/],
    ['arrayrecord/', /ArrayRecord/],
    ['parquet/', /Parquet/],
    ['npy/ndarray-npy/', /NumPy/],
    ['flac/', /FLAC|ID3|MP3|Ogg|WAV/],
    ['bird-audio/a2o/', /FLAC/],
    ['lmdb/', /LMDB/],
  ];
  for (const [prefix, pattern] of expected) {
    const files = sharedFiles(prefix).filter(({ name }) =>
      /\.(flac|npy|parquet|mdb|riegeli)$|array_record-/.test(name),
    );
    expect(files.length, prefix).toBeGreaterThan(0);
    const named = files.filter(({ name }) => pattern.test(describeUnknown(sharedBytes(name).subarray(0, 512)) ?? ''));
    // Some files are there because they are broken from the first byte on.
    expect(named.length, prefix).toBeGreaterThan(files.length / 2);
  }
});
