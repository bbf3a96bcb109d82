/** The public function `repair()`: what is intact of damaged files, in new files. */

import { statSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { BowerbirdError, systemError } from '../errors.ts';
import { repairOptions } from '../jobs/check/options.ts';
import { type RepairedFile, repairable, workFor } from '../jobs/check/registry.ts';
import { readPublic } from '../option-tables.ts';
import { usage } from '../options.ts';
import type { InputFile } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';
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
  const result = await eachFile<RepairedFile>({ inputs, onFile, onNotice, signal }, async (input, all) => {
    const source = linkOf(input);
    const target = await targetOf(input, all, out);
    if (isSameFile(source, target)) {
      throw usage(`Cannot repair "${input.uri}" into itself: expected another file as output`);
    }
    const { what, work } = await workFor(source);
    if (work.repair === undefined) {
      const message = `Cannot repair "${input.uri}": it is ${what}, expected ${repairable}`;
      throw new BowerbirdError('UNSUPPORTED', message, { source: input.uri });
    }
    return { ...(await work.repair(source, { out: target, overwrite, signal })), source: input.uri };
  });
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

async function targetOf(input: InputFile, all: readonly InputFile[], out: string): Promise<string> {
  if (!out.endsWith('/') && !isFolder(out)) {
    if (all.length === 1) return out;
    throw usage(
      `Cannot repair ${all.length} files into "${shown(out)}": expected a folder as output (with a slash at its end)`,
    );
  }
  const name = fileNameOf(input.uri);
  const same = all.find((other) => other !== input && fileNameOf(other.uri) === name);
  if (same !== undefined) {
    throw usage(`Cannot repair "${input.uri}" and "${same.uri}" into one folder: both are called "${name}"`);
  }
  if (!isRemote(out)) {
    await mkdir(out, { recursive: true }).catch((error) => {
      throw systemError('create', out, error);
    });
  }
  return placeIn(out, name);
}

function isFolder(path: string): boolean {
  return !isRemote(path) && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}
