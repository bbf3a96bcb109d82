/** What the outputs of `convert` are called, and where they stand. */

import { usage } from '../../options.ts';
import type { IsOwn } from '../../storage/remote-inputs.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { absolute, extensionOf, fileNameOf, folderOf, longNameOf, placeIn } from '../../storage/uri.ts';
import type { Layout, OutPlace, RecordFormat } from '../engine/shard-names.ts';

/** "train" where the inputs are the shards of one train, or a single train.tfrecord; else "records". */
export function commonPrefix(inputs: readonly InputStamp[]): string {
  const stems = new Set(inputs.map(({ uri }) => stemOf(fileNameOf(uri))));
  const [stem] = stems;
  return stems.size === 1 && stem !== undefined && stem !== '' ? stem : 'records';
}

/** Without the shard's number, and the extension before or behind it. */
function stemOf(name: string): string {
  const stem = /^(.*?)-\d+-of-\d+(\.[^/]*)?$/.exec(name)?.[1] ?? name;
  const dot = stem.indexOf('.');
  return dot > 0 ? stem.slice(0, dot) : stem;
}

/** One name an input, in the same order. `platform` decides whether names that differ only in case are the same file. */
export function matchedNames(
  inputs: readonly InputStamp[],
  to: RecordFormat,
  overwriteExtension: boolean,
  platform: string = process.platform,
): string[] {
  const fold = platform === 'darwin' ? (name: string) => name.normalize('NFC').toLowerCase() : (name: string) => name;
  const owners = new Map<string, string>();
  const named = new Map<string, number>();
  for (const { uri } of inputs) named.set(fold(fileNameOf(uri)), (named.get(fold(fileNameOf(uri))) ?? 0) + 1);
  return inputs.map(({ uri }) => {
    const isAlone = named.get(fold(fileNameOf(uri))) === 1;
    const name = matchedName(isAlone ? fileNameOf(uri) : longNameOf(uri), to, overwriteExtension);
    const owner = owners.get(fold(name));
    if (owner !== undefined) {
      const hint = overwriteExtension ? 'convert without overwriting extensions, or ' : '';
      throw usage(
        `Cannot convert "${owner}" and "${uri}" into one folder: both would be named "${name}"; ` +
          `${hint}convert them into different folders`,
      );
    }
    owners.set(fold(name), uri);
    return name;
  });
}

function matchedName(base: string, to: RecordFormat, overwriteExtension: boolean): string {
  const extension = overwriteExtension ? extensionOf(base) : '';
  return `${base.slice(0, base.length - extension.length)}.${to}`;
}

/** An output must not take the place of what it is made from. */
export function refuseOwnInputs(outDir: string, names: readonly string[], inputs: readonly InputStamp[]): void {
  const paths = new Map(inputs.map(({ uri }) => [absolute(uri), uri]));
  for (const name of names) {
    const input = paths.get(absolute(placeIn(outDir, name)));
    if (input !== undefined)
      throw usage(`Cannot convert "${input}" into itself: choose another folder, or other names`);
  }
}

/**
 * Whether a file that a folder or a glob brought is an output of this very job, so that the same command finds the same inputs when it
 * is run again.
 */
export function ownOutputs(place: OutPlace, to: RecordFormat, layout: Layout): IsOwn {
  const root = absolute(place.outDir);
  return (path, isThere) => {
    if (folderOf(path) !== root) return false;
    const name = fileNameOf(path);
    if (layout.kind === 'match-inputs') return hasOriginal(path, to, layout.overwriteExtension, isThere);
    const shard = /^(.*)-\d{5,}-of-\d{5,}\.(tfrecord|arrayrecord)$/.exec(name);
    return shard?.[2] === to && place.prefix !== '' && shard[1] === place.prefix;
  };
}

function hasOriginal(
  path: string,
  to: RecordFormat,
  overwriteExtension: boolean,
  isThere: (path: string) => boolean,
): boolean {
  if (!path.endsWith(`.${to}`)) return false;
  const original = path.slice(0, -`.${to}`.length);
  const other: RecordFormat = to === 'tfrecord' ? 'arrayrecord' : 'tfrecord';
  return isThere(overwriteExtension ? `${original}.${other}` : original);
}
