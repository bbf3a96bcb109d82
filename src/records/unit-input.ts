/** The input of a unit, against what the plan knew of it. */

import { statSync } from 'node:fs';
import { BowerbirdError, systemError } from '../errors.ts';
import { isArrayRecordFile } from '../formats/records/array-record-sniff.ts';
import { linkOf } from '../storage/links.ts';
import { openSource } from '../storage/source.ts';
import type { InputStamp } from '../storage/stamp.ts';
import { isRemote } from '../storage/uri.ts';

/**
 * Outputs of an input that changes while it is read would be outputs of nothing that ever was. `doing`: "extract". Objects are not looked at:
 * every request for their bytes names the version of the plan.
 */
export function checkUnchanged(input: InputStamp, doing: string): void {
  if (isRemote(input.uri)) return;
  let size: bigint;
  let version: bigint;
  try {
    ({ size, mtimeNs: version } = statSync(input.uri, { bigint: true }));
  } catch (error) {
    throw systemError('read', input.uri, error);
  }
  if (Number(size) === input.size && String(version) === input.version) return;
  throw new BowerbirdError(
    'IO',
    `Cannot ${doing} "${input.uri}": it changed while the run was going on (expected ${input.size} bytes, found ${size}); ` +
      'run the same command again when nothing writes to it',
    { source: input.uri },
  );
}

/** Else it is taken for a TFRecord file. */
export async function isArrayRecordInput(input: InputStamp): Promise<boolean> {
  const { size, version } = input;
  const file = await openSource(linkOf(input), { size, version });
  try {
    return await isArrayRecordFile(file);
  } finally {
    await file.close();
  }
}
