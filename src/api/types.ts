/** Options and reports of the public functions, and what reports tell of single files. */

import type { RecordingDamage, RecordingFault, RecordingNote } from '../formats/audio/recording-faults.ts';
import type { Compression } from '../formats/records/compression.ts';
import type {
  DamagedChunk,
  InspectedArrayRecord,
  RepairedArrayRecord,
  VerifiedArrayRecord,
} from '../jobs/check/array-record.ts';
import type { InspectedDataset } from '../jobs/check/dataset-inspect.ts';
import type { DatasetDamage, DatasetFault, DatasetNote, VerifiedDataset } from '../jobs/check/dataset-verify.ts';
import type { FeatureSummary } from '../jobs/check/feature-stats.ts';
import type { InspectedFlac, VerifiedFlac } from '../jobs/check/flac.ts';
import type { ChannelLevels } from '../jobs/check/levels.ts';
import type { DamagedPage, InspectedLmdb, LmdbNote, VerifiedLmdb } from '../jobs/check/lmdb.ts';
import type { FieldSummary } from '../jobs/check/lmdb-fields.ts';
import type { InspectedLossy, VerifiedLossy } from '../jobs/check/lossy.ts';
import type {
  CardDamage,
  InspectedAudio,
  InspectedColumn,
  InspectedParquet,
  ParquetColumn,
  ParquetDamage,
  ParquetFault,
  ParquetNote,
  ShardTold,
  VerifiedCard,
  VerifiedParquet,
} from '../jobs/check/parquet/types.ts';
import type { InspectedFile, RepairedFile, UnreadableFile, VerifiedFile } from '../jobs/check/registry.ts';
import type { InspectedTfRecord, RepairedTfRecord } from '../jobs/check/tfrecord.ts';
import type { DamagedRange, VerifiedTfRecord, VerifiedUnknown } from '../jobs/check/tfrecord-verify.ts';
import type { InspectedWav, VerifiedWav } from '../jobs/check/wav.ts';
import type { ConvertedFile } from '../jobs/convert/job.ts';
import type { ConvertSource } from '../jobs/convert/sources.ts';
import type { DecodedFile } from '../jobs/decode/job.ts';
import type { ExtractedFile } from '../jobs/extract/job.ts';
import type { ClassCount, IngestedShard } from '../jobs/ingest/job.ts';
import type { LabelConflict } from '../jobs/ingest/plan.ts';
import type { PackedShard } from '../jobs/pack/metadata.ts';
import type { UnpackedShard } from '../jobs/unpack/summary.ts';
import type { Inputs } from '../storage/inputs.ts';

export type * from './types/check.ts';
export type * from './types/convert.ts';
export type * from './types/dataset-build.ts';
export type * from './types/dataset-card.ts';
export type * from './types/dataset-scan.ts';
export type * from './types/decode.ts';
export type * from './types/extract.ts';
export type * from './types/ingest.ts';
export type * from './types/pack.ts';
export type * from './types/run.ts';
export type * from './types/unpack.ts';

export type {
  CardDamage,
  ChannelLevels,
  ClassCount,
  Compression,
  ConvertedFile,
  ConvertSource,
  DamagedChunk,
  DamagedPage,
  DamagedRange,
  DatasetDamage,
  DatasetFault,
  DatasetNote,
  DecodedFile,
  ExtractedFile,
  FeatureSummary,
  FieldSummary,
  IngestedShard,
  Inputs,
  InspectedArrayRecord,
  InspectedAudio,
  InspectedColumn,
  InspectedDataset,
  InspectedFile,
  InspectedFlac,
  InspectedLmdb,
  InspectedLossy,
  InspectedParquet,
  InspectedTfRecord,
  InspectedWav,
  LabelConflict,
  LmdbNote,
  PackedShard,
  ParquetColumn,
  ParquetDamage,
  ParquetFault,
  ParquetNote,
  RecordingDamage,
  RecordingFault,
  RecordingNote,
  RepairedArrayRecord,
  RepairedFile,
  RepairedTfRecord,
  ShardTold,
  UnpackedShard,
  UnreadableFile,
  VerifiedArrayRecord,
  VerifiedCard,
  VerifiedDataset,
  VerifiedFile,
  VerifiedFlac,
  VerifiedLmdb,
  VerifiedLossy,
  VerifiedParquet,
  VerifiedTfRecord,
  VerifiedUnknown,
  VerifiedWav,
};
