/** What users give for processors and uploaders, as plain data that threads can be sent. */

import { resolve } from 'node:path';
import { named, usage } from '../../options.ts';
import { type BuiltInProcessor, builtInNames, type ProcessorSpec } from '../../samples/load.ts';
import { type ModuleClass, sendable } from '../../samples/module-class.ts';
import { HFUploader } from '../../storage/uploads/hf-uploader.ts';
import { StorageUploader } from '../../storage/uploads/storage-uploader.ts';
import type { Uploader } from '../../storage/uploads/uploader.ts';
import { schemeOf } from '../../storage/uri.ts';
import { loadUploader } from './upload.ts';

/** A module by its path from here, with the name of its export behind "#". */
export function processorSpec(
  given: string | BuiltInProcessor | ModuleClass | undefined,
  options: { readonly [name: string]: unknown } | undefined,
): ProcessorSpec | null {
  if (given === undefined) return null;
  if (typeof given !== 'string') return 'module' in given ? sendable(given) : given;
  const name = builtInNames.find((each) => each === given);
  if (name !== undefined) return { processor: name, ...(options && { options }) };
  const [, path = given, exported] = /^(.*?)(?:#([^#/\\]+))?$/s.exec(given) ?? [];
  if (!/\.[cm]?[jt]s$/.test(path)) {
    throw usage(
      `Cannot use "${given}" for ${named('processor')}: expected ${builtInNames.join(', ')}, or a module such as "./loudness.mjs#Loudness"`,
    );
  }
  const module = /^file:/i.test(path) ? path : resolve(path);
  return { module, ...(exported === undefined ? {} : { export: exported }), ...(options && { options }) };
}

function isOfHub(uri: string): boolean {
  return schemeOf(uri) === 'hf';
}

/** Threads make uploaders of their own, where they know of what; another one gets the whole folder at the end. */
export async function uploadOf(given: string | Uploader | ModuleClass | undefined, removes: boolean) {
  if (given === undefined) return { upload: null, uploader: undefined };
  if (typeof given === 'string' && !isOfHub(given)) return { upload: given, uploader: undefined };
  if (typeof given === 'string' || given instanceof HFUploader) {
    const uploader = typeof given === 'string' ? new HFUploader(given) : given;
    if (!removes) return { upload: null, uploader };
    throw usage(
      `Cannot use ${named('removeUploaded')} with ${named('upload', uploader.uri)}: the Hub gets shards in commits, when all are done`,
    );
  }
  if (given instanceof StorageUploader) return { upload: given.uri, uploader: undefined };
  if (!('upload' in given)) {
    await loadUploader(given);
    return { upload: sendable(given), uploader: undefined };
  }
  const Class = given.constructor as { readonly name: string; readonly module?: unknown };
  const { module } = Class;
  if (typeof module === 'string' || module instanceof URL) {
    return { upload: sendable({ module, export: Class.name, options: given.options }), uploader: undefined };
  }
  if (removes) {
    throw usage(
      `Cannot use ${named('removeUploaded')} with ${Class.name}: threads cannot make one, for its class has no static "module"`,
    );
  }
  return { upload: null, uploader: given };
}
