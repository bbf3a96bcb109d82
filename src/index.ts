/** The public surface, re-exported by name; nothing else is public. */

import './globals.ts';

export { ArrayRecordSet, type ArrayRecordSetOptions } from './api/array-record-set.ts';
export type { AudioInput, AudioShapeOptions } from './api/audio-input.ts';
export { convert } from './api/convert.ts';
export { decode } from './api/decode.ts';
export {
  type EncodeFlacOptions,
  encodeFlac,
  type FlacAudio,
  type WriteFlacOptions,
  type WrittenFlac,
} from './api/encode-flac.ts';
export { extract } from './api/extract.ts';
export { ingest } from './api/ingest.ts';
export { type IngestEnvironment, ingestEnvironment } from './api/ingest-environment.ts';
export { inspect } from './api/inspect.ts';
export { readNpy, writeNpy } from './api/npy-files.ts';
export { type Audio, decodeAudio, probeAudio, type ReadAudioOptions, readAudio } from './api/read-audio.ts';
export { type ReadAudioWindowsOptions, readAudioWindows } from './api/read-audio-windows.ts';
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
export { type WavAudio, type WriteWavOptions, type WrittenWav, writeWav } from './api/write-wav.ts';
export type { ByteSource } from './bytes.ts';
export { BowerbirdError, type ErrorCode, errorCodes } from './errors.ts';
export type {
  AudioFormat,
  AudioGap,
  AudioInfo,
  AudioMothTags,
  AudioNote,
  AudioTags,
  BroadcastTags,
  SampleArrays,
  SampleType,
} from './formats/audio/audio.ts';
export type { ResampleQuality } from './formats/audio/resample.ts';
export type { AudioWindow } from './formats/audio/windows.ts';
export { parseExample, parseSequenceExample } from './formats/example/example.ts';
export type { ExampleSchema, FeatureInput, FeatureKind, FeatureList, FeaturesInput } from './formats/example/input.ts';
export { ExampleSerializer } from './formats/example/serializer.ts';
export { parseTensor } from './formats/example/tensor.ts';
export { serializeTensor } from './formats/example/tensor-writer.ts';
export { serializeExample } from './formats/example/writer.ts';
export type { ArrayRecordIndex } from './formats/records/array-record-index.ts';
export { crc32c, crc32cCombine, maskCrc32c } from './formats/records/crc32c.ts';
export type { WavSampleType } from './formats/wav/writer.ts';
export type { NoteCount } from './jobs/engine/note-counts.ts';
export type { Progress } from './jobs/engine/types.ts';
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
export { version } from './version.ts';
