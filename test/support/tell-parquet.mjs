/** Values of Parquet files as told() of test/data/parquet/make.py tells them: no type is lost. For tests of the sources and of what is built. */

import { createHash } from 'node:crypto';

/** @param {new (value: number) => { readonly value: number }} PythonFloat of the one or the other */
export function teller(PythonFloat) {
  /** @param {unknown} value @returns {unknown} */
  const told = (value) => {
    if (value instanceof PythonFloat) return { float: bitsOf(value.value) };
    if (typeof value === 'bigint') return { int: String(value) };
    if (typeof value !== 'object' || value === null) return value;
    if (value instanceof Uint8Array && value.length > 1000) {
      return { bytes: value.length, sha256: createHash('sha256').update(value).digest('hex') };
    }
    if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('hex') };
    if (Array.isArray(value)) return value.map(told);
    if (value instanceof Map) return { map: [...value].map((entry) => entry.map(told)) };
    return { dict: toldFields(value) };
  };
  /** @param {object} fields @returns {{ [name: string]: unknown }} */
  const toldFields = (fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, told(value)]));
  return { told, toldFields };
}

/** @param {number} value */
function bitsOf(value) {
  if (Number.isNaN(value)) return 'nan';
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleBE(value);
  return bytes.toString('hex');
}
