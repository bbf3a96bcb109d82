/** Numbers and foreign text as people read them; sizes are decimal (1 GB = 10^9 bytes). */

/** 1203112 -> "1,203,112". By hand: Intl would cost more than the rest of a report. */
export function count(value: number): string {
  return String(value).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** "1 file", "2 files". */
export function counted(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

const sizeUnits = ['bytes', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

/** Power of 1000 in which `bytes` is written, after rounding: 999,999 bytes are "1.00 MB", not "1000 kB". */
function sizePower(bytes: number): number {
  let power = 0;
  while (power < sizeUnits.length - 1 && bytes / 1000 ** power >= (power === 0 ? 1000 : 999.5)) power++;
  return power;
}

function scaled(bytes: number, power: number): string {
  return power === 0 ? String(bytes) : threeDigits(bytes / 1000 ** power);
}

function threeDigits(value: number): string {
  return value < 9.995 ? value.toFixed(2) : value < 99.95 ? value.toFixed(1) : value.toFixed(0);
}

/** 73_110_000_000 -> "73.1 GB". */
export function size(bytes: number): string {
  const power = sizePower(bytes);
  return power === 0 ? counted(bytes, 'byte') : `${scaled(bytes, power)} ${sizeUnits[power]}`;
}

/** "195 MB (195,312,345 bytes)". */
export function exactSize(bytes: number): string {
  return bytes < 1000 ? size(bytes) : `${size(bytes)} (${count(bytes)} bytes)`;
}

/** "32.9/73.1 GB": both in the unit of the second. */
export function sizeOf(bytes: number, total: number, joint = '/'): string {
  const power = sizePower(total);
  return `${scaled(bytes, power)}${joint}${scaled(total, power)} ${sizeUnits[power]}`;
}

/** Always MB/s, so that two runs compare at a glance. */
export function speed(bytesPerSecond: number): string {
  const value = bytesPerSecond / 1e6;
  return `${value < 99.95 ? value.toFixed(1) : count(Math.round(value))} MB/s`;
}

/** "0.4 s", "41 s", "1 min 32 s", "2 h 05 min". */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad2(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${pad2(minutes % 60)} min`;
}

/** "0:51", "12:03", "1:02:03". */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  const hours = Math.floor(whole / 3600);
  const minutes = Math.floor(whole / 60) % 60;
  return hours > 0 ? `${hours}:${pad2(minutes)}:${pad2(whole % 60)}` : `${minutes}:${pad2(whole % 60)}`;
}

/** Places in a recording: "12.5 s to 3605.25 s", to the millisecond and without a colon, to be given to other tools. */
export function span(fromSeconds: number, toSeconds: number): string {
  return `${Number(fromSeconds.toFixed(3))} s to ${Number(toSeconds.toFixed(3))} s`;
}

function pad2(value: number): string {
  return String(value).padStart(2, '0');
}

/** A file in an output folder, which may be a path or a URI: nothing in either is made shorter. */
export function inFolder(folder: string, name: string): string {
  return folder === '.' ? name : `${folder.replace(/\/+$/, '')}/${name}`;
}

/**
 * Text from files and file names, safe on a terminal: control characters (a hostile record may hold escape sequences),
 * line ends and direction overrides are written as escapes; those that JSON leaves as they are, as JSON would.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (c) => {
    const hex = c.codePointAt(0)!.toString(16);
    return c < ' ' ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
  });
}

/** Same, but keeps the line ends of our own messages. */
export function printableLines(text: string): string {
  return text.split('\n').map(printable).join('\n');
}
