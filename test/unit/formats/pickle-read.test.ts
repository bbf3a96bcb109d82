import { describe, expect, test } from 'vitest';
import { readPickle } from '../../../src/formats/pickle/read.ts';
import { writePickle } from '../../../src/formats/pickle/write.ts';
import { buildData, describeData, pickledCases } from '../../support/python-data.ts';

const goldens = ['plain', 'numpy-1', 'numpy-2'] as const;

describe.each(goldens)('what Python pickled: %s', (file) => {
  test.each(pickledCases(file))('$name', ({ value, pickles }) => {
    expect(Object.keys(pickles).length).toBeGreaterThan(0);
    for (const text of Object.values(pickles)) {
      const read = readPickle(Buffer.from(text, 'base64'), { halves: 'bits' });
      expect(describeData(read)).toEqual(value);
    }
  });
});

/** Their order of sets, and which of several equal objects are one, only Python knows. */
const ofIdentity = /^random|^sets$/;

describe.each(['plain', 'numpy-1'] as const)(
  'writePickle() gives the bytes of pickle.dumps(value, protocol=4): %s',
  (file) => {
    const cases = pickledCases(file).filter(
      ({ name }) => !ofIdentity.test(name) && !/other orders|permuted|steps/.test(name),
    );
    test.each(cases)('$name', ({ value, made = value, pickles }) => {
      const written = Buffer.from(writePickle(buildData(made)));
      expect(written.toString('base64')).toBe(pickles['4']);
    });
  },
);

test.each(goldens)('what was read is written and read again as the same: %s', (file) => {
  for (const { value, pickles } of pickledCases(file)) {
    const read = readPickle(Buffer.from(pickles['4']!, 'base64'));
    const again = readPickle(writePickle(read as never));
    const native = JSON.parse(JSON.stringify(value), (_, item) =>
      typeof item === 'string' && /^>[a-zU]\d+$/.test(item) ? item.replace('>', '<') : item,
    );
    expect(describeData(again)).toEqual(native);
  }
});
