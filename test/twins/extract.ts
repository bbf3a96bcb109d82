/** The slow twin of the native extraction: one TFRecord in memory, one record after the other, no tricks. */

import { parseExample } from '../../src/formats/example/example.ts';
import { floatBitsToHalf, halfToFloatBits } from '../../src/formats/example/half.ts';
import { parseTensor } from '../../src/formats/example/tensor.ts';
import { npyHeader } from '../../src/formats/npy/header.ts';
import { type PythonValue, pythonJson } from '../../src/formats/npy/python-json.ts';
import { crc32c, maskCrc32c } from '../../src/formats/records/crc32c.ts';
import { parseA2oName, parseStrictName, type RecordName } from './a2o-name.ts';
import { endOfDamage } from './salvage.ts';

export interface ExtractTwinOptions {
  readonly feature?: string;
  readonly channel?: number | 'all';
  readonly hop?: number;
  readonly names?: 'a2o' | 'a2o-strict' | 'none' | RegExp;
  readonly dtype?: 'float32' | 'float16';
  readonly onError?: 'fail' | 'skip' | 'salvage';
}

export interface TwinReject {
  readonly record: number;
  readonly offset: number;
  readonly code: 'BAD_SCHEMA' | 'NAME_MISMATCH';
}

export interface TwinDamage {
  readonly record: number;
  readonly offset: number;
  readonly length: number;
  readonly code: 'CORRUPT_RECORD' | 'TRUNCATED';
}

export interface ExtractTwinResult {
  readonly npy: Uint8Array;
  readonly json: string;
  /** Records whose rows are in the output. */
  readonly records: number;
  readonly rows: number;
  readonly width: number;
  readonly assumedUtc: number;
  readonly withoutZone: number;
  readonly rejects: readonly TwinReject[];
  readonly damaged: readonly TwinDamage[];
  /** Where the run stops: the first reject under "fail", the first damage under "fail" and "skip". Outputs are then of no use. */
  readonly failure?: TwinReject | TwinDamage;
}

/** Width of the archive's embeddings, for a file without a usable record. */
const defaultWidth = 1280;

export function extractTwin(file: Uint8Array, options: ExtractTwinOptions = {}): ExtractTwinResult {
  const { onError = 'fail' } = options;
  const { records, damaged } = scan(file);
  const rejects: TwinReject[] = [];
  const rows: Uint32Array[] = [];
  const metadata: PythonValue[] = [];
  let accepted = 0;
  let width: number | undefined;
  let assumedUtc = 0;
  let withoutZone = 0;
  let failure: TwinReject | TwinDamage | undefined = onError === 'salvage' ? undefined : damaged[0];
  for (const { record, offset, payload } of records) {
    if (failure !== undefined && failure.offset < offset) break;
    const read = readRecord(payload, options, width);
    if (typeof read === 'string') {
      const reject = { record, offset, code: read };
      if (onError === 'fail') {
        failure = reject;
        break;
      }
      rejects.push(reject);
      continue;
    }
    accepted++;
    width = read.width;
    if (read.zone === 'Z') assumedUtc++;
    if (read.zone === 'none') withoutZone++;
    rows.push(...read.rows);
    metadata.push(...read.metadata);
  }
  return {
    npy: npyOf(rows, width ?? defaultWidth, options.dtype ?? 'float32'),
    json: pythonJson(metadata),
    records: accepted,
    rows: rows.length,
    width: width ?? defaultWidth,
    assumedUtc,
    withoutZone,
    rejects,
    damaged: onError === 'salvage' ? damaged : [],
    ...(failure === undefined ? {} : { failure }),
  };
}

interface Scan {
  readonly records: { readonly record: number; readonly offset: number; readonly payload: Uint8Array }[];
  readonly damaged: TwinDamage[];
}

