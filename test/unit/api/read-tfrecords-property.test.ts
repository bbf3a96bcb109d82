/** readTfRecords() against the slow twins of framing and salvage, on random damaged files. */

import { writeFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import type { DamagedRange } from '../../../src/api/types.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import { decompress, sniffCompression } from '../../../src/formats/records/compression.ts';
import { hasHeader } from '../../../src/formats/records/tfrecord-frame.ts';
import { describeUnknown } from '../../../src/formats/sniff/sniff.ts';
import { damagedFiles } from '../../support/random-records.ts';
import { salvaged } from '../../twins/salvage.ts';
import { recordBatches } from '../../twins/tfrecord.ts';
import { cut, joined, untilError } from '../formats/blocks.ts';
import { scratch } from '../jobs/folder.ts';

interface Read {
  readonly records: readonly string[];
  readonly indices: readonly number[];
  readonly offsets: readonly number[];
  readonly damage: readonly object[];
  /** Code, record and offset of the error that ended it. */
  readonly error: object | undefined;
}

const hex = (record: Uint8Array) => Buffer.from(record).toString('hex');
const placeOf = ({ record, offset, length, code }: DamagedRange) => ({ record, offset, length, code });

function errorOf(error: unknown): object | undefined {
  if (error === undefined) return undefined;
  if (!(error instanceof BowerbirdError)) throw error;
  return { code: error.code };
}

async function byProduct(path: string, onError: 'fail' | 'salvage'): Promise<Read> {
  const damage: object[] = [];
  const onDamage = (range: DamagedRange) => damage.push(placeOf(range));
  const { items, error } = await untilError(readTfRecords(path, { onError, onDamage }));
  return {
    records: items.flatMap(({ records }) => records.map(hex)),
    indices: items.flatMap(({ indices }) => [...indices]),
    offsets: items.flatMap(({ offsets }) => [...offsets]),
    damage,
    error: errorOf(error),
  };
}

async function byTwin(file: Uint8Array, onError: 'fail' | 'salvage'): Promise<Read> {
  return onError === 'fail' ? await untilDamage(file) : await aroundDamage(file);
}

async function untilDamage(file: Uint8Array): Promise<Read> {
  const compression = sniffCompression(file);
  const blocks = decompress(cut(file, 100), compression, { source: 'f' });
  const { items, error } = await untilError(
    recordBatches(blocks, {
      source: 'f',
      batchBytes: 100,
      maxRecordBytes: Number.MAX_SAFE_INTEGER * 4096,
      ...(compression === 'none' ? { byteLength: file.length } : {}),
    }),
  );
  return {
    records: items.flatMap(({ records }) => records.map(hex)),
    indices: items.flatMap(({ firstRecord, records }) => records.map((_, i) => firstRecord + i)),
    offsets: items.flatMap(({ offsets }) => offsets),
    damage: [],
    error: errorOf(error),
  };
}

async function aroundDamage(file: Uint8Array): Promise<Read> {
  const blocks = decompress(cut(file, 100), sniffCompression(file), { source: 'f' });
  const { items, error } = await untilError(blocks);
  const content = joined(items);
  const { records, damage } = salvaged(content);
  const found: object[] = damage.map(({ ...range }) => range);
  if (error instanceof BowerbirdError) {
    // A record that is cut short is how a broken stream shows; else it broke off between two records.
    const last = damage.at(-1);
    const isCut = last?.code === 'TRUNCATED' && last.offset + last.length === content.length;
    if (isCut) found[found.length - 1] = { ...last, code: error.code };
    else found.push({ record: records.length + damage.length, offset: content.length, length: 0, code: error.code });
  } else if (error !== undefined) {
    throw error;
  }
  return {
    records: records.map(({ payload }) => hex(payload)),
    indices: records.map(({ index }) => index),
    offsets: records.map(({ offset }) => offset),
    damage: found,
    error: undefined,
  };
}

const effort = Number(process.env['BOWERBIRD_TEST_EFFORT'] ?? 1);

/** Whether a header somewhere promises more than memory allows: compressed, the two call that by different names. */
function promisesTooMuch(file: Uint8Array): boolean {
  const limit = BigInt(Math.floor(totalmem() / 2));
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  for (let at = 0; at + 12 <= file.length; at++) {
    if (view.getBigUint64(at, true) > limit && hasHeader(file, at)) return true;
  }
  return false;
}

describe('readTfRecords() equals its slow twins', () => {
  const packed = {
    none: (file: Uint8Array) => file,
    gzip: gzipSync,
    zlib: deflateSync,
    // What is cut off and changed is the compressed stream.
    'cut gzip': (file: Uint8Array) => gzipSync(file).subarray(0, -Math.min(9, file.length + 1)),
    'changed zlib': (file: Uint8Array) => {
      const stream = deflateSync(file, { level: 0 });
      stream[Math.floor(stream.length / 2)]! ^= 4;
      return stream;
    },
  } as const;

  test.each(Object.keys(packed) as (keyof typeof packed)[])('on damaged files, %s', async (how) => {
    const path = join(scratch(), 'x');
    const property = fc.asyncProperty(damagedFiles, async (content) => {
      const file = new Uint8Array(packed[how](content));
      fc.pre(describeUnknown(content) === undefined);
      fc.pre(how === 'none' || !promisesTooMuch(content));
      writeFileSync(path, file);
      for (const onError of ['salvage', 'fail'] as const) {
        expect(await byProduct(path, onError)).toEqual(await byTwin(file, onError));
      }
    });
    await fc.assert(property, { numRuns: 60 * effort, interruptAfterTimeLimit: 10_000 * effort });
  });
});
