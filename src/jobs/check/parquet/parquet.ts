/** Parquet files: what `inspect` and `verify` do with them. */

export { inspect } from './inspect.ts';
export { verify } from './verify.ts';
