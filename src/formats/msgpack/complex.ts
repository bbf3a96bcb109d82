/** Complex numbers as Python's repr() writes them, which is how msgpack-numpy carries them: "(1-2.5j)". */

import { pythonFloat } from '../npy/python-json.ts';
import { PythonComplex } from '../python/values.ts';

const names: { readonly [value: string]: string } = { NaN: 'nan', Infinity: 'inf', '-Infinity': '-inf' };

function digits(value: number): string {
  return names[String(value)] ?? pythonFloat(value).replace(/\.0$/, '');
}

export function complexText({ real, imaginary }: PythonComplex): string {
  const [re, im] = [digits(real), digits(imaginary)];
  return re === '0' ? `${im}j` : `(${re}${im.startsWith('-') ? '' : '+'}${im}j)`;
}

const part = '(?:\\d+(?:\\.\\d+)?(?:e[+-]?\\d+)?|inf|nan)';
const written = new RegExp(`^(?:\\((-?${part})([+-]${part})j\\)|(-?${part})j)$`);

/** Undefined for any other text. */
export function parseComplex(text: string): PythonComplex | undefined {
  // Two floats of 24 characters each, and what is around them.
  const [, real = '0', imaginary, alone] = (text.length < 64 && written.exec(text)) || [];
  const last = imaginary ?? alone;
  return last === undefined ? undefined : new PythonComplex(numberOf(real), numberOf(last));
}

function numberOf(text: string): number {
  return Number(text.replace('inf', 'Infinity').replace('nan', 'NaN'));
}
