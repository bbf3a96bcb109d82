/** Every fault of native/core/base/fault.h, brought about by the smallest file that has it, and what a user is told. */

import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join as joinPath } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { ExtractOptions } from '../../../src/api/types.ts';
import { explain } from '../../../src/records/faults.ts';
import { extractFiles } from '../../support/extracting.ts';
import {
  bytesFeature,
  DT,
  field,
  flipped,
  floatFeature,
  floats,
  frame,
  header,
  int64Feature,
  join,
  masked,
  ramp,
  record,
  tensorProto,
  text,
  tfrecord,
} from '../../support/records.ts';

const good = record();
const size = good.length + 16;
const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
const changed = (features: Parameters<typeof record>[0] & {}) => tfrecord(good, record(features));
const limit = Math.floor(totalmem() / 2);

interface Case {
  readonly fault: number;
  readonly of: string;
  readonly file: Uint8Array;
  readonly code: string;
  readonly reason: string;
  readonly options?: Partial<ExtractOptions>;
  /** Of the second record, when the first is not as usual. */
  readonly offset?: number;
}

const two = tfrecord(good, good);
const payload = two.slice(size + 12, 2 * size - 4);
const badPayload = flipped(payload, 5);
const storedLength = masked(two.slice(size, size + 8));

const cases: readonly Case[] = [
  {
    fault: 1,
    of: 'a flipped bit in the checksum of the length',
    file: flipped(two, size + 8),
    code: 'CORRUPT_RECORD',
    reason: `the length's checksum does not match: stored ${hex((storedLength ^ 1) >>> 0)}, computed ${hex(storedLength)}`,
  },
  {
    fault: 2,
    of: 'a flipped bit in the data',
    file: flipped(two, size + 12 + 5),
    code: 'CORRUPT_RECORD',
    reason: `the data's checksum does not match: stored ${hex(masked(payload))}, computed ${hex(masked(badPayload))}`,
  },
  {
    fault: 3,
    of: 'a cut header',
    file: two.slice(0, size + 11),
    code: 'TRUNCATED',
    reason: 'expected a 12-byte record header, found the end of the file after 11 bytes',
  },
  {
    fault: 4,
    of: 'a cut record',
    file: two.slice(0, -1),
    code: 'TRUNCATED',
    reason: `expected a record of ${size} bytes, found the end of the file after ${size - 1} bytes`,
  },
  {
    fault: 5,
    of: 'a record larger than memory allows',
    file: gzipSync(join(frame(good), header(BigInt(limit) + 100n))),
    code: 'UNSUPPORTED',
    reason: `the record takes ${limit + 116} bytes, and this machine's memory allows ${limit} bytes a record`,
  },
  {
    fault: 16,
    of: 'bytes that are no message',
    file: tfrecord(good, text('not a message')),
    code: 'BAD_SCHEMA',
    reason: 'expected a tf.train.Example, found bytes that do not parse as one',
  },
  {
    fault: 17,
    of: 'no file name',
    file: changed({ features: { filename: undefined } }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "filename" with one bytes value, found nothing',
  },
  {
    fault: 17,
    of: 'two file names',
    file: changed({ features: { filename: bytesFeature('a', 'b') } }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "filename" with one bytes value, found 2 values',
  },
  {
    fault: 17,
    of: 'a file name of floats',
    file: changed({ features: { filename: floatFeature([1]) } }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "filename" with one bytes value, found a float_list',
  },
  {
    fault: 18,
    of: 'a file name that is not UTF-8',
    file: changed({ filename: Uint8Array.of(0x61, 0xff, 0x62) }),
    options: { names: 'none' },
    code: 'NAME_MISMATCH',
    reason: 'expected feature "filename" in UTF-8, found "a\ufffdb"',
  },
  {
    fault: 19,
    of: 'a name without a date under a2o',
    file: changed({ filename: 'holiday.flac' }),
    code: 'NAME_MISMATCH',
    reason: 'expected a name with a readable date, found "holiday.flac"',
  },
  {
    fault: 19,
    of: 'a name that the notebook refuses',
    file: changed({ filename: '20201014T010000+1030_Arkaba-Dry-A_49500.flac' }),
    options: { names: 'a2o-strict' },
    code: 'NAME_MISMATCH',
    reason:
      'expected a name such as "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac", found "20201014T010000+1030_Arkaba-Dry-A_49500.flac"',
  },
  {
    fault: 19,
    of: 'a name outside a pattern',
    file: changed({ filename: 'b.wav' }),
    options: { names: '(?P<site>site_\\d+)' },
    code: 'NAME_MISMATCH',
    reason: 'expected a name that matches "(?P<site>site_\\d+)", found "b.wav"',
  },
  {
    fault: 20,
    of: 'no timestamp',
    file: changed({ features: { timestamp_s: undefined } }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "timestamp_s" with one float value, found nothing',
  },
  {
    fault: 20,
    of: 'a timestamp of integers',
    file: changed({ features: { timestamp_s: int64Feature([1]) } }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "timestamp_s" with one float value, found an int64_list',
  },
  {
    fault: 21,
    of: 'a timestamp that is not a number',
    file: changed({ seconds: Number.NaN }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "timestamp_s" to be a finite number of seconds',
  },
  {
    fault: 22,
    of: 'no embedding',
    file: changed({ features: { embedding: undefined } }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "embedding" with one bytes value (a serialized TensorProto), found nothing',
  },
  {
    fault: 22,
    of: 'an embedding that is no Feature',
    file: changed({ features: { embedding: Uint8Array.of(0xff) } }),
    code: 'BAD_SCHEMA',
    reason:
      'expected feature "embedding" with one bytes value (a serialized TensorProto), found bytes that are no Feature message',
  },
  {
    fault: 23,
    of: 'an embedding that is no tensor',
    file: changed({ tensor: text('\xff\xff') }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "embedding" to hold a TensorProto, found bytes that do not parse as one',
  },
  {
    fault: 24,
    of: 'an integer tensor',
    file: changed({ tensor: tensorProto([1, 1, 4], new Uint8Array(16), DT.int32) }),
    code: 'BAD_SCHEMA',
    reason: 'expected a tensor of DT_FLOAT, DT_HALF, DT_BFLOAT16 or DT_DOUBLE, found DT_INT32',
  },
  {
    fault: 24,
    of: 'a tensor of a type that nobody knows',
    file: changed({ tensor: tensorProto([1, 1, 4], new Uint8Array(16), 77) }),
    code: 'BAD_SCHEMA',
    reason: 'expected a tensor of DT_FLOAT, DT_HALF, DT_BFLOAT16 or DT_DOUBLE, found DataType 77',
  },
  {
    fault: 25,
    of: 'a tensor of rank 2',
    file: changed({ tensor: tensorProto([2, 4], floats(ramp(2, 1, 4))) }),
    code: 'BAD_SCHEMA',
    reason: 'expected a tensor of shape [windows, channels, width], found 2x4',
  },
  {
    fault: 25,
    of: 'a scalar',
    file: changed({ tensor: tensorProto([], floats([1])) }),
    code: 'BAD_SCHEMA',
    reason: 'expected a tensor of shape [windows, channels, width], found scalar',
  },
  {
    fault: 26,
    of: 'a channel that is not there',
    file: tfrecord(record({ shape: [1, 5, 4] }), record({ shape: [1, 2, 4] })),
    options: { channel: 4 },
    offset: record({ shape: [1, 5, 4] }).length + 16,
    code: 'BAD_SCHEMA',
    reason: 'expected channel 4, found 2 channels',
  },
  {
    fault: 26,
    of: 'no channels at all',
    file: changed({ shape: [1, 0, 4] }),
    options: { channel: 'all' },
    code: 'BAD_SCHEMA',
    reason: 'expected channel 0, found 0 channels',
  },
  {
    fault: 27,
    of: 'no width',
    file: changed({ shape: [1, 1, 0] }),
    code: 'BAD_SCHEMA',
    reason: 'expected embeddings of at least one value, found a tensor of width 0',
  },
  {
    fault: 28,
    of: 'another width',
    file: changed({ shape: [1, 1, 7] }),
    code: 'BAD_SCHEMA',
    reason: 'expected width 4, as in record 0 of this file, found width 7; one .npy holds one width',
  },
  {
    fault: 29,
    of: 'a shape feature that says something else',
    file: changed({ shape: [2, 1, 4], features: { embedding_shape: int64Feature([1, 2, 4]) } }),
    code: 'BAD_SCHEMA',
    reason: 'the TensorProto of "embedding" has shape 2x1x4, but feature "embedding_shape" says 1x2x4',
  },
  {
    fault: 29,
    of: 'a shape feature of another rank',
    file: changed({ features: { embedding_shape: int64Feature([]) } }),
    code: 'BAD_SCHEMA',
    reason: 'the TensorProto of "embedding" has shape 2x1x4, but feature "embedding_shape" says scalar',
  },
  {
    fault: 30,
    of: 'a shape feature of floats',
    file: changed({ features: { embedding_shape: floatFeature([2, 1, 4]) } }),
    code: 'BAD_SCHEMA',
    reason: 'expected feature "embedding_shape" to be an int64_list, found a float_list',
  },
  {
    fault: 31,
    of: 'content of another size',
    file: changed({ tensor: tensorProto([2, 1, 4], floats([1, 2, 3])) }),
    code: 'BAD_SCHEMA',
    reason: 'expected tensor_content for 2x1x4 values of 4 bytes, found 12 bytes',
  },
  {
    fault: 32,
    of: 'a shape that a few bytes cannot fill',
    file: changed({ tensor: join(tensorProto([1025, 1, 1024], new Uint8Array(0)), field(5, floats([1]))) }),
    code: 'BAD_SCHEMA',
    reason: 'the tensor declares 1025x1x1024 values and holds 1; at most 1048576 may be repetitions of the last',
  },
];

const hints: { readonly [code: string]: string } = {
  CORRUPT_RECORD:
    '; fetch the file again, or keep what is intact: option "onError" as "salvage" reads around the damage, "bowerbird repair" writes a whole file',
  TRUNCATED:
    '; fetch the file again, or keep what is intact: option "onError" as "salvage" reads around the damage, "bowerbird repair" writes a whole file',
  BAD_SCHEMA: '; option "onError" as "skip" leaves such records out and lists them',
  NAME_MISMATCH:
    '; try other names (a2o, none, or a regular expression), or option "onError" as "skip", which leaves such records out',
  UNSUPPORTED: '',
};

describe('extract() says what is wrong, where, what was expected and what was found', () => {
  test.each(cases.map((one) => [one.fault, one.of, one] as const))('fault %d: %s', async (_, __, one) => {
    const { inDir, error } = await extractFiles({ x: one.file }, one.options);
    const source = joinPath(inDir, 'x');
    expect(error?.message).toBe(
      `Cannot extract record 1 at byte ${one.offset ?? size} of "${source}": ${one.reason}${hints[one.code]}`,
    );
    expect(error).toMatchObject({ code: one.code, source, record: 1 });
  });

  test('for every fault that the addon knows', () => {
    const path = fileURLToPath(new URL('../../../native/core/base/fault.h', import.meta.url));
    const numbers = [...readFileSync(path, 'utf8').matchAll(/^ {2}k\w+ = (\d+),/gm)].map((match) => Number(match[1]));
    expect(numbers.length).toBeGreaterThan(20);
    const produced = new Set(cases.map(({ fault }) => fault));
    expect(numbers.filter((fault) => fault !== 0 && !produced.has(fault))).toEqual([]);
    const nothing = { record: 0, offset: 0, length: 0, a: 0, b: 0, text: '' };
    for (const { fault, code } of cases) expect(explain({ fault, ...nothing }).code).toBe(code);
    expect(() => explain({ fault: 200, ...nothing })).toThrow('fault 200');
  });
});
