/** The sound of a sample: what the field `audio` holds, whatever wrote it. */

import { BowerbirdError } from '../errors.ts';
import { numpyBytes } from '../formats/python/numpy.ts';
import {
  NumpyArray,
  NumpyScalar,
  PythonBytearray,
  type PythonData,
  PythonFloat,
  PythonTuple,
} from '../formats/python/values.ts';
import { sniff } from '../formats/sniff/sniff.ts';
import type { WavSampleType } from '../formats/wav/writer.ts';

export type Fields = ReadonlyMap<PythonData, PythonData>;

export type Sound =
  /** The bytes of a file. */
  | { readonly kind: 'encoded'; readonly extension: string; readonly bytes: Uint8Array }
  /** Of a WAV file: `bytes` as they stand in one. */
  | {
      readonly kind: 'samples';
      readonly type: WavSampleType;
      readonly sampleRate: number;
      readonly channels: number;
      readonly frames: number;
      readonly bytes: Uint8Array;
    }
  /** Of no WAV file. `why`: a sentence without its end. */
  | { readonly kind: 'array'; readonly array: NumpyArray; readonly why: string };

export interface FoundSound {
  /** Undefined: bytes that are no sound that is known. */
  readonly sound: Sound | undefined;
  /** What is odd about it, a sentence each. */
  readonly notes: readonly string[];
  /** Fields that say what a reader of the file sees in it. */
  readonly told: ReadonlySet<string>;
}

/** More are no channels, but features. */
const mostChannels = 64;
const mostRate = 0xffffffff;
/** Of the `codec` of a sample. */
const extensions: { readonly [codec: string]: string } = {
  flac: 'flac',
  wav: 'wav',
  mp3: 'mp3',
  opus: 'opus',
  ogg: 'ogg',
  vorbis: 'ogg',
  'ogg-vorbis': 'ogg',
  m4a: 'm4a',
  mp4: 'mp4',
  aac: 'aac',
  aiff: 'aiff',
};
/** NumPy's names of types as descriptions, little-endian, and what they are in a WAV file. */
const types: { readonly [dtype: string]: readonly [descr: string, wav: WavSampleType | undefined] } = {
  float32: ['<f4', 'float32'],
  float64: ['<f8', undefined],
  float16: ['<f2', undefined],
  int16: ['<i2', 'int16'],
  int32: ['<i4', 'int32'],
  uint8: ['|u1', 'uint8'],
  int8: ['|i1', undefined],
  int64: ['<i8', undefined],
};

/** Undefined where there is none: no `audio`, or one that is no sound. @throws BowerbirdError BAD_SCHEMA: its bytes do not fit what is said of them */
export function soundOf(fields: Fields, source: string): FoundSound | undefined {
  const audio = fields.get('audio');
  if (audio instanceof NumpyArray) return arraySound(audio, fields);
  const bytes = audio instanceof PythonBytearray ? audio.bytes : audio;
  if (!(bytes instanceof Uint8Array)) return undefined;
  const codec = fields.get('codec');
  return typeof codec === 'string' ? encodedSound(bytes, codec) : bareSound(bytes, fields, source);
}

function arraySound(array: NumpyArray, fields: Fields): FoundSound | undefined {
  const [, type] = types[array.dtype] ?? [];
  const shape = shapeOfSound(array.shape);
  const sampleRate = rateOf(fields);
  if (shape === undefined || sampleRate === undefined || type === undefined) return undefined;
  const { bytes } = numpyBytes(array);
  return { sound: { kind: 'samples', type, sampleRate, ...shape, bytes }, notes: [], told: new Set() };
}

function encodedSound(bytes: Uint8Array, codec: string): FoundSound {
  const said = Object.hasOwn(extensions, codec.toLowerCase()) ? extensions[codec.toLowerCase()] : undefined;
  const seen = sniffedExtension(bytes);
  const extension = seen ?? said;
  const name = JSON.stringify(codec).slice(0, 40);
  if (extension === undefined) {
    const notes = [`Its codec ${name} is none that is known: its audio is in a file that ends in .audio.bin`];
    return { sound: undefined, notes, told: new Set() };
  }
  // Opus is in Ogg, too.
  const agrees = extension === said || (said === 'ogg' && extension === 'opus');
  const notes = agrees ? [] : [`Its codec says ${name}, its bytes are ${extension}`];
  return { sound: { kind: 'encoded', extension, bytes }, notes, told: new Set(extension === said ? ['codec'] : []) };
}

