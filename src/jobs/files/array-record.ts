/** ArrayRecord files: what registry.ts needs of them. The native side walks over the chunks of a local file: of an object a copy is made. */

import { withLocalCopy } from '../../storage/local-copy.ts';
import { SharedStop } from '../shared.ts';
import type { InputStamp, UnitContext } from '../types.ts';
import { type InspectedArrayRecord, inspect as inspectFile } from './array-record-inspect.ts';
import { type RepairedArrayRecord, repair as repairFile } from './array-record-repair.ts';
import { type VerifiedArrayRecord, verify as verifyFile } from './array-record-verify.ts';
import type { InspectSettings, RepairSettings, VerifySettings } from './work.ts';

export type { DamagedChunk } from './array-record-verify.ts';
export type { InspectedArrayRecord, RepairedArrayRecord, VerifiedArrayRecord };

export function inspect(source: string, settings: InspectSettings): Promise<InspectedArrayRecord> {
  return withLocalCopy(source, { stop: settings.signal }, async (path) => ({
    ...(await inspectFile(path, settings)),
    source,
  }));
}

export function verify(
  input: InputStamp,
  context: UnitContext,
  settings: VerifySettings,
): Promise<VerifiedArrayRecord> {
  const { uri, version } = input;
  const options = { version, stop: new SharedStop(context.shared) };
  return withLocalCopy(uri, options, async (path) => {
    const verified = await verifyFile({ ...input, uri: path }, context, settings);
    const { error } = verified;
    if (path === uri || error === undefined) return { ...verified, source: uri };
    return { ...verified, source: uri, error: { ...error, source: uri, message: error.message.replaceAll(path, uri) } };
  });
}

export function repair(source: string, settings: RepairSettings): Promise<RepairedArrayRecord> {
  return withLocalCopy(source, { stop: settings.signal }, async (path) => ({
    ...(await repairFile(path, settings)),
    source,
  }));
}
