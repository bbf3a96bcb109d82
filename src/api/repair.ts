/** The public function `repair()`: what is intact of a damaged file, in a new file. */

import { BowerbirdError } from '../errors.ts';
import { repairOptions } from '../jobs/check/options.ts';
import { repairable, workFor } from '../jobs/check/registry.ts';
import { readPublic } from '../option-tables.ts';
import { checkPath, usage } from '../options.ts';
import { isSameFile } from '../storage/local/same-file.ts';
import { shown } from '../storage/uri.ts';
import { signalShape } from './shapes.ts';
import type { RepairOptions, RepairReport } from './types.ts';

const shape = { ...repairOptions, ...signalShape };

/**
 * Writes the intact records of `source`, in order, to `options.out`, compressed as the source is; an ArrayRecord file gets the footer that it
 * lacks. The source is never changed; the new file
 * appears whole or not at all.
 *
 * @throws BowerbirdError CORRUPT_RECORD when nothing in the source is intact, EXISTS, UNSUPPORTED, NOT_FOUND, IO
 */
export async function repair(source: string, options: RepairOptions): Promise<RepairReport> {
  checkPath(source, 'repair()');
  const settings = readPublic(options, shape, 'repair()');
  const { out } = settings;
  if (isSameFile(source, out)) throw usage(`Cannot repair "${source}" into itself: expected another file as output`);
  const { what, work } = await workFor(source);
  if (work.repair === undefined) {
    const message = `Cannot repair "${source}": it is ${what}, expected ${repairable}`;
    throw new BowerbirdError('UNSUPPORTED', message, { source });
  }
  return { ...(await work.repair(source, settings)), source: shown(source) };
}
