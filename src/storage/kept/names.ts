/** Where the copy of an object lies: folders that mirror its URI, and a name that every file system takes. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { shortened } from '../local/temp-name.ts';
import { schemeOf, shown } from '../uri.ts';

/** Room for what is put around a name: that of a temporary file, and the ending of its index. */
const mostNameBytes = 180;

/** In the folder of the copies: the copy itself, and the little file that says of which version it is. */
export interface KeptPlace {
  readonly copy: string;
  readonly index: string;
}

/** `s3://bucket/a/b.wav` is `s3/bucket/a/b.wav`. What may not be shown of a link is in no name. */
export function keptPlace(folder: string, uri: string): KeptPlace {
  const name = shown(uri);
  const parts = [schemeOf(name) ?? '', ...name.slice(name.indexOf('://') + 3).split('/')].map(safe);
  return { copy: join(folder, ...parts), index: join(folder, '.bowerbird', 'kept', `${join(...parts)}.json`) };
}

/** For an object whose mirror is taken: there are an object `a` and an object `a/b`, which no file system has. */
export function placeBeside(folder: string, uri: string): KeptPlace {
  const name = createHash('sha256').update(shown(uri)).digest('hex');
  const copy = join(folder, '.bowerbird', 'beside', name);
  return { copy, index: `${copy}.json` };
}

/** Other parts have other names, but for very long ones, which a digest tells apart. */
function safe(part: string): string {
  if (part === '') return '%2F';
  if (part === '.' || part === '..') return part.replaceAll('.', '%2E');
  const escaped = part.replace(/\p{Cc}|[%\\:*?"<>|]/gu, (c) => `%${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return shortened(escaped, mostNameBytes);
}
