/** From what a user names to an uploader: a place, a class of a module of theirs, or an uploader that they made. */

import { isText, show, usage } from '../options.ts';
import { StorageUploader } from '../storage/uploads/storage-uploader.ts';
import type { Uploader } from '../storage/uploads/uploader.ts';
import { instanceOf, readModuleClass } from './load-class.ts';
import type { ModuleClass } from './module-class.ts';

/** What threads can be sent, to make an uploader each. */
export type UploaderSpec = string | ModuleClass;

/** Whether every thread can have its own. */
export function isSpec(given: UploaderSpec | Uploader): given is UploaderSpec {
  return typeof given === 'string' || 'module' in given;
}

/**
 * A path or URI, `{ module, export, options }`, or an uploader, which is handed back. It is not opened.
 *
 * @throws BowerbirdError USAGE: none of these, or a class that cannot be made; NOT_FOUND: no such module
 */
export async function loadUploader(given: UploaderSpec | Uploader): Promise<Uploader> {
  if (isText(given)) return new StorageUploader(given);
  if (typeof given === 'object' && given !== null) {
    if ('module' in given) {
      const { made } = await instanceOf(readModuleClass(given, 'uploader'), 'upload(localDir)');
      return made as Uploader;
    }
    if (typeof (given as { upload?: unknown }).upload === 'function') return given;
  }
  throw usage(
    `Cannot use ${show(given)} as uploader: expected a path or URI, an Uploader, or { module, export, options }`,
  );
}