function scan(file: Uint8Array): Scan {
  const { records, damaged }: Scan = { records: [], damaged: [] };
  for (let at = 0, record = 0; at < file.length; record++) {
    const found = frameAt(file, at);
    if (found.payload !== undefined) {
      records.push({ record, offset: at, payload: found.payload });
      at += found.payload.length + 16;
      continue;
    }
    const next = endOfDamage(file, at);
    damaged.push({ record, offset: at, length: next - at, code: found.code });
    at = next;
  }
  return { records, damaged };
}

type Frame = { readonly payload: Uint8Array } | { readonly payload?: undefined; readonly code: TwinDamage['code'] };

function frameAt(file: Uint8Array, at: number): Frame {
  if (file.length - at < 12) return { code: 'TRUNCATED' };
  if (!headerHolds(file, at)) return { code: 'CORRUPT_RECORD' };
  const view = new DataView(file.buffer, file.byteOffset, file.length);
  const length = view.getBigUint64(at, true);
  if (length + 16n > BigInt(file.length - at)) return { code: 'TRUNCATED' };
  const end = at + 12 + Number(length);
  const payload = file.subarray(at + 12, end);
  if (maskCrc32c(crc32c(payload)) === view.getUint32(end, true)) return { payload };
  return { code: 'CORRUPT_RECORD' };
}

function headerHolds(file: Uint8Array, at: number): boolean {
  if (file.length - at < 12) return false;
  const stored = new DataView(file.buffer, file.byteOffset, file.length).getUint32(at + 8, true);
  return maskCrc32c(crc32c(file.subarray(at, at + 8))) === stored;
}

interface Extracted {
  /** Bits of float32 or float16. */
  readonly rows: Uint32Array[];
  readonly metadata: PythonValue[];
  readonly width: number;
  readonly zone: RecordName['zone'] | undefined;
}

function readRecord(
  payload: Uint8Array,
  options: ExtractTwinOptions,
  widthSoFar: number | undefined,
): Extracted | TwinReject['code'] {
  const { feature = 'embedding', channel = 0, hop = 5 } = options;
  const features = attempt(() => parseExample(payload));
  if (features === undefined) return 'BAD_SCHEMA';

  const nameFeature = features['filename'];
  if (nameFeature?.kind !== 'bytes' || nameFeature.values.length !== 1) return 'BAD_SCHEMA';
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  const filename = attempt(() => decoder.decode(nameFeature.values[0]));
  if (filename === undefined) return 'NAME_MISMATCH';
  const name = readName(filename, options.names ?? 'a2o');
  if (name === undefined) return 'NAME_MISMATCH';

  const timestamp = features['timestamp_s'];
  if (timestamp?.kind !== 'float' || timestamp.values.length !== 1) return 'BAD_SCHEMA';
  const start = timestamp.values[0]!;
  if (!Number.isFinite(start)) return 'BAD_SCHEMA';

  const serialized = features[feature];
  if (serialized?.kind !== 'bytes' || serialized.values.length !== 1) return 'BAD_SCHEMA';
  const tensor = attempt(() => parseTensor(serialized.values[0]!, { halves: 'bits' }));
  if (tensor === undefined || tensor.shape.length !== 3) return 'BAD_SCHEMA';
  const [windows = 0, channels = 0, width = 0] = tensor.shape;
  const declared = features[`${feature}_shape`];
  if (declared !== undefined && declared.kind !== 'empty') {
    if (declared.kind !== 'int64' || declared.values.map(String).join() !== tensor.shape.join()) return 'BAD_SCHEMA';
  }
  if (channels === 0 || width === 0 || (channel !== 'all' && channel >= channels)) return 'BAD_SCHEMA';
  if (widthSoFar !== undefined && width !== widthSoFar) return 'BAD_SCHEMA';
  const bits = outputBits(tensor.dtype, tensor.data, options.dtype ?? 'float32');
  if (bits === undefined) return 'BAD_SCHEMA';

  const rows: Uint32Array[] = [];
  const metadata: PythonValue[] = [];
  for (let window = 0; window < windows; window++) {
    const offset = Math.fround(start + Math.fround(hop * window));
    if (!Number.isFinite(offset)) return 'BAD_SCHEMA';
    for (let c = 0; c < channels; c++) {
      if (channel !== 'all' && c !== channel) continue;
      const from = (window * channels + c) * width;
      rows.push(bits.subarray(from, from + width));
      metadata.push(
        new Map<string, PythonValue>([
          ...name.before,
          ['recording_offset_in_file', BigInt(Math.trunc(offset))],
          ...(channel === 'all' ? [['channel', c] as const] : []),
          ...name.after,
          ['filename', filename],
        ]),
      );
    }
  }
  return { rows, metadata, width, zone: name.zone };
}

