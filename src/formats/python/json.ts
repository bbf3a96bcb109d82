/** JSON as Python's json.loads() reads it: 1.0 is no int, whole numbers have no limit, NaN and Infinity are numbers. */

import { PythonFloat, type PythonValue } from '../npy/python-json.ts';

const floatKey = '\0float';
const intKey = '\0int';
/** What JSON.parse() gives as another number than was written, or not at all. */
const special = /\d\.\d|\d[eE][-+\d]|\d{16}|NaN|Infinity/;
const tokens = /"(?:[^"\\]|\\.)*"|-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)|NaN/g;

/** Floats are PythonFloat, ints beyond 2^53 bigint. @throws SyntaxError of JSON.parse() */
export function parsePythonJson(text: string): PythonValue {
  if (!special.test(text)) return JSON.parse(text) as PythonValue;
  return JSON.parse(text.replace(tokens, marked), (_, value: unknown) => unmarked(value)) as PythonValue;
}

function marked(token: string): string {
  if (token.startsWith('"')) return token;
  if (/[.eENI]/.test(token)) return `{"\\u0000float":"${token}"}`;
  return Number.isSafeInteger(Number(token)) ? token : `{"\\u0000int":"${token}"}`;
}

function unmarked(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const { [floatKey]: float, [intKey]: int } = value as { [key: string]: unknown };
  if (typeof float === 'string') return new PythonFloat(Number(float));
  return typeof int === 'string' ? BigInt(int) : value;
}

/** The same without the classes: floats as numbers, as whoever computes wants them. */
export function plainNumbers(value: PythonValue): unknown {
  if (value instanceof PythonFloat) return value.value;
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(plainNumbers);
  const entries = value instanceof Map ? [...value] : Object.entries(value as { readonly [key: string]: PythonValue });
  return Object.fromEntries(entries.map(([key, item]) => [key, plainNumbers(item)]));
}
