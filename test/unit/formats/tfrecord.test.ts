import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { decompress, sniffCompression } from '../../../src/formats/records/compression.ts';
import { crc32c, maskCrc32c } from '../../../src/formats/records/crc32c.ts';
import { frameRecord, storeHeader, storeU32 } from '../../../src/formats/records/tfrecord-frame.ts';
import { frames } from '../../../src/formats/records/tfrecord-writer.ts';
import { native } from '../../../src/native/native.ts';
import { hasShared, sharedBytes, sharedFiles } from '../../shared-data.ts';
import { type Damage, type RecordOptions, recordBatches, type TfRecordBatch } from '../../twins/tfrecord.ts';
import { collect, cut, joined, noise, untilError } from './blocks.ts';

const text = (value: string) => new TextEncoder().encode(value);

interface Read {
  readonly records: Uint8Array[];
  readonly offsets: number[];
  readonly indices: number[];
  readonly damage: Damage[];
  readonly error: BowerbirdError | undefined;
  readonly batches: TfRecordBatch[];
}

async function read(bytes: Uint8Array, options: Partial<RecordOptions> = {}, blockSize = 1 << 16): Promise<Read> {
  const damage: Damage[] = [];
  const { items: batches, error } = await untilError(
    recordBatches(cut(bytes, blockSize), { source: 'f', onDamage: (d) => damage.push(d), ...options }),
  );
  if (error !== undefined && !(error instanceof BowerbirdError)) throw error;
  return {
    batches,
    damage,
    error,
    records: batches.flatMap(({ records }) => records),
    offsets: batches.flatMap(({ offsets }) => offsets),
    indices: batches.flatMap(({ firstRecord, records }) => records.map((_, i) => firstRecord + i)),
  };
}

function fileOf(...payloads: readonly (string | Uint8Array)[]): Uint8Array {
  return joined(payloads.map((payload) => frameRecord(typeof payload === 'string' ? text(payload) : payload)));
}

/** A header whose own checksum holds, whatever it promises. */
function header(length: number): Uint8Array {
  const bytes = new Uint8Array(12);
  storeHeader(bytes, 0, length);
  return bytes;
}

describe.skipIf(!hasShared)('recordBatches() on files by other writers (needs ../shared)', () => {
  const files = [
    ...sharedFiles('tfrecord/'),
    ...sharedFiles('embeddings/a2o/').filter(({ facts }) => facts.compression),
  ];

  test.each(files.map((file) => [file.name, file] as const))('reads %s as TensorFlow does', async (name, { facts }) => {
    const bytes = sharedBytes(name);
    const kind = sniffCompression(bytes.subarray(0, 12));
    expect(kind).toBe(facts.compression);
    const plain = joined(await collect(decompress(cut(bytes, 1000), kind, { source: name })));
    const { records, error } = await read(plain);
    expect(records.length).toBe(facts.records);
    expect(records.reduce((sum, { length }) => sum + length, 0)).toBe(facts.payloadBytes);
    expect(records.slice(0, facts.recordLengths.length).map(({ length }) => length)).toEqual(facts.recordLengths);
    const hash = createHash('sha256');
    for (const record of records) {
      const length = Buffer.alloc(8);
      length.writeBigUInt64LE(BigInt(record.length));
      hash.update(length).update(record);
    }
    expect(hash.digest('hex')).toBe(facts.sha256OfLengthPrefixedPayloads);
    expect(error === undefined).toBe(facts.framingError === undefined);
  });

  const damaged = 'tfrecord/damaged-derived/';
  test.each([
    ['flip-data-bit-record2', 'CORRUPT_RECORD', 2, 255, 134, 3],
    ['flip-length-crc-record2', 'CORRUPT_RECORD', 2, 255, 134, 3],
    ['trailing-garbage', 'TRUNCATED', 4, 523, 7, 4],
    ['truncated-in-footer-record3', 'TRUNCATED', 3, 389, 132, 3],
    ['truncated-in-header-record2', 'TRUNCATED', 2, 255, 5, 2],
  ] as const)('names the place of the damage in %s', async (name, code, record, offset, length, kept) => {
    const bytes = sharedBytes(`${damaged}${name}.tfrecord`);
    const { error } = await read(bytes);
    expect(error).toMatchObject({ code, record, offset, source: 'f' });
    const salvaged = await read(bytes, { onError: 'salvage' });
    expect(salvaged.error).toBeUndefined();
    expect(salvaged.damage).toMatchObject([{ code, record, offset, length }]);
    expect(salvaged.records.length).toBe(kept);
  });
});

test('frameRecord() frames as TensorFlow does', () => {
  // The first record of Grain's morris_sequence test file.
  expect(Buffer.from(frameRecord(text('1'))).toString('hex')).toBe('01000000000000000175de4131c30c4ad6');
});

