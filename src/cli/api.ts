/** The public functions that commands call. Each is loaded when it is called: who converts needs no decoder of sound. */

import type {
  ConvertOptions,
  ConvertReport,
  DatasetBuildOptions,
  DatasetBuildReport,
  DatasetCardOptions,
  DatasetCardReport,
  DatasetEnvironment,
  DatasetScanOptions,
  DatasetScanReport,
  DecodeOptions,
  DecodeReport,
  ExtractOptions,
  ExtractReport,
  IngestEnvironment,
  IngestOptions,
  IngestReport,
  InspectOptions,
  InspectReport,
  PackOptions,
  PackReport,
  RepairOptions,
  RepairReport,
  UnpackOptions,
  UnpackReport,
  VerifyOptions,
  VerifyReport,
} from '../index.ts';

export interface Api {
  extract(options: ExtractOptions): Promise<ExtractReport>;
  ingest(options: IngestOptions): Promise<IngestReport>;
  ingestEnvironment(): Promise<IngestEnvironment>;
  pack(options: PackOptions): Promise<PackReport>;
  datasetScan(options: DatasetScanOptions): Promise<DatasetScanReport>;
  datasetBuild(options: DatasetBuildOptions): Promise<DatasetBuildReport>;
  datasetCard(options: DatasetCardOptions): Promise<DatasetCardReport>;
  datasetEnvironment(): Promise<DatasetEnvironment>;
  inspect(options: InspectOptions): Promise<InspectReport>;
  verify(options: VerifyOptions): Promise<VerifyReport>;
  convert(options: ConvertOptions): Promise<ConvertReport>;
  decode(options: DecodeOptions): Promise<DecodeReport>;
  unpack(options: UnpackOptions): Promise<UnpackReport>;
  repair(options: RepairOptions): Promise<RepairReport>;
}

export const api: Api = {
  extract: async (options) => (await import('../api/extract.ts')).extract(options),
  ingest: async (options) => (await import('../api/ingest.ts')).ingest(options),
  ingestEnvironment: async () => (await import('../api/ingest-environment.ts')).ingestEnvironment(),
  pack: async (options) => (await import('../api/pack.ts')).pack(options),
  datasetScan: async (options) => (await import('../api/dataset/scan.ts')).datasetScan(options),
  datasetBuild: async (options) => (await import('../api/dataset/build.ts')).datasetBuild(options),
  datasetCard: async (options) => (await import('../api/dataset/card.ts')).datasetCard(options),
  datasetEnvironment: async () => (await import('../api/dataset/environment.ts')).datasetEnvironment(),
  inspect: async (options) => (await import('../api/inspect.ts')).inspect(options),
  verify: async (options) => (await import('../api/verify.ts')).verify(options),
  convert: async (options) => (await import('../api/convert.ts')).convert(options),
  decode: async (options) => (await import('../api/decode.ts')).decode(options),
  unpack: async (options) => (await import('../api/datasets/unpack.ts')).unpack(options),
  repair: async (options) => (await import('../api/repair.ts')).repair(options),
};
