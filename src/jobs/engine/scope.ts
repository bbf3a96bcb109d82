/** What the files of a run are called that are no outputs of units: after the job, and its scope where it has one. */

import { shortened } from '../../storage/local/temp-name.ts';

/** Escaped, a name may be three times as long. */
const mostStateBytes = 200;

/** Of a summary or of the rejects: shards of several names may stand in one folder. */
export function scopedName(name: string, scope: string | undefined): string {
  return scope === undefined || scope === '' ? name : `${scope}.${name}`;
}

/** How files in the state folder begin. No two scopes share one, nor is one the beginning of another's followed by a dot. */
export function stateName(job: string, scope: string | undefined): string {
  if (scope === undefined || scope === '') return job;
  // A file of the state has up to 44 bytes more while it is made.
  return shortened(`${job}-${encodeURIComponent(scope).replaceAll('.', '%2E')}`, mostStateBytes);
}
