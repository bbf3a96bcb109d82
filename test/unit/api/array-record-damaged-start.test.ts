/** Every command on ArrayRecord files whose beginning is damaged: inspect(), verify(), repair(), convert() under salvage, and the reader. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/api/convert.ts';
import type { InspectedArrayRecord } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { arrayRecordText } from '../../../src/cli/commands/inspect-array-record.ts';
import { ArrayRecordReader } from '../../../src/records/array-record-reader.ts';
import { readAll } from '../../support/array-records.ts';
import { type Made, make, recordsOf, untouched } from '../../support/damaged-array-records.ts';
import { inspectOne, repairOne } from '../../support/one-file.ts';
import { scratch } from '../jobs/folder.ts';

const block = 65536;

describe('every command on 360 records in 20.6 MB', () => {
  const records = recordsOf(360, 57_219);

  /** What is left of the records, by command. */
  async function keptBy(made: Made, change: (bytes: Buffer) => void): Promise<{ [command: string]: number }> {
    const folder = scratch();
    // A name that says nothing.
    const path = join(folder, 'copy.bin');
    const bytes = Buffer.from(made.bytes);
    change(bytes);
    writeFileSync(path, bytes);
    const verified = (await verify({ inputs: [path], workers: 1 })).files[0];
    const seen = await inspectOne(path, { all: true });
    const out = join(folder, 'repaired');
    const repaired = await repairOne(path, { out });
    const converted = await convert({
      inputs: [path],
      out: join(folder, 'converted'),
      to: 'tfrecord',
      onError: 'salvage',
      workers: 1,
    });
    const reader = await ArrayRecordReader.open(path);
    let read = 0;
    for (let i = 0; i < reader.length; i++) {
      const found = await reader.read(i).catch(() => undefined);
      if (found !== undefined && Buffer.compare(found, records[i]!) === 0) read += 1;
    }
    await reader.close();
    const whole = await readAll(out);
    const isPart = whole.every((record) => records.some((one) => Buffer.compare(one, record) === 0));
    expect([isPart, whole.length]).toEqual([true, repaired.records]);
    expect(verified?.format).toBe('arrayrecord');
    return {
      verify: (verified as { records: number }).records,
      inspect: (seen as { inspected: number }).inspected,
      repair: repaired.records,
      convert: converted.records,
      read,
    };
  }

  test('gives all of them whatever bit of the first 64 bytes is flipped', async () => {
    const made = await make(records, 'uncompressed');
    expect(made.bytes.length).toBeGreaterThan(20.5e6);
    for (const at of [0, 7, 8, 16, 23, 24, 32, 48, 63]) {
      const kept = await keptBy(made, (bytes) => {
        bytes[at]! ^= 0x10;
      });
      expect(kept, `byte ${at}`).toEqual({ verify: 360, inspect: 360, repair: 360, convert: 360, read: 360 });
    }
  }, 120_000);

  test('gives all but two or three where 64 KiB are overwritten', async () => {
    const made = await make(records, 'uncompressed');
    for (const at of [0, 12, 10_000_000]) {
      const lost = made.chunks.length - untouched(made, at, at + block).length;
      expect(lost).toBeLessThan(4);
      const left = 360 - lost;
      const kept = await keptBy(made, (bytes) => bytes.fill(0xa5, at, at + block));
      expect(kept, `byte ${at}`).toEqual({ verify: left, inspect: left, repair: left, convert: left, read: left });
    }
  }, 120_000);
});

describe('inspect()', () => {
  test('tells the first damage that it met, and looks at what follows', async () => {
    const made = await make(recordsOf(12, 20_000), 'uncompressed,group_size:2');
    const bytes = Buffer.from(made.bytes);
    bytes[made.chunks[1]!.begin + 1000]! ^= 1;
    bytes[made.chunks[4]!.begin + 2]! ^= 1;
    writeFileSync(made.path, bytes);
    const report = (await inspectOne(made.path)) as InspectedArrayRecord;
    const { begin, end } = made.chunks[1]!;
    expect(report).toMatchObject({
      records: 12,
      inspected: 8,
      complete: true,
      damage: { chunk: 1, record: 2, records: 2, offset: begin, length: end - begin, code: 'CORRUPT_RECORD' },
    });
    const text = arrayRecordText(report);
    expect(text).toContain('12; 8 looked at, the others are damaged');
    expect(text).toContain(`chunk 1, records 2 to 3, offset ${begin}, length ${end - begin}`);
  });

  test('finds the footer where its postscript is damaged, and says that it had to', async () => {
    const made = await make(recordsOf(12, 20_000), 'uncompressed,group_size:2');
    const bytes = Buffer.from(made.bytes);
    bytes[bytes.length - block + 70]! ^= 1;
    writeFileSync(made.path, bytes);
    expect(await inspectOne(made.path)).toMatchObject({
      records: 12,
      inspected: 12,
      complete: true,
      damage: { code: 'CORRUPT_RECORD', records: 0, record: 12, chunk: 6 },
    });
  });
});
