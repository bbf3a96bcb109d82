/** What only code can give a public function: callbacks and a signal. Options that a command line has too are in jobs/<job>/options.ts. */

import type { Progress } from '../jobs/engine/types.ts';
import { optional, type Reader } from '../options.ts';

const isFunction = (value: unknown) => typeof value === 'function';

export function callback<T>(): Reader<T, undefined> {
  return optional<T>('a function', isFunction);
}

export const signalShape = {
  signal: optional<AbortSignal>('an AbortSignal', (v) => v instanceof AbortSignal),
};

/** Of whatever runs in threads. */
export const runShape = {
  ...signalShape,
  onProgress: callback<(progress: Progress) => void>(),
  onNotice: callback<(notice: string) => void>(),
};
