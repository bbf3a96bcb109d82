/** The work of one unit of `verify`: one file, checked as its format can be checked, or a part. Writes nothing. Runs in a worker. */

import { linkOf } from '../../storage/links.ts';
import type { UnitContext } from '../engine/types.ts';
import { workFor } from './registry.ts';
import type { VerifyReceipt, VerifyUnit } from './verify-parts.ts';
import type { VerifySettings } from './work.ts';

export async function run(
  { input, part, isShard }: VerifyUnit,
  settings: VerifySettings,
  context: UnitContext,
): Promise<VerifyReceipt> {
  if (part !== undefined) {
    const { verifyRange } = await import('./array-record-verify.ts');
    return await verifyRange(input, context, settings, part);
  }
  if (isShard) {
    const { verifyShard } = await import('./dataset-shard.ts');
    return await verifyShard(input, context);
  }
  const { work } = await workFor(linkOf(input));
  return await work.verify(input, context, settings);
}
