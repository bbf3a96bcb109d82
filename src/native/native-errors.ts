/** The addon tells failures of the system by errno and path; users read of them as of all others. */

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
  const code = getSystemErrorName(-errno);
  return systemError(doing, path, Object.assign(new Error(`${code}: ${message.toLowerCase()}`), { code }));
}
