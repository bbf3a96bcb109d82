/** The public functions the commands call, loaded when a command runs: help, completions and misuse load nothing heavy. */

import type {
  ConvertOptions,
  ConvertReport,
  DecodeOptions,
  DecodeReport,
  ExtractOptions,
  ExtractReport,
  InspectOptions,
  InspectReport,
  RepairOptions,
  RepairReport,
  VerifyOptions,
  VerifyReport,
} from '../index.ts';

export interface Api {
  extract(options: ExtractOptions): Promise<ExtractReport>;
  inspect(source: string, options: InspectOptions): Promise<InspectReport>;
  verify(options: VerifyOptions): Promise<VerifyReport>;
  convert(options: ConvertOptions): Promise<ConvertReport>;
  decode(options: DecodeOptions): Promise<DecodeReport>;
  repair(source: string, options: RepairOptions): Promise<RepairReport>;
}

export async function loadApi(): Promise<Api> {
  return await import('../index.ts');
}
