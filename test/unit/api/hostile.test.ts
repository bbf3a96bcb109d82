/** Input made to cost memory or time: it costs neither. The built package runs in a process of its own, whose memory is measured. */

import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join as joinPath } from 'node:path';
import { createGzip, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { extractFiles } from '../../support/extracting.ts';
import { peakOf } from '../../support/peak.ts';
import {
  bytesFeature,
  DT,
  entry,
  example,
  field,
  floats,
  frame,
  header,
  join,
  record,
  shapeProto,
  tensorProto,
  text,
  tfrecord,
  varint,
  varintField,
} from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const good = record();

function fileOf(bytes: Uint8Array): string {
  const path = joinPath(scratch(), 'x');
  writeFileSync(path, bytes);
  return path;
}

function extracting(path: string, options: object = {}): Promise<Awaited<ReturnType<typeof peakOf>>> {
  const given = { inputs: [path], out: `${path}.out`, workers: 1, ...options };
  return peakOf(
    `const { records, rows, rejects } = await api.extract(${JSON.stringify(given)}); return { records, rows, rejects };`,
  );
}

describe('a length that is a lie', () => {
  test.each([2n ** 62n, 2n ** 63n, 2n ** 64n - 1n, 2n ** 64n - 16n, 2n ** 64n - 17n, 2n ** 53n, 2n ** 32n, 2n ** 31n])(
    'of %d bytes is told at once, and salvaged around',
    async (length) => {
      const file = join(frame(good), header(length), frame(good));
      const { error } = await extractFiles({ x: file });
      expect(error).toMatchObject({ code: 'TRUNCATED', record: 1, offset: good.length + 16 });
      const { report } = await extractFiles({ x: file }, { onError: 'salvage' });
      expect(report).toMatchObject({ records: 2, rejects: 1 });
    },
  );

  test('costs no memory in a compressed stream', async () => {
    for (const length of [2n ** 40n, 2n ** 63n]) {
      const path = fileOf(gzipSync(join(frame(good), header(length), new Uint8Array(64 << 20))));
      const { result, mib } = await extracting(path);
      expect(result).toMatchObject({ code: 'UNSUPPORTED', record: 1 });
      expect(mib).toBeLessThan(200);
    }
  });

  test('costs no time where thousands of them overlap', async () => {
    // Each header promises all that follows, and all of it is there: checked one by one, 5000 times 4 MiB.
    const count = 5000;
    const rest = 4 << 20;
    const parts = Array.from({ length: count }, (_, i) => header((count - 1 - i) * 12 + rest));
    const path = fileOf(join(new Uint8Array(1), ...parts, new Uint8Array(rest), tfrecord(good)));
    const { result, seconds, mib } = await extracting(path, { onError: 'salvage' });
    expect(result).toEqual({ records: 1, rows: 2, rejects: 1 });
    expect(seconds).toBeLessThan(5);
    expect(mib).toBeLessThan(200);
  });
});

describe.skipIf(totalmem() > 200e9)('a sparse file of 100 GB whose header promises it all', () => {
  const bytes = 100e9;
  const offset = good.length + 16;

  function sparse(): string {
    const path = joinPath(scratch(), 'sparse');
    const fd = openSync(path, 'w');
    writeSync(fd, join(frame(good), header(BigInt(bytes) - BigInt(offset) - 16n)));
    ftruncateSync(fd, bytes);
    closeSync(fd);
    return path;
  }

  test('is refused by extract() without reading it', async () => {
    const { result, mib, seconds } = await extracting(sparse());
    expect(result).toMatchObject({ code: 'UNSUPPORTED', record: 1, offset });
    expect(result.message).toContain("this machine's memory allows");
    expect(mib).toBeLessThan(200);
    expect(seconds).toBeLessThan(5);
  });

  test('does not keep inspect() from showing the record before it', async () => {
    const { result, mib, seconds } = await peakOf(
      `return api.inspect({ inputs: ${JSON.stringify(sparse())}, limit: 1 }).then(({ files }) => files[0]);`,
    );
    expect(result).toMatchObject({ records: 1, complete: false, size: bytes });
    expect(mib).toBeLessThan(200);
    expect(seconds).toBeLessThan(5);
  });

  test('lets everything else be stopped while it searches', async () => {
    const { result } = await peakOf(`
      const path = ${JSON.stringify(sparse())};
      const drained = async (batches) => { for await (const _ of batches); };
      const calls = {
        verify: (signal) => api.verify({ inputs: [path], signal }),
        extract: (signal) => api.extract({ inputs: [path], out: path + '.out', onError: 'salvage', signal }),
        inspect: (signal) => api.inspect({ inputs: path, all: true, signal }),
        repair: (signal) => api.repair({ inputs: path, out: path + '.repaired', signal }),
        readTfRecords: (signal) => drained(api.readTfRecords(path, { onError: 'salvage', signal })),
        readEmbeddings: (signal) => drained(api.readEmbeddings(path, { onError: 'salvage', signal })),
      };
      const late = {};
      for (const [name, call] of Object.entries(calls)) {
        const stop = new AbortController();
        let asked = 0;
        setTimeout(() => { asked = performance.now(); stop.abort(); }, 200);
        await call(stop.signal).catch((error) => { if (!stop.signal.aborted) throw error; });
        // A hundred gigabytes take half a minute and more.
        if (asked === 0 || performance.now() - asked > 2000) late[name] = performance.now() - asked;
      }
      return late;`);
    expect(result).toEqual({});
  });
});

describe('a bomb', () => {
  test('of GZIP is read in bounded memory', async () => {
    const path = joinPath(scratch(), 'bomb.gz');
    const fd = openSync(path, 'w');
    const packer = createGzip({ level: 1 });
    packer.on('data', (block: Buffer) => writeSync(fd, block));
    const zeros = Buffer.alloc(8 << 20);
    for (let i = 0; i < 64; i++) await new Promise((resolve) => packer.write(zeros, resolve));
    await new Promise<void>((resolve) => packer.on('end', resolve).end());
    closeSync(fd);
    // 512 MiB of zeros: eight zero bytes and a checksum of zero are no header.
    const { result, mib } = await extracting(path, { onError: 'salvage' });
    expect(result).toEqual({ records: 0, rows: 0, rejects: 1 });
    expect(mib).toBeLessThan(300);
  });

  const bombs: { readonly [name: string]: Uint8Array } = {
    'a tensor of 2^60 elements in 20 bytes': record({
      tensor: join(tensorProto([2 ** 20, 2 ** 20, 2 ** 20], new Uint8Array(0))),
    }),
    'a tensor of 2^40 elements that repeat one value': record({
      tensor: join(varintField(1, DT.float), shapeProto([2 ** 20, 1, 2 ** 20]), field(5, floats([1]))),
    }),
    'dimensions whose product overflows': record({
      tensor: tensorProto([2n ** 33n, 2n ** 33n, 2n ** 33n], new Uint8Array(0)),
    }),
    'a dimension of -1': record({ tensor: tensorProto([-1n, 1n, 4n], floats([1, 2, 3, 4])) }),
    'a dimension of 2^63 - 1': record({ tensor: tensorProto([2n ** 63n - 1n, 1n, 1n], floats([1])) }),
    'a shape of 10,000 dimensions': record({
      tensor: tensorProto(
        Array.from({ length: 10_000 }, () => 1),
        floats([1]),
      ),
    }),
    'groups within groups, 100,000 deep': join(good, new Uint8Array(100_000).fill(3 * 8 + 3)),
    'a group that ends another': join(good, Uint8Array.of(3 * 8 + 3, 4 * 8 + 4)),
    'a length beyond its message': join(good, Uint8Array.of(15 * 8 + 2, 0xff, 0xff, 0xff, 0xff, 0x0f)),
    'a varint that does not end': join(good, new Uint8Array(40).fill(0xff)),
    'field number 0': join(good, Uint8Array.of(2, 0)),
    'a million empty entries': field(
      1,
      Uint8Array.from({ length: 2_000_000 }, (_, i) => (i % 2 === 0 ? 10 : 0)),
    ),
  };

  test.each(Object.keys(bombs))('made of %s is one rejected record', async (name) => {
    const { report } = await extractFiles({ x: tfrecord(good, bombs[name]!, good) }, { onError: 'skip' });
    expect(report).toMatchObject({ records: 3, rows: 4, rejects: 1 });
  });

  test('made of any of them costs no memory', async () => {
    const small = Object.values(bombs).filter(({ length }) => length < 1000);
    const path = fileOf(tfrecord(...Array.from({ length: 50 }, () => small).flat()));
    const { result, mib, seconds } = await extracting(path, { onError: 'skip' });
    expect(result).toEqual({ records: 0 + 50 * small.length, rows: 0, rejects: 50 * small.length });
    expect(mib).toBeLessThan(200);
    expect(seconds).toBeLessThan(5);
  });

  test('of repetition, as large as it may be, is bounded and given back', async () => {
    // 2^20 values of 23 bytes: 4 MiB of rows each, written and not kept.
    const tensor = join(varintField(1, DT.float), shapeProto([1024, 1, 1024]), field(5, floats([1])));
    const path = fileOf(tfrecord(...Array.from({ length: 40 }, () => record({ tensor }))));
    const { result, mib } = await extracting(path);
    expect(result).toEqual({ records: 40, rows: 40 * 1024, rejects: 0 });
    expect(mib).toBeLessThan(200);
  });

  test('in any of them leaves inspect(), verify() and readTfRecords() whole', async () => {
    const path = fileOf(tfrecord(good, ...Object.values(bombs)));
    const count = Object.keys(bombs).length + 1;
    const { result, mib, seconds } = await peakOf(`
      const path = ${JSON.stringify(path)};
      const { records, features } = (await api.inspect({ inputs: path, all: true })).files[0];
      const { ok } = await api.verify({ inputs: [path] });
      let parsed = 0;
      for await (const batch of api.readTfRecords(path)) {
        for (const record of batch.records) try { api.parseExample(record); parsed++; } catch (error) { if (error.code !== 'BAD_SCHEMA') throw error; }
      }
      return { records, ok, parsed, features: features.length };`);
    expect(result).toMatchObject({ records: count, ok: true, features: 4 + 1 });
    expect(mib).toBeLessThan(300);
    expect(seconds).toBeLessThan(10);
  });
});

test('inspect() keeps its memory when every record names another feature', async () => {
  const payloads = Array.from({ length: 3000 }, (_, i) =>
    example(...Array.from({ length: 20 }, (_, n) => entry(`feature ${i} ${n}`, bytesFeature(text('x'.repeat(20)))))),
  );
  const { result, mib } = await peakOf(
    `return (await api.inspect({ inputs: ${JSON.stringify(fileOf(tfrecord(...payloads)))}, all: true })).files[0].features.length;`,
  );
  expect(result).toBe(1000);
  expect(mib).toBeLessThan(200);
});

test('a varint of ten bytes is a length like another', async () => {
  // Longer than it need be, as some writers make them: the top bits are zero.
  const padded = join(
    Uint8Array.of(0x0a),
    varint(good.length - 3).map((byte) => byte | 0x80),
    Uint8Array.of(0x80, 0x00),
  );
  const body = good.slice(good.length - (good.length - 3));
  const { report } = await extractFiles({ x: tfrecord(join(padded, body)) });
  expect(report).toMatchObject({ records: 1, rows: 2 });
});
