/** writeExamples(): plain objects to a file of Examples that appears whole or not at all. */

import { BowerbirdError } from '../errors.ts';
import type { ExampleSchema, FeatureInput, FeaturesInput } from '../formats/example/input.ts';
import { ExampleSerializer } from '../formats/example/serializer.ts';
import type { Tensor } from '../formats/example/tensor.ts';
import { serializeTensor } from '../formats/example/tensor-writer.ts';
import {
  checkArgument,
  checkPath,
  flag,
  isIterable,
  isObject,
  isRecord,
  oneOf,
  optional,
  readOptions,
  usage,
} from '../options.ts';
import { ArrayRecordWriter } from '../records/array-record-writer.ts';
import { fileNameOf } from '../storage/uri.ts';
import type { Compression } from './types.ts';
import { writeTfRecords } from './write-tfrecords.ts';

/** Features by name: what FeatureInput says, or a tensor, which becomes the bytes of a TensorProto. */
export interface ExampleInput {
  readonly [feature: string]: FeatureInput | Tensor;
}

export interface WriteExamplesOptions {
  /** Which list a feature is. Default: what its first value is, as ExampleSerializer has it. */
  readonly schema?: ExampleSchema;
  /** Of a TFRecord file. Default "none". */
  readonly compression?: Compression;
  /** Of an ArrayRecord file, in the grammar of Google's writer: "group_size:1,zstd:3". Default: theirs. */
  readonly options?: string;
  /** Replace a file that is there. Default false. */
  readonly overwrite?: boolean;
  /** Flush to the disk before the file gets its name. Default false. */
  readonly durable?: boolean;
}

export interface WrittenExamples {
  readonly records: number;
  /** Of the file, after compression; so is the checksum. */
  readonly bytes: number;
  /** Eight hex digits. */
  readonly crc32c: string;
  /** The kind of every feature that had a value: the schema for the next file of the set. */
  readonly schema: ExampleSchema;
}

const caller = 'writeExamples()';

/**
 * Writes one Example an object, to a TFRecord file; to an ArrayRecord file where the name ends in `.arrayrecord` (or `.array_record`). A feature
 * is the same kind in all records: that of the schema, or of its first value. When an object is refused, or the iterable throws, there is no
 * file.
 *
 * @throws BowerbirdError USAGE for what fits no feature, with its name and the number of the record; EXISTS, IO
 * @example
 * const rows = [{ filename: 'a.wav', label: 3, score: 0.5 }, { filename: 'b.wav', label: 1, score: 1 }];
 * const { schema } = await writeExamples('labels.tfrecord', rows);
 * console.log(schema); // { filename: 'bytes', label: 'int64', score: 'float' }
 */
export async function writeExamples(
  file: string,
  objects: AsyncIterable<ExampleInput> | Iterable<ExampleInput>,
  options: WriteExamplesOptions = {},
): Promise<WrittenExamples> {
  checkPath(file, caller);
  checkArgument(objects, isIterable, 'an iterable of objects of features by name', caller);
  const shape = {
    schema: optional<ExampleSchema>('an object of kinds by the names of features', isObject),
    compression: { ...oneOf<Compression>(['none', 'gzip', 'zlib'], 'none'), fallback: undefined },
    options: optional<string>('the options of a writer as text', (v) => typeof v === 'string'),
    overwrite: flag(false),
    durable: flag(false),
  };
  const { schema, compression, options: grammar, ...publishing } = readOptions(options, shape, caller);
  const serializer = new ExampleSerializer(schema ?? {});
  const records = serialized(objects, serializer);
  if (/\.array_?record$/i.test(fileNameOf(file))) {
    if (compression !== undefined && compression !== 'none') {
      throw usage(
        `Cannot use option "compression" in ${caller} for an ArrayRecord file: expected option "options", such as "zstd:3"`,
      );
    }
    return { ...(await writeArrayRecords(file, records, grammar, publishing)), schema: serializer.schema };
  }
  if (grammar !== undefined) {
    throw usage(
      `Cannot use option "options" in ${caller} for a TFRecord file: expected a name that ends in ".arrayrecord", or option "compression"`,
    );
  }
  const written = await writeTfRecords(file, records, { compression: compression ?? 'none', ...publishing });
  return { ...written, schema: serializer.schema };
}

async function writeArrayRecords(
  file: string,
  records: AsyncIterable<Uint8Array>,
  grammar: string | undefined,
  publishing: { readonly overwrite: boolean; readonly durable: boolean },
): Promise<Omit<WrittenExamples, 'schema'>> {
  const writer = await ArrayRecordWriter.create(file, grammar ?? '', publishing);
  try {
    for await (const record of records) await writer.write(record);
    const { chunks: _, ...written } = await writer.close();
    return written;
  } finally {
    await writer.abort();
  }
}

async function* serialized(
  objects: AsyncIterable<ExampleInput> | Iterable<ExampleInput>,
  serializer: ExampleSerializer,
): AsyncGenerator<Uint8Array> {
  let record = 0;
  for await (const object of objects) {
    if (!isRecord(object))
      throw usage(`Cannot write record ${record} in ${caller}: expected an object of features by name`);
    yield serializer.serialize(withTensors(object, record));
    record++;
  }
}

/** Tensors become bytes; most objects have none. */
function withTensors(object: ExampleInput, record: number): FeaturesInput {
  const tensors = Object.entries(object).filter((entry): entry is [string, Tensor] => isTensor(entry[1]));
  if (tensors.length === 0) return object as FeaturesInput;
  const bytes = tensors.map(([name, tensor]) => [name, tensorBytes(name, tensor, record)] as const);
  return { ...(object as FeaturesInput), ...Object.fromEntries(bytes) };
}

function tensorBytes(name: string, { data, shape, dtype }: Tensor, record: number): Uint8Array {
  try {
    return serializeTensor(data, shape, dtype);
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    throw usage(`Cannot write feature "${name}" as a tensor: ${error.message} (record ${record})`);
  }
}

function isTensor(value: unknown): value is Tensor {
  if (!isObject(value)) return false;
  return 'data' in value && 'shape' in value && 'dtype' in value;
}
