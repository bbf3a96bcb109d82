/** Where processed episodes are: the place in which names of objects begin, and how those of the source do. */

import { basename, dirname, resolve } from 'node:path';
import { pathOf } from '../../file-uri.ts';
import { usage } from '../../options.ts';
import { schemeOf, shown } from '../../storage/uri.ts';

export interface SourcePlace {
  /** Path or URI, "/" at its end. */
  readonly root: string;
  /** Of the prefixes of the source below it: "processed/", or '' for the root itself. */
  readonly start: string;
}

/** Prefixes in a bucket are whole keys, as the script this replaces has them; of a local folder they begin with its name. */
export function sourcePlace(source: string): SourcePlace {
  const scheme = schemeOf(source);
  if (scheme === undefined) {
    const path = resolve(pathOf(source));
    const root = dirname(path);
    const name = basename(path);
    return { root: root.endsWith('/') ? root : `${root}/`, start: name === '' ? '' : `${name}/` };
  }
  const isHub = scheme === 'hf';
  const match = (
    isHub ? /^(hf:\/\/datasets\/[^/]+\/[^/]+)(?:\/(.*))?$/is : /^([a-z0-9]+:\/\/[^/]+)(?:\/(.*))?$/is
  ).exec(source);
  if (match === null || /^https?$/.test(scheme)) {
    throw usage(
      `Cannot use "${shown(source)}" as the source: expected a folder, or a place that can be listed such as s3://bucket/processed/`,
    );
  }
  const [, place = '', path = ''] = match;
  return { root: `${place}/`, start: path === '' ? '' : `${path.replace(/\/+$/, '')}/` };
}
