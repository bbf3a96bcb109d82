/**
 * Small ArrayRecord files that promise much, or hold much: what the README says that they may cost is what they cost. The built package runs
 * in a process of its own, whose memory is measured. MiB here are beyond what Node itself takes.
 */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { written } from '../../support/array-records.ts';
import { peakOf } from '../../support/peak.ts';
import { arrayRecordOf, type CraftedChunk, footerOf, varint } from '../../support/riegeli-chunks.ts';
import { scratch } from '../jobs/folder.ts';

const mib = 1 << 20;
/** For code that is loaded, windows of the reader and of the decompressor, and what is waiting to be collected. */
const overhead = 60;

function fileOf(bytes: Uint8Array): string {
  const path = join(scratch(), 'x.arrayrecord');
  writeFileSync(path, bytes);
  return path;
}

const brotli = (bytes: Uint8Array) =>
  Buffer.concat([
    Buffer.from(varint(bytes.length)),
    brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 3 } }),
  ]);

const inspecting = (path: string, options = {}) =>
  peakOf(`const { files: [r] } = await api.inspect(${JSON.stringify({ inputs: path, ...options })});
    return { records: r.records, inspected: r.inspected, complete: r.complete };`);
const verifying = (path: string, options = {}) =>
  peakOf(`const r = await api.verify({ inputs: [${JSON.stringify(path)}], workers: 1, ...${JSON.stringify(options)} });
    const [{ ok, records, damaged, proof }] = r.files;
    return { ok, records, damaged: damaged.map(({ code, reason }) => [code, reason]), proof };`);

describe.each(['zstd:1', 'brotli:1'])('a chunk of 32 records of 4 MiB, %s,', (codec) => {
  const records = Array.from({ length: 32 }, () => new Uint8Array(4 * mib));
  const options = `group_size:32,${codec}`;

  test('is checked in constant memory, its proof too', async () => {
    const path = await written(records, options);
    const checked = await verifying(path);
    expect(checked.result).toMatchObject({ ok: true, records: 32, damaged: [] });
    expect(checked.mib).toBeLessThan(overhead);
    const proved = await verifying(path, { proof: true });
    expect(proved.result).toMatchObject({ ok: true, records: 32 });
    expect(proved.mib).toBeLessThan(overhead);
    // The proof of the same records in chunks of their own, which are proved one by one.
    const single = await verifying(await written(records, `group_size:1,${codec}`), { proof: true });
    expect(proved.result.proof).toBe(single.result.proof);
  }, 120_000);

  test('shows its first records for the memory of 16 MiB of them', async () => {
    const { result, mib: taken } = await inspecting(await written(records, options));
    expect(result).toEqual({ records: 32, inspected: 4, complete: false });
    expect(taken).toBeLessThan(16 + overhead);
  }, 120_000);

  test('is read whole where all is wanted', async () => {
    const { result, mib: taken } = await inspecting(await written(records, options), { all: true });
    expect(result).toEqual({ records: 32, inspected: 32, complete: true });
    expect(taken).toBeLessThan(128 + overhead);
  }, 120_000);
});

test('chunks that are larger than a batch are in memory one at a time', async () => {
  const path = await written(
    Array.from({ length: 4 }, () => new Uint8Array(100 * mib)),
    'group_size:1,zstd:1',
  );
  const { result, mib: taken } = await peakOf(`
    const reader = await api.ArrayRecordReader.open(${JSON.stringify(path)});
    let bytes = 0;
    for await (const { records } of reader.batches()) for (const { length } of records) bytes += length;
    return bytes;`);
  expect(result).toBe(4 * 100 * mib);
  // One, and the one before, which is still the caller's.
  expect(taken).toBeLessThan(2 * 100 + overhead);
}, 120_000);

describe('in a file of 128 KiB', () => {
  const nothing = new Uint8Array(128 * mib);
  const lies: { readonly [name: string]: () => readonly CraftedChunk[] } = {
    'a footer that unpacks to 128 MiB': () => {
      const sizes = brotli(Uint8Array.from(varint(nothing.length)));
      const payload = Buffer.concat([Buffer.from([0x62, ...varint(sizes.length)]), sizes, brotli(nothing)]);
      return [{ type: 'r', records: 1, decodedSize: nothing.length, payload }];
    },
    'a state machine that unpacks to 128 MiB': () => {
      const header = brotli(nothing);
      const payload = Buffer.concat([Buffer.from([0x62, ...varint(header.length)]), header, Buffer.from([0, 0x3b])]);
      return withFooter({ type: 't', records: 1, decodedSize: 0, payload });
    },
    'transitions that unpack to 128 MiB': () => {
      const header = brotli(Uint8Array.of(0, 0, 1, 3, 0, 0));
      const payload = Buffer.concat([Buffer.from([0x62, ...varint(header.length)]), header, brotli(nothing)]);
      return withFooter({ type: 't', records: 1, decodedSize: 0, payload });
    },
    'a chunk that says it unpacks to 3 GiB, and does not': () => {
      const size = 3 * 1024 * mib;
      const sizes = brotli(Uint8Array.from(varint(size)));
      const values = Buffer.concat([Buffer.from(varint(size)), brotliCompressSync(new Uint8Array(8))]);
      const payload = Buffer.concat([Buffer.from([0x62, ...varint(sizes.length)]), sizes, values]);
      return withFooter({ type: 'r', records: 1, decodedSize: size, payload });
    },
    'a chunk of 2^50 bytes': () => {
      const payload = Uint8Array.of(0, 1, 0);
      return withFooter({ type: 'r', records: 1, decodedSize: 2 ** 50, payload });
    },
  };
  const withFooter = (chunk: CraftedChunk) => [chunk, footerOf([chunk])];

  test.each(Object.keys(lies))(
    '%s is refused before it costs anything',
    async (name) => {
      const bytes = arrayRecordOf(lies[name]!());
      expect(bytes.length).toBeLessThanOrEqual(4 * 65536);
      const path = fileOf(bytes);
      const inspected = await inspecting(path);
      if ('code' in inspected.result) expect(inspected.result.code).toMatch(/UNSUPPORTED|CORRUPT_RECORD|TRUNCATED/);
      else expect(inspected.result).toMatchObject({ records: 1, inspected: 0 });
      expect(inspected.mib).toBeLessThan(overhead);
      const checked = await verifying(path);
      expect(checked.result.ok).toBe(false);
      expect(checked.mib).toBeLessThan(overhead);
    },
    60_000,
  );
});
