/** The public function `repair()`: what is intact of a damaged file, in a new file. */

import { statSync } from 'node:fs';
import { BowerbirdError } from '../errors.ts';
import { formatNames, workFor } from '../jobs/files/registry.ts';
import { flag, readOptions, required, usage } from '../options.ts';
import { isRemote } from '../storage/uri.ts';
import { signalShape } from './shapes.ts';
import type { RepairOptions, RepairReport } from './types.ts';

const shape = {
  ...signalShape,
  out: required<string>('a file', (v): v is string => typeof v === 'string' && v !== ''),
  overwrite: flag(false),
};

/**
 * Writes the intact records of `source`, in order, to `options.out`, compressed as the source is; an ArrayRecord file gets the footer that it
 * lacks. The source is never changed; the new file
 * appears whole or not at all.
 *
 * @throws BowerbirdError CORRUPT_RECORD when nothing in the source is intact, EXISTS, UNSUPPORTED, NOT_FOUND, IO
 */
export async function repair(source: string, options: RepairOptions): Promise<RepairReport> {
  const settings = readOptions(options, shape, 'repair()');
  const { out } = settings;
  if (out === undefined) throw usage('Cannot run repair() without option "out": expected a file');
  if (isSameFile(source, out)) throw usage(`Cannot repair "${source}" into itself: expected another file as output`);
  const { format, work } = await workFor(source);
  if (work.repair === undefined) {
    const message = `Cannot repair "${source}": it is ${formatNames[format]}, expected ${formatNames.tfrecord} or ${formatNames.arrayrecord}`;
    throw new BowerbirdError('UNSUPPORTED', message, { source });
  }
  return await work.repair(source, settings);
}

function isSameFile(a: string, b: string): boolean {
  if (isRemote(a) || isRemote(b)) return a === b;
  const [first, second] = [a, b].map((path) => statSync(path, { bigint: true, throwIfNoEntry: false }));
  return first !== undefined && second !== undefined && first.dev === second.dev && first.ino === second.ino;
}