test('recordBatches() gives the same batches for any block size', async () => {
  const payloads = [noise(3000), noise(1, 2), new Uint8Array(0), noise(20_000, 3), noise(40, 4), noise(5000, 5)];
  const bytes = fileOf(...payloads);
  bytes[3100] = 0xff; // inside the second record's frame or after it: damage to salvage
  const options = { onError: 'salvage', batchBytes: 4096 } as const;
  const whole = await read(bytes, options, bytes.length);
  expect(whole.records.length).toBeGreaterThan(3);
  for (const size of [1, 7, 12, 13, 4095, 4096, 4097, 10_000]) {
    const parts = await read(bytes, options, size);
    expect(parts.batches).toEqual(whole.batches);
    expect(parts.damage).toEqual(whole.damage);
  }
});

test('recordBatches() gives back what frames() wrote for any payloads', async () => {
  const payloads = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(
      payloads,
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 16, max: 600 }),
      async (given, size, batch) => {
        const bytes = joined(await collect(frames(given)));
        expect(bytes).toEqual(fileOf(...given));
        const { records, offsets, indices, error } = await read(bytes, { batchBytes: batch }, size);
        expect(error).toBeUndefined();
        expect(records).toEqual(given);
        expect(indices).toEqual(given.map((_, i) => i));
        let at = 0;
        for (const [i, payload] of given.entries()) {
          expect(offsets[i]).toBe(at);
          at += payload.length + 16;
        }
      },
    ),
    { numRuns: 100 },
  );
});

test('frames() passes a large payload through without a copy of it', async () => {
  const large = noise(3 << 20);
  const blocks = await collect(frames([text('a'), large, text('b')]));
  expect(blocks.some((block) => block === large)).toBe(true);
  expect(Buffer.compare(joined(blocks), fileOf('a', large, 'b'))).toBe(0);
});

test('recordBatches() keeps batches intact while later ones are read', async () => {
  const payloads = Array.from({ length: 50 }, (_, i) => noise(100, i + 1));
  const kept: Uint8Array[] = [];
  for await (const { records } of recordBatches(cut(fileOf(...payloads), 33), { source: 'f', batchBytes: 256 })) {
    kept.push(...records);
  }
  expect(kept).toEqual(payloads);
});

test('recordBatches() finds every single flipped byte and salvages every other record', async () => {
  const payloads = ['first', '', 'the third record', 'x'.repeat(40)];
  const bytes = fileOf(...payloads);
  const starts = [0, 21, 37, 69];
  for (let i = 0; i < bytes.length; i++) {
    const bad = bytes.slice();
    bad[i]! ^= 0x40;
    const hit = starts.findLastIndex((start) => start <= i);
    const failed = await read(bad, {}, 5);
    expect(failed.error?.code).toMatch(/^(CORRUPT_RECORD|TRUNCATED)$/);
    expect(failed.error).toMatchObject({ record: hit, offset: starts[hit] });
    expect(failed.records.length).toBe(hit);
    const salvaged = await read(bad, { onError: 'salvage' }, 5);
    expect(salvaged.error).toBeUndefined();
    expect(salvaged.damage).toHaveLength(1);
    expect(salvaged.damage[0]).toMatchObject({
      record: hit,
      offset: starts[hit],
      length: (starts[hit + 1] ?? bytes.length) - starts[hit]!,
    });
    expect(salvaged.indices).toEqual([0, 1, 2, 3].filter((index) => index !== hit));
    expect(salvaged.records).toEqual(payloads.filter((_, index) => index !== hit).map(text));
  }
});

test('recordBatches() says what checksum it expected and found', async () => {
  const bytes = fileOf('payload');
  bytes[14]! ^= 1;
  const { error } = await read(bytes);
  const found = crc32c(bytes.subarray(12, 19)).toString(16).padStart(8, '0');
  const expected = crc32c(text('payload')).toString(16).padStart(8, '0');
  expect(error?.message).toBe(
    `Cannot read record 0 of "f" at byte 0: the CRC-32C of its 7 bytes is ${found}, expected ${expected}`,
  );
});

test('recordBatches() calls a file that ends inside a record truncated at every length', async () => {
  const bytes = fileOf('one', 'two and more');
  for (let length = 0; length < bytes.length; length++) {
    const { error, records, damage } = await read(bytes.slice(0, length), { onError: 'salvage' }, 4);
    expect(error).toBeUndefined();
    const atBoundary = length === 0 || length === 19;
    expect(damage).toMatchObject(
      atBoundary
        ? []
        : [{ code: 'TRUNCATED', offset: length < 19 ? 0 : 19, length: length < 19 ? length : length - 19 }],
    );
    expect(records.length).toBe(length < 19 ? 0 : 1);
  }
});

