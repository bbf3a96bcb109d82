import { expect, test } from 'vitest';
import { PythonFloat, pythonFloat, pythonJson } from '../../../src/formats/npy/python-json.ts';

// Expected texts were printed by Python 3.11: json.dumps(...).
test.each<[Parameters<typeof pythonJson>[0], string]>([
  [null, 'null'],
  [true, 'true'],
  [5, '5'],
  [-0, '-0.0'],
  [2 ** 64, '18446744073709551616'],
  [123456789012345678901234567890n, '123456789012345678901234567890'],
  [[], '[]'],
  [[1, [2, 'x']], '[1, [2, "x"]]'],
  [{}, '{}'],
  [{ a: 1, b: [null, false] }, '{"a": 1, "b": [null, false]}'],
  [
    new Map([
      ['2', 1],
      ['1', 2],
    ]),
    '{"2": 1, "1": 2}',
  ],
  ['"\\/\b\f\n\r\t\u0000\u001f\u007f', '"\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f"'],
  ['Gr\u00fc\u00dfe \u2028 \u{1f426}', '"Gr\\u00fc\\u00dfe \\u2028 \\ud83d\\udc26"'],
  ['\ud83d', '"\\ud83d"'],
  [[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], '[NaN, Infinity, -Infinity]'],
  [[new PythonFloat(5), 0.1, 1e16 + 0.5], '[5.0, 0.1, 10000000000000000]'],
])('pythonJson() prints %o as json.dumps does: %s', (value, expected) => {
  expect(pythonJson(value)).toBe(expected);
});

test.each<[number, string]>([
  [0, '0.0'],
  [-0, '-0.0'],
  [1, '1.0'],
  [-1.5, '-1.5'],
  [0.1, '0.1'],
  [0.0001, '0.0001'],
  [0.00012345, '0.00012345'],
  [0.00001, '1e-05'],
  [1.5e-7, '1.5e-07'],
  [123456789.125, '123456789.125'],
  [1e15, '1000000000000000.0'],
  [2 ** 53, '9007199254740992.0'],
  [1e16, '1e+16'],
  [1.2345e17, '1.2345e+17'],
  [1e21, '1e+21'],
  [1e100, '1e+100'],
  [5e-324, '5e-324'],
  [1.7976931348623157e308, '1.7976931348623157e+308'],
  [0.15721182525157928, '0.15721182525157928'],
])('pythonFloat() prints %d as repr does', (value, expected) => {
  expect(pythonFloat(value)).toBe(expected);
});
