/** Names of outputs that are made of the names of inputs: short where they are unique, else whole. */

import { usage } from '../../options.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import { longNameOf } from '../../storage/uri.ts';

export interface NamedInputs {
  /** One for each input, without the ending that the job adds. */
  readonly names: readonly string[];
  readonly notices: readonly string[];
}

/** `platform` decides whether names that differ only in case are the same file; `doing`: "extract". */
export function nameOutputs(
  inputs: readonly InputStamp[],
  stemOf: (uri: string) => string,
  doing: string,
  platform: string = process.platform,
): NamedInputs {
  const fold = platform === 'darwin' ? (name: string) => name.normalize('NFC').toLowerCase() : (name: string) => name;
  const byStem = groupBy(inputs, ({ uri }) => fold(stemOf(uri)));
  const groups = [...byStem.values()].filter((group) => group.length > 1);
  const notices = groups.map((group) => sharedStemNotice(group, stemOf(group[0]!.uri)));
  const owners = new Map<string, string>();
  const names = inputs.map(({ uri }) => {
    const isAlone = byStem.get(fold(stemOf(uri)))!.length === 1;
    const name = isAlone ? stemOf(uri) : longNameOf(uri);
    claimName(owners, fold(name), uri, doing);
    return name;
  });
  return { names, notices };
}

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

function sharedStemNotice(group: readonly InputStamp[], stem: string): string {
  const [first, second] = group.map(({ uri }) => `"${uri}"`);
  const more = group.length > 2 ? ` and ${group.length - 2} more` : '';
  return `${first}, ${second}${more} would share the output name "${stem}": their whole names are used`;
}

function claimName(owners: Map<string, string>, name: string, uri: string, doing: string): void {
  const owner = owners.get(name);
  if (owner !== undefined) {
    throw usage(
      `Cannot ${doing} "${owner}" and "${uri}" into one folder: both would be named "${longNameOf(uri)}"; ` +
        `rename one, or ${doing} them into different folders`,
    );
  }
  owners.set(name, uri);
}
