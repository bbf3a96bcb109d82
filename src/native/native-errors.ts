/** The addon tells failures of the system by errno and path; users read of them as of all others. */

import { constants } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { systemError } from '../errors.ts';
import type { NativeSystemError } from './native.ts';

export function attempt<T>(doing: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw nativeError(doing, path, error);
  }
}

/** `error` as it is where it does not come from the system. */
export function nativeError(doing: string, path: string, error: unknown): unknown {
  const { errno, message } = error as NativeSystemError;
  if (typeof errno !== 'number') return error;
  // Node does not know the name of this one, by which files that became shorter are told.
  const code = errno === constants.errno.ESTALE ? 'ESTALE' : getSystemErrorName(-errno);
  return systemError(doing, path, Object.assign(new Error(`${code}: ${message.toLowerCase()}`), { code }));
}
