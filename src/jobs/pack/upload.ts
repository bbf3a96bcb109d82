/** Shards on their way to where they are wanted beside the folder that they were made in. */

import { realpathSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { SharedStop } from '../../counters.ts';
import { systemError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { named, usage } from '../../options.ts';
import { instanceOf, readModuleClass } from '../../samples/load-class.ts';
import { STATE_FOLDER } from '../../storage/drafts.ts';
import { HFUploader, type HFUploadProgress } from '../../storage/uploads/hf-uploader.ts';
import { StorageUploader } from '../../storage/uploads/storage-uploader.ts';
import { putFile, takesFiles, type Uploader, whileOpen } from '../../storage/uploads/uploader.ts';
import { isRemote, shown } from '../../storage/uri.ts';
import type { Progress, UnitContext } from '../engine/types.ts';
import type { PackUnitOptions, UploaderSpec } from './choices.ts';
import type { PackReceipt } from './receipt.ts';

/** @throws BowerbirdError USAGE */
export async function loadUploader(spec: UploaderSpec): Promise<Uploader> {
  if (typeof spec === 'string') return new StorageUploader(spec);
  const { made } = await instanceOf(readModuleClass(spec, 'uploader'), 'upload(localDir)');
  return made as Uploader;
}

/**
 * A shard that was copied onto itself and then removed would be gone.
 *
 * @throws BowerbirdError USAGE: the place is in the folder
 */
export function refuseInside(folder: string, spec: UploaderSpec): void {
  if (typeof spec !== 'string' || isRemote(spec)) return;
  const [from, to] = [realPath(resolve(pathOf(folder))), realPath(resolve(pathOf(spec)))];
  if (!`${to}${sep}`.startsWith(`${from}${sep}`)) return;
  throw usage(
    `Cannot use ${named('upload', shown(spec))} with ${named('out', shown(folder))}: expected a place outside of that folder`,
  );
}

/** Of what is there, links followed; the rest as it is named. */
function realPath(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(realPath(parent), basename(path));
  }
}

/** What receipts say of where a shard went. */
export function uploadedTo(spec: UploaderSpec): string {
  return typeof spec === 'string' ? shown(spec) : JSON.stringify([String(spec.module), spec.export, spec.options]);
}

/** A shard goes up when it is done; an uploader that takes whole folders gets it at the end. */
export async function uploadShard(
  receipt: PackReceipt,
  { uploader: spec, removeUploaded }: PackUnitOptions,
  { outDir, shared }: UnitContext,
): Promise<PackReceipt> {
  if (spec === null) return receipt;
  const names = receipt.outputs.map(({ name }) => name);
  if (!(await uploadNames(spec, outDir, names, new SharedStop(shared)))) return receipt;
  if (removeUploaded) for (const name of names) await remove(join(outDir, name));
  return { ...receipt, uploaded: uploadedTo(spec), ...(removeUploaded && { isAway: true as const }) };
}

/** What tells of the shards, or all of it. */
export async function uploadEnd(spec: UploaderSpec, folder: string, names: readonly string[]): Promise<void> {
  if (await uploadNames(spec, folder, names)) return;
  const uploader = await loadUploader(spec);
  await uploader.upload(folder);
}

export interface FolderUploadSettings {
  /** Whether all shards are there; else the run that makes the last uploads. */
  readonly complete: boolean;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
}

/**
 * All of a folder, in the process of the run: by an uploader that threads cannot make, or the Hub, whose commits come one after another. Gives
 * what the report says of it besides.
 */
export async function uploadFolder(
  uploader: Uploader,
  folder: string,
  { complete, signal, onProgress, onNotice }: FolderUploadSettings,
): Promise<readonly string[]> {
  if (!complete) {
    const text = 'nothing was uploaded: shards are left to other runs, and the one that makes the last uploads all';
    onNotice?.(text);
    return [text];
  }
  if (!(uploader instanceof HFUploader)) {
    await uploader.upload(folder, signal === undefined ? {} : { signal });
    return [];
  }
  const notices: string[] = [];
  const notice = (text: string) => {
    notices.push(text);
    onNotice?.(text);
  };
  const told = await uploader.upload(folder, {
    signal,
    onNotice: notice,
    quotaFile: join(folder, STATE_FOLDER, 'hub-commits.json'),
    onProgress: onProgress && ((progress) => onProgress(inUnits(progress))),
  });
  const { files, bytes, commits, skipped } = told;
  const there = skipped === 0 ? '' : `; ${skipped} ${skipped === 1 ? 'was' : 'were'} there already`;
  const many = (count: number, what: string) => `${count} ${what}${count === 1 ? '' : 's'}`;
  notice(`${uploader.uri}: ${many(files, 'file')} (${bytes} bytes) sent in ${many(commits, 'commit')}${there}`);
  return notices;
}

function inUnits({ files, filesDone, bytes, bytesTotal, elapsedSeconds }: HFUploadProgress): Progress {
  const counts = { units: files, unitsDone: filesDone, unitsSkipped: 0, records: 0, rejects: 0 };
  return { job: 'upload', ...counts, bytes, bytesTotal, elapsedSeconds };
}

/** False where the uploader takes no single files. */
async function uploadNames(
  spec: UploaderSpec,
  folder: string,
  names: readonly string[],
  signal?: { throwIfAborted(): void },
): Promise<boolean> {
  const uploader = await loadUploader(spec);
  if (!takesFiles(uploader)) return false;
  const options = signal === undefined ? {} : { signal };
  const work = async () => {
    for (const name of names) {
      signal?.throwIfAborted();
      await putFile(uploader, { path: join(folder, name), name }, options);
    }
  };
  await whileOpen(uploader, work, options);
  return true;
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch((error) => {
    throw systemError('remove', path, error);
  });
}
