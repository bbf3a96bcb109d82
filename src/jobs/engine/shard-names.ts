/** What sharded outputs are called, and where they stand. */

import { isFolder } from '../../storage/local/folders.ts';
import { baseOf, fileNameOf, folderOf, isRemote, parseBucketUri } from '../../storage/uri.ts';

export type RecordFormat = 'tfrecord' | 'arrayrecord';

/** How records are spread over files. */
export type Layout =
  | { readonly kind: 'shards'; readonly count: number }
  /** As many shards as inputs. */
  | { readonly kind: 'match-shards' }
  | { readonly kind: 'match-inputs'; readonly overwriteExtension: boolean };

export interface OutPlace {
  readonly outDir: string;
  /** Of all shards; '' stands for a folder, whose shards are called after the inputs. */
  readonly prefix: string;
}

/**
 * A folder where there is one, where a slash says so, or where every input has an output of its own; else the beginning of names. Object
 * stores have no folders to find: there the slash, or a bucket alone, says it.
 */
export function outPlaceOf(out: string, layout: Layout): OutPlace {
  if (isRemote(out)) {
    const { key } = parseBucketUri(out);
    const namesFolder = key === '' || key.endsWith('/') || layout.kind === 'match-inputs';
    return namesFolder ? { outDir: out, prefix: '' } : { outDir: folderOf(out), prefix: baseOf(out) };
  }
  if (isFolder(out) || /[/\\]$/.test(out) || layout.kind === 'match-inputs' || ['.', '..'].includes(fileNameOf(out))) {
    return { outDir: out.replace(/(?<=.)\/+$/, ''), prefix: '' };
  }
  return { outDir: folderOf(out), prefix: fileNameOf(out) };
}

/** PREFIX-00003-of-00016.arrayrecord */
export function shardNames(prefix: string, count: number, to: RecordFormat): string[] {
  const digits = (n: number) => String(n).padStart(5, '0');
  return Array.from({ length: count }, (_, i) => `${prefix}-${digits(i)}-of-${digits(count)}.${to}`);
}

/** Whether this is such a name, of any number. */
export function isShardOf(prefix: string, name: string): boolean {
  return name.startsWith(`${prefix}-`) && /^\d{5}-of-\d{5}\.\w+$/.test(name.slice(prefix.length + 1));
}
