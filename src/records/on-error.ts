/** What jobs do about records that cannot be used. */

import { stopOn } from '../native/native.ts';
import { type OnError, onErrorChoices } from '../on-error.ts';

export type { OnError };

/** A folder that was begun under "fail" may be finished under "skip". The other way only what has no rejects counts. */
export function stillAccepted(receipt: { readonly rejects: number; readonly onError: OnError }, now: OnError): boolean {
  return receipt.rejects === 0 || onErrorChoices.indexOf(receipt.onError) <= onErrorChoices.indexOf(now);
}

/** Where a pass over records ends by itself. */
export const stopFor = { fail: stopOn.anyFault, skip: stopOn.damage, salvage: stopOn.nothing } as const;

/** A file that is something else altogether is one reject under "skip". */
export function isFatal(finding: { readonly damage: boolean; readonly foreign?: boolean }, onError: OnError): boolean {
  if (onError === 'skip') return finding.damage && finding.foreign !== true;
  return onError === 'fail';
}
