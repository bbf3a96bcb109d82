/** elementsOf() against JSON.parse(), and what large things are refused. */

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { mostSegmentsBytes, refusedEpisode, stepsOf } from '../../../../src/jobs/dataset/episodes/episode-rows.ts';
import { elementsOf, JsonFault } from '../../../../src/jobs/dataset/episodes/json-elements.ts';

const valuesOf = (text: string | Buffer) => [...elementsOf(Buffer.from(text as string))].map(({ value }) => value);

test('elementsOf() reads what JSON.parse() reads, however it is spaced', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue()), fc.constantFrom(undefined, 0, 2, '\t', '\r\n'), (list, space) => {
      const text = JSON.stringify(list, null, space as string);
      expect(valuesOf(text)).toEqual(JSON.parse(text));
    }),
  );
});

test('elementsOf() fails wherever a text is cut off, behind the elements that are whole', () => {
  const list = [{ text: 'ä "quoted" \\ \u2028', start: -1.5e-7, end: 12 }, [true, false, null], 'x', 17];
  const bytes = Buffer.from(JSON.stringify(list));
  for (let length = 0; length < bytes.length; length++) {
    const found: unknown[] = [];
    const read = () => {
      for (const { value } of elementsOf(bytes.subarray(0, length))) found.push(value);
    };
    expect(read, `${length} bytes`).toThrow(JsonFault);
    expect(found).toEqual(list.slice(0, found.length));
    // A number at the end may be the beginning of one.
    expect(found.length).toBeLessThan(list.length);
  }
});

test('elementsOf() takes nothing that JSON.parse() refuses, but for the numbers that Python writes', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'[]{},:"\\0123.-+eEtrunfals NaIity\n\u0001') }), (text) => {
      let parsed: unknown;
      try {
        parsed = JSON.parse(`[${text}]`);
      } catch {
        let isPlain = true;
        expect(() => {
          for (const { problem } of elementsOf(Buffer.from(`[${text}]`))) isPlain &&= problem === undefined;
          if (!isPlain) throw new JsonFault(0, 'numbers of Python');
        }).toThrow(JsonFault);
        return;
      }
      expect(valuesOf(`[${text}]`)).toEqual(parsed);
    }),
    { numRuns: 2000 },
  );
});

const object = (name: string, size: number) => ({ uri: `s3://b/en/1/${name}`, size, version: 'v' });

test('a list of segments beyond what is read, and a recording beyond what a value holds, are refused by their listed size', () => {
  const folder = {
    episode: '1',
    uri: 's3://b/en/1/',
    recordings: new Map([[0, object('1_000000.mp3', 2 ** 30)]]),
    others: [],
  };
  expect(refusedEpisode({ ...folder, segments: object('all_segments.json', mostSegmentsBytes + 1) })).toMatchObject([
    {
      kind: 'reject',
      reject: {
        code: 'UNSUPPORTED',
        reason: expect.stringContaining('more than the 268435456 that are read; its 1 recording(s) are left out'),
      },
    },
  ]);
  expect(refusedEpisode({ ...folder, segments: object('all_segments.json', mostSegmentsBytes) })).toBeUndefined();
  expect([...stepsOf({ ...folder, segments: object('all_segments.json', 4) }, Buffer.from('[{}]'))]).toMatchObject([
    {
      kind: 'reject',
      reject: { code: 'UNSUPPORTED', reason: expect.stringContaining('more than the 536870912 of a value') },
    },
  ]);
});
