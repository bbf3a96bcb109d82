/** The summary of a job: one JSON file. No times, threads or hosts: however the run went, the same inputs and options end in the same bytes. */

import { writeFileAtomic } from '../../storage/drafts.ts';
import type { OutputStamp } from './types.ts';

/** `{ ...head, ...lists }`, indented by two: what is told of all stands in front of what may be a million files. */
export async function writeManifest(
  path: string,
  head: object,
  lists: { readonly [name: string]: readonly object[] },
  durable: boolean,
): Promise<void> {
  await writeFileAtomic(path, pieces(head, lists), durable);
}

/** `JSON.stringify(..., null, 2)` of the whole, one item at a time: the text of a million inputs is longer than a string may be. */
function* pieces(head: object, lists: { readonly [name: string]: readonly object[] }): Generator<string> {
  yield pretty(head).slice(0, -'\n}'.length);
  for (const [name, items] of Object.entries(lists)) {
    yield `,\n  ${JSON.stringify(name)}: [`;
    for (const [i, item] of items.entries())
      yield `${i === 0 ? '' : ','}\n    ${pretty(item).replaceAll('\n', '\n    ')}`;
    yield `${items.length === 0 ? '' : '\n  '}]`;
  }
  yield '\n}\n';
}

/** Absent where nothing was left out. */
export function leftOutEntry(leftOut: readonly string[]): { readonly leftOut?: readonly string[] } {
  return leftOut.length === 0 ? {} : { leftOut };
}

function pretty(value: object): string {
  return JSON.stringify(value, null, 2);
}

/** Keys in the order of the manifest, whatever order the receipt has. */
export function stampOf({ name, bytes, crc32c }: OutputStamp): OutputStamp {
  return { name, bytes, crc32c };
}
