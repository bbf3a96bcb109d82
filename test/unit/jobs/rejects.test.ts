import { join } from 'node:path';
import { expect, test } from 'vitest';
import { joinRejects, REJECTS_FILE, RejectWriter, rejectsName } from '../../../src/jobs/engine/rejects.ts';
import type { Receipt } from '../../../src/jobs/engine/types.ts';
import type { Reject } from '../../../src/on-error.ts';
import { scratch, slowCrc32c, tree, writeFiles } from './folder.ts';

const reject: Reject = { input: 'a', record: 1, offset: 20, code: 'BAD_SCHEMA', reason: 'no feature "embedding"' };
const line = `${JSON.stringify(reject)}\n`;

function receiptOf(unit: string, rejected: Receipt['rejected']): Receipt {
  const receipt = { unit, input: { uri: unit, size: 1, version: '1' }, outputs: [], records: 1, rejects: 1 };
  return rejected === undefined ? receipt : { ...receipt, rejected };
}

test('rejectsName() is a safe file name for any id, and different for different ones', () => {
  const ids = ['a/b', 'a_b', '../../etc/passwd', 'x'.repeat(5000), 'ä', '', '.', 'A/b'];
  const names = ids.map(rejectsName);
  expect(new Set(names).size).toBe(ids.length);
  for (const name of names) expect(name).toMatch(/^\.bowerbird\/rejects\/[\w.-]{1,110}\.jsonl$/);
});

test('RejectWriter makes a file only when something was rejected', () => {
  const out = writeFiles(scratch(), { [rejectsName('a')]: 'of an earlier try', [rejectsName('b')]: 'likewise' });
  const [a, b] = [new RejectWriter(out, 'a', true), new RejectWriter(out, 'b', true)];
  a.write(reject);
  a.write(reject);
  expect(a.publish()).toEqual({ name: rejectsName('a'), bytes: 2 * line.length, crc32c: slowCrc32c(line + line) });
  expect(b.publish()).toBeUndefined();
  expect(tree(out)).toEqual({ [rejectsName('a')]: line + line });
});

test('RejectWriter leaves nothing when discarded', () => {
  const out = scratch();
  const writer = new RejectWriter(out, 'a', false);
  for (let i = 0; i < 5000; i++) writer.write(reject);
  writer.discard();
  expect(tree(out)).toEqual({ '.bowerbird/rejects': '(folder)' });
});

test('joinRejects() joins in the order given and removes a stale file', async () => {
  const out = scratch();
  const receipts = ['b', 'a', 'c'].map((unit) => {
    const writer = new RejectWriter(out, unit, false);
    if (unit !== 'c') writer.write({ ...reject, input: unit });
    return receiptOf(unit, writer.publish());
  });
  await joinRejects(out, REJECTS_FILE, receipts, false);
  const joined = tree(out)['rejects.jsonl']!.trimEnd().split('\n');
  expect(joined.map((text) => JSON.parse(text).input)).toEqual(['b', 'a']);
  await joinRejects(out, REJECTS_FILE, [receipts[2]!], false);
  expect(tree(out)['rejects.jsonl']).toBeUndefined();
});

test('joinRejects() names the file when one is gone', async () => {
  const out = writeFiles(scratch(), { 'rejects.jsonl': 'old' });
  const receipts = [receiptOf('a', { name: rejectsName('a'), bytes: 1, crc32c: '00000000' })];
  const given = joinRejects(out, REJECTS_FILE, receipts, false);
  await expect(given).rejects.toThrow(expect.objectContaining({ source: join(out, rejectsName('a')) }));
  expect(tree(out)).toEqual({ 'rejects.jsonl': 'old' });
});
