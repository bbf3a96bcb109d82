/** Places on the Hub, as URIs name them: `hf://datasets/OWNER/NAME[@REVISION]/PATH`. */

import { usage } from '../../options.ts';

export interface HubPlace {
  /** OWNER/NAME. */
  readonly repo: string;
  readonly revision: string;
  readonly path: string;
  /** The URI as far as the path. */
  readonly root: string;
}

/** @throws BowerbirdError USAGE */
export function placeOf(uri: string): HubPlace {
  const match = /^hf:\/\/datasets\/([^/@]+\/[^/@]+)(?:@([^/]+))?(?:\/(.*))?$/is.exec(uri);
  if (match === null) throw usage(`Cannot use "${uri}": expected hf://datasets/OWNER/NAME[@REVISION]/PATH`);
  const [, repo, revision, path = ''] = match;
  const root = `hf://datasets/${repo}${revision === undefined ? '' : `@${revision}`}`;
  // A revision may hold slashes, as refs/pr/1 does; in a URI of ours they are written %2F.
  return { repo: repo!, revision: decodeURIComponent(revision ?? 'main'), path, root };
}

export function encodedPath(path: string): string {
  return path.split('/').map(encodeURIComponent).join('/');
}
