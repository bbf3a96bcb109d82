/** The option string of an ArrayRecord writer: Google's grammar, defaults, canonical text and error texts. */

import { usage } from '../../options.ts';

export type ArrayRecordCodec = 'uncompressed' | 'zstd' | 'brotli' | 'snappy';

export interface ArrayRecordOptions {
  /** Records per chunk. A chunk is read as a whole, so 1 suits random access. Default 1. */
  readonly groupSize: number;
  /** Default "zstd". */
  readonly codec: ArrayRecordCodec;
  /** zstd -131072 to 22 (default 3), brotli 0 to 11 (default 6), snappy 1 or 2; 0 for uncompressed. */
  readonly level: number;
  /** Base-2 logarithm of the largest distance a match may have; undefined where the codec decides. */
  readonly windowLog: number | undefined;
  /** Every chunk begins a 64 KiB block. Default false. */
  readonly padToBlockBoundary: boolean;
  /** Transposed chunks. Default false. */
  readonly transpose: boolean;
  readonly transposeBucketSize: number;
}

const mostInt = 2147483647;
const defaultZstdWindow = 20;
const defaultBucketSize = 256;

interface Item {
  readonly key: string;
  readonly value: string;
}

const codecKeys: readonly ArrayRecordCodec[] = ['uncompressed', 'brotli', 'zstd', 'snappy'];
const keys = [
  'default',
  'group_size',
  'max_parallelism',
  'saturation_delay_ms',
  'transpose',
  'transpose_bucket_size',
  ...codecKeys,
  'window_log',
  'pad_to_block_boundary',
];

function refuse(reason: string): never {
  throw usage(`Cannot use ArrayRecord writer options: ${reason}`);
}

function invalid({ key, value }: Item, valid: string): never {
  refuse(`Option ${key}: invalid value: ${value === '' ? '(empty)' : value}, valid values: ${valid}`);
}

/** `words` are values that are not numbers; what they stand for is the caller's. */
function readInteger(item: Item, least: number, most: number, words: readonly string[] = []): number | string {
  if (words.includes(item.value)) return item.value;
  const digits = /^\s*([+-]?\d+)\s*$/.exec(item.value)?.[1];
  const value = Number(digits ?? Number.NaN);
  if (value >= least && value <= most) return value;
  const named = words.map((word) => `${word === '' ? '(empty)' : word}, `).join('');
  return invalid(item, `${named}integers in the range [${least}..${most}]`);
}

/** A real number with a binary suffix: "1.5k" is 1536. */
function readBytes(item: Item): number {
  const suffixes = 'BkKMGTPE';
  const found = /^\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([BkKMGTPE]?)\s*$/.exec(item.value);
  const power = { B: 0, k: 1, K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 }[found?.[2] ?? ''] ?? 0;
  const value = Math.round(Number(found?.[1] ?? Number.NaN) * 1024 ** power);
  if (value >= 1 && value < 2 ** 64) return value;
  const range = '[1..18446744073709551615]';
  return invalid(item, `auto, integers expressed as reals with optional suffix [${suffixes}], in the range ${range}`);
}

function readFlag(item: Item, ofEmpty: boolean): boolean {
  if (item.value === '') return ofEmpty;
  if (item.value === 'true' || item.value === 'false') return item.value === 'true';
  return invalid(item, '(empty), true, false');
}

function readItems(text: string): Item[] {
  const items: Item[] = [];
  const seen = new Set<string>();
  for (const part of text.split(',')) {
    if (part === '') continue;
    const colon = part.indexOf(':');
    const item = colon < 0 ? { key: part, value: '' } : { key: part.slice(0, colon), value: part.slice(colon + 1) };
    if (!keys.includes(item.key)) refuse(`Unknown option ${item.key}, valid options: ${keys.join(', ')}`);
    if (seen.has(item.key)) refuse(`Option ${item.key} is present more than once`);
    if (item.key === 'default' && seen.size > 0) refuse('Option default must be first');
    refuseConflict(item.key, seen);
    seen.add(item.key);
    items.push(item);
  }
  return items;
}

