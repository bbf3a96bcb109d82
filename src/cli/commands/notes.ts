/** What is odd about recordings that were read all the same, the same in every command that reads many. */

import type { NoteCount } from '../../index.ts';
import { counted, printable } from '../format.ts';

/** Kinds of notes that are printed; the report has all. */
const mostLines = 20;

export function noteLines(notes: readonly NoteCount[]): string {
  const lines = notes.slice(0, mostLines).map(({ note, files, first, varies }) => {
    const more = files === 1 ? '' : ` and ${counted(files - 1, 'more file')}${varies ? ', with other numbers' : ''}`;
    return `${printable(first)}${more}: noted: ${printable(note)}\n`;
  });
  const rest = notes.length - lines.length;
  return `${lines.join('')}${rest > 0 ? `${counted(rest, 'more kind')} of notes, in the report (--json)\n` : ''}`;
}
