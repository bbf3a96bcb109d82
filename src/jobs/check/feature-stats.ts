/**
 * Gathers what `inspect` tells of the features of many records, in memory that does not grow with their number nor with that of their values,
 * and in time that grows with their bytes alone, whatever these promise.
 */

import { BowerbirdError } from '../../errors.ts';
import { type FeatureVisitor, visitExample } from '../../formats/example/example.ts';
import { parseTensorBriefly, type Tensor } from '../../formats/example/tensor.ts';

/** A file may name a new feature in every record; the summary need not. */
const mostFeatures = 1000;
const mostShapes = 8;
const exampleChars = 60;
/** Whether a value is text is told by its beginning. */
const textBytes = 4096;
const exampleNumbers = 8;

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
  /** Set when every value parses as a TensorProto. Shapes as found, at most 8, such as [12, 1, 1280]; [] is that of a single value. */
  readonly tensor?: {
    readonly dtypes: readonly string[];
    readonly shapes: readonly (readonly number[])[];
    readonly range?: readonly [number, number];
  };
  /** The first value, shortened. */
  readonly example: string;
}

type Range<T extends number | bigint> = [T, T] | undefined;

interface TensorStats {
  readonly dtypes: Set<string>;
  /** By their text, since lists are never equal. */
  readonly shapes: Map<string, readonly number[]>;
  range: Range<number>;
}

/** What one record holds of a feature, or many of them. */
interface Stats {
  kind: FeatureSummary['kind'];
  range: Range<number | bigint>;
  /** Undefined once a value was no TensorProto. */
  tensor: TensorStats | undefined;
}

interface Seen extends Stats {
  count: number;
  /** The first values, for the example: of bytes, which borrow from the record, one. */
  readonly first: (number | bigint | Uint8Array)[];
}

interface Gathered extends Stats {
  records: number;
  count: [number, number];
  example: string | undefined;
}

export class FeatureStats implements FeatureVisitor<Seen> {
  readonly #features = new Map<string, Gathered>();
  #hasMore = false;
  /** Of the record that is looked at. */
  #seen = new Map<string, Seen>();
  /** Names that no record before had. */
  #fresh = 0;

