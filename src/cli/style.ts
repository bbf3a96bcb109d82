/** Whether and how outputs are decorated: colour is used for headings and verdicts only, and never carries meaning alone. */

import type { Io, Sink } from './io.ts';

export interface Style {
  bold(text: string): string;
  good(text: string): string;
  bad(text: string): string;
}

const plain: Style = { bold: same, good: same, bad: same };
const coloured: Style = { bold: sgr(1, 22), good: sgr(32, 39), bad: sgr(31, 39) };

function same(text: string): string {
  return text;
}

function sgr(on: number, off: number): (text: string) => string {
  return (text) => `\x1b[${on}m${text}\x1b[${off}m`;
}

/** What switches colour on, wherever the text goes; any other value, such as 0, switches it off. */
const forcing: ReadonlySet<string> = new Set(['', '1', 'true', '2', '3']);

/** As Node has it: FORCE_COLOR decides, then NO_COLOR (https://no-color.org: any text switches colour off), then the terminal. */
export function styleFor(sink: Sink, env: Io['env']): Style {
  const force = env['FORCE_COLOR'];
  if (force !== undefined) return forcing.has(force) ? coloured : plain;
  return sink.isTTY && !env['NO_COLOR'] && env['TERM'] !== 'dumb' ? coloured : plain;
}

/** A terminal that can redraw a line, watched by a person: CI systems offer a terminal and keep every redraw in the log. */
export function canRedraw(sink: Sink, env: Io['env']): boolean {
  const ci = env['CI'] ?? '';
  return sink.isTTY && env['TERM'] !== 'dumb' && (ci === '' || ci === '0' || ci === 'false');
}