interface NameColumns {
  readonly before: readonly (readonly [string, PythonValue])[];
  readonly after: readonly (readonly [string, PythonValue])[];
  readonly zone: RecordName['zone'] | undefined;
}

function readName(filename: string, names: NonNullable<ExtractTwinOptions['names']>): NameColumns | undefined {
  if (names === 'none') return { before: [], after: [], zone: undefined };
  if (names instanceof RegExp) {
    const match = names.exec(filename);
    if (match === null) return undefined;
    const groups = Object.entries(match.groups ?? {}) as [string, string | undefined][];
    return { before: [], after: groups.map(([group, value]) => [group, value ?? null] as const), zone: undefined };
  }
  const name = names === 'a2o' ? parseA2oName(filename) : parseStrictName(filename);
  if (name === undefined) return undefined;
  return {
    before: [
      ['file_timestamp', name.timestamp],
      ['file_seconds_since_midnight', name.secondsSinceMidnight],
    ],
    after: [
      ['site_id', name.siteId],
      ['site_name', name.siteName],
      ['subsite_name', name.subsiteName],
      ['file_seq_id', name.fileSeqId],
    ],
    zone: name.zone,
  };
}

/** Bits of the values as they are stored; a float16 that stays one is not touched. */
function outputBits(dtype: string, data: unknown, output: 'float32' | 'float16'): Uint32Array | undefined {
  if (output === 'float16' && dtype === 'float16') return Uint32Array.from(data as Uint16Array);
  const bits = floatBits(dtype, data);
  return output === 'float16' ? bits?.map(floatBitsToHalf) : bits;
}

function floatBits(dtype: string, data: unknown): Uint32Array | undefined {
  switch (dtype) {
    case 'float32':
      return new Uint32Array((data as Float32Array).slice().buffer);
    case 'float16':
      return Uint32Array.from(data as Uint16Array, halfToFloatBits);
    case 'bfloat16':
      return Uint32Array.from(data as Uint16Array, (bits) => bits << 16);
    case 'float64':
      return doubleBits(data as Float64Array);
    default:
      return undefined;
  }
}

/** Round to nearest even; a NaN keeps its sign and leading payload and becomes quiet, as processors convert it. */
function doubleBits(values: Float64Array): Uint32Array {
  const words = new Uint32Array(values.slice().buffer);
  const float = new Float32Array(1);
  const bits = new Uint32Array(float.buffer);
  return Uint32Array.from(values, (value, i) => {
    const [low, high] = [words[2 * i]!, words[2 * i + 1]!];
    if (Number.isNaN(value)) return ((high & 0x80000000) | 0x7fc00000 | ((high & 0x7ffff) << 3) | (low >>> 29)) >>> 0;
    float[0] = value;
    return bits[0]!;
  });
}

function npyOf(rows: readonly Uint32Array[], width: number, dtype: 'float32' | 'float16'): Uint8Array {
  const values = rows.map((row) => {
    const stored = dtype === 'float32' ? row.slice() : Uint16Array.from(row);
    return new Uint8Array(stored.buffer);
  });
  return new Uint8Array(
    Buffer.concat([npyHeader(dtype === 'float32' ? '<f4' : '<f2', [rows.length, width]), ...values]),
  );
}

function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
