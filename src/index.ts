/** The public surface, re-exported by name; nothing else is public. */

export { extract } from './api/extract.ts';
export { inspect } from './api/inspect.ts';
export { readNpy, writeNpy } from './api/npy-files.ts';
export {
  type EmbeddingBatch,
  type EmbeddingMetadata,
  type ReadEmbeddingsOptions,
  readEmbeddings,
} from './api/read-embeddings.ts';
export { type ReadTfRecordsOptions, readTfRecords, type TfRecordBatch } from './api/read-tfrecords.ts';
export { repair } from './api/repair.ts';
export type * from './api/types.ts';
export { verify } from './api/verify.ts';
export { writeTfRecords } from './api/write-tfrecords.ts';
export { BowerbirdError, type ErrorCode, errorCodes } from './errors.ts';
export { crc32c, crc32cCombine, maskCrc32c } from './formats/crc32c.ts';
export { parseExample, parseSequenceExample } from './formats/example.ts';
export { serializeExample } from './formats/example-writer.ts';
export { parseTensor } from './formats/tensor.ts';
export { serializeTensor } from './formats/tensor-writer.ts';
export {
  type ArrayRecordBatch,
  type ArrayRecordBatchesOptions,
  ArrayRecordReader,
} from './jobs/array-record-reader.ts';
export {
  ArrayRecordWriter,
  type ArrayRecordWriterOptions,
  type WrittenArrayRecords,
} from './jobs/array-record-writer.ts';
export type { Progress } from './jobs/types.ts';
export { version } from './version.ts';
