/**
 * Flipped bits of small ArrayRecord files of each kind: verify finds each, says where it is and which records it costs, and keeps all
 * others. Here with index and footer, and the libraries of Node: all bits but those of long runs of one byte, of which one in every 251st
 * byte. native/test/every_bit_test.cc flips every bit of a file, such zeros too, under the walk alone.
 *
 * No hash covers the zeros that fill up a chunk which holds more records than bytes ("empties" below); verify sees that they are zeros.
 */

import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ArrayRecordReader } from '../../../src/records/array-record-reader.ts';
import { survey } from '../../../src/records/array-record-survey.ts';
import { written } from '../../support/array-records.ts';

const words = ['zero', '', 'two', 'the quick brown fox', 'the quick brown fox jumps', '0123456789'.repeat(9), 'six'];

const kinds: readonly (readonly [string, string, readonly string[]])[] = [
  ['uncompressed', 'uncompressed', words],
  ['groups', 'uncompressed,group_size:3', words],
  ['zstd', 'zstd,group_size:2', words],
  ['brotli', 'brotli,group_size:3', words],
  ['snappy', 'snappy,group_size:3', words],
  ['transposed', 'transpose,zstd,group_size:4', words],
  ['padded', 'uncompressed,group_size:4,pad_to_block_boundary:true', words],
  ['across blocks', 'uncompressed', ['a', 'b'.repeat(65400), 'c'.repeat(100)]],
  ['empties', 'snappy,group_size:500', Array(700).fill('')],
  ['none', '', []],
];

interface Place {
  readonly begin: number;
  readonly end: number;
  /** First record and their number. */
  readonly record: number;
  readonly records: number;
}

async function placesOf(path: string): Promise<{ places: Place[]; length: number }> {
  const reader = await ArrayRecordReader.open(path);
  const { chunks, footerOffset } = reader.index;
  const places: Place[] = [];
  for (let i = 0, record = 0; i < chunks.length; i += 3) {
    const records = chunks[i + 2]!;
    places.push({ begin: chunks[i]!, end: chunks[i + 3] ?? footerOffset, record, records });
    record += records;
  }
  await reader.close();
  return { places, length: reader.length };
}

/** Long zeros are the payload of padding chunks. */
function isLongZero(bytes: Uint8Array, at: number): boolean {
  const near = bytes.subarray(Math.max(0, at - 48), at + 1);
  return near.length === 49 && near.every((byte) => byte === 0);
}

test.each(kinds)(
  'verify finds flipped bits of a file wherever they are: %s',
  async (_name, options, records) => {
    const path = await written(records, options);
    const bytes = readFileSync(path);
    const { places, length } = await placesOf(path);
    const file = openSync(path, 'r+');
    const undetected: number[] = [];
    let flips = 0;
    try {
      expect((await survey({ uri: path })).damaged).toEqual([]);
      for (let at = 0; at < bytes.length; at++) {
        const sparse = isLongZero(bytes, at) || (bytes[at] === 0x62 && bytes[at - 48] === 0x62);
        if (sparse && at % 251 !== 0) continue;
        for (let bit = sparse ? at % 8 : 0; bit < 8; bit += sparse ? 8 : 1) {
          writeSync(file, Uint8Array.of(bytes[at]! ^ (1 << bit)), 0, 1, at);
          flips += 1;
          const { damaged, intact } = await survey({ uri: path });
          const where = `bit ${bit} of byte ${at}: ${JSON.stringify(damaged)}`;
          if (damaged.length === 0) undetected.push(at);
          else {
            // Named once, where it is; padding behind a chunk is a chunk of its own.
            expect(
              damaged.some(({ offset, length }) => offset <= at && at < offset + length),
              where,
            ).toBe(true);
            const hit = places.find(({ begin, end }) => begin <= at && at < end);
            const lost = damaged.reduce((sum, { records }) => sum + records!, 0);
            const kept = intact.reduce((sum, { records }) => sum + records, 0);
            expect(lost === 0 || lost === hit?.records, where).toBe(true);
            expect(kept + lost, where).toBe(length);
            if (lost > 0)
              expect(
                damaged.find(({ records }) => records! > 0),
                where,
              ).toMatchObject({ record: hit!.record, chunk: places.indexOf(hit!), offset: hit!.begin });
          }
        }
        writeSync(file, bytes, at, 1, at);
      }
    } finally {
      closeSync(file);
    }
    expect(undetected).toEqual([]);
    expect(flips).toBeGreaterThan(2000);
  },
  180_000,
);
