/** The public function `inspect()`: what is in a file. */

import { inspectOptions } from '../jobs/check/options.ts';
import { workFor } from '../jobs/check/registry.ts';
import { readPublic } from '../option-tables.ts';
import { checkPath } from '../options.ts';
import { shown } from '../storage/uri.ts';
import { signalShape } from './shapes.ts';
import type { InspectOptions, InspectReport } from './types.ts';

const shape = { ...inspectOptions, ...signalShape };

/**
 * Looks into a file, whose format is found by content: the header of a recording, the first records of a TFRecord or ArrayRecord
 * file, or all of it. Damage is in the report, and what follows it is read.
 *
 * @throws BowerbirdError UNSUPPORTED for another format, TRUNCATED within a header, NOT_FOUND, IO
 */
export async function inspect(source: string, options: InspectOptions = {}): Promise<InspectReport> {
  checkPath(source, 'inspect()');
  const settings = readPublic(options, shape, 'inspect()');
  const { work } = await workFor(source);
  return { ...(await work.inspect(source, settings)), source: shown(source) };
}
