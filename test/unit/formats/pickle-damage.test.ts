/** Pickles changed at random: each is read, or refused by an error of ours. */

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BowerbirdError } from '../../../src/errors.ts';
import { op } from '../../../src/formats/pickle/opcodes.ts';
import { readPickle } from '../../../src/formats/pickle/read.ts';
import { writePickle } from '../../../src/formats/pickle/write.ts';
import type { PythonData } from '../../../src/formats/python/values.ts';
import { changedBytes, randomFrom } from '../../support/changed-bytes.ts';
import { pickledCases } from '../../support/python-data.ts';

const changes = 100_000;
const opcodes = [...Object.values(op), 0x30, 0x31, 0x32, 0x69, 0x6f, 0x81];

const seeds = [...pickledCases('plain'), ...pickledCases('numpy-1'), ...pickledCases('numpy-2')]
  .flatMap(({ pickles }) => Object.values(pickles))
  .map((text) => Buffer.from(text, 'base64'))
  .filter((pickle) => pickle.length < 1500)
  .concat(readFileSync(new URL('../../data/pickle/audiomdb.pickle', import.meta.url)));

/** "read", or the code of the error. What was read must be written. */
function outcomeOf(pickle: Buffer, write: boolean): string {
  let value: PythonData;
  try {
    value = readPickle(pickle);
  } catch (error) {
    if (error instanceof BowerbirdError) return error.code;
    throw new Error(`${pickle.toString('hex')}: ${error}`, { cause: error });
  }
  if (write) readPickle(writePickle(value as never));
  return 'read';
}

test(`${changes} changed pickles are read or refused, and what is read can be written`, { timeout: 120_000 }, () => {
  const random = randomFrom(16);
  const codes = new Map<string, number>();
  for (let i = 0; i < changes; i++) {
    const pickle = changedBytes(seeds, opcodes, random);
    const before = Buffer.from(pickle);
    const outcome = outcomeOf(pickle, i % 8 === 0);
    if (!pickle.equals(before)) throw new Error(`${before.toString('hex')} was changed by reading`);
    codes.set(outcome, (codes.get(outcome) ?? 0) + 1);
  }
  // All of these do happen, or the changes test nothing.
  expect([...codes.keys()].sort()).toEqual(['BAD_SCHEMA', 'TRUNCATED', 'UNSUPPORTED', 'read']);
  expect(Math.min(...codes.values())).toBeGreaterThan(changes / 100);
});
