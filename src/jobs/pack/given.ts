/** Samples that a converter gives: one part after another in the threads, or all of them once, kept in a file until their shard is made. */

import { createHash } from 'node:crypto';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError, unforeseen } from '../../errors.ts';
import { readPickle } from '../../formats/pickle/read.ts';
import { writePickle } from '../../formats/pickle/write.ts';
import { ByteOutput } from '../../formats/python/output.ts';
import { NumpyArray, type PythonData, PythonFloat, PythonTuple } from '../../formats/python/values.ts';
import { encodeWavHeader } from '../../formats/wav/writer.ts';
import { isRecord, show } from '../../options.ts';
import type { Converter, Yielded } from '../../samples/converter.ts';
import { said } from '../../samples/load-class.ts';
import { problemOf, pythonSample } from '../../samples/python.ts';
import { isNdArray, type NdArray, type Sample } from '../../samples/sample.ts';
import { isRate } from '../../samples/sound.ts';
import { readSpool, type Spool } from '../../storage/local/spool.ts';
import { storageOf } from '../../storage/registry.ts';
import type { TableRange } from '../rows/table.ts';

export interface GivenSample {
  readonly key: string | undefined;
  readonly sample: Sample;
  /** Why it cannot be kept: it is to be rejected like others. */
  readonly problem?: string;
}

/** @throws BowerbirdError USAGE for what is no sample; what the converter throws, with its name and the number of the sample */
export async function* givenSamples<P>(converter: Converter<P>, part: P, name: string): AsyncGenerator<GivenSample> {
  let given = 0;
  try {
    for await (const yielded of converter.samples(part)) {
      yield readYielded(yielded, `sample ${given} of converter "${name}"`);
      given++;
    }
  } catch (cause) {
    throw unforeseenOf(cause, name, given, part);
  }
}

/** Errors of ours say enough, and so does the system. */
function unforeseenOf(cause: unknown, name: string, given: number, part: unknown): unknown {
  const known = unforeseen(cause, 'convert');
  if (known !== undefined) return known;
  const of = part === undefined ? '' : ` of the part ${JSON.stringify(part)}`;
  const message = `Cannot take sample ${given}${of} from converter "${name}": it threw ${said(cause)}`;
  return new BowerbirdError('BAD_SCHEMA', message, {}, { cause });
}

function readYielded(yielded: Yielded, what: string): GivenSample {
  const [key, sample] = Array.isArray(yielded) ? (yielded as [unknown, unknown]) : [undefined, yielded as unknown];
  const isKey = key === undefined || typeof key === 'string';
  if (isKey && isRecord(sample)) return { key, sample: sample as Sample };
  throw new BowerbirdError('USAGE', `Cannot pack ${what}: expected an object of fields, or [key, fields]`);
}

/** Numbers and keys of users in one file of sorted keys: which comes first would be chance. */
export function mixedKeys(name: string): BowerbirdError {
  return new BowerbirdError(
    'USAGE',
    `Cannot pack what converter "${name}" gives: some of its samples have a key and others have none; give each one, or none`,
  );
}

/** Lengths of key and value, and whether that is a sample or why there is none, before each. A key of no sample is "". */
const headBytes = 13;

/** Takes samples one after another. */
export class SampleSpool {
  readonly #spool: Spool;
  readonly #output = new ByteOutput();
  #hash = createHash('sha256');

  constructor(spool: Spool) {
    this.#spool = spool;
  }

