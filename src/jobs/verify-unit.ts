/** The work of one unit of `verify`: one file, checked as its format can be checked. Writes nothing. Runs in a worker. */

import { type VerifiedFile, workFor } from './files/registry.ts';
import type { Unit, UnitContext } from './types.ts';

export async function run(
  { input }: Pick<Unit, 'input'>,
  _options: unknown,
  context: UnitContext,
): Promise<VerifiedFile> {
  const { work } = await workFor(input.uri);
  return await work.verify(input, context);
}
