/** Inputs must be what they were when the plan was made, before a unit reads them and after. */

import { statSync } from 'node:fs';
import { BowerbirdError, systemError } from '../errors.ts';
import type { InputStamp } from './types.ts';

/** Outputs of an input that changes while it is read would be outputs of nothing that ever was. */
export function checkUnchanged(doing: string, input: InputStamp): void {
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
