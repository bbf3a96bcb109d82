/** The one writer of stderr: whole lines above, at most one redrawn status line below, so that neither tears the other. */

import { printableLines } from './format.ts';
import type { Sink } from './io.ts';

export interface Talk {
  /** Prints a line (or several) that stays. */
  line(text: string): void;
  /** Replaces the status line; '' takes it away. */
  status(text: string): void;
}

/** Carriage return, then erase to the end of the line. */
const wipe = '\r\x1b[K';

export function talkOn(sink: Sink): Talk {
  let status = '';
  return {
    line(text) {
      const safe = `${printableLines(text)}\n`;
      // One write, so that the bar does not flicker.
      sink.write(status === '' ? safe : `${wipe}${safe}${status}`);
    },
    status(text) {
      if (text === status) return;
      // The new text goes over the old one before the rest is erased: erasing first would flicker.
      sink.write(text === '' ? wipe : `\r${text}\x1b[K`);
      status = text;
    },
  };
}
