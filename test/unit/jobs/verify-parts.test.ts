/** verify() of long ArrayRecord files in parts: the same report as by one thread. */

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { verify } from '../../../src/api/verify.ts';
import { createShared } from '../../../src/counters.ts';
import { cutInputs, joinParts, type VerifyReceipt, type VerifyUnit } from '../../../src/jobs/check/verify-parts.ts';
import { run } from '../../../src/jobs/check/verify-unit.ts';
import { resolveInputs } from '../../../src/storage/inputs.ts';
import { written } from '../../support/array-records.ts';
import { scratch } from './folder.ts';

const records = Array.from({ length: 400 }, (_, i) => `${i}`.repeat(1 + (i % 500)));
const settings = { proof: true, check: 'header', viewer: false } as const;

async function inParts(path: string, least: number): Promise<{ units: VerifyUnit[]; file: unknown }> {
  const inputs = await resolveInputs([path]);
  const units = await cutInputs(inputs, 2, least);
  const receipts: VerifyReceipt[] = [];
  for (const unit of units) receipts.push(await run(unit, settings, { shared: createShared(), outDir: '' }));
  return { units, file: joinParts(units, receipts).get(inputs[0]!.uri) };
}

async function whole(path: string): Promise<unknown> {
  return (await verify({ inputs: [path], proof: true, workers: 1 })).files[0];
}

test.each(['uncompressed', 'uncompressed,group_size:7'])(
  'joinParts() reports what one thread does: %s',
  async (options) => {
    const path = await written(records, options);
    const { units, file } = await inParts(path, 20_000);
    expect(units.length).toBeGreaterThan(3);
    expect(units.map(({ part }) => part!.from).slice(1)).toEqual(units.map(({ part }) => part!.to).slice(0, -1));
    expect(file).toMatchObject({ ok: true, records: 400, damaged: [] });
    expect(file).toEqual(await whole(path));
  },
);

test('joinParts() names damage as one thread does, or leaves the file to one thread', async () => {
  const bytes = readFileSync(await written(records, 'uncompressed'));
  const path = join(scratch(), 'damaged.arrayrecord');
  let [joined, left] = [0, 0];
  for (let at = 70; at < bytes.length; at += 4999) {
    const damaged = new Uint8Array(bytes);
    damaged[at]! ^= 1;
    writeFileSync(path, damaged);
    const { units, file } = await inParts(path, 20_000);
    if (units.length > 1 && file === undefined) left += 1;
    else {
      joined += 1;
      expect(file, `byte ${at}`).toEqual(await whole(path));
    }
  }
  expect(joined).toBeGreaterThan(20);
  expect(left).toBeLessThan(joined);
});

test('joinParts() leaves out a file of which a part ends elsewhere than the next begins', async () => {
  const path = await written(records, 'uncompressed');
  const units = await cutInputs(await resolveInputs([path]), 2, 20_000);
  const receipts: VerifyReceipt[] = [];
  for (const unit of units) receipts.push(await run(unit, settings, { shared: createShared(), outDir: '' }));
  const [second] = receipts.splice(1, 1);
  receipts.splice(1, 0, { ...second!, reached: 1 } as VerifyReceipt);
  expect(joinParts(units, receipts).size).toBe(0);
});

test('cutInputs() cuts neither short files nor for one thread', async () => {
  const inputs = await resolveInputs([await written(records, 'uncompressed')]);
  expect(await cutInputs(inputs, 1, 20_000)).toHaveLength(1);
  expect(await cutInputs(inputs, 2)).toHaveLength(1);
});
