import { describe, expect, test } from 'vitest';
import { NoteCounter } from '../../../src/jobs/engine/note-counts.ts';

function counted(...files: readonly (readonly [string, readonly string[]])[]) {
  const counter = new NoteCounter();
  for (const [file, notes] of files) counter.add(file, notes);
  return counter;
}

describe('NoteCounter', () => {
  test('counts files that have a note, whatever its numbers are', () => {
    const counter = counted(
      ['a', ['12 bytes follow (from byte 340)', 'It is odd']],
      ['b', ['3 bytes follow (from byte 1)', '4 bytes follow (from byte 2)']],
      ['c', []],
    );
    expect(counter.counts()).toEqual([
      { note: '12 bytes follow (from byte 340)', files: 2, first: 'a', varies: true },
      { note: 'It is odd', files: 1, first: 'a' },
    ]);
  });

  test('of parts in their order are those of the whole', () => {
    const files = Array.from({ length: 30 }, (_, i) => [`f${i}`, [`kind ${'abc'[i % 3]}`, 'all']] as const);
    const whole = counted(...files);
    const joined = new NoteCounter();
    for (const part of [files.slice(0, 7), files.slice(7, 8), files.slice(8)]) joined.addAll(counted(...part).counts());
    expect(joined.counts()).toEqual(whole.counts());
  });

  test('keeps as many kinds as a report can show, and counts the others together', () => {
    const letters = (i: number) => String.fromCharCode(97 + Math.floor(i / 26), 97 + (i % 26));
    const many = counted(...Array.from({ length: 300 }, (_, i) => [`f${i}`, [letters(i)]] as const)).counts();
    expect(many).toHaveLength(101);
    expect(many.at(-1)).toEqual({ note: 'Notes of other kinds', files: 200, first: 'f100' });
  });
});