  /** REQUIRES: the record is an Example */
  add(record: Uint8Array): void {
    this.#seen = new Map();
    this.#fresh = 0;
    visitExample(record, this);
    for (const [name, seen] of this.#seen) addTo(this.#features, name, seen);
  }

  /** Whether there are names that the summaries leave out. */
  get hasMore(): boolean {
    return this.#hasMore;
  }

  /** By name. */
  summaries(): FeatureSummary[] {
    return [...this.#features].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, stats]) => summary(name, stats));
  }

  empty(name: string): Seen {
    const known = this.#features.get(name);
    const tensor = known !== undefined && known.tensor === undefined ? undefined : noTensors();
    return { kind: 'empty', count: 0, range: undefined, tensor, first: [] };
  }

  list(seen: Seen, kind: 'bytes' | 'float' | 'int64'): Seen {
    if (seen.kind === kind) return seen;
    const tensor = kind === 'bytes' && seen.tensor !== undefined ? noTensors() : undefined;
    return { kind, count: 0, range: undefined, tensor, first: [] };
  }

  bytes(seen: Seen, value: Uint8Array): void {
    seen.range = widen(seen.range, value.length);
    if (seen.count++ === 0) seen.first.push(value);
    const tensor = seen.tensor && tensorOf(value);
    if (tensor === undefined) seen.tensor = undefined;
    else addTensor(seen.tensor!, tensor);
  }

  number(seen: Seen, value: number | bigint): void {
    seen.range = widen(seen.range, value);
    if (seen.count++ < exampleNumbers) seen.first.push(value);
  }

  feature(name: string, seen: Seen): void {
    if (!this.#features.has(name) && !this.#seen.has(name)) {
      if (this.#features.size + this.#fresh >= mostFeatures) {
        this.#hasMore = true;
        return;
      }
      this.#fresh += 1;
    }
    this.#seen.set(name, seen);
  }
}

function noTensors(): TensorStats {
  return { dtypes: new Set(), shapes: new Map(), range: undefined };
}

function addTensor(stats: TensorStats, { dtype, shape, data }: Tensor): void {
  stats.dtypes.add(dtype);
  addShape(stats, shape);
  if (dtype === 'string') return;
  for (const number of data as Iterable<number | bigint>) stats.range = widen(stats.range, Number(number));
}

function addShape({ shapes }: TensorStats, shape: readonly number[]): void {
  if (shapes.size < mostShapes) shapes.set(shape.join('x'), shape);
}

function addTo(features: Map<string, Gathered>, name: string, seen: Seen): void {
  const { kind, count, range, tensor } = seen;
  const stats = features.get(name);
  if (stats === undefined) {
    const kept = kind === 'bytes' ? tensor : undefined;
    features.set(name, { kind, records: 1, count: [count, count], range, tensor: kept, example: exampleOf(seen) });
    return;
  }
  if (kind !== stats.kind) stats.kind = 'mixed';
  stats.records += 1;
  stats.count = [Math.min(stats.count[0], count), Math.max(stats.count[1], count)];
  for (const end of range ?? []) stats.range = widen(stats.range, end);
  if (kind === 'bytes') stats.tensor = stats.tensor && tensor && joined(stats.tensor, tensor);
  stats.example ??= exampleOf(seen);
}

function joined(stats: TensorStats, { dtypes, shapes, range }: TensorStats): TensorStats {
  for (const dtype of dtypes) stats.dtypes.add(dtype);
  for (const shape of shapes.values()) addShape(stats, shape);
  for (const end of range ?? []) stats.range = widen(stats.range, end);
  return stats;
}

/** Text parses as a message now and then; a tensor has a dtype, and a shape or a value. */
function tensorOf(bytes: Uint8Array): Tensor | undefined {
  try {
    const tensor = parseTensorBriefly(bytes);
    return tensor.data.length > 0 || tensor.shape.length > 0 ? tensor : undefined;
  } catch (error) {
    if (error instanceof BowerbirdError) return undefined;
    throw error;
  }
}

/** NaN has no place in an order and is passed over. */
function widen<T extends number | bigint>(range: Range<T>, value: T): Range<T> {
  if (Number.isNaN(value)) return range;
  if (range === undefined) return [value, value];
  if (value < range[0]) range[0] = value;
  if (value > range[1]) range[1] = value;
  return range;
}

function exampleOf({ first, tensor }: Seen): string | undefined {
  const [value] = first;
  if (value === undefined) return undefined;
  return value instanceof Uint8Array
    ? exampleOfBytes(value, tensor !== undefined)
    : numbers(first as (number | bigint)[]);
}

function exampleOfBytes(bytes: Uint8Array, isTensor: boolean): string {
  const tensor = isTensor ? tensorOf(bytes) : undefined;
  if (tensor !== undefined && isNumeric(tensor)) return numbers(repeatedFirst(tensor));
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    const start = text.decode(bytes.subarray(0, textBytes), { stream: bytes.length > textBytes });
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what makes bytes not text
    if (!/[\u0000-\u0008\u000e-\u001f]/.test(start)) return shorten(start);
  } catch {
    // Not text: shown as hex below.
  }
  return shorten(Buffer.from(bytes.subarray(0, exampleChars / 2)).toString('hex'));
}

type NumericTensor = Exclude<Tensor, { dtype: 'string' }>;

function isNumeric(tensor: Tensor): tensor is NumericTensor {
  return tensor.dtype !== 'string';
}

/** The first values of a tensor, the last of those given repeated as far as it promises. */
function repeatedFirst({ shape, dtype, data }: NumericTensor): (number | bigint)[] {
  const each = dtype.startsWith('complex') ? 2 : 1;
  const elements = shape.reduce((product, size) => product * size, each);
  const given = Array.from(data.subarray(0, exampleNumbers) as Iterable<number | bigint>);
  while (given.length > 0 && given.length < Math.min(elements, exampleNumbers)) given.push(given[given.length - each]!);
  return given;
}

function numbers(values: ArrayLike<number | bigint>): string {
  return shorten(
    Array.from({ length: Math.min(values.length, exampleNumbers) }, (_, i) => digits(values[i]!)).join(', '),
  );
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

function summary(name: string, { kind, records, count, range, tensor, example }: Gathered): FeatureSummary {
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

function tensorSummary({ dtypes, shapes, range }: TensorStats): NonNullable<FeatureSummary['tensor']> {
  return { dtypes: [...dtypes], shapes: [...shapes.values()], ...(range === undefined ? {} : { range }) };
}
