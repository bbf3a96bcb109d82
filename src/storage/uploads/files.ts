/** The files of a finished folder in the order in which they are sent: what tells of the others comes last. */

import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BowerbirdError, systemError } from '../../errors.ts';
import { STATE_FOLDER } from '../drafts.ts';
import { kindOf } from '../local/regular-file.ts';
import { TEMP_SUFFIX } from '../local/temp-name.ts';

/** A file of a folder that is sent. */
export interface UploadFile {
  /** Where it is now. */
  readonly path: string;
  /** Below the folder, with "/" between names: "shard_00000/data.mdb". */
  readonly name: string;
  /** In bytes. */
  readonly size: number;
}

/** Whoever finds the last finds all that it names. */
const last = ['pack.json', 'metadata.json'];

/** Whether a file has to wait until all before it are there. */
export function isLast(name: string): boolean {
  return last.includes(name);
}

/**
 * Folders are walked in the order of the UTF-8 bytes of their names, as a bucket lists them; pack.json and then metadata.json of the folder
 * itself come last. Left out are the state of a run and files that are being made. A link to a file is taken for the file.
 *
 * @throws BowerbirdError NOT_FOUND, IO, ACCESS; UNSUPPORTED for what is neither file nor folder, and for links to folders
 */
export async function* uploadFiles(folder: string): AsyncGenerator<UploadFile, void, void> {
  const kept: UploadFile[] = [];
  for await (const file of walk(folder, '')) {
    if (isLast(file.name)) kept.push(file);
    else yield file;
  }
  yield* kept.sort((a, b) => last.indexOf(a.name) - last.indexOf(b.name));
}

async function* walk(folder: string, before: string): AsyncGenerator<UploadFile, void, void> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error) => {
    throw systemError('list', folder, error);
  });
  const sorted = entries
    .filter(({ name }) => name !== STATE_FOLDER && !(name.startsWith('.') && name.endsWith(TEMP_SUFFIX)))
    .map((entry) => ({ entry, key: Buffer.from(entry.isDirectory() ? `${entry.name}/` : entry.name) }))
    .sort((a, b) => Buffer.compare(a.key, b.key));
  for (const { entry } of sorted) {
    const path = join(folder, entry.name);
    const name = before + entry.name;
    if (entry.isDirectory()) {
      yield* walk(path, `${name}/`);
      continue;
    }
    const found = await stat(path, { bigint: true }).catch((error) => {
      throw systemError('upload', path, error);
    });
    if (!found.isFile()) throw irregular(path, found.isDirectory() ? 'a link to a folder' : kindOf(found));
    yield { path, name, size: Number(found.size) };
  }
}

function irregular(path: string, kind: string): BowerbirdError {
  const message = `Cannot upload "${path}": expected a file or a folder, found ${kind}; move it out of the folder`;
  return new BowerbirdError('UNSUPPORTED', message, { source: path });
}
