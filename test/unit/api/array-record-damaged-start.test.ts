/** Every command on ArrayRecord files whose beginning is damaged: inspect(), verify(), repair(), convert() under salvage, and the reader. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/api/convert.ts';
import { inspect } from '../../../src/api/inspect.ts';
import { repair } from '../../../src/api/repair.ts';
import { verify } from '../../../src/api/verify.ts';
import { ArrayRecordReader } from '../../../src/jobs/array-record-reader.ts';
import { readAll } from '../../support/array-records.ts';
import { type Made, make, recordsOf, untouched } from '../../support/damaged-array-records.ts';
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
    const seen = await inspect(path, { all: true });
    const out = join(folder, 'repaired');
    const repaired = await repair(path, { out });
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
