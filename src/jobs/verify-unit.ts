/** The work of one unit of `verify`: one file, checked as its format can be checked. Writes nothing. Runs in a worker. */

import { type VerifiedFile, workFor } from './files/registry.ts';
import type { VerifySettings } from './files/work.ts';
import type { Unit, UnitContext } from './types.ts';

export async function run(
  { input }: Pick<Unit, 'input'>,
  settings: VerifySettings,
  context: UnitContext,
): Promise<VerifiedFile> {
  const { work } = await workFor(input.uri);
  return await work.verify(input, context, settings);
}
