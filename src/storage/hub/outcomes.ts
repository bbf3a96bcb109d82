/** How an attempt to commit may end besides well and for good: each is answered in another way. */

import type { BowerbirdError } from '../../errors.ts';

type Kind =
  /** Somebody else committed since the head was looked at. */
  | { readonly kind: 'conflict' }
  /** Nobody knows whether it took place. */
  | { readonly kind: 'unknown' }
  /** It did not take place; the Hub asks to wait so many seconds, or says nothing of how long. */
  | { readonly kind: 'throttled'; readonly seconds: number | undefined }
  /** Too much at a time. */
  | { readonly kind: 'large' }
  /** A link or token of the upload is of no more use: another attempt gets new ones, and what is there is not sent again. */
  | { readonly kind: 'upload' };

/** Goes through the client of the Hub, so it is an error. `told` is what users hear in the end. */
export class AttemptEnded extends Error {
  readonly outcome: Kind;
  readonly told: BowerbirdError;

  constructor(outcome: Kind, told: BowerbirdError) {
    super(told.message);
    this.outcome = outcome;
    this.told = told;
  }
}
