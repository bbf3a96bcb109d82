/** `bowerbird/records`: TFRecord and ArrayRecord files, Examples and tensors, without the rest. */

import './globals.ts';

export { ArrayRecordSet, type ArrayRecordSetOptions } from './api/array-record-set.ts';
export { type ReadExample, type ReadExamplesOptions, readExamples, type SourcedExample } from './api/read-examples.ts';
export { type ReadTfRecordsOptions, readTfRecords, type TfRecordBatch } from './api/read-tfrecords.ts';
export {
  type ExampleInput,
  type WriteExamplesOptions,
  type WrittenExamples,
  writeExamples,
} from './api/write-examples.ts';
export { type WriteTfRecordsOptions, type WrittenTfRecords, writeTfRecords } from './api/write-tfrecords.ts';
export type { ByteSource } from './bytes.ts';
export { BowerbirdError, type ErrorCode, type ErrorPlace, type SerializedError } from './errors.ts';
export type { TypedArray } from './formats/example/dtypes.ts';
export {
  type Feature,
  type Features,
  type ParseOptions,
  parseExample,
  parseSequenceExample,
  type SequenceExample,
} from './formats/example/example.ts';
export type {
  ExampleSchema,
  FeatureInput,
  FeatureKind,
  FeatureList,
  FeaturesInput,
  IntegerArray,
} from './formats/example/input.ts';
export type { ExampleObject, ExampleValue, FeatureNames } from './formats/example/plain.ts';
export { ExampleSerializer } from './formats/example/serializer.ts';
export { parseTensor, type Tensor, type TensorOptions } from './formats/example/tensor.ts';
export { serializeTensor, type TensorData } from './formats/example/tensor-writer.ts';
export { serializeExample } from './formats/example/writer.ts';
export type { ArrayRecordIndex } from './formats/records/array-record-index.ts';
export type { Compression } from './formats/records/compression.ts';
export { crc32c, crc32cCombine, maskCrc32c } from './formats/records/crc32c.ts';
export type { DamagedRange } from './jobs/check/tfrecord-verify.ts';
export type { Reject } from './on-error.ts';
export type { Inputs } from './options.ts';
export {
  type ArrayRecordBatch,
  type ArrayRecordBatchesOptions,
  ArrayRecordReader,
} from './records/array-record-reader.ts';
export {
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
  type WrittenArrayRecords,
} from './records/array-record-writer.ts';
