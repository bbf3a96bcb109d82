/** Gathers what `inspect` tells of the features of many records, in memory that does not grow with their number. */

import { BowerbirdError } from '../errors.ts';
import type { Feature, Features } from '../formats/example.ts';
import { parseTensor, type Tensor } from '../formats/tensor.ts';

/** A file may name a new feature in every record; the summary need not. */
const mostFeatures = 1000;
const mostShapes = 8;
const exampleChars = 60;

/** What one feature looks like over the records looked at. */
export interface FeatureSummary {
  readonly name: string;
  readonly kind: 'bytes' | 'float' | 'int64' | 'empty' | 'mixed';
  /** Records that hold it. */
  readonly records: number;
  /** Least and most number of values in a record. */
  readonly count: readonly [number, number];
  /** Least and most value (float, int64), or least and most length in bytes (bytes). int64 beyond 2^53 as text. */
  readonly range?: readonly [number | string, number | string];
  /** Set when every value parses as a TensorProto. Shapes as found, at most 8, such as "12x1x1280". */
  readonly tensor?: {
    readonly dtypes: readonly string[];
    readonly shapes: readonly string[];
    readonly range?: readonly [number, number];
  };
  /** The first value, shortened. */
  readonly example: string;
}

interface Stats {
  kind: FeatureSummary['kind'];
  records: number;
  count: [number, number];
  range: [number | bigint, number | bigint] | undefined;
  /** Undefined once a value was no TensorProto. */
  tensor:
    | { readonly dtypes: Set<string>; readonly shapes: Set<string>; range: [number, number] | undefined }
    | undefined;
  example: string | undefined;
}

export class FeatureStats {
  readonly #features = new Map<string, Stats>();

  add(features: Features): void {
    for (const [name, feature] of Object.entries(features)) {
      const stats = this.#features.get(name) ?? this.#begin(name, feature);
      if (stats !== undefined) addFeature(stats, feature);
    }
  }

  /** By name. */
  summaries(): FeatureSummary[] {
    return [...this.#features].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, stats]) => summary(name, stats));
  }

  #begin(name: string, { kind }: Feature): Stats | undefined {
    if (this.#features.size >= mostFeatures) return undefined;
    const stats: Stats = {
      kind,
      records: 0,
      count: [Number.POSITIVE_INFINITY, 0],
      range: undefined,
      tensor: kind === 'bytes' ? { dtypes: new Set(), shapes: new Set(), range: undefined } : undefined,
      example: undefined,
    };
    this.#features.set(name, stats);
    return stats;
  }
}

function addFeature(stats: Stats, feature: Feature): void {
  const values = feature.kind === 'empty' ? [] : feature.values;
  if (feature.kind !== stats.kind) stats.kind = 'mixed';
  stats.records += 1;
  stats.count = [Math.min(stats.count[0], values.length), Math.max(stats.count[1], values.length)];
  if (feature.kind === 'bytes') addBytes(stats, feature.values);
  else for (const value of values as Iterable<number | bigint>) stats.range = widen(stats.range, value);
  stats.example ??= values.length === 0 ? undefined : exampleOf(feature, stats.tensor !== undefined);
}

function addBytes(stats: Stats, values: readonly Uint8Array[]): void {
  for (const value of values) {
    stats.range = widen(stats.range, value.length);
    if (stats.tensor === undefined) continue;
    const tensor = tensorOf(value);
    if (tensor === undefined) {
      stats.tensor = undefined;
      continue;
    }
    stats.tensor.dtypes.add(tensor.dtype);
    if (stats.tensor.shapes.size < mostShapes) stats.tensor.shapes.add(tensor.shape.join('x') || 'scalar');
    if (tensor.dtype === 'string') continue;
    for (const number of tensor.data as Iterable<number | bigint>) {
      stats.tensor.range = widen(stats.tensor.range, Number(number)) as [number, number];
    }
  }
}

/** Text parses as a message now and then; a tensor has a dtype, and a shape or a value. */
function tensorOf(bytes: Uint8Array): Tensor | undefined {
  try {
    const tensor = parseTensor(bytes);
    return tensor.data.length > 0 || tensor.shape.length > 0 ? tensor : undefined;
  } catch (error) {
    if (error instanceof BowerbirdError) return undefined;
    throw error;
  }
}

/** NaN has no place in an order and is passed over. */
function widen<T extends number | bigint>(range: [T, T] | undefined, value: T): [T, T] | undefined {
  if (Number.isNaN(value)) return range;
  if (range === undefined) return [value, value];
  return [value < range[0] ? value : range[0], value > range[1] ? value : range[1]];
}

function exampleOf(feature: Feature, isTensor: boolean): string {
  if (feature.kind === 'empty') return '';
  if (feature.kind !== 'bytes') return numbers(feature.values);
  const bytes = feature.values[0]!;
  const tensor = isTensor ? tensorOf(bytes) : undefined;
  if (tensor !== undefined && tensor.dtype !== 'string') return numbers(tensor.data as ArrayLike<number | bigint>);
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    const whole = text.decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what makes bytes not text
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(whole)) return shorten(whole);
  } catch {
    // Not text: shown as hex below.
  }
  return shorten(Buffer.from(bytes.subarray(0, exampleChars / 2)).toString('hex'));
}

function numbers(values: ArrayLike<number | bigint>): string {
  return shorten(Array.from({ length: Math.min(values.length, 8) }, (_, i) => digits(values[i]!)).join(', '));
}

/** Few digits, and enough to tell a float32 from its neighbours. */
function digits(value: number | bigint): string {
  if (typeof value === 'bigint' || Number.isInteger(value)) return String(value);
  const short = [6, 7, 8, 9].map((precision) => Number(value.toPrecision(precision)));
  return String(short.find((it) => Math.fround(it) === value) ?? value);
}

function shorten(text: string): string {
  return text.length <= exampleChars ? text : `${text.slice(0, exampleChars - 3)}...`;
}

function summary(name: string, { kind, records, count, range, tensor, example }: Stats): FeatureSummary {
  const show = (value: number | bigint) => (typeof value === 'bigint' ? showBig(value) : value);
  return {
    name,
    kind,
    records,
    count,
    ...(range === undefined ? {} : { range: [show(range[0]), show(range[1])] as const }),
    ...(tensor === undefined || tensor.dtypes.size === 0 ? {} : { tensor: tensorSummary(tensor) }),
    example: example ?? '',
  };
}

function showBig(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

function tensorSummary({ dtypes, shapes, range }: NonNullable<Stats['tensor']>): NonNullable<FeatureSummary['tensor']> {
  return { dtypes: [...dtypes], shapes: [...shapes], ...(range === undefined ? {} : { range }) };
}
