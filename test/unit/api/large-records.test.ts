/** Records and files beyond 32 bits. The real ones take 4.5 GiB of disk and 2.3 GiB of memory: BOWERBIRD_TEST_LARGE=1. */

import { closeSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import { writeTfRecords } from '../../../src/api/write-tfrecords.ts';
import { crc32c, crc32cCombine, maskCrc32c } from '../../../src/formats/records/crc32c.ts';
import { peakOf } from '../../support/peak.ts';
import {
  arkaba,
  bytesFeature,
  entry,
  floatFeature,
  frame,
  header,
  join,
  record,
  shapeProto,
  text,
  varint,
  varintField,
} from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const large = process.env['BOWERBIRD_TEST_LARGE'] === '1';

/** CRC-32C of that many zero bytes, by doubling. */
function crcOfZeros(length: number): number {
  let crc = 0;
  let power = crc32c(new Uint8Array(1));
  for (let rest = length, size = 1; rest > 0; rest = Math.floor(rest / 2), size *= 2) {
    if (rest % 2 === 1) crc = crc32cCombine(crc, power, size);
    power = crc32cCombine(power, power, size);
  }
  return crc;
}

/** Writes a record whose tensor_content is a hole in the file; returns how long it is. */
function writeSparseRecord(fd: number, at: number, windows: number, width: number): number {
  const content = windows * width * 4;
  // What stands before the content, from the inside out: tensor_content, TensorProto, bytes_list, Feature, entry, Features.
  let before: Uint8Array = new Uint8Array(0);
  const wrap = (number: number, head: Uint8Array = new Uint8Array(0)) => {
    before = join(head, varint(number * 8 + 2), varint(before.length + content), before);
  };
  wrap(4, join(varintField(1, 1), shapeProto([windows, 1, width])));
  wrap(1);
  wrap(1);
  wrap(2, join(varint(10), varint('embedding'.length), text('embedding')));
  wrap(1, join(entry('filename', bytesFeature(arkaba)), entry('timestamp_s', floatFeature([60]))));
  wrap(1);
  const length = before.length + content;
  writeSync(fd, join(header(length), before), 0, undefined, at);
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(maskCrc32c(crc32cCombine(crc32c(before), crcOfZeros(content), content)));
  writeSync(fd, footer, 0, 4, at + 12 + length);
  return length + 16;
}

/** The sparse record between two small ones. */
function writeLarge(path: string, windows: number, width: number): void {
  const small = (sign: number) =>
    frame(record({ shape: [1, 1, width], values: Array.from({ length: width }, (_, i) => sign * i) }));
  const fd = openSync(path, 'w');
  writeSync(fd, small(1));
  const middle = writeSparseRecord(fd, small(1).length, windows, width);
  writeSync(fd, small(-1), 0, undefined, small(1).length + middle);
  closeSync(fd);
}

describe('a record', () => {
  const width = 1024;
  test.each([
    [24, true],
    [2252, large],
  ])('of %d MiB is read like any other, in memory of its own size', { timeout: 300_000 }, async (mib, enabled) => {
    if (!enabled) return;
    const windows = (mib * 2 ** 20) / (4 * width);
    const path = joinPath(scratch(), 'large');
    writeLarge(path, windows, width);
    expect(statSync(path).size).toBeGreaterThan(mib * 2 ** 20);
    const given = JSON.stringify(path);
    const peak = await peakOf(`
      const { files: [file] } = await api.extract({ inputs: [${given}], out: ${given} + '.out', workers: 1 });
      return { records: file.records, rows: file.rows, width: file.width, bytes: file.embeddings.bytes };`);
    const bytes = 128 + (windows + 2) * width * 4;
    expect(peak.result).toEqual({ records: 3, rows: windows + 2, width, bytes });
    const npy = `${path}.out/embeddings/large.npy`;
    expect(statSync(npy).size).toBe(bytes);
    const fd = openSync(npy, 'r');
    const rowAt = (index: number) => {
      const row = new Uint8Array(width * 4);
      readSync(fd, row, 0, row.length, 128 + index * row.length);
      return [...new Float32Array(row.buffer)];
    };
    expect(rowAt(0)[7]).toBe(7);
    expect([...rowAt(1), ...rowAt(windows)].every((value) => value === 0)).toBe(true);
    expect(rowAt(windows + 1)[7]).toBe(-7);
    closeSync(fd);
    expect(peak.mib).toBeLessThan(120 + 1.1 * mib);
    const verified = await peakOf(`return api.verify({ inputs: [${given}] });`);
    expect(verified.result).toMatchObject({ ok: true, records: 3 });
    expect(verified.mib).toBeLessThan(120 + 1.1 * mib);
    if (mib > 1000) console.info(`${mib} MiB: extract ${peak.mib} MiB, ${peak.seconds} s; verify ${verified.mib} MiB`);
  });

  test('of any size around whole reads is read as it was written', async () => {
    const sizes = [1, 1.004, 1.5, 1.999, 2, 2.001, 3.3, 5.75].flatMap((mib) =>
      [-4097, -17, -16, -15, 0, 1, 4096].map((more) => Math.round(mib * 2 ** 20) + more),
    );
    const payloads = sizes.map((size, i) => new Uint8Array(size).fill(i + 1));
    const path = joinPath(scratch(), 'x');
    await writeTfRecords(path, payloads);
    let i = 0;
    for await (const { records } of readTfRecords(path)) {
      for (const found of records) expect(Buffer.compare(found, payloads[i++]!)).toBe(0);
    }
    expect(i).toBe(payloads.length);
  });

  test.skipIf(!large)('behind byte 2^32 of a file is found where it is', { timeout: 300_000 }, async () => {
    // Five records with holes of a gigabyte between them: each hole is one damaged stretch.
    const path = joinPath(scratch(), 'holes');
    const one = frame(record());
    const gap = 1.125 * 2 ** 30;
    const places = [0, 1, 2, 3, 4].map((i) => i * gap);
    const fd = openSync(path, 'w');
    for (const at of places) writeSync(fd, one, 0, undefined, at);
    closeSync(fd);
    const { result, mib } = await peakOf(`
      const { files: [file] } = await api.verify({ inputs: [${JSON.stringify(path)}] });
      return { records: file.records, damaged: file.damaged.map(({ record, offset, length }) => [record, offset, length]) };`);
    expect(result).toEqual({
      records: 5,
      damaged: [0, 1, 2, 3].map((i) => [2 * i + 1, places[i]! + one.length, gap - one.length]),
    });
    expect(mib).toBeLessThan(120);
  });
});