/** Bytes of samples, one channel beside the other; or those of a file, of which nobody says so. */
function bareSound(bytes: Uint8Array, fields: Fields, source: string): FoundSound {
  const dtype = fields.get('dtype');
  const shape = shapeOf(fields.get('shape'));
  const elements = shape?.reduce((product, size) => product * size, 1);
  const said = typeof dtype === 'string' && Object.hasOwn(types, dtype) ? dtype : undefined;
  const item = elements === undefined ? undefined : elements === 0 ? 0 : bytes.length / elements;
  const fitting = elements === 0 ? bytes.length === 0 : item !== undefined && [1, 2, 4, 8].includes(item);
  if (fitting && shape !== undefined) {
    const actual = actualType(item!, said);
    if (actual !== undefined) {
      const odd = dtype !== actual && item !== 0;
      const notes = odd ? [`Its dtype says ${shown(dtype)}, its bytes are ${actual}`] : [];
      return samplesOf(bytes, actual, shape, fields, notes);
    }
  }
  const extension = sniffedExtension(bytes);
  if (extension !== undefined) {
    const notes = [`Its audio has no codec, its bytes are those of a file: ${extension}`];
    return { sound: { kind: 'encoded', extension, bytes }, notes, told: new Set() };
  }
  const guessed = said ?? 'float32';
  const itemBytes = bytesOf(guessed);
  if (shape === undefined && bytes.length % itemBytes === 0) {
    const notes = [`Its audio has no shape: it is taken for one channel of ${guessed}`];
    return samplesOf(bytes, guessed, [bytes.length / itemBytes], fields, notes);
  }
  throw new BowerbirdError(
    'BAD_SCHEMA',
    `Cannot read audio of "${source}": expected ${shape === undefined ? `values of ${itemBytes} bytes` : `${elements} values (its shape is (${shape.join(', ')})) of 1, 2, 4 or 8 bytes of a dtype that fits`}, ` +
      `or the bytes of a recording, found ${bytes.length} bytes and dtype ${shown(dtype)}`,
    { source },
  );
}

/** AudioMDB says "float64" of what it has made float32. Undefined: nothing of this size is said. */
function actualType(item: number, said: string | undefined): string | undefined {
  if (item === 0) return said ?? 'float32';
  if (said !== undefined && bytesOf(said) === item) return said;
  return item === 4 ? 'float32' : undefined;
}

function bytesOf(dtype: string): number {
  return Number(types[dtype]![0].slice(2));
}

function samplesOf(
  bytes: Uint8Array,
  dtype: string,
  shape: readonly number[],
  fields: Fields,
  notes: readonly string[],
): FoundSound {
  const told = new Set(['shape', 'dtype']);
  const [descr, type] = types[dtype]!;
  const frames = shapeOfSound(shape);
  const sampleRate = rateOf(fields);
  if (frames !== undefined && type !== undefined && sampleRate !== undefined) {
    return { sound: { kind: 'samples', type, sampleRate, ...frames, bytes }, notes, told };
  }
  const why =
    sampleRate === undefined
      ? `Its sample_rate is ${shown(fields.get('sample_rate'))}`
      : `Its sound, ${dtype} of ${shape.length} dimension(s), is none of a WAV file`;
  return { sound: { kind: 'array', array: bareArray(bytes, dtype, descr, shape), why }, notes, told };
}

/** As encodeNpy() takes it, little-endian. */
function bareArray(bytes: Uint8Array, dtype: string, descr: string, shape: readonly number[]): NumpyArray {
  const own = Uint8Array.from(bytes);
  const views = {
    '<f4': () => new Float32Array(own.buffer),
    '<f8': () => new Float64Array(own.buffer),
    '<f2': () => new Uint16Array(own.buffer),
    '<i2': () => new Int16Array(own.buffer),
    '<i4': () => new Int32Array(own.buffer),
    '|u1': () => own,
    '|i1': () => new Int8Array(own.buffer),
    '<i8': () => new BigInt64Array(own.buffer),
  } as const;
  return new NumpyArray({ dtype, descr, shape, data: views[descr as keyof typeof views]() });
}

/** [frames] or [frames, channels]. */
function shapeOfSound(shape: readonly number[]): { readonly frames: number; readonly channels: number } | undefined {
  const [frames, channels = 1] = shape;
  if (frames === undefined || shape.length > 2 || channels < 1 || channels > mostChannels) return undefined;
  return { frames, channels };
}

function shapeOf(value: PythonData | undefined): readonly number[] | undefined {
  const sizes =
    value instanceof PythonTuple ? value.items : Array.isArray(value) ? (value as readonly PythonData[]) : [];
  if (sizes.length === 0) return undefined;
  const isShape = sizes.every((size): size is number => typeof size === 'number' && size >= 0);
  return isShape ? sizes : undefined;
}

/** In Hz, where it is one that a WAV file can say. */
function rateOf(fields: Fields): number | undefined {
  const value = fields.get('sample_rate');
  const scalar = value instanceof NumpyScalar ? value.array.data[0] : value;
  const rate = scalar instanceof PythonFloat ? scalar.value : typeof scalar === 'bigint' ? Number(scalar) : scalar;
  return typeof rate === 'number' && Number.isInteger(rate) && rate >= 1 && rate <= mostRate ? rate : undefined;
}

function shown(value: PythonData | undefined): string {
  if (value === undefined) return 'missing';
  return typeof value === 'string' || typeof value === 'number' || value === null
    ? JSON.stringify(value).slice(0, 40)
    : value instanceof PythonFloat
      ? String(value.value)
      : 'no number or text';
}

function sniffedExtension(bytes: Uint8Array): string | undefined {
  const sniffed = sniff(bytes.subarray(0, 8192));
  if (sniffed?.format === undefined || sniffed.isWeak === true || sniffed.isBare === true) return undefined;
  const { format } = sniffed;
  return format === 'arrayrecord' || format === 'lmdb' ? undefined : format === 'ogg-vorbis' ? 'ogg' : format;
}

/** Floats of a block that may lie anywhere in memory. */
export function floatsOf(bytes: Uint8Array): Float32Array {
  return bytes.byteOffset % 4 === 0
    ? new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4)
    : new Float32Array(Uint8Array.from(bytes).buffer);
}
