/** Commits to the Hub when something goes wrong on the way: what is there in the end is there once. */

import { appendFileSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { LocalAdd } from '../../../../src/storage/hub/changes.ts';
import { CommitQuota, commitsAnHour } from '../../../../src/storage/hub/quota.ts';
import { fileOf } from '../../../support/hub/reading.mjs';
import { clockOf, hubWith, impatient } from './repositories.ts';

type Setup = Awaited<ReturnType<typeof hubWith>>;
type Fault = Setup['hub']['faults'][number];

const commitPath = /\/commit\//;
const stalls = { ...impatient, silenceMs: 200, workMs: 200 };

function expectThere({ hub }: Setup, files: readonly LocalAdd[]): void {
  const { refs, commits } = hub.repos['org/ds']!;
  for (const { path, local, size } of files) {
    const found = fileOf(hub, commits[refs['main']!]![path]!);
    expect(found.size).toBe(size);
    expect(found.read(0, size).equals(readFileSync(local))).toBe(true);
  }
}

const once: readonly (readonly [string, Fault])[] = [
  ['429 with Retry-After', { kind: 'status', status: 429, headers: { 'retry-after': '0' }, times: 2 }],
  ['500', { kind: 'status', status: 500 }],
  ['502', { kind: 'status', status: 502 }],
  ['503', { kind: 'status', status: 503, times: 2 }],
  ['504', { kind: 'status', status: 504 }],
  ['a connection that drops before', { kind: 'drop' }],
  ['a connection that drops after', { kind: 'drop-after' }],
  ['a stall', { kind: 'stall' }],
  ['500 after the work', { kind: 'status-after', status: 500 }],
  ['504 after the work', { kind: 'status-after', status: 504 }],
];

const requests: readonly (readonly [string, Partial<Fault>, object])[] = [
  ['the look at the head', { path: /\/revision\/main$/ }, {}],
  ['the tree', { path: /\/tree\// }, {}],
  ['preupload', { path: /\/preupload\// }, {}],
  ['the batch', { path: /\/objects\/batch$/ }, {}],
  ['the PUT', { method: 'PUT' }, {}],
  ['the PUT of a part', { method: 'PUT', skip: 1 }, { partBytes: 100_000 }],
  ['the completion', { path: /complete_multipart/ }, { partBytes: 100_000 }],
  ['the xorb', { path: /\/xorbs\// }, { xet: true }],
  ['the shard', { path: /\/shards$/ }, { xet: true }],
  ['the commit', { path: commitPath }, {}],
];

describe.each(requests)('%s', (_, where, options) => {
  test.each(once)('may meet %s: the commit is made once', async (kind, fault) => {
    const setup = await hubWith(options);
    const { hub, repository, file, log } = setup;
    const repo = repository(kind === 'a stall' ? { timing: stalls } : {});
    await repo.ensure();
    const files = [file('data/a.parquet', 250_000), file('b.txt', 30)];
    hub.faults.push({ ...where, ...fault });
    const { oid, sentBytes } = await repo.commit({ summary: 'Add', add: files });
    expect(hub.faults).toEqual([]);
    expect(log().map(({ added }) => added)).toEqual([expect.arrayContaining(['data/a.parquet', 'b.txt'])]);
    expect(oid).toBe(hub.repos['org/ds']!.refs['main']);
    expectThere(setup, files);
    expect(hub.complaints).toEqual([]);
    expect(sentBytes).toBeLessThan(2 * 251_000);
    const { retries, unanswered, throttled } = repo.counts;
    expect(retries + unanswered + throttled).toBeGreaterThan(0);
  });
});

test('a commit whose answer says 504 and that took place is not made again, and nothing is sent twice', async () => {
  const setup = await hubWith();
  const { hub, repository, file, log } = setup;
  const repo = repository();
  await repo.ensure();
  hub.faults.push({ path: commitPath, kind: 'status-after', status: 504 });
  const add = [file('data/a.parquet', 5000)];
  const result = await repo.commit({ summary: 'Add', add });
  expect(result).toEqual({
    oid: log()[0]!.oid,
    isNew: true,
    commits: 1,
    sentBytes: 5000,
    thereFiles: 0,
    thereBytes: 0,
  });
  expect(log()).toHaveLength(1);
  expect(hub.seen.filter(({ path }) => commitPath.test(path))).toHaveLength(1);
  expect(hub.taken.basic).toBe(5000);
  expect(repo.counts).toEqual({ commits: 0, retries: 0, conflicts: 0, throttled: 0, unanswered: 1 });
});

test('a commit whose answer breaks off is looked up', async () => {
  const { hub, repository, file, log } = await hubWith();
  const repo = repository();
  await repo.ensure();
  hub.faults.push({ path: commitPath, kind: 'cut' });
  expect(await repo.commit({ summary: 'Add', add: [file('a.parquet', 10)] })).toMatchObject({ isNew: true });
  expect(log()).toHaveLength(1);
});

test('a commit that somebody else came before is made on the new head, with what depends on it made anew', async () => {
  const { hub, repository, file, log } = await hubWith();
  const repo = repository();
  await repo.ensure();
  hub.faults.push({ path: commitPath, kind: 'conflict', times: 2 });
  const add = file('data/a.parquet', 5000);
  const seen: number[] = [];
  const amend = async (at: string) => {
    seen.push((await repo.tree('others', at)).length);
    return [{ path: 'README.md', content: Buffer.from(`${seen.at(-1)}`) }];
  };
  await repo.commit({ summary: 'Add', add: [add], amend });
  expect(seen).toEqual([0, 1, 2]);
  expect(log()).toHaveLength(1);
  const files = hub.repos['org/ds']!.commits[await repo.head()]!;
  expect(Object.keys(files).filter((path) => path.startsWith('others/'))).toHaveLength(2);
  expect(Buffer.from((await repo.read('README.md', await repo.head()))!).toString()).toBe('2');
  expect(repo.counts.conflicts).toBe(2);
  expect(hub.taken.basic).toBe(5000);
});

test('conflicts without end are an error that says so', async () => {
  const { hub, repository, file, log } = await hubWith();
  const repo = repository();
  await repo.ensure();
  hub.faults.push({ path: commitPath, kind: 'status', status: 412, times: 99 });
  await expect(repo.commit({ summary: 'Add', add: [file('a.parquet', 10)] })).rejects.toMatchObject({
    code: 'IO',
    message: expect.stringMatching(/412.*10 times in a row \(others committed first\)/),
  });
  expect([log().length, repo.counts.conflicts]).toEqual([0, 10]);
});

test('what others removed meanwhile is sent again', async () => {
  const setup = await hubWith();
  const { hub, repository, file } = setup;
  const repo = repository();
  await repo.ensure();
  const files = [file('a.parquet', 10), file('b.parquet', 10)];
  await repo.commit({ summary: 'Add', add: files });
  const other = repository();
  await other.commit({ summary: 'Remove', add: [], remove: ['a.parquet'] });
  expect(Object.keys(hub.repos['org/ds']!.commits[await repo.head()]!)).not.toContain('a.parquet');
  await repo.commit({ summary: 'Add', add: files });
  expectThere(setup, files);
});

describe('the quota', () => {
  test('of 128 commits an hour is kept without the server having to say so, also by the run after', async () => {
    const { repository, file, waits, notices, folder } = await hubWith();
    const clock = clockOf(waits);
    const quotaFile = `${folder}/quota.json`;
    const quota = new CommitQuota(clock);
    for (let n = 0; n < commitsAnHour - 1; n++) await quota.turn({ file: quotaFile });
    expect(waits).toEqual([]);
    const repo = repository({ clock, quotaFile, quota: new CommitQuota(clock) });
    await repo.ensure();
    await repo.commit({ summary: '128', add: [file('a.parquet', 10)] });
    expect(waits).toEqual([]);
    await repo.commit({ summary: '129', add: [file('b.parquet', 10)] });
    expect(waits).toEqual([3_600_000]);
    expect(notices).toEqual(['hf://datasets/org/ds: the Hub takes 128 commits an hour: the next one waits 60 min']);
  });

  test('that the server keeps is waited for as long as it says', async () => {
    const { hub, repository, file, log, waits, notices } = await hubWith();
    const repo = repository();
    await repo.ensure();
    hub.faults.push({ path: commitPath, kind: 'status', status: 429, headers: { 'retry-after': '1800' } });
    await repo.commit({ summary: 'Add', add: [file('a.parquet', 10)] });
    expect(log()).toHaveLength(1);
    expect(waits).toHaveLength(1);
    expect(waits[0]).toBeGreaterThanOrEqual(1_800_000);
    expect(waits[0]).toBeLessThan(1_802_000);
    expect(notices).toEqual([
      expect.stringContaining('takes no commits at the moment (429): the next try is in 30 min'),
    ]);
    expect(repo.counts.throttled).toBe(1);
  });

  test('of a time that no run waits for is an error', async () => {
    const { hub, repository, file, waits } = await hubWith();
    const repo = repository();
    await repo.ensure();
    hub.faults.push({ path: commitPath, kind: 'status', status: 429, headers: { 'retry-after': '86400' } });
    await expect(repo.commit({ summary: 'Add', add: [file('a.parquet', 10)] })).rejects.toThrow('429');
    expect(waits).toEqual([]);
  });

  test('turn() counts nothing of a file that is none, or of times to come', async () => {
    const { folder, text, waits } = await hubWith();
    text('q1', 'no JSON');
    text('q2', JSON.stringify({ commits: Array.from({ length: 500 }, () => 9_000_000_000_000) }));
    for (const name of ['q1', 'q2']) await new CommitQuota(clockOf(waits)).turn({ file: `${folder}/${name}` });
    expect(waits).toEqual([]);
  });
});

test('413 makes commits smaller', async () => {
  const setup = await hubWith();
  const { hub, repository, file, log } = setup;
  const repo = repository();
  await repo.ensure();
  hub.faults.push({ path: commitPath, kind: 'status', status: 413, times: 2 });
  const files = Array.from({ length: 8 }, (_, n) => file(`${n}.parquet`, 10));
  expect(await repo.commit({ summary: 'Add', add: files })).toMatchObject({ commits: 4 });
  expect(log().map(({ added }) => added.length)).toEqual([2, 2, 2, 2]);
  expectThere(setup, files);
  hub.faults.push({ path: commitPath, kind: 'status', status: 413, times: 99 });
  await expect(repo.commit({ summary: 'Add', add: [file('x.parquet', 10)] })).rejects.toThrow('413');
});

describe('links and tokens that ran out', () => {
  test.each([
    ['of a PUT', { method: 'PUT', status: 403, body: '<Error><Code>ExpiredToken</Code></Error>' }, {}],
    [
      'of a part',
      { method: 'PUT', skip: 2, status: 403, body: '<Error><Code>ExpiredToken</Code></Error>' },
      { partBytes: 100_000 },
    ],
    ['of xet', { path: /\/xorbs\//, status: 401 }, { xet: true }],
  ])('%s begin the upload anew', async (_, fault, options) => {
    const setup = await hubWith(options);
    const { hub, repository, file, log } = setup;
    const repo = repository();
    await repo.ensure();
    const files = [file('a.parquet', 250_000)];
    hub.faults.push({ kind: 'status', ...fault });
    await repo.commit({ summary: 'Add', add: files });
    expect([log().length, hub.faults]).toEqual([1, []]);
    expectThere(setup, files);
  });

  test('are an error when they do so for ever, without the link', async () => {
    const { hub, repository, file } = await hubWith();
    const repo = repository();
    await repo.ensure();
    hub.faults.push({ method: 'PUT', kind: 'status', status: 403, body: 'AccessDenied', times: 99 });
    const error = await repo.commit({ summary: 'Add', add: [file('a.parquet', 10)] }).catch((e) => e);
    expect(error).toMatchObject({
      code: 'ACCESS',
      message: expect.stringContaining('5 times in a row (the upload was begun anew)'),
    });
    expect(JSON.stringify([error.message, error.stack, String(error.cause)])).not.toContain('signature');
  });
});

describe('a part', () => {
  test.each(['wrong-etag', 'no-etag'] as const)('with %s is sent again', async (kind) => {
    const setup = await hubWith({ partBytes: 100_000 });
    const { hub, repository, file, log } = setup;
    const repo = repository();
    await repo.ensure();
    const files = [file('a.parquet', 250_000)];
    hub.faults.push({ method: 'PUT', kind });
    await repo.commit({ summary: 'Add', add: files });
    expect([log().length, hub.faults]).toEqual([1, []]);
    expectThere(setup, files);
  });
});

describe('who may not write', () => {
  test.each([
    ['no token that the Hub knows', 401],
    ['a token to read with', 403],
  ])('has %s and is told so at once', async (_, status) => {
    const { hub, repository, file, waits } = await hubWith({ writeToken: 'another' });
    await repository({ token: 'another' }).ensure();
    if (status === 401)
      hub.faults.push({
        path: /\/preupload\//,
        kind: 'status',
        status,
        body: '{"error":"Invalid username or password."}',
      });
    const repo = repository();
    const error = await repo.commit({ summary: 'Add', add: [file('a.parquet', 10)] }).catch((e) => e);
    expect(error).toMatchObject({
      code: 'ACCESS',
      message: expect.stringMatching(
        new RegExp(`answered ${status} .*check that the token \\(HF_TOKEN\\) has not expired and may write`),
      ),
    });
    expect(error.message).not.toContain('any-token');
    expect(hub.seen.filter(({ path }) => /preupload/.test(path))).toHaveLength(1);
    expect(waits).toEqual([]);
  });
});

describe('a file', () => {
  test('that is not what it was when it was made is an error, whatever its kind', async () => {
    const { repository, file, log } = await hubWith();
    const repo = repository();
    await repo.ensure();
    for (const path of ['a.parquet', 'big.parquet', 'a.txt']) {
      const made = file(path, path.startsWith('big') ? 12_000_000 : 1000);
      file(path, made.size, 'other bytes');
      await expect(repo.commit({ summary: 'Add', add: [made] })).rejects.toMatchObject({
        code: 'IO',
        message: expect.stringMatching(/Cannot upload .*(big\.parquet|a\.parquet|a\.txt).*chang/),
      });
    }
    expect(log()).toEqual([]);
  });

  test('that grows is an error before anything is sent', async () => {
    const { repository, file, log } = await hubWith();
    const repo = repository();
    await repo.ensure();
    const made = file('a.parquet', 1000);
    appendFileSync(made.local, 'x');
    await expect(repo.commit({ summary: 'Add', add: [made] })).rejects.toThrow(
      'it changed while it was sent (expected 1000 bytes, found 1001)',
    );
    expect(log()).toEqual([]);
  });

  test('that changes between its parts is an error', async () => {
    const { hub, repository, file, log } = await hubWith({ partBytes: 1_000_000 });
    const made = file('a.parquet', 12_000_000);
    const repo = repository({
      onBytes: () => {
        if (hub.taken.parts > 2_000_000) file('a.parquet', 12_000_000, 'later');
      },
    });
    await repo.ensure();
    await expect(repo.commit({ summary: 'Add', add: [made] })).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringContaining('it changed while it was sent'),
    });
    expect(log()).toEqual([]);
  });
});

describe('a stop', () => {
  test.each([
    ['a PUT', { method: 'PUT', kind: 'stall' }],
    ['a commit', { path: commitPath, kind: 'stall' }],
    ['the head', { path: /\/revision\//, kind: 'stall' }],
  ] as const)('ends the wait for %s at once', async (_, fault) => {
    const { hub, repository, file } = await hubWith();
    const stop = new AbortController();
    await repository().ensure();
    const repo = repository({ stop: stop.signal });
    hub.faults.push({ ...fault });
    const work = repo.commit({ summary: 'Add', add: [file('a.parquet', 10)] });
    const ended = expect(work).rejects.toThrow('enough');
    while (hub.stalled.size === 0) await new Promise((resolve) => setImmediate(resolve));
    stop.abort(new Error('enough'));
    await ended;
  });
});
