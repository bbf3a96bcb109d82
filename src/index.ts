/** The public surface, re-exported by name; nothing else is public. */

import './globals.ts';

export { ArrayRecordSet, type ArrayRecordSetOptions } from './api/array-record-set.ts';
export type { AudioInput, AudioShapeOptions } from './api/audio-input.ts';
export { convert } from './api/convert.ts';
export { datasetBuild } from './api/dataset/build.ts';
export { datasetCard } from './api/dataset/card.ts';
export { type DatasetEnvironment, datasetEnvironment } from './api/dataset/environment.ts';
export { datasetScan } from './api/dataset/scan.ts';
export { unpack } from './api/datasets/unpack.ts';
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
export { type ReadNpyOptions, readNpy, type WriteNpyOptions, writeNpy } from './api/npy-files.ts';
export { type OpenEmbeddingsOptions, openEmbeddings } from './api/open-embeddings.ts';
export { type OpenNpyOptions, openNpy } from './api/open-npy.ts';
export { pack } from './api/pack.ts';
export { type Audio, decodeAudio, probeAudio, type ReadAudioOptions, readAudio } from './api/read-audio.ts';
export { type ReadAudioWindowsOptions, readAudioWindows } from './api/read-audio-windows.ts';
export {
  type EmbeddingBatch,
  type EmbeddingMetadata,
  type ReadEmbeddingsOptions,
  readEmbeddings,
} from './api/read-embeddings.ts';
export { type ReadExample, type ReadExamplesOptions, readExamples, type SourcedExample } from './api/read-examples.ts';
export { type ReadSample, type ReadSamplesOptions, readSamples, type SampleOf } from './api/read-samples.ts';
export { type ReadTfRecordsOptions, readTfRecords, type TfRecordBatch } from './api/read-tfrecords.ts';
export { repair } from './api/repair.ts';
export type * from './api/types.ts';
export { verify } from './api/verify.ts';
export {
  type ExampleInput,
  type WriteExamplesOptions,
  type WrittenExamples,
  writeExamples,
} from './api/write-examples.ts';
export { type WriteTfRecordsOptions, type WrittenTfRecords, writeTfRecords } from './api/write-tfrecords.ts';
export { type WavAudio, type WriteWavOptions, type WrittenWav, writeWav } from './api/write-wav.ts';
export type { ByteSource } from './bytes.ts';
export { BowerbirdError, type ErrorCode, type ErrorPlace, errorCodes, type SerializedError } from './errors.ts';
export { type LogMelFeatures, logMel } from './features/log-mel.ts';
export type { FeatureOptions, FeatureParameters } from './features/parameters.ts';
export type { PatchOptions } from './features/patches.ts';
export type { FeaturePreset, FeaturePresetName } from './features/presets.ts';
export type {
  AudioFormat,
  AudioGap,
  AudioInfo,
  AudioMothTags,
  AudioNote,
  AudioTags,
  BroadcastTags,
  GapFault,
  NoteKind,
  SampleArray,
  SampleArrays,
  SampleType,
} from './formats/audio/audio.ts';
export type { ResampleQuality } from './formats/audio/resample.ts';
export type { AudioWindow } from './formats/audio/windows.ts';
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
export type { CodecFormat } from './formats/lossy/lossy.ts';
export type { NpyArray } from './formats/npy/npy.ts';
export type {
  NumpyArray,
  NumpyDType,
  NumpyScalar,
  NumpyValues,
  PythonBytearray,
  PythonComplex,
  PythonData,
  PythonFrozenSet,
  PythonInput,
} from './formats/python/values.ts';
export { PythonFloat, PythonTuple } from './formats/python/values.ts';
export type { ArrayRecordIndex } from './formats/records/array-record-index.ts';
export type { ArrayRecordCodec } from './formats/records/array-record-options.ts';
export { crc32c, crc32cCombine, maskCrc32c } from './formats/records/crc32c.ts';
export type { WavContainer } from './formats/wav/chunks.ts';
export type { WavSampleType } from './formats/wav/writer.ts';
export type { RecordSummary } from './jobs/check/record-stats.ts';
export type { VerifiedRecording } from './jobs/check/recording.ts';
export type { InspectedFile, RepairedFile } from './jobs/check/registry.ts';
export type { NoteCount } from './jobs/engine/note-counts.ts';
export type { OutputStamp, Progress } from './jobs/engine/types.ts';
export type { Reject } from './on-error.ts';
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
export type { EmbeddingRows, EmbeddingSet, EmbeddingSource } from './records/embedding-set.ts';
export type { NpyArrays, NpyBatch, NpyDType, NpyFile } from './records/npy-file.ts';
export type { RowBatchesOptions } from './records/row-batches.ts';
export { Converter, type Yielded } from './samples/converter.ts';
export {
  CsvConverter,
  type CsvConverterOptions,
  FileConverter,
  type FileConverterOptions,
  FolderConverter,
  type FolderConverterOptions,
  HubConverter,
  type HubConverterOptions,
  type RowConverterOptions,
} from './samples/converters.ts';
export type { BuiltInName, BuiltInProcessor } from './samples/load.ts';
export type { ModuleClass } from './samples/module-class.ts';
export type { PlainData } from './samples/plain.ts';
export { type ProcessContext, Processor, type ProcessorOptions } from './samples/processor.ts';
export { LogMelProcessor, type LogMelProcessorOptions } from './samples/processors/log-mel.ts';
export { TokenizerProcessor, type TokenizerProcessorOptions } from './samples/processors/tokenizer.ts';
export { WhisperProcessor, type WhisperProcessorOptions } from './samples/processors/whisper.ts';
export type { NdArray, Sample, SampleValue } from './samples/sample.ts';
export type { EnvValues } from './storage/env.ts';
export {
  type HFUploaded,
  HFUploader,
  type HFUploaderOptions,
  type HFUploadOptions,
  type HFUploadProgress,
} from './storage/uploads/hf-uploader.ts';
export { StorageUploader, type StorageUploaderOptions } from './storage/uploads/storage-uploader.ts';
export { type Uploaded, Uploader, type UploadFile, type UploadOptions } from './storage/uploads/uploader.ts';
export type { Written } from './storage/written.ts';
export { version } from './version.ts';
