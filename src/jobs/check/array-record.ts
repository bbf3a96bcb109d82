/** ArrayRecord files: what registry.ts needs of them. Repair goes here and there in a local file: of an object a copy is made. */

import { withLocalCopy } from '../../storage/local/copy.ts';
import { inspect } from './array-record-inspect.ts';
import { type RepairedArrayRecord, repair as repairFile } from './array-record-repair.ts';
import { verify } from './array-record-verify.ts';
import type { RepairSettings } from './work.ts';

export type { DamagedChunk } from '../../records/array-record-survey.ts';
export type { InspectedArrayRecord } from './array-record-inspect.ts';
export type { VerifiedArrayRecord } from './array-record-verify.ts';
export type { RepairedArrayRecord };
export { inspect, verify };

export function repair(source: string, settings: RepairSettings): Promise<RepairedArrayRecord> {
  return withLocalCopy(source, { stop: settings.signal }, async (path) => ({
    ...(await repairFile(path, settings)),
    source,
  }));
}
