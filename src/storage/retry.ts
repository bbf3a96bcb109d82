/** When a request is worth another try, and how long to wait for it. One rule for all storages. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../bytes.ts';
import type { Pace } from './pace.ts';

export interface Patience {
  /** Tries without progress, the first included. */
  readonly tries: number;
  readonly firstWaitMs: number;
  readonly mostWaitMs: number;
  /** With what answers have to arrive. Default: usualPace(). */
  readonly pace?: Pace;
}

/** Adds up to about a minute of waiting: a restart of a server is survived, a wrong address is told soon. */
export const usualPatience: Patience = { tries: 10, firstWaitMs: 100, mostWaitMs: 15_000 };

const lookAroundMs = 200;

/** What comes and goes. 403 and 404 do not. */
export function mayPass(status: number): boolean {
  return status === 408 || status === 429 || (status >= 500 && status !== 501 && status !== 505);
}

const passing: ReadonlySet<string | undefined> = new Set([
  ...['ECONNRESET', 'ECONNREFUSED', 'ECONNABORTED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'],
  ...['ENETDOWN', 'EADDRNOTAVAIL', 'HPE_INVALID_CONSTANT', 'HPE_INVALID_EOF_STATE', 'ERR_STREAM_PREMATURE_CLOSE'],
  'ERR_TOO_SLOW',
]);

/** Errors of connections; anything else is ours. */
export function isBroken(error: unknown): boolean {
  return passing.has((error as NodeJS.ErrnoException).code);
}

/**
 * Waits before try number `tries + 1`: somewhere between nothing and twice as long as last time, so that many who failed together do not come
 * back together; or as long as the server asks, within reason.
 */
export async function waitBefore(tries: number, patience: Patience, retryAfter?: string, stop?: Stop): Promise<void> {
  const most = Math.min(patience.mostWaitMs, patience.firstWaitMs * 2 ** (tries - 1));
  const asked = Math.min(Number(retryAfter) || 0, 60) * 1000;
  let left = Math.max(asked, Math.random() * most);
  do {
    stop?.throwIfAborted();
    await sleep(Math.min(left, lookAroundMs));
    left -= lookAroundMs;
  } while (left > 0);
  stop?.throwIfAborted();
}
