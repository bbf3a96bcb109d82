/** inspect() and verify() of ArrayRecord objects: what they say of the same bytes in a file, read by ranges, each byte once, with no copy on a disk. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { verify } from '../../../src/api/verify.ts';
import { writeSet } from '../../support/converting.ts';
import { weather } from '../../support/object-server.ts';
import { objectStore } from '../../support/object-store.ts';
import { inspectOne } from '../../support/one-file.ts';
import { scratch } from '../jobs/folder.ts';

const server = await objectStore();
const uri = 's3://bucket/x.arrayrecord';
const temporary = process.env['TMPDIR'];

/** 6 MB, of which none compresses. */
const records = Array.from({ length: 400 }, (_, i) => {
  const words = new Uint32Array(3750);
  words[0] = i;
  for (let at = 1; at < words.length; at++) words[at] = Math.imul(words[at - 1]!, 1664525) + 1013904223;
  return new Uint8Array(words.buffer);
});

/** A file and the same bytes as an object; nothing can be made in the temporary folder from then on. */
async function putBoth(options: string, change = (bytes: Buffer) => bytes): Promise<{ path: string; size: number }> {
  restore();
  const path = join(scratch(), 'x.arrayrecord');
  await writeSet(path, records, `ar ${options}`);
  const bytes = change(readFileSync(path));
  writeFileSync(path, bytes);
  server.objects.set('bucket/x.arrayrecord', bytes);
  process.env['TMPDIR'] = '/nowhere';
  return { path, size: bytes.length };
}

function restore() {
  if (temporary === undefined) delete process.env['TMPDIR'];
  else process.env['TMPDIR'] = temporary;
}
afterEach(restore);

/** Bytes that were asked for. */
function asked(): number {
  const ranges = server.seen.flatMap(({ method, headers }) =>
    method === 'GET' ? [/^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '')] : [],
  );
  return ranges.reduce(
    (sum, range) => sum + (range === null ? Number.NaN : Number(range[2]) - Number(range[1]) + 1),
    0,
  );
}

const damages: readonly (readonly [string, (bytes: Buffer) => Buffer])[] = [
  ['nothing', (bytes) => bytes],
  ['a flipped bit in each of two chunks', (bytes) => flip(flip(bytes, 1_000_000), 4_000_000)],
  ['a flipped bit in a block header', (bytes) => flip(bytes, 65536 * 20 + 9)],
  ['a flipped bit in the footer', (bytes) => flip(bytes, bytes.length - 65536 - 20)],
  ['a flipped bit in the postscript', (bytes) => flip(bytes, bytes.length - 65536 + 30)],
  ['its end', (bytes) => bytes.subarray(0, 3_333_333)],
  ['all but half a block', (bytes) => bytes.subarray(0, 30_000)],
];

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at]! ^= 4;
  return bytes;
}

describe('verify() of an ArrayRecord object', () => {
  test.each(damages)('says what it says of a file, with and without a proof: damaged is %s', async (_, change) => {
    for (const options of ['group_size:1,uncompressed', 'group_size:7,zstd:1']) {
      const { path } = await putBoth(options, change);
      for (const proof of [false, true]) {
        const { files: near, ...local } = await verify({ inputs: [path], proof });
        const { files: far, ...remote } = await verify({ inputs: [uri], proof });
        const { elapsedSeconds: _near, ...expected } = local;
        expect(remote).toMatchObject(expected);
        expect(far).toEqual(JSON.parse(JSON.stringify(near).replaceAll(path, uri)));
      }
    }
  });

  test('reads it once, for a proof too, and retries what fails', async () => {
    const { size } = await putBoth('group_size:10,zstd:1');
    expect(await verify({ inputs: [uri], proof: true, workers: 1 })).toMatchObject({ ok: true, records: 400 });
    // What else is read: the first bytes, which tell the format, the postscript's block, the footer.
    expect(asked()).toBeLessThan(size + 1_000_000);
    server.fault = weather(7).fault;
    expect(await verify({ inputs: [uri], proof: true })).toMatchObject({ ok: true, records: 400 });
  });

  test('refuses bytes of another version', async () => {
    const { size } = await putBoth('group_size:1,uncompressed');
    let gets = 0;
    server.fault = ({ method }) => {
      if (method === 'GET' && ++gets === 8) server.objects.set('bucket/x.arrayrecord', Buffer.alloc(size, 7));
      return false;
    };
    await expect(verify({ inputs: [uri] })).rejects.toMatchObject({ code: 'IO', source: uri });
  });
});

describe('inspect() of an ArrayRecord object', () => {
  test.each(['group_size:1,uncompressed', 'group_size:5,brotli:1', 'group_size:20,transpose:true,zstd:1', 'snappy'])(
    'says what it says of a file, from the footer and the first records alone: %s',
    async (options) => {
      const { path, size } = await putBoth(options);
      const near = await inspectOne(path, { limit: 50 });
      server.seen.length = 0;
      expect(await inspectOne(uri, { limit: 50 })).toEqual({ ...near, source: uri });
      expect(asked()).toBeLessThan(size / 2);
      expect(await inspectOne(uri, { all: true })).toEqual({ ...(await inspectOne(path, { all: true })), source: uri });
    },
  );

  test('fails as it fails of a file without a footer', async () => {
    const { path } = await putBoth('', (bytes) => bytes.subarray(0, 1_000_000));
    const local = await inspectOne(path).catch((error) => error);
    const error = await inspectOne(uri).catch((it) => it);
    expect({ code: error.code, message: error.message }).toEqual({
      code: local.code,
      message: local.message.replaceAll(path, uri),
    });
  });
});
