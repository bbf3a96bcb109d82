/** Plain data of Python as JSON and back: what Python pickled comes back as what it was, and JSON of the forms is what the page of `unpack` says. */

import { describe, expect, test } from 'vitest';
import { type PythonValue, pythonJson } from '../../../src/formats/npy/python-json.ts';
import { readPickle } from '../../../src/formats/pickle/read.ts';
import { jsonForm, parseJsonForm } from '../../../src/formats/python/json-forms.ts';
import { numpyArray } from '../../../src/formats/python/numpy.ts';
import {
  NumpyArray,
  NumpyDType,
  NumpyScalar,
  PythonBytearray,
  PythonComplex,
  type PythonData,
  PythonFloat,
  PythonFrozenSet,
  PythonTuple,
} from '../../../src/formats/python/values.ts';
import { describeData, pickledCases } from '../../support/python-data.ts';

const told = (value: PythonData) => pythonJson(jsonForm(value));

test.each([
  ['a float that is whole', new PythonFloat(1), '1.0'],
  ['an int', 1, '1'],
  ['an int beyond 2^53', 2n ** 64n, '{"$int": "18446744073709551616"}'],
  ['no number', new PythonFloat(Number.NaN), '{"$float": "nan"}'],
  ['infinity', new PythonFloat(Number.NEGATIVE_INFINITY), '{"$float": "-inf"}'],
  ['a tuple in a list', [new PythonTuple([1, 'a'])], '[{"$tuple": [1, "a"]}]'],
  ['sets', [new Set([1]), new PythonFrozenSet(new Set(['x']))], '[{"$set": [1]}, {"$frozenset": ["x"]}]'],
  ['a complex number', new PythonComplex(1, -2.5), '{"$complex": [1.0, -2.5]}'],
  ['bytes', Uint8Array.of(1, 2, 255), '{"$bytes": "AQL/"}'],
  ['a bytearray', new PythonBytearray(Uint8Array.of(0)), '{"$bytearray": {"$bytes": "AA=="}}'],
  [
    'a dict',
    new Map<PythonData, PythonData>([
      ['b', null],
      ['a', true],
    ]),
    '{"b": null, "a": true}',
  ],
  ['a dict of ints', new Map([[1, 2]]), '{"$dict": [[1, 2]]}'],
  ['a dict that looks like a form', new Map([['$set', 1]]), '{"$dict": [["$set", 1]]}'],
  [
    'two names of which one begins so',
    new Map([
      ['$set', 1],
      ['b', 2],
    ]),
    '{"$set": 1, "b": 2}',
  ],
  [
    'a small array',
    numpyArray(Float32Array.of(0.5, 2), [1, 2]),
    '{"$array": {"dtype": "<f4", "shape": [1, 2], "data": [0.5, 2.0]}}',
  ],
  ['a scalar', new NumpyScalar(numpyArray(Int16Array.of(-3), [])), '{"$scalar": {"dtype": "<i2", "data": [-3]}}'],
  [
    'a bool of NumPy',
    new NumpyScalar(numpyArray(Uint8Array.of(1), [], '|b1')),
    '{"$scalar": {"dtype": "|b1", "data": [true]}}',
  ],
  ['a type', new NumpyDType('<f4'), '{"$dtype": "<f4"}'],
])('%s', (_, value, json) => {
  expect(told(value)).toBe(json);
  expect(JSON.parse(json)).toBeDefined();
  expect(describeData(parseJsonForm(json))).toEqual(describeData(value));
});

/** JSON of JavaScript sorts what looks like an index. */
const isSorted = (json: string) => /"\d+":/.test(json);

describe('what Python pickled', () => {
  test.each(
    ['plain', 'numpy-1', 'numpy-2'].flatMap((name) => pickledCases(name).map((one) => [one.name, one] as const)),
  )('%s', (_, { value, pickles }) => {
    const bytes = Buffer.from(Object.values(pickles)[0]!, 'base64');
    const data = readPickle(bytes, { halves: 'bits' });
    const json = told(data);
    if (!isSorted(json)) expect(describeData(parseJsonForm(json))).toEqual(value);
    // No form needs anything that JSON has not.
    expect(JSON.stringify(JSON.parse(json))).not.toContain('NaN');
  });
});

test('what is put aside is named, and got by its name', () => {
  const array = numpyArray(Float32Array.of(1, 2, 3));
  const [list, names] = [[array, new PythonBytearray(Uint8Array.of(1)), 5], new Map<string, NumpyArray | Uint8Array>()];
  const aside = (value: NumpyArray | Uint8Array) => {
    const name = `${names.size}.${value instanceof NumpyArray ? 'npy' : 'bin'}`;
    names.set(name, value);
    return name;
  };
  const json = pythonJson(jsonForm(list, aside));
  expect(json).toBe('[{"$file": "0.npy"}, {"$bytearray": {"$file": "1.bin"}}, 5]');
  expect(describeData(parseJsonForm(json, (name) => names.get(name)!))).toEqual(describeData(list));
});

test.each([
  ['{', 'JSON'],
  ['{"$nothing": 1}', '{"$nothing":1}'],
  ['{"$tuple": 1}', 'none of the forms'],
  ['{"$int": "1.5"}', 'none of the forms'],
  ['{"$complex": [1, 2]}', 'none of the forms'],
  ['{"$dict": [[1]]}', 'none of the forms'],
  ['{"$file": "a.npy"}', 'none of the forms'],
  ['{"$array": {"dtype": "<f4", "shape": [3], "data": [1.0]}}', 'none of the forms'],
  ['{"$array": {"dtype": "|O", "shape": [1], "data": [1]}}', 'none of the forms'],
])('parseJsonForm() refuses %s', (json, message) => {
  expect(() => parseJsonForm(json)).toThrow(
    expect.objectContaining({ code: 'BAD_SCHEMA', message: expect.stringContaining(message) }),
  );
});

test('texts that hold numbers stay texts', () => {
  const text: PythonValue = 'a 1.5 \\" 2e3 "';
  expect(parseJsonForm(pythonJson([text, new PythonFloat(1e22)]))).toEqual([text, new PythonFloat(1e22)]);
});
