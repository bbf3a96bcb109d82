/** The option strings of ArrayRecord writers: what Google's parser takes, refuses and stores, as its own runs said. */

import { describe, expect, test } from 'vitest';
import {
  formatArrayRecordOptions,
  parseArrayRecordOptions,
} from '../../../src/formats/records/array-record-options.ts';

const stored = (text: string) => formatArrayRecordOptions(parseArrayRecordOptions(text));
const plain = 'transpose:false,pad_to_block_boundary:false';

describe('formatArrayRecordOptions() gives what Google stores', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['', `group_size:1,${plain},zstd:3,window_log:20,max_parallelism:1`],
    ['default', `group_size:1,${plain},zstd:3,window_log:20,max_parallelism:1`],
    [',,group_size:7,,', `group_size:7,${plain},zstd:3,window_log:20,max_parallelism:1`],
    ['group_size: +7 ', `group_size:7,${plain},zstd:3,window_log:20,max_parallelism:1`],
    ['group_size:1,uncompressed', `group_size:1,${plain},uncompressed,max_parallelism:1`],
    ['snappy', `group_size:1,${plain},snappy,max_parallelism:1`],
    ['brotli', `group_size:1,${plain},brotli:6,max_parallelism:1`],
    ['brotli:11,window_log:30', `group_size:1,${plain},brotli:11,window_log:30,max_parallelism:1`],
    ['zstd:0', `group_size:1,${plain},zstd:0,window_log:20,max_parallelism:1`],
    ['zstd:-5,window_log:31', `group_size:1,${plain},zstd:-5,window_log:31,max_parallelism:1`],
    ['zstd:,window_log:auto', `group_size:1,${plain},zstd:3,window_log:20,max_parallelism:1`],
    [
      'pad_to_block_boundary',
      'group_size:1,transpose:false,pad_to_block_boundary:false,zstd:3,window_log:20,max_parallelism:1',
    ],
    [
      'pad_to_block_boundary:true',
      'group_size:1,transpose:false,pad_to_block_boundary:true,zstd:3,window_log:20,max_parallelism:1',
    ],
    [
      'transpose,transpose_bucket_size:1.5k,uncompressed',
      'group_size:1,transpose:true,pad_to_block_boundary:false,transpose_bucket_size:1536,uncompressed,max_parallelism:1',
    ],
    ['max_parallelism:8,saturation_delay_ms:5,snappy', `group_size:1,${plain},snappy,max_parallelism:1`],
  ];
  test.each(cases)('%j', (given, expected) => {
    expect(stored(given)).toBe(expected);
  });
});

describe('parseArrayRecordOptions() refuses in Google’s words', () => {
  const cases: readonly (readonly [string, string])[] = [
    [
      'blah',
      'Unknown option blah, valid options: default, group_size, max_parallelism, saturation_delay_ms, transpose, ' +
        'transpose_bucket_size, uncompressed, brotli, zstd, snappy, window_log, pad_to_block_boundary',
    ],
    [' group_size:1', 'Unknown option  group_size, valid options:'],
    ['group_size:0', 'Option group_size: invalid value: 0, valid values: integers in the range [1..2147483647]'],
    ['group_size', 'Option group_size: invalid value: (empty), valid values: integers in the range [1..2147483647]'],
    ['zstd:23', 'Option zstd: invalid value: 23, valid values: (empty), integers in the range [-131072..22]'],
    ['brotli,zstd', 'Option zstd conflicts with option brotli'],
    ['uncompressed,window_log:20', 'Option window_log conflicts with option uncompressed'],
    ['window_log:20,snappy', 'Option snappy conflicts with option window_log'],
    [
      'brotli,window_log:31',
      'Option window_log: invalid value: 31, valid values: auto, integers in the range [10..30]',
    ],
    ['group_size:1,group_size:1', 'Option group_size is present more than once'],
    ['group_size:1,default', 'Option default must be first'],
    ['transpose:yes', 'Option transpose: invalid value: yes, valid values: (empty), true, false'],
    [
      'transpose_bucket_size:0',
      'Option transpose_bucket_size: invalid value: 0, valid values: auto, integers expressed as reals with optional ' +
        'suffix [BkKMGTPE], in the range [1..18446744073709551615]',
    ],
  ];
  test.each(cases)('%j', (given, words) => {
    expect(() => parseArrayRecordOptions(given)).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(() => parseArrayRecordOptions(given)).toThrow(words);
  });
});