  add({ key = '', sample }: GivenSample): void {
    const name = Buffer.from(key);
    const head = Buffer.alloc(headBytes);
    let value: Uint8Array;
    try {
      value = writePickle(pythonSample(sample), this.#output);
    } catch (error) {
      value = Buffer.from(problemOf(error));
      head[12] = 1;
    }
    head.writeUInt32LE(name.length, 0);
    head.writeBigUInt64LE(BigInt(value.length), 4);
    for (const bytes of [head, name, value]) {
      this.#spool.append(bytes);
      this.#hash.update(bytes);
    }
  }

  /** Of what was added since it was asked last. */
  digest(): string {
    const digest = this.#hash.digest('hex');
    this.#hash = createHash('sha256');
    return digest;
  }
}

/** What SampleSpool wrote there. */
export function* spoolSamples(fd: number, { offset, bytes }: TableRange): Generator<GivenSample, void, void> {
  const head = Buffer.alloc(headBytes);
  for (let at = offset; at < offset + bytes; ) {
    readSpool(fd, at, head);
    const body = Buffer.allocUnsafe(head.readUInt32LE(0) + Number(head.readBigUInt64LE(4)));
    readSpool(fd, at + headBytes, body);
    at += headBytes + body.length;
    const keyBytes = head.readUInt32LE(0);
    const key = keyBytes === 0 ? undefined : body.toString('utf8', 0, keyBytes);
    if (head[12] === 1) yield { key, sample: {}, problem: body.toString('utf8', keyBytes) };
    else yield { key, sample: sampleOf(readPickle(body.subarray(keyBytes), { source: 'a sample of the converter' })) };
  }
}

function sampleOf(value: PythonData): Sample {
  return Object.fromEntries(value as ReadonlyMap<string, never>);
}

/** The sound of a sample as a file: of one that names it, holds it, or has its samples. Undefined where there is none. */
export async function fileOfSample({ audio, ...sample }: Sample, stop: Stop): Promise<Uint8Array | undefined> {
  if (audio === undefined || audio === null) return undefined;
  if (typeof audio === 'string') return (await storageOf(audio)).read(audio, { stop });
  if (audio instanceof Uint8Array && !isRaw(sample)) return audio;
  const floats = floatsOf(audio);
  if (floats !== undefined)
    return wavOf(
      floats.data,
      channelsOf(floats.shape?.length === 2 ? floats.shape : sample['shape']),
      sample['sample_rate'],
    );
  throw new BowerbirdError(
    'BAD_SCHEMA',
    'Its "audio" is no path, no file in a Uint8Array and no Float32Array of samples',
  );
}

/** To which the sound is brought; null where the sample says none. @throws BowerbirdError BAD_SCHEMA */
export function rateOf({ sample_rate: given }: Sample): number | null {
  if (given === undefined || given === null) return null;
  const rate = given instanceof PythonFloat ? given.value : given;
  if (isRate(rate)) return rate;
  throw new BowerbirdError('BAD_SCHEMA', `Its "sample_rate" is ${show(rate)}, expected 1 to 4294967295 Hz`);
}

/** What a sample without sound says of itself. */
export function described({ shape, dtype, codec }: Sample): Sample {
  return Object.fromEntries(Object.entries({ shape, dtype, codec }).filter(([, value]) => value !== undefined));
}

/** Samples in bytes, as pack() stores them. */
function isRaw({ dtype, shape, codec }: Sample): boolean {
  return dtype === 'float32' && Array.isArray(sizesOf(shape)) && codec === undefined;
}

/** Of a list or a tuple. */
function sizesOf(shape: unknown): unknown {
  return shape instanceof PythonTuple ? shape.items : shape;
}

function floatsOf(audio: unknown): { readonly data: Float32Array; readonly shape?: readonly number[] } | undefined {
  if (audio instanceof Float32Array) return { data: audio };
  if (audio instanceof Uint8Array)
    return audio.length % 4 === 0 ? { data: new Float32Array(audio.slice().buffer) } : undefined;
  const array = audio instanceof NumpyArray || isNdArray(audio as object) ? (audio as NdArray) : undefined;
  return array?.data instanceof Float32Array ? { data: array.data, shape: array.shape } : undefined;
}

function channelsOf(shape: unknown): number {
  const sizes = sizesOf(shape);
  return Array.isArray(sizes) && sizes.length === 2 && Number.isSafeInteger(sizes[1]) && sizes[1] > 0 ? sizes[1] : 1;
}

function wavOf(samples: Float32Array, channels: number, sampleRate: unknown): Uint8Array {
  if (typeof sampleRate !== 'number' || !Number.isSafeInteger(sampleRate) || sampleRate <= 0) {
    throw new BowerbirdError('BAD_SCHEMA', 'It has samples in "audio" and no "sample_rate" in Hz');
  }
  if (samples.length % channels !== 0) {
    throw new BowerbirdError(
      'BAD_SCHEMA',
      `It has ${samples.length} samples, which are not those of ${channels} channels`,
    );
  }
  const frames = samples.length / channels;
  const header = encodeWavHeader({ type: 'float32', channels, sampleRate, frames });
  const bytes = new Uint8Array(header.length + samples.byteLength);
  bytes.set(header);
  bytes.set(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength), header.length);
  return bytes;
}
