/** JSON as Python's json.dumps prints it, for outputs that must equal those of a Python program byte for byte. */

export type PythonValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PythonFloat
  | readonly PythonValue[]
  | { readonly [key: string]: PythonValue }
  | ReadonlyMap<string, PythonValue>;

/** A number that is a float in Python even when it is whole: 5 prints as 5.0. */
export class PythonFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** Whole numbers print as ints, others as floats. A Map keeps keys in order that an object would sort ("1", "2"). */
export function pythonJson(value: PythonValue): string {
  if (value === null) return 'null';
  switch (typeof value) {
    case 'boolean':
      return String(value);
    case 'bigint':
      return value.toString();
    case 'number':
      return Number.isInteger(value) && !Object.is(value, -0) ? BigInt(value).toString() : pythonFloat(value);
    case 'string':
      return pythonString(value);
  }
  if (value instanceof PythonFloat) return pythonFloat(value.value);
  if (Array.isArray(value)) return `[${value.map(pythonJson).join(', ')}]`;
  const entries = value instanceof Map ? [...value] : Object.entries(value as { readonly [key: string]: PythonValue });
  return `{${entries.map(([key, item]) => `${pythonString(key)}: ${pythonJson(item)}`).join(', ')}}`;
}

/** ASCII only; beyond U+FFFF a pair of surrogates, and a lone one as it is. */
export function pythonString(text: string): string {
  return `"${text.replace(/["\\]|[^ -~]/g, (c) => escapes[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)}"`;
}

const escapes: { readonly [c: string]: string } = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\f': '\\f',
  '\b': '\\b',
};

/** The shortest digits that read back, as in JavaScript; but scientific from 1e16 up and below 1e-4, with two digits at least. */
export function pythonFloat(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? 'Infinity' : '-Infinity';
  if (value === 0) return Object.is(value, -0) ? '-0.0' : '0.0';
  const [digits = '', exponent = '0'] = Math.abs(value).toExponential().split('e');
  const sign = value < 0 ? '-' : '';
  const power = Number(exponent);
  if (power < -4 || power >= 16) {
    return `${sign}${digits}e${power < 0 ? '-' : '+'}${String(Math.abs(power)).padStart(2, '0')}`;
  }
  const plain = digits.replace('.', '');
  if (power < 0) return `${sign}0.${'0'.repeat(-power - 1)}${plain}`;
  return `${sign}${plain.slice(0, power + 1).padEnd(power + 1, '0')}.${plain.slice(power + 1) || '0'}`;
}