function refuseConflict(key: string, seen: ReadonlySet<string>): void {
  const isCodec = (name: string) => (codecKeys as readonly string[]).includes(name);
  const excludes = (name: string): readonly string[] => {
    if (name === 'window_log') return ['uncompressed', 'snappy'];
    if (!isCodec(name)) return [];
    const others = codecKeys.filter((codec) => codec !== name);
    return name === 'uncompressed' || name === 'snappy' ? [...others, 'window_log'] : others;
  };
  for (const other of excludes(key)) {
    if (seen.has(other)) refuse(`Option ${key} conflicts with option ${other}`);
  }
}

/** Reads "group_size:1,zstd:3". */
export function parseArrayRecordOptions(text: string): ArrayRecordOptions {
  const items = new Map(readItems(text).map((item) => [item.key, item]));
  const codec = codecKeys.find((key) => items.has(key)) ?? 'zstd';
  const integer = (key: string, least: number, most: number, words: readonly string[], fallback: number) => {
    const item = items.get(key);
    const value = item === undefined ? fallback : readInteger(item, least, most, words);
    return typeof value === 'number' ? value : fallback;
  };
  const bucket = items.get('transpose_bucket_size');
  const transpose = items.get('transpose');
  const pad = items.get('pad_to_block_boundary');
  // Decide nothing here: the number of threads is ours to choose, and the text says 1 as Python's writer does.
  integer('max_parallelism', 1, mostInt, ['auto'], 1);
  integer('saturation_delay_ms', 1, mostInt, [], 10);
  return {
    groupSize: integer('group_size', 1, mostInt, [], 1),
    codec,
    level: readLevel(codec, items.get(codec)),
    windowLog: readWindow(codec, items.get('window_log')),
    padToBlockBoundary: pad === undefined ? false : readFlag(pad, false),
    transpose: transpose === undefined ? false : readFlag(transpose, true),
    transposeBucketSize: bucket === undefined || bucket.value === 'auto' ? defaultBucketSize : readBytes(bucket),
  };
}

function readLevel(codec: ArrayRecordCodec, item: Item | undefined): number {
  const fallback = { uncompressed: 0, zstd: 3, brotli: 6, snappy: 1 }[codec];
  if (item === undefined) return fallback;
  if (codec === 'uncompressed') return item.value === '' ? 0 : invalid(item, '(empty)');
  const [least, most] = ({ zstd: [-131072, 22], brotli: [0, 11], snappy: [1, 2] } as const)[codec];
  const level = readInteger(item, least, most, ['']);
  return typeof level === 'number' ? level : fallback;
}

function readWindow(codec: ArrayRecordCodec, item: Item | undefined): number | undefined {
  const fallback = codec === 'zstd' ? defaultZstdWindow : undefined;
  if (item === undefined) return fallback;
  const window = readInteger(item, 10, codec === 'zstd' ? 31 : 30, ['auto']);
  return typeof window === 'number' ? window : fallback;
}

/** What Google's writer stores in a file for these options. */
export function formatArrayRecordOptions(options: ArrayRecordOptions): string {
  const { groupSize, codec, level, windowLog, padToBlockBoundary, transpose, transposeBucketSize } = options;
  const parts = [`group_size:${groupSize}`, `transpose:${transpose}`, `pad_to_block_boundary:${padToBlockBoundary}`];
  if (transpose) parts.push(`transpose_bucket_size:${transposeBucketSize}`);
  parts.push(codec === 'uncompressed' || codec === 'snappy' ? codec : `${codec}:${level}`);
  if (windowLog !== undefined) parts.push(`window_log:${windowLog}`);
  parts.push('max_parallelism:1');
  return parts.join(',');
}
