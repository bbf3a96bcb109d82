/** One element of all_segments.json: what a row says of its recording. */

import type { Json } from './json-elements.ts';

export interface Segment {
  /** '' where there is none. */
  readonly text: string;
  /** Null: nobody is named. */
  readonly speaker: string | null;
  /** Seconds; null where start or end is not told. */
  readonly duration: number | null;
  readonly dnsmos: number | null;
  readonly language: string | null;
  /** Keys that no column is made of. */
  readonly others: readonly string[];
}

const known: ReadonlySet<string> = new Set(['text', 'speaker', 'start', 'end', 'dnsmos', 'language']);
/** Above it, a float32 is infinite. */
const mostFloat32 = 3.4028235677973366e38;

/** The end of a sentence where it cannot be used. Null stands for absent. */
export function segmentOf(element: Json): Segment | string {
  if (typeof element !== 'object' || element === null || Array.isArray(element)) {
    return `expected an object, found ${kindOf(element)}`;
  }
  const fields = element as { readonly [key: string]: Json };
  const problems: string[] = [];
  const text = (key: string): string | null => {
    const value = fields[key] ?? null;
    if (value === null || typeof value === 'string') return value;
    problems.push(`its "${key}" is ${kindOf(value)}, expected text`);
    return null;
  };
  const number = (key: string): number | null => {
    const value = fields[key] ?? null;
    if (value === null || (typeof value === 'number' && Math.abs(value) < mostFloat32)) return value;
    const found =
      typeof value === 'number' ? `${value}, beyond what a float32 holds` : `${kindOf(value)}, expected a number`;
    problems.push(`its "${key}" is ${found}`);
    return null;
  };
  const [start, end] = [number('start'), number('end')];
  if (start !== null && end !== null && end < start)
    problems.push(`it ends at ${end} s, before it begins at ${start} s`);
  const segment = {
    text: text('text') ?? '',
    speaker: text('speaker'),
    duration: start === null || end === null ? null : end - start,
    dnsmos: number('dnsmos'),
    language: text('language'),
    others: Object.keys(fields).filter((key) => !known.has(key)),
  };
  return problems[0] ?? segment;
}

function kindOf(value: Json): string {
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  return (
    { string: 'text', number: 'a number', boolean: 'a boolean', object: 'an object' }[typeof value as string] ??
    'nothing'
  );
}