test('recordBatches() takes one stretch of damage for one record, however many it swallowed', async () => {
  const bytes = joined([fileOf('keep'), noise(1000), fileOf('found', 'again')]);
  const { records, indices, damage } = await read(bytes, { onError: 'salvage', batchBytes: 64 }, 10);
  expect(records).toEqual(['keep', 'found', 'again'].map(text));
  expect(indices).toEqual([0, 2, 3]);
  expect(damage).toMatchObject([{ record: 1, offset: 20, length: 1000, code: 'CORRUPT_RECORD' }]);
});

test('recordBatches() reads over a zeroed stretch', async () => {
  const bytes = joined([fileOf('a'), new Uint8Array(100_000), fileOf('b')]);
  const { records, damage } = await read(bytes, { onError: 'salvage', batchBytes: 4096 });
  expect(records).toEqual(['a', 'b'].map(text));
  expect(damage).toMatchObject([{ offset: 17, length: 100_000 }]);
});

test('recordBatches() refuses a promise of 2^62 bytes at once when it knows the length', async () => {
  let asked = 0;
  async function* blocks(): AsyncGenerator<Uint8Array> {
    yield header(2 ** 62);
    for (;;) {
      asked++;
      yield new Uint8Array(1 << 16);
    }
  }
  const { error } = await untilError(recordBatches(blocks(), { source: 'f', byteLength: 1e15, batchBytes: 4096 }));
  expect(error).toMatchObject({ code: 'TRUNCATED', offset: 0 });
  expect((error as Error).message).toContain('promises 4611686018427387904 bytes');
  expect(asked).toBeLessThan(3);
});

test('recordBatches() refuses a record over maxRecordBytes when the length of the stream is unknown', async () => {
  const bytes = joined([fileOf('a'), header(5000), new Uint8Array(100)]);
  async function* endless(): AsyncGenerator<Uint8Array> {
    yield bytes;
    for (;;) yield new Uint8Array(1 << 16);
  }
  const { items, error } = await untilError(
    recordBatches(endless(), { source: 'f', maxRecordBytes: 4999, batchBytes: 64, onError: 'salvage' }),
  );
  expect(items.flatMap(({ records }) => records)).toEqual([text('a')]);
  expect(error).toMatchObject({ code: 'UNSUPPORTED', record: 1, offset: 17 });
});

test('recordBatches() reads a file full of headers that promise the rest of it in linear time', async () => {
  // Every 12 bytes a header that is right and promises (almost) all that follows, so that its payload must be looked at. One by
  // one that would be 16,000 payloads of up to 192 KB: 1.5 GB under the checksum and, for twice the file, four times as much.
  const count = 16_000;
  const checked = vi.spyOn(native(), 'crc32c');
  const tail = fileOf('end');
  const parts = Array.from({ length: count }, (_, i) => header((count - i - 1) * 12 + tail.length - 4));
  const bytes = joined([noise(13), ...parts, tail]);
  const { records, damage } = await read(bytes, { onError: 'salvage', batchBytes: 4096 }, 4096);
  expect(records).toEqual([text('end')]);
  expect(damage).toMatchObject([{ offset: 0, length: bytes.length - tail.length }]);
  const work = checked.mock.calls.reduce((sum, [part]) => sum + part.length, 0);
  checked.mockRestore();
  expect(work).toBeLessThan(count * 2048 + 4 * bytes.length);
});

test('recordBatches() holds no more than the search limit for false headers', async () => {
  const limit = 64 * 1024;
  const bytes = joined([noise(20), header(limit + 1), fileOf('inside'), new Uint8Array(limit), fileOf('after')]);
  const { records } = await read(bytes, { onError: 'salvage', batchBytes: 4096, maxSearchedBytes: limit });
  expect(records).toEqual(['inside', 'after'].map(text));
});

test('recordBatches() finds a long record after damage across many windows', async () => {
  const long = noise(300_000, 9);
  const bytes = joined([noise(5000), fileOf(long, 'next')]);
  for (const size of [999, 1 << 20]) {
    const { records, damage } = await read(bytes, { onError: 'salvage', batchBytes: 4096 }, size);
    expect(records.length).toBe(2);
    expect(Buffer.compare(records[0]!, long)).toBe(0);
    expect(records[1]).toEqual(text('next'));
    expect(damage).toMatchObject([{ offset: 0, length: 5000 }]);
  }
});

