/** Values beyond the range of the output become infinite, as in NumPy's astype(), and are counted where everybody looks. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { extract } from '../../../src/api/extract.ts';
import { floatsOf, readOutput, writeInputs } from '../../support/extracting.ts';
import { record, tensorProto, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

test('float16 ends at 65504: from 65520 on values round to infinity', async () => {
  const folder = scratch();
  // IEEE 754: half way between 65504 and what would be 65536.
  const values = [65504, 65519, 65520, 1e6, -1e6, Number.POSITIVE_INFINITY, Number.NaN, 1];
  writeInputs(folder, { 'in/a.tfrecord': tfrecord(record({ shape: [1, 1, 8], values })) });
  const report = await extract({ inputs: join(folder, 'in'), out: join(folder, 'out'), dtype: 'float16' });
  expect(report).toMatchObject({ overflowed: 3, files: [{ overflowed: 3 }] });
  expect(JSON.parse(readFileSync(report.manifest!, 'utf8'))).toMatchObject({
    overflowed: 3,
    files: [{ overflowed: 3 }],
  });
  const { data } = readOutput(join(folder, 'out'), 'a').npy;
  const bits = Array.from(new Uint16Array(data.buffer, data.byteOffset, 8));
  expect(bits.slice(0, 6)).toEqual([0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x7c00]);
  const whole = await extract({ inputs: join(folder, 'in'), out: join(folder, 'full') });
  expect(whole.overflowed).toBe(0);
});

test('doubles beyond float32 are counted too', async () => {
  const folder = scratch();
  const content = new Uint8Array(new Float64Array([1e39, -1e300, 3.4e38, Number.NEGATIVE_INFINITY]).buffer);
  const tensor = tensorProto([1, 1, 4], content, 2);
  writeInputs(folder, { 'in/a.tfrecord': tfrecord(record({ shape: [1, 1, 4], tensor })) });
  const report = await extract({ inputs: join(folder, 'in'), out: join(folder, 'out') });
  expect(report.overflowed).toBe(2);
  expect(floatsOf(readOutput(join(folder, 'out'), 'a').npy)).toEqual([
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    Math.fround(3.4e38),
    Number.NEGATIVE_INFINITY,
  ]);
});
