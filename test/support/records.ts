/**
 * Makes TFRecord files of embeddings byte by byte, with every freedom that protobuf leaves a writer. Shares no code with src/, so
 * that a mistake there is not made here again.
 */

import { slowCrc32c } from '../twins/crc32c.ts';

type Bytes = Uint8Array;

/** Names of the archive whose fields are known: shared/data/names, and section A2O of its README. */
export const arkaba = 'site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac';
export const arkabaMetadata = {
  file_timestamp: 1602599400,
  file_seconds_since_midnight: 3600,
  site_id: '0285',
  site_name: 'Arkaba',
  subsite_name: 'Dry-A',
  file_seq_id: 49500,
} as const;

export function join(...parts: readonly Bytes[]): Bytes {
  return new Uint8Array(Buffer.concat(parts));
}

export function text(value: string): Bytes {
  return new Uint8Array(Buffer.from(value));
}

export function varint(value: number | bigint): Bytes {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  return Uint8Array.from([...bytes, Number(rest)]);
}

/** A length-delimited field. */
export function field(number: number, ...parts: readonly Bytes[]): Bytes {
  const body = join(...parts);
  return join(varint(number * 8 + 2), varint(body.length), body);
}

export function varintField(number: number, value: number | bigint): Bytes {
  return join(varint(number * 8), varint(value));
}

export function floats(values: readonly number[]): Bytes {
  return new Uint8Array(Float32Array.from(values).buffer);
}

/** A group around `parts`: the wire types that proto3 no longer writes and every parser still skips. */
export function group(number: number, ...parts: readonly Bytes[]): Bytes {
  return join(varint(number * 8 + 3), ...parts, varint(number * 8 + 4));
}

// ---- tf.train.Example ----

export function bytesFeature(...values: readonly (Bytes | string)[]): Bytes {
  return field(1, ...values.map((value) => field(1, typeof value === 'string' ? text(value) : value)));
}

export function floatFeature(values: readonly number[], packed = true): Bytes {
  const unpacked = values.map((value) => join(varint(8 + 5), floats([value])));
  return field(2, ...(packed ? [field(1, floats(values))] : unpacked));
}

export function int64Feature(values: readonly (number | bigint)[], packed = true): Bytes {
  const unpacked = values.map((value) => varintField(1, value));
  return field(3, ...(packed ? [field(1, ...values.map(varint))] : unpacked));
}

/** One entry of the map of features. */
export function entry(name: string, feature: Bytes): Bytes {
  return field(1, field(1, text(name)), field(2, feature));
}

export function example(...entries: readonly Bytes[]): Bytes {
  return field(1, ...entries);
}

// ---- TensorProto ----

export const DT = { float: 1, double: 2, int32: 3, string: 7, bfloat16: 14, half: 19 } as const;

export function shapeProto(shape: readonly (number | bigint)[]): Bytes {
  return field(2, ...shape.map((size) => field(2, varintField(1, size))));
}

/** Values in tensor_content, as float32 unless `content` says otherwise. */
export function tensorProto(shape: readonly (number | bigint)[], content: Bytes, dtype: number = DT.float): Bytes {
  return join(varintField(1, dtype), shapeProto(shape), field(4, content));
}

/** `windows` x `channels` x `width` floats that differ from one another: the index, and a fraction. */
export function ramp(windows: number, channels: number, width: number, start = 0): number[] {
  return Array.from({ length: windows * channels * width }, (_, i) => start + i + 0.25);
}

export interface RecordParts {
  readonly filename?: string | Bytes;
  readonly seconds?: number;
  readonly shape?: readonly [windows: number, channels: number, width: number];
  readonly values?: readonly number[];
  /** Replaces the whole tensor message. */
  readonly tensor?: Bytes;
  /** Whole entries: replaces the feature of that name, or leaves it out when undefined. */
  readonly features?: { readonly [name: string]: Bytes | undefined };
}

/** A record of the archive; small by default. */
export function record(parts: RecordParts = {}): Bytes {
  const { filename = arkaba, seconds = 60, shape = [2, 1, 4], features = {} } = parts;
  const { values = ramp(...shape), tensor = tensorProto(shape, floats(values)) } = parts;
  const all: { [name: string]: Bytes | undefined } = {
    embedding: bytesFeature(tensor),
    embedding_shape: parts.tensor === undefined ? int64Feature(shape) : undefined,
    filename: bytesFeature(filename),
    timestamp_s: floatFeature([seconds]),
    ...features,
  };
  const entries = Object.entries(all).flatMap(([name, value]) => (value === undefined ? [] : [entry(name, value)]));
  return example(...entries);
}

// ---- TFRecord ----

export function masked(bytes: Bytes): number {
  const crc = slowCrc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}

/** A header whose own checksum holds, whatever it promises. */
export function header(length: number | bigint): Bytes {
  const bytes = Buffer.alloc(12);
  bytes.writeBigUInt64LE(BigInt(length));
  bytes.writeUInt32LE(masked(bytes.subarray(0, 8)), 8);
  return new Uint8Array(bytes);
}

export function frame(payload: Bytes): Bytes {
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(masked(payload));
  return join(header(payload.length), payload, footer);
}

export function tfrecord(...payloads: readonly Bytes[]): Bytes {
  return join(...payloads.map(frame));
}

/** A copy with one bit flipped. */
export function flipped(file: Bytes, byte: number, bit = 0): Bytes {
  const copy = file.slice();
  copy[byte]! ^= 1 << bit;
  return copy;
}

/** Where each record of a file of these payloads begins, and where the file ends. */
export function offsetsOf(...payloads: readonly Bytes[]): number[] {
  const offsets = [0];
  for (const { length } of payloads) offsets.push(offsets.at(-1)! + length + 16);
  return offsets;
}
