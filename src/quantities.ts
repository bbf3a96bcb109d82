/** Times, rates and sizes as people type them, to numbers: the one reader of each for every flag that takes one. */

import { decimalNumber } from './options.ts';

/** How a flag takes a quantity: to be spread into its words in a table of options. */
export interface QuantityWords {
  readonly placeholder: string;
  readonly more: string;
  readonly expected: string;
  readonly fromText: (text: string) => number | undefined;
  /** What was probably meant, for text that says two things or nothing. */
  readonly hint: (text: string) => string | undefined;
}

/** For the long help, behind what else there is to say. */
export const timeForms = 'TIME is in seconds, or as 0:10, 1:30:00, 500ms, 10s, 5m or 2h.';
export const rateForms = 'Such as 16000, 32k or 44.1k.';
export const sizeForms = 'SIZE is in bytes, or as 500kB, 100MB, 2GB (powers of 1000), 64MiB or 2GiB (powers of 1024).';

/** `bound`: "above 0". */
export function timeWords(bound: string): QuantityWords {
  return {
    placeholder: 'TIME',
    more: timeForms,
    expected: `a time ${bound}, such as 2.5, 0:10, 1:30:00 or 500ms`,
    fromText: secondsOf,
    hint: (text) =>
      /^[\d:.]+$/.test(text) && text.includes(':') && secondsOf(text) === undefined ? clockHint : undefined,
  };
}

export const rateWords: QuantityWords = {
  placeholder: 'HZ',
  more: rateForms,
  expected: 'a whole number of Hz, such as 16000, 32k or 44.1k',
  fromText: hertzOf,
  // "44.1" Hz is no rate of sound.
  hint: (text) =>
    /^\d{1,3}\.\d+$/.test(text) && hertzOf(`${text}k`) !== undefined ? `did you mean "${text}k"?` : undefined,
};

export const sizeWords: QuantityWords = {
  placeholder: 'SIZE',
  more: sizeForms,
  expected: 'a number of bytes, such as 500000000, 100MB or 2GiB',
  fromText: bytesOf,
  hint: () => undefined,
};

const clockHint =
  'a clock is M:SS or H:MM:SS, with two digits behind each colon, seconds below 60 and, behind hours, minutes below 60';

const measured = /^(\d+\.?\d*|\.\d+)(ms|s|m|h)$/;
const clock = /^(?:(\d+):([0-5]\d)|(\d+)):([0-5]\d)(\.\d+)?$/;
/** As powers of ten where they are some: then what is typed is the number nearest to it, not a product of two that are near. */
const units: { readonly [suffix: string]: readonly [factor: number, exponent: number] } = {
  ms: [1, -3],
  s: [1, 0],
  m: [60, 0],
  h: [3600, 0],
};

/** Seconds: "90", "1.5", "0:10", "12:03.25", "1:30:00", "500ms", "10s", "5m", "2h". Undefined for what may mean two things, or none. */
export function secondsOf(text: string): number | undefined {
  if (text.includes(':')) return clockSeconds(text);
  const [, digits, suffix = ''] = measured.exec(text) ?? [];
  const unit = units[suffix];
  if (unit === undefined) return decimalNumber(text);
  const seconds = Number(`${digits}e${unit[1]}`) * unit[0];
  return Number.isFinite(seconds) ? seconds : undefined;
}

function clockSeconds(text: string): number | undefined {
  const [, hours = '0', minutesOfHour, minutes, seconds, fraction = ''] = clock.exec(text) ?? [];
  if (seconds === undefined) return undefined;
  const whole = Number(hours) * 3600 + Number(minutesOfHour ?? minutes) * 60 + Number(seconds);
  return Number.isSafeInteger(whole) ? Number(`${whole}${fraction}`) : undefined;
}

/** Hz: "16000", "32k", "44.1k", "48kHz". Undefined for what is no whole number. */
export function hertzOf(text: string): number | undefined {
  const [, digits, thousand] = /^(\d+(?:\.\d+)?)(k)?(?:Hz)?$/i.exec(text) ?? [];
  if (digits === undefined) return undefined;
  if (thousand === undefined && digits.includes('.')) return undefined;
  const hertz = Number(`${digits}${thousand === undefined ? '' : 'e3'}`);
  return Number.isSafeInteger(hertz) ? hertz : undefined;
}

const sizeUnits: { readonly [suffix: string]: number } = {
  ...{ '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 },
  ...{ KI: 2 ** 10, MI: 2 ** 20, GI: 2 ** 30, TI: 2 ** 40 },
};

/** Bytes: "2147483648", "100MB", "1.5G", "2GiB". Undefined for what is no whole number of them. */
export function bytesOf(text: string): number | undefined {
  const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?) ?([KMGT]i?)?B?$/i.exec(text) ?? [];
  const bytes = Number(digits) * sizeUnits[suffix.toUpperCase()]!;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
