/** The one writer of stderr: whole lines above, at most one redrawn status line below, so that neither tears the other. */

import { printableLines } from './format.ts';
import type { Sink } from './io.ts';
import type { Style } from './style.ts';

export interface Talk {
  /** Prints a line (or several) that stays. */
  line(text: string): void;
  /** A line that says so: "bowerbird: error IO: ...". `text` is what follows the word. */
  error(text: string, word?: string): void;
  /** A line in the place of what the terminal has put behind the cursor, such as the ^C of a key press. */
  afresh(text: string): void;
  /** Replaces the status line; '' takes it away. */
  status(text: string): void;
}

/** Carriage return, then erase to the end of the line. */
const wipe = '\r\x1b[K';

/** `redraws`: whether the line of the cursor can be wiped. */
export function talkOn(sink: Sink, { bad }: Pick<Style, 'bad'>, redraws: boolean): Talk {
  let status = '';
  const put = (safe: string, isFresh = false) => {
    // One write, so that the bar does not flicker.
    if (status !== '') sink.write(`${wipe}${safe}\n${status}`);
    else sink.write(`${isFresh && redraws ? wipe : ''}${safe}\n`);
  };
  return {
    line: (text) => put(printableLines(text)),
    error: (text, word = 'error') => put(`bowerbird: ${bad(word)}${printableLines(text)}`),
    afresh: (text) => put(printableLines(text), true),
    status(text) {
      if (text === status) return;
      // The new text goes over the old one before the rest is erased: erasing first would flicker.
      sink.write(text === '' ? wipe : `\r${text}\x1b[K`);
      status = text;
    },
  };
}
