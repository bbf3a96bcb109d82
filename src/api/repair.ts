/** The public function `repair()`: what is intact of damaged files, in new files. */

import { BowerbirdError, systemError } from '../errors.ts';
import { repairOptions } from '../jobs/check/options.ts';
import { type RepairedFile, repairable, workFor } from '../jobs/check/registry.ts';
import { readPublic } from '../option-tables.ts';
import { usage } from '../options.ts';
import type { InputFile } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';
import { isFolder, makeFolders } from '../storage/local/folders.ts';
import { isSameFile } from '../storage/local/same-file.ts';
import { fileNameOf, isRemote, placeIn, shown } from '../storage/uri.ts';
import { version } from '../version.ts';
import { eachFile } from './each-file.ts';
import { callback, signalShape } from './shapes.ts';
import type { RepairOptions, RepairReport } from './types.ts';

const shape = {
  ...repairOptions,
  ...signalShape,
  onFile: callback<NonNullable<RepairOptions['onFile']>>(),
  onNotice: callback<(notice: string) => void>(),
};

/**
 * Writes the intact records of each file, in order, to a new one, compressed as the source is; an ArrayRecord file gets the footer that it
 * lacks. Sources are never changed; a new file appears whole or not at all. `out` is a file for a single input, or a folder (there already, or
 * with a slash at its end), in which each keeps its name.
 *
 * @throws BowerbirdError CORRUPT_RECORD when nothing in a single source is intact, EXISTS, UNSUPPORTED, NOT_FOUND, IO, USAGE
 * @example
 * await repair({ inputs: 'damaged.tfrecord', out: 'mended.tfrecord' });
 */
export async function repair(options: RepairOptions): Promise<RepairReport> {
  const { inputs, out, overwrite, onFile, onNotice, signal } = readPublic(options, shape, 'repair()');
  const isOne = !out.endsWith('/') && !isFolder(out);
  const targetOf = ({ uri }: InputFile) => (isOne ? out : placeIn(out, fileNameOf(uri)));
  const work = async (input: InputFile): Promise<RepairedFile> => {
    const source = linkOf(input);
    const { what, work } = await workFor(source);
    if (work.repair === undefined) {
      const message = `Cannot repair "${input.uri}": it is ${what}, expected ${repairable}`;
      throw new BowerbirdError('UNSUPPORTED', message, { source: input.uri });
    }
    if (!isOne && !isRemote(out)) makeFolderFor(out);
    return { ...(await work.repair(source, { out: targetOf(input), overwrite, signal })), source: input.uri };
  };
  const result = await eachFile({ inputs, onFile, onNotice, signal }, work, (found) =>
    checkTargets(found, targetOf, out, isOne),
  );
  const repaired = result.files.filter((file) => file.format !== 'unknown');
  const sum = (of: (file: RepairedFile) => number) => repaired.reduce((total, file) => total + of(file), 0);
  return {
    job: 'repair',
    version,
    out: shown(out),
    records: sum(({ records }) => records),
    bytesIn: sum(({ bytesIn }) => bytesIn),
    bytesOut: sum(({ bytesOut }) => bytesOut),
    ...result,
  };
}

/** Before anything is written: a mistake about names is about the whole call. */
function checkTargets(
  found: readonly InputFile[],
  targetOf: (input: InputFile) => string,
  out: string,
  isOne: boolean,
): void {
  if (isOne && found.length > 1) {
    throw usage(
      `Cannot repair ${found.length} files into "${shown(out)}": expected a folder as output (with a slash at its end)`,
    );
  }
  const first = new Map<string, InputFile>();
  for (const input of found) {
    const target = targetOf(input);
    if (isSameFile(linkOf(input), target)) {
      throw usage(`Cannot repair "${input.uri}" into itself: expected another file as output`);
    }
    const other = first.get(target);
    if (other !== undefined) {
      const name = fileNameOf(input.uri);
      throw usage(`Cannot repair "${other.uri}" and "${input.uri}" into one folder: both are called "${name}"`);
    }
    first.set(target, input);
  }
}

function makeFolderFor(out: string): void {
  try {
    makeFolders(out);
  } catch (error) {
    throw systemError('create', out, error);
  }
}
