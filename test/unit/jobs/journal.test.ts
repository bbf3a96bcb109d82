import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { bootId, type Entry, Journal, journalPath, readJournals } from '../../../src/jobs/engine/journal.ts';
import type { Receipt } from '../../../src/jobs/engine/types.ts';
import { scratch, slowCrc32c, tree } from './folder.ts';

// Processes, threads and flushes take their time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });

const options = { hop: 5, names: 'a2o' };

function receipt(unit: string): Receipt {
  const outputs = [{ name: `e/${unit}.npy`, bytes: 3, crc32c: '0badcafe' }];
  return { unit, input: { uri: unit, size: 10, version: '1' }, outputs, records: 2, rejects: 0 };
}

function unit(id: string) {
  return { id, input: receipt(id).input, outputs: [`e/${id}.npy`] };
}

async function entriesOf(folder: string): Promise<Entry<Receipt>[]> {
  const [journal] = await readJournals<Receipt>(folder, 'copy');
  return [...journal!.entries.values()];
}

/** A journal with one unit done and one begun. */
async function begun(folder: string): Promise<string> {
  const path = journalPath(folder, 'copy', undefined);
  const journal = await Journal.create<Receipt>(path, 'copy', options, []);
  await journal.begin([unit('ä'), unit('b')]);
  journal.append(receipt('ä'), true);
  journal.close();
  return path;
}

test('Journal lines are JSON, each ending with the CRC-32C of what stands before it', async () => {
  const folder = scratch();
  const text = readFileSync(await begun(folder), 'utf8');
  const lines = text.trimEnd().split('\n');
  expect(lines).toHaveLength(4);
  for (const line of lines) {
    const [, body, crc] = /^(.*),"crc32c":"([0-9a-f]{8})"}$/.exec(line)!;
    expect(crc).toBe(slowCrc32c(body!));
    expect(JSON.parse(line).crc32c).toBe(crc);
  }
  expect(JSON.parse(lines[0]!)).toMatchObject({ format: 1, job: 'copy', options });
});

test('readJournals() lets the last line about a unit decide', async () => {
  const folder = scratch();
  const path = await begun(folder);
  const done = { unit: 'ä', outputs: ['e/ä.npy'], receipt: receipt('ä'), boot: bootId(), durable: true };
  const open = { unit: 'b', outputs: ['e/b.npy'], boot: '', durable: false };
  expect(await entriesOf(folder)).toEqual([done, open]);
  const journal = await Journal.create(path, 'copy', options, [done]);
  await journal.begin([unit('ä')]);
  journal.close();
  expect(await entriesOf(folder)).toEqual([{ ...open, unit: 'ä', outputs: ['e/ä.npy'] }]);
});

test('readJournals() drops the torn end at every length, and never believes a changed line', async () => {
  const folder = scratch();
  const path = await begun(folder);
  const whole = readFileSync(path);
  const ends = [...whole.entries()].flatMap(([i, byte]) => (byte === 10 ? [i + 1] : []));
  for (let length = 0; length < whole.length; length++) {
    writeFileSync(path, whole.subarray(0, length));
    const [found] = await readJournals<Receipt>(folder, 'copy');
    const intact = ends.filter((end) => end <= length).length;
    expect(found!.damagedLines).toBe(ends.includes(length) ? 0 : 1);
    expect(found!.options).toEqual(intact > 0 ? options : undefined);
    expect([...found!.entries.values()].map((entry) => entry.receipt !== undefined)).toEqual(
      [[], [], [false], [false, false]][intact],
    );
  }
  for (let i = 0; i < whole.length; i++) {
    const bad = Buffer.from(whole);
    bad[i]! ^= 0x04;
    writeFileSync(path, bad);
    const [found] = await readJournals<Receipt>(folder, 'copy');
    expect(found!.damagedLines).toBeGreaterThan(0);
    for (const entry of found!.entries.values()) expect(entry.receipt ?? receipt('ä')).toEqual(receipt('ä'));
  }
});

test('readJournals() reads on after garbage in the middle', async () => {
  const folder = scratch();
  const path = await begun(folder);
  const lines = readFileSync(path, 'utf8').split('\n');
  lines.splice(1, 0, 'garbage', '', '\0\0\0');
  writeFileSync(path, lines.join('\n'));
  expect((await entriesOf(folder)).map(({ unit: id }) => id)).toEqual(['ä', 'b']);
});

test('readJournals() gives the whole journal first, then the parts by number', async () => {
  const folder = scratch();
  for (const part of [undefined, { index: 10, of: 12 }, { index: 9, of: 12 }]) {
    (await Journal.create(journalPath(folder, 'copy', part), 'copy', options, [])).close();
  }
  (await Journal.create(join(folder, 'pack.jsonl'), 'pack', {}, [])).close();
  const found = await readJournals(folder, 'copy');
  expect(found.map(({ part }) => part)).toEqual([undefined, { index: 9, of: 12 }, { index: 10, of: 12 }]);
  expect(await readJournals(join(folder, 'none'), 'copy')).toEqual([]);
});

test('readJournals() refuses the journal of a later format', async () => {
  const folder = scratch();
  const body = '{"format":2,"job":"copy"';
  writeFileSync(join(folder, 'copy.jsonl'), `${body},"crc32c":"${slowCrc32c(body)}"}\n`);
  await expect(readJournals(folder, 'copy')).rejects.toThrow(expect.objectContaining({ code: 'UNSUPPORTED' }));
});

test('Journal.create() drops what does not belong to it', async () => {
  const folder = scratch();
  const path = await begun(folder);
  const before = tree(folder);
  appendFileSync(path, '{"receipt":{"unit":"c"');
  (await Journal.create(path, 'copy', options, await entriesOf(folder))).close();
  const [found] = await readJournals(folder, 'copy');
  expect(found!.damagedLines).toBe(0);
  expect(found!.entries.size).toBe(2);
  expect(Object.keys(tree(folder))).toEqual(Object.keys(before));
});
