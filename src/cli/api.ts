/** The public functions the commands call, loaded when a command runs: help, completions and misuse load nothing heavy. */

import type {
  ExtractOptions,
  ExtractReport,
  InspectOptions,
  InspectReport,
  RepairOptions,
  RepairReport,
  VerifyOptions,
  VerifyReport,
} from '../api/types.ts';

export interface Api {
  extract(options: ExtractOptions): Promise<ExtractReport>;
  inspect(source: string, options: InspectOptions): Promise<InspectReport>;
  verify(options: VerifyOptions): Promise<VerifyReport>;
  repair(source: string, options: RepairOptions): Promise<RepairReport>;
}

export async function loadApi(): Promise<Api> {
  const index: object = await import('../index.ts');
  return index as Api;
}