test('recordBatches() searches like a scan that tries every offset in turn', async () => {
  // The oracle: test header, room and payload; where only the payload is bad and a header or the end follows, step over it.
  const naive = (bytes: Uint8Array) => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const holds = (at: number) =>
      at + 12 <= bytes.length && maskCrc32c(crc32c(bytes.subarray(at, at + 8))) === view.getUint32(at + 8, true);
    const extentAt = (at: number) => {
      if (!holds(at) || view.getBigUint64(at, true) > BigInt(bytes.length - at - 16)) return undefined;
      return Number(view.getBigUint64(at, true)) + 16;
    };
    const intact = (at: number, extent = extentAt(at)): Uint8Array | undefined => {
      if (extent === undefined) return undefined;
      const payload = bytes.subarray(at + 12, at + extent - 4);
      return maskCrc32c(crc32c(payload)) === view.getUint32(at + extent - 4, true) ? payload : undefined;
    };
    const found: { offset: number; record: Uint8Array }[] = [];
    const damage: { offset: number; length: number }[] = [];
    for (let at = 0; at < bytes.length; ) {
      const record = intact(at);
      const extent = extentAt(at);
      let next = at + 1;
      if (extent !== undefined && (record || at + extent === bytes.length || holds(at + extent))) next = at + extent;
      else while (next < bytes.length && intact(next) === undefined) next++;
      if (record === undefined) damage.push({ offset: at, length: next - at });
      else found.push({ offset: at, record });
      at = next;
    }
    return { found, damage };
  };
  // A false header may promise anything, and the oracle knows no limit.
  const unlimited = { maxRecordBytes: Number.MAX_VALUE, maxSearchedBytes: Number.MAX_VALUE };
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ maxLength: 60 }).map((payload) => frameRecord(payload)),
    fc.integer({ min: 0, max: 200 }).map(header),
    // A whole file as a payload: inner records are found when the outer one is damaged.
    fc.uint8Array({ maxLength: 20 }).map((payload) => frameRecord(frameRecord(payload))),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 12 }),
      fc.nat(),
      fc.integer({ min: 1, max: 99 }),
      async (pieces, flip, size) => {
        const bytes = joined(pieces);
        if (bytes.length > 0) bytes[flip % bytes.length]! ^= 1 << (flip % 8);
        const { records, offsets, damage } = await read(
          bytes,
          { onError: 'salvage', batchBytes: 32, ...unlimited },
          size,
        );
        const expected = naive(bytes);
        expect(offsets).toEqual(expected.found.map(({ offset }) => offset));
        expect(records).toEqual(expected.found.map(({ record }) => record.slice()));
        expect(damage.map(({ offset, length }) => ({ offset, length }))).toEqual(expected.damage);
        const covered =
          damage.reduce((sum, { length }) => sum + length, 0) + records.reduce((sum, r) => sum + r.length + 16, 0);
        expect(covered).toBe(bytes.length);
      },
    ),
    { numRuns: 500 },
  );
});

test('recordBatches() stops between blocks when told to', async () => {
  const controller = new AbortController();
  async function* blocks(): AsyncGenerator<Uint8Array> {
    yield fileOf('a');
    controller.abort();
    for (;;) yield fileOf('b');
  }
  const { error } = await untilError(recordBatches(blocks(), { source: 'f', stop: controller.signal }));
  expect((error as Error).name).toBe('AbortError');
});

test('recordBatches() closes its source when the caller leaves early', async () => {
  let closed = false;
  async function* blocks(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield fileOf('a');
    } finally {
      closed = true;
    }
  }
  for await (const _ of recordBatches(blocks(), { source: 'f', batchBytes: 64 })) break;
  expect(closed).toBe(true);
});

test('recordBatches() reports a stream that breaks off, and keeps what came before', async () => {
  async function* blocks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield bytes;
    throw new BowerbirdError('TRUNCATED', 'the gzip stream ends early', { source: 'f', offset: bytes.length });
  }
  for (const [bytes, length] of [
    [fileOf('a', 'b'), 0],
    [joined([fileOf('a', 'b'), fileOf('c').subarray(0, 14)]), 14],
  ] as const) {
    const failed = await untilError(recordBatches(blocks(bytes), { source: 'f' }));
    expect(failed.items.flatMap(({ records }) => records)).toEqual(['a', 'b'].map(text));
    expect((failed.error as Error).message).toBe('the gzip stream ends early');
    const damage: Damage[] = [];
    await collect(recordBatches(blocks(bytes), { source: 'f', onError: 'salvage', onDamage: (d) => damage.push(d) }));
    expect(damage).toMatchObject([
      { record: 2, offset: 34, length, code: 'TRUNCATED', reason: 'the gzip stream ends early' },
    ]);
  }
});

test('storeU32() and loadU32() are little-endian', () => {
  const bytes = new Uint8Array(6);
  storeU32(bytes, 1, 0x89abcdef);
  expect([...bytes]).toEqual([0, 0xef, 0xcd, 0xab, 0x89, 0]);
});
