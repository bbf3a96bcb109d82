import { appendFileSync, existsSync, readFileSync, rmSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import type { Progress } from '../../../dist/jobs/engine/types.js';
import { copy, inThreads, oneByOne, sampleInputs } from './copying.ts';
import { copyFolder, slowCrc32c, tree, writeFiles } from './folder.ts';

// Every run flushes its journal, which can take its time on a busy disk.
vi.setConfig({ testTimeout: 60_000 });

const JOURNAL = '.bowerbird/copy.jsonl';

/** Inputs and `want`, the folder of a run that nothing disturbed. */
async function finished(count?: number): Promise<{ root: string; want: { [path: string]: string } }> {
  const root = sampleInputs(count);
  const result = await copy(root, 'want');
  expect(result).toMatchObject({ done: count ?? 5, skipped: 0, complete: true, notices: [] });
  return { root, want: tree(join(root, 'want')) };
}

function code(expected: string) {
  return expect.objectContaining({ code: expected });
}

describe('runJob()', () => {
  test('makes outputs, rejects, summary and journal, and nothing else', async () => {
    const { want } = await finished(2);
    expect(Object.keys(want)).toEqual([
      '.bowerbird/copy.jsonl',
      expect.stringMatching(/^\.bowerbird\/rejects\/f1\.txt-[0-9a-f]{16}\.jsonl$/),
      'copies/f0.txt',
      'copies/f1.txt',
      'copy.json',
      'rejects.jsonl',
      'sums/f0.txt.json',
      'sums/f1.txt.json',
    ]);
    expect(want['copies/f1.txt']).toBe('line 0\nline 2\nline 3\n');
    expect(JSON.parse(want['rejects.jsonl']!)).toMatchObject({ record: 1, offset: 7, code: 'BAD_SCHEMA' });
  });

  test.each([
    ['in one thread', oneByOne],
    ['in two threads', inThreads],
  ])('skips everything the second time, and leaves the folder as it was, %s', async (_, runUnits) => {
    const { root, want } = await finished();
    const again = await copy(root, 'want', { runUnits });
    expect(again).toMatchObject({ done: 0, skipped: 5, complete: true, notices: [] });
    expect(again.receipts).toHaveLength(5);
    expect(tree(join(root, 'want'))).toEqual(want);
    await copy(root, 'other', { runUnits });
    expect(tree(join(root, 'other'))).toEqual(want);
  });

  test('ends the same from every length of journal, with or without the outputs', async () => {
    const { root, want } = await finished(3);
    const out = join(root, 'out');
    const journal = want[JOURNAL]!;
    for (let length = 0; length <= journal.length; length += 41) {
      copyFolder(join(root, 'want'), out);
      truncateSync(join(out, JOURNAL), length);
      rmSync(join(out, 'copy.json'));
      if (length % 2 === 0)
        for (const name of ['copies', 'sums', 'rejects.jsonl']) rmSync(join(out, name), { recursive: true });
      // What no journal knows is only replaced when asked: here its own lines about the units were cut off.
      await copy(root, 'out', { overwrite: true });
      expect(tree(out)).toEqual(want);
    }
  });

  test('tells of a torn journal and goes on', async () => {
    const { root, want } = await finished();
    appendFileSync(join(root, 'want', JOURNAL), '{"receipt":{"unit":');
    const heard: string[] = [];
    const { skipped, notices } = await copy(root, 'want', { onNotice: (text) => heard.push(text) });
    expect(skipped).toBe(5);
    expect(notices).toEqual([expect.stringContaining('damaged by a crash')]);
    expect(heard).toEqual(notices);
    expect(tree(join(root, 'want'))).toEqual(want);
  });

  test.each<[string, (out: string, input: string) => void]>([
    ['output is gone', (out) => rmSync(join(out, 'copies/f1.txt'))],
    ['output has another size', (out) => appendFileSync(join(out, 'sums/f1.txt.json'), ' ')],
    ['file of rejects is gone', (out) => rmSync(join(out, '.bowerbird/rejects'), { recursive: true })],
  ])('does a unit again when its %s', async (_, spoil) => {
    const { root, want } = await finished(2);
    spoil(join(root, 'want'), join(root, 'in/f1.txt'));
    expect(await copy(root, 'want')).toMatchObject({ done: 1, skipped: 1, complete: true });
    expect(tree(join(root, 'want'))).toEqual(want);
  });

  test.each<[string, (input: string) => void]>([
    ['size', (input) => appendFileSync(input, 'more\n')],
    ['modification time', (input) => utimesSync(input, 1, 1)],
  ])('does a unit again when its input changed its %s', async (_, change) => {
    const { root } = await finished();
    change(join(root, 'in/f3.txt'));
    expect(await copy(root, 'want')).toMatchObject({ done: 1, skipped: 4 });
    await copy(root, 'fresh');
    expect(tree(join(root, 'want'))).toEqual(tree(join(root, 'fresh')));
  });

  test('keeps the files of inputs that left the plan known as its own', async () => {
    const { root } = await finished(3);
    const inputs = [join(root, 'in/f0.txt')];
    expect(await copy(root, 'want', { inputs })).toMatchObject({ done: 0, skipped: 1, complete: true });
    expect(await copy(root, 'want')).toMatchObject({ done: 0, skipped: 3 });
  });

  test('gives finish and the result what its own plan found, while another run of the job goes on', async () => {
    const [one, other] = [sampleInputs(2), sampleInputs(4)];
    const given = { runUnits: inThreads, pauseMs: 5 };
    // The job's finish() refuses findings that are of other receipts.
    const [two, four] = await Promise.all([copy(one, 'out', given), copy(other, 'out', given)]);
    expect([two.findings, four.findings]).toEqual([{ files: 2 }, { files: 4 }]);
    expect((await copy(other, 'out')).findings).toEqual({ files: 4 });
    expect((await copy(other, 'dry', { dryRun: true })).findings).toEqual({ files: 4 });
  });

  test('touches nothing in a dry run', async () => {
    const root = sampleInputs();
    const before = tree(root);
    const result = await copy(root, 'out', { dryRun: true });
    expect(result).toMatchObject({ done: 0, skipped: 0, complete: false, receipts: [] });
    expect(result.units.map(({ outputs }) => outputs[1])).toEqual([0, 1, 2, 3, 4].map((i) => `copies/f${i}.txt`));
    expect(tree(root)).toEqual(before);
  });

  test('refuses a plan in which two units make one file', async () => {
    const root = writeFiles(sampleInputs(1), { 'too/f0.txt': 'x' });
    const inputs = [join(root, 'in'), join(root, 'too')];
    await expect(copy(root, 'out', { inputs })).rejects.toThrow(code('USAGE'));
    expect(existsSync(join(root, 'out'))).toBe(false);
  });

  test('clears away what a killed run left', async () => {
    const { root, want } = await finished();
    writeFiles(join(root, 'want'), {
      'copies/.f9.txt.bowerbird-tmp': 'of an input that is gone',
      '.copy.json.bowerbird-tmp': 'half',
      '.bowerbird/.copy.jsonl.bowerbird-tmp': 'half',
      '.bowerbird/.copy.1-of-3.jsonl.bowerbird-tmp': 'half',
      '.bowerbird/rejects/.x.jsonl.bowerbird-tmp': 'half',
      '.bowerbird/copy.lock': '{"pid":1,"host":"x"}',
      '.bowerbird/copy.1-of-3.lock': '',
      '.bowerbird/copy.gate.lock': '',
    });
    await copy(root, 'want');
    expect(tree(join(root, 'want'))).toEqual(want);
  });

  test('reports progress from 0 to all, and once at the end', async () => {
    const root = sampleInputs();
    const seen: Progress[] = [];
    await copy(root, 'out', { runUnits: inThreads, pauseMs: 40, onProgress: (progress) => seen.push(progress) });
    const last = seen.at(-1)!;
    const size = [0, 1, 2, 3, 4].reduce((sum, i) => sum + readFileSync(join(root, `in/f${i}.txt`)).length, 0);
    expect(last).toMatchObject({ job: 'copy', units: 5, unitsDone: 5, unitsSkipped: 0, bytes: size, bytesTotal: size });
    expect(last).toMatchObject({ records: 3 + 4 + 5 + 6 + 7, rejects: 1 + 2 });
    expect(seen.length).toBeGreaterThan(1);
    expect(seen[0]!.bytes).toBeLessThan(size);
  });
});

describe('runJob() and files that are not its own', () => {
  test('refuses before any work, names them, and changes nothing', async () => {
    const root = sampleInputs();
    writeFiles(join(root, 'out'), { 'copies/f3.txt': 'precious', 'sums/f0.txt.json': 'precious' });
    const given = copy(root, 'out');
    await expect(given).rejects.toThrow(code('EXISTS'));
    await expect(given).rejects.toThrow('sums/f0.txt.json, copies/f3.txt');
    const { '.bowerbird': state, ...rest } = tree(join(root, 'out'));
    expect(state).toBe('(folder)');
    expect(rest).toEqual({ 'copies/f3.txt': 'precious', 'sums/f0.txt.json': 'precious' });
  });

  test('refuses when only the summary stands there', async () => {
    const root = sampleInputs();
    writeFiles(join(root, 'out'), { 'copy.json': 'precious' });
    await expect(copy(root, 'out')).rejects.toThrow(code('EXISTS'));
  });

  test('replaces them with overwrite', async () => {
    const { root, want } = await finished();
    writeFiles(join(root, 'out'), { 'copies/f3.txt': 'old', 'copy.json': 'old' });
    await copy(root, 'out', { overwrite: true });
    expect(tree(join(root, 'out'))).toEqual(want);
  });

  test('refuses outputs of other options, says which, and does all again with overwrite', async () => {
    const { root, want } = await finished();
    await copy(root, 'loud', { shout: true });
    const given = copy(root, 'loud');
    await expect(given).rejects.toThrow(code('EXISTS'));
    await expect(given).rejects.toThrow('shout: true there, false here');
    expect(await copy(root, 'loud', { overwrite: true })).toMatchObject({ done: 5, skipped: 0 });
    expect(tree(join(root, 'loud'))).toEqual(want);
  });

  test('with overwrite still skips what is good', async () => {
    const { root } = await finished();
    expect(await copy(root, 'want', { overwrite: true })).toMatchObject({ done: 0, skipped: 5 });
  });
});

describe('runJob() after the machine was restarted', () => {
  /** Rewrites the journal as if an earlier boot had written it. */
  function ageJournal(out: string, durable: boolean): void {
    const lines = readFileSync(join(out, JOURNAL), 'utf8').trimEnd().split('\n');
    const aged = lines.map((line) => {
      const { crc32c: _, ...value } = JSON.parse(line);
      const body = JSON.stringify('boot' in value ? { ...value, boot: 'another', durable } : value).slice(0, -1);
      return `${body},"crc32c":"${slowCrc32c(body)}"}\n`;
    });
    writeFileSync(join(out, JOURNAL), aged.join(''));
  }

  test.each([oneByOne, inThreads])('reads outputs again and redoes those that did not survive', async (runUnits) => {
    const { root, want } = await finished();
    const out = join(root, 'want');
    ageJournal(out, false);
    writeFileSync(join(out, 'copies/f2.txt'), '\0'.repeat(want['copies/f2.txt']!.length));
    const seen: Progress[] = [];
    const result = await copy(root, 'want', { runUnits, onProgress: (progress) => seen.push(progress) });
    expect(result).toMatchObject({ done: 1, skipped: 4, complete: true });
    expect(result.notices).toEqual([expect.stringContaining('5 unit(s) again')]);
    expect(seen.at(-1)!.bytes).toBe(seen.at(-1)!.bytesTotal);
    expect(tree(out)).toEqual(want);
    expect((await copy(root, 'want')).notices).toEqual([]);
  });

  test('redoes a unit whose rejects did not survive', async () => {
    const { root, want } = await finished(2);
    const out = join(root, 'want');
    ageJournal(out, false);
    const name = Object.keys(want).find((path) => path.includes('rejects/f1'))!;
    writeFileSync(join(out, name), '\0'.repeat(want[name]!.length));
    expect(await copy(root, 'want')).toMatchObject({ done: 1, skipped: 1 });
    expect(tree(out)).toEqual(want);
  });

  test('believes durable outputs without reading them', async () => {
    const root = sampleInputs();
    await copy(root, 'out', { durable: true });
    ageJournal(join(root, 'out'), true);
    expect(await copy(root, 'out', { durable: true })).toMatchObject({ skipped: 5, notices: [] });
  });
});

describe('runJob() and failures', () => {
  test('keeps what is done, removes temporaries, and finishes when the cause is gone', async () => {
    const root = sampleInputs();
    writeFiles(root, { 'in/f2-bad.txt': 'x\n' });
    await expect(copy(root, 'out', { module: 'fail.mjs' })).rejects.toThrow(code('CORRUPT_RECORD'));
    const kept = tree(join(root, 'out'));
    expect(Object.keys(kept).filter((name) => name.startsWith('copies/'))).toContain('copies/f1.txt');
    expect(Object.keys(kept).filter((name) => name.includes('tmp') || name.includes('lock'))).toEqual([]);
    expect(kept['copy.json']).toBeUndefined();
    const result = await copy(root, 'out', { module: 'copy.mjs' });
    expect(result.skipped).toBeGreaterThan(0);
    await copy(root, 'want');
    expect(tree(join(root, 'out'))).toEqual(tree(join(root, 'want')));
  });

  test('throws the failure of the first unit in plan order, with its place', async () => {
    const root = writeFiles(sampleInputs(0), { 'in/a-bad-first': 'x', 'in/b-bad-second': 'x', 'in/c': 'c\n' });
    const given = copy(root, 'out', { module: 'fail.mjs', runUnits: inThreads });
    const place = { source: join(root, 'in/a-bad-first'), record: 3, offset: 40 };
    await expect(given).rejects.toThrow(expect.objectContaining({ code: 'CORRUPT_RECORD', ...place }));
  });

  test('removes the summary of an earlier run before it changes what that tells of', async () => {
    const { root } = await finished(2);
    writeFiles(root, { 'in/f2-bad.txt': 'x\n' });
    await expect(copy(root, 'want', { module: 'fail.mjs' })).rejects.toThrow(code('CORRUPT_RECORD'));
    expect(existsSync(join(root, 'want/copy.json'))).toBe(false);
    expect(existsSync(join(root, 'want/rejects.jsonl'))).toBe(false);
  });

  test.each([oneByOne, inThreads])('stops at too many rejects, those of earlier runs counted', async (runUnits) => {
    const root = sampleInputs();
    await expect(copy(root, 'out', { maxRejects: 2, runUnits })).rejects.toThrow(code('TOO_MANY_REJECTS'));
    expect(await copy(root, 'out', { maxRejects: 3, runUnits })).toMatchObject({ complete: true });
    await expect(copy(root, 'out', { maxRejects: 2, runUnits })).rejects.toThrow(code('TOO_MANY_REJECTS'));
  });

  test.each([oneByOne, inThreads])('stops when the signal says so, keeps its state, and goes on', async (runUnits) => {
    const { root, want } = await finished();
    const controller = new AbortController();
    const reason = new Error('Ctrl-C');
    const onProgress = ({ unitsDone }: Progress) => unitsDone > 0 && controller.abort(reason);
    const given = copy(root, 'out', { runUnits, pauseMs: 60, signal: controller.signal, onProgress });
    await expect(given).rejects.toThrow(expect.objectContaining({ code: 'INTERRUPTED', cause: reason }));
    expect(Object.keys(tree(join(root, 'out'))).filter((name) => /tmp|lock/.test(name))).toEqual([]);
    const result = await copy(root, 'out', { runUnits });
    expect(result.skipped).toBeGreaterThan(0);
    expect(result.done).toBeGreaterThan(0);
    expect(tree(join(root, 'out'))).toEqual(want);
  });

  test('does nothing when the signal was given before', async () => {
    const root = sampleInputs();
    const given = copy(root, 'out', { signal: AbortSignal.abort('no') });
    await expect(given).rejects.toThrow(expect.objectContaining({ code: 'INTERRUPTED', cause: 'no' }));
    expect(existsSync(join(root, 'out'))).toBe(false);
  });

  test('ends units that would never end', async () => {
    const root = sampleInputs();
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 300);
    const given = copy(root, 'out', { module: 'endless.mjs', runUnits: inThreads, signal: controller.signal });
    await expect(given).rejects.toThrow(code('INTERRUPTED'));
  });
});
