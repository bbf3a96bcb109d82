/** What somebody sees who prints an error: what is known of it, and nothing that is not. */

import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import { BowerbirdError, reasonOf, remedied } from '../../src/errors.ts';

test('an error shows the fields that it has', () => {
  const bare = new BowerbirdError('USAGE', 'Cannot use it');
  expect(Object.keys(bare)).toEqual(['name', 'code']);
  expect(inspect(bare)).not.toContain('undefined');
  const placed = new BowerbirdError('CORRUPT', 'Cannot decode it', { source: 'a', seconds: 0 });
  expect(Object.entries(placed)).toEqual([
    ['name', 'BowerbirdError'],
    ['code', 'CORRUPT'],
    ['source', 'a'],
    ['seconds', 0],
  ]);
  expect(inspect(placed)).not.toContain('undefined');
  // What it does not know can be asked for all the same.
  expect([bare.source, bare.record, bare.offset, bare.seconds]).toEqual(Array(4).fill(undefined));
});

test('a remedy ends the message, and is no part of the reason', () => {
  const error = remedied('CORRUPT', 'Cannot decode "a"', '; option "lenient" does', { source: 'a' });
  expect(error.message).toBe('Cannot decode "a"; option "lenient" does');
  expect(reasonOf(error)).toBe('Cannot decode "a"');
  expect(inspect(error)).not.toMatch(/remedy/);
  const plain = new BowerbirdError('IO', 'Cannot read "a"; option "x"');
  expect(reasonOf(plain)).toBe('Cannot read "a"; option "x"');
});
