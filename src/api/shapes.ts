/** Options that several public functions share, with their checks. */

import type { Progress } from '../jobs/engine/types.ts';
import { flag, integer, isPath, number, oneOf, optional, type Reader, required, text } from '../options.ts';
import { onErrorChoices } from '../records/on-error.ts';

/** More threads than this help nobody and exhaust descriptors. */
const mostWorkers = 1024;

const isFunction = (value: unknown) => typeof value === 'function';

export function callback<T>(): Reader<T | undefined> {
  return optional<T>('a function', isFunction);
}

export const signalShape = {
  signal: optional<AbortSignal>('an AbortSignal', (v) => v instanceof AbortSignal),
};

export const runShape = {
  ...signalShape,
  workers: integer(1, mostWorkers, undefined),
  onProgress: callback<(progress: Progress) => void>(),
};

/** Of every job that makes files and can be taken up again. */
export const jobShape = {
  ...runShape,
  durable: flag(false),
  dryRun: flag(false),
  overwrite: flag(false),
  units: optional<string>('"M/N"', (v) => typeof v === 'string'),
  onNotice: callback<(notice: string) => void>(),
};

export const rejectsShape = {
  onError: oneOf(onErrorChoices, 'fail'),
  maxRejects: integer(0, Number.MAX_SAFE_INTEGER, undefined),
};

export const inputsShape = {
  inputs: required<readonly string[]>(
    'a list of files, folders or globs',
    (v): v is readonly string[] => Array.isArray(v) && v.length > 0 && v.every(isPath),
  ),
};

/** What to take out of a record: src/jobs/extract/names.ts, ExtractChoices. */
export const choiceShape = {
  channel: {
    fallback: 0,
    expected: 'a whole number, 0 or more, or "all"',
    accepts: (v: unknown): v is number | 'all' => v === 'all' || (Number.isSafeInteger(v) && (v as number) >= 0),
  } as Reader<number | 'all'>,
  hop: number('a number of seconds above 0', (v) => Number.isFinite(v) && v > 0, 5),
  feature: text('embedding'),
  names: text('a2o'),
  dtype: oneOf(['float32', 'float16'], 'float32'),
};
