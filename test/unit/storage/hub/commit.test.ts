/** Commits to the Hub when all goes well: what is sent, what is not, and in how many commits. */

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { refuseTooMany } from '../../../../src/storage/hub/changes.ts';
import { HubRepository } from '../../../../src/storage/hub/repository.ts';
import { fileOf } from '../../../support/hub/reading.mjs';
import { hubWith } from './repositories.ts';

type Hub = Awaited<ReturnType<typeof hubWith>>['hub'];

const bytesAt = (hub: Hub, path: string): Buffer => {
  const { refs, commits } = hub.repos['org/ds']!;
  const { size, read } = fileOf(hub, commits[refs['main']!]![path]!);
  return read(0, size);
};
const puts = (hub: Hub) => hub.seen.filter(({ method }) => method === 'PUT').length;

describe.each([
  ['basic transfers', {}],
  ['parts', { partBytes: 100_000 }],
  ['xet', { xet: true }],
  ['a folder elsewhere', { redirects: true }],
])('by %s', (_, options) => {
  test('commit() puts large and small files there in one commit, and tells what it sent', async () => {
    const { hub, repository, file, log } = await hubWith(options);
    const repo = repository();
    const [large, empty, small] = [file('data/a.parquet', 345_678), file('data/b.parquet', 0), file('note.txt', 17)];
    const first = await repo.ensure();
    const { oid, ...told } = await repo.commit({ summary: 'Add data', add: [large, small, empty] });
    expect(log()).toEqual([
      {
        oid,
        parent: first,
        summary: 'Add data',
        added: expect.arrayContaining(['data/a.parquet', 'data/b.parquet', 'note.txt']),
        removed: [],
      },
    ]);
    for (const { path, local } of [large, small, empty])
      expect(bytesAt(hub, path).equals(readFileSync(local))).toBe(true);
    expect(told).toMatchObject({ isNew: true, commits: 1, thereBytes: 0 });
    // Of xorbs a little more goes over the wire, for what stands before each chunk.
    expect(told.sentBytes).toBeGreaterThanOrEqual(345_678);
    expect(told.sentBytes).toBeLessThan(347_000);
    expect(await repo.head()).toBe(oid);
    expect(hub.complaints).toEqual([]);
  });
});

test('commit() uses parts and xorbs where the server offers them, and not where xet is off', async () => {
  const { hub, repository, file } = await hubWith({ xet: true, partBytes: 100_000 });
  await repository().ensure();
  await repository({ xet: 'off' }).commit({ summary: 's', add: [file('a.parquet', 250_000)] });
  expect(hub.taken).toEqual({ basic: 0, parts: 250_000, xorbs: 0 });
  await repository({ xet: 'on' }).commit({ summary: 's', add: [file('b.parquet', 250_000)] });
  expect(hub.taken).toEqual({ basic: 0, parts: 250_000, xorbs: expect.any(Number) });
  expect(hub.taken.xorbs).toBeGreaterThan(250_000);
});

test('commit() by xet sends bytes packed where that is less, and nothing of a chunk twice', async () => {
  const { hub, repository, file, written } = await hubWith({ xet: true });
  const repo = repository();
  await repo.ensure();
  const noise = readFileSync(file('noise', 500_000).local);
  const ramp = Buffer.from(Float32Array.from({ length: 200_000 }, (_, n) => n).buffer);
  const words = Buffer.from('to be or not to be '.repeat(40_000));
  const add = [
    ...[written('ramp.parquet', ramp), written('words.parquet', words), written('noise.parquet', noise)],
    ...[written('twice.parquet', Buffer.concat([noise, noise])), written('tiny.parquet', Buffer.from('x'))],
  ];
  await repo.commit({ summary: 'Add', add });
  for (const { path, local } of add) expect(bytesAt(hub, path).equals(readFileSync(local))).toBe(true);
  expect(hub.taken.xorbs).toBeLessThan(1_800_000);
  expect(hub.complaints).toEqual([]);
});

test('commit() with xet as "on" is an error where the server does not offer it', async () => {
  const { repository, file, log } = await hubWith();
  const repo = repository({ xet: 'on' });
  await repo.ensure();
  await expect(repo.commit({ summary: 's', add: [file('a.parquet', 9)] })).rejects.toMatchObject({
    code: 'UNSUPPORTED',
    message: expect.stringContaining('by xet: the server offers "basic"'),
  });
  expect(log()).toEqual([]);
});

test('commit() makes none of what is there with the same bytes, whoever put it there', async () => {
  const { hub, repository, file, log } = await hubWith();
  await repository().ensure();
  const files = [file('data/a.parquet', 5000), file('readme.txt', 20)];
  const { oid } = await repository().commit({ summary: 'one', add: files });
  const sent = puts(hub);
  const again = await repository().commit({ summary: 'two', add: files });
  expect(again).toEqual({ oid, isNew: false, commits: 0, sentBytes: 0, thereFiles: 2, thereBytes: 5020 });
  expect([log().length, puts(hub)]).toEqual([1, sent]);
  const more = await repository().commit({ summary: 'three', add: [...files, file('data/b.parquet', 10)] });
  expect(more).toMatchObject({ isNew: true, thereBytes: 5020, sentBytes: 10 });
  expect(log().map(({ added }) => added)).toEqual([expect.any(Array), ['data/b.parquet']]);
  expect(puts(hub)).toBe(sent + 1);
});

test('commit() of other bytes of the same size replaces them', async () => {
  const { hub, repository, file } = await hubWith();
  const repo = repository();
  await repo.ensure();
  for (const path of ['a.parquet', 'a.txt']) {
    await repo.commit({ summary: 's', add: [file(path, 100, 'one')] });
    const other = file(path, 100, 'two');
    expect(await repo.commit({ summary: 's', add: [other] })).toMatchObject({ isNew: true });
    expect(bytesAt(hub, path).equals(readFileSync(other.local))).toBe(true);
  }
});

test('commit() removes and amends in the commit that adds, and what is not there is not removed', async () => {
  const { hub, repository, file, log } = await hubWith();
  const repo = repository();
  await repo.ensure();
  await repo.commit({ summary: 'old', add: [file('data/old-part-00.parquet', 10), file('data/keep.parquet', 11)] });
  const heads: string[] = [];
  const amend = async (at: string) => {
    heads.push(at);
    const names = (await repo.tree('data', at)).map(({ path }) => path).sort();
    return [{ path: 'README.md', content: Buffer.from(names.join(' ')) }];
  };
  const remove = ['data/old-part-00.parquet', 'data/never-was.parquet'];
  await repo.commit({ summary: 'new', add: [file('data/new.parquet', 12)], remove, amend });
  expect(log()[1]).toMatchObject({
    added: expect.arrayContaining(['data/new.parquet', 'README.md']),
    removed: ['data/old-part-00.parquet'],
  });
  expect(heads).toEqual([log()[0]!.oid]);
  expect(bytesAt(hub, 'README.md').toString()).toBe('data/keep.parquet data/old-part-00.parquet');
  // The card alone, which is no more right.
  expect(await repo.commit({ summary: 'card', add: [], amend })).toMatchObject({ isNew: true });
  expect(bytesAt(hub, 'README.md').toString()).toBe('data/keep.parquet data/new.parquet');
  expect(await repo.commit({ summary: 'card', add: [], amend })).toMatchObject({ isNew: false });
  expect(log()).toHaveLength(3);
});

test('commit() takes 50 files and 10 MB of small ones at a time, and amends with the last', async () => {
  const { repository, file, text, log, hub } = await hubWith();
  const repo = repository();
  await repo.ensure();
  const many = Array.from({ length: 103 }, (_, n) => file(`data/${n}.parquet`, 100 + n));
  const amend = async () => [{ path: 'README.md', content: Buffer.from('all') }];
  expect(await repo.commit({ summary: 'many', add: many, amend })).toMatchObject({ commits: 3 });
  expect(log().map(({ added }) => added.length)).toEqual([50, 50, 4]);
  expect(log()[2]!.added).toContain('README.md');
  // The Hub keeps text in the repository itself.
  const heavy = Array.from({ length: 3 }, (_, n) => text(`text/${n}.txt`, `${n}`.repeat(4_000_000)));
  expect(await repo.commit({ summary: 'heavy', add: heavy })).toMatchObject({ commits: 2 });
  expect(
    log()
      .slice(3)
      .map(({ added }) => added.length),
  ).toEqual([2, 1]);
  expect(hub.complaints).toEqual([]);
});

test('commit() refuses more names in a folder than the Hub takes, before it sends a byte', async () => {
  const { hub, repository, file, log } = await hubWith({ pageSize: 1000 });
  const repo = repository();
  await repo.ensure();
  hub.commit(
    'org/ds',
    Object.fromEntries(Array.from({ length: 9_999 }, (_, n) => [`data/en/${n}.txt`, Buffer.from('x')])),
  );
  await repo.commit({ summary: 's', add: [file('data/en/a.parquet', 10), file('data/de/a.parquet', 10)] });
  const sent = puts(hub);
  await expect(repo.commit({ summary: 's', add: [file('data/en/b.parquet', 10)] })).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringMatching(/10001 names in the folder "data\/en\/", expected at most 10000.*Nothing was sent/),
  });
  // What takes the place of another is no more than was there.
  await repo.commit({ summary: 's', add: [file('data/en/a.parquet', 20, 'other')] });
  await repo.commit({ summary: 's', add: [file('data/en/b.parquet', 10)], remove: ['data/en/7.txt'] });
  expect([log().length, puts(hub)]).toEqual([3, sent + 2]);
});

test('refuseTooMany() takes 100,000 files in a repository, and no more', () => {
  const there = new Map(
    Array.from({ length: 99_999 }, (_, n) => [`data/${n % 100}/${n}.txt`, { size: 1, oid: '', isLarge: false }]),
  );
  const adding = (...paths: string[]) => ({
    files: [],
    small: paths.map((path) => ({ path, content: Buffer.from('') })),
    remove: [],
  });
  expect(() => refuseTooMany('hf://datasets/org/ds', there, adding('a'))).not.toThrow();
  expect(() => refuseTooMany('hf://datasets/org/ds', there, adding('a', 'b'))).toThrow(
    '100001 files in the repository, expected at most 100000',
  );
  expect(() =>
    refuseTooMany('hf://datasets/org/ds', there, { ...adding('a', 'b'), remove: ['data/0/0.txt'] }),
  ).not.toThrow();
});

test('commits of several objects to one repository wait for each other', async () => {
  const { repository, file, log } = await hubWith();
  await repository().ensure();
  const adds = Array.from({ length: 5 }, (_, n) => file(`data/${n}.parquet`, 1000));
  const repos = adds.map(() => repository());
  await Promise.all(adds.map((add, n) => repos[n]!.commit({ summary: `${n}`, add: [add] })));
  expect(log().map(({ summary }) => summary)).toEqual(['0', '1', '2', '3', '4']);
  for (const { counts } of repos) expect(counts.conflicts).toBe(0);
});

test('ensure() makes a repository once, private where that is asked for; head() makes none', async () => {
  const { hub, repository } = await hubWith();
  await expect(repository().head()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  expect(hub.repos).toEqual({});
  const at = await repository({ private: true }).ensure();
  expect(hub.repos['org/ds']!.visibility).toBe('private');
  expect(await repository().ensure()).toBe(at);
  await expect(repository({ branch: 'other' }).ensure()).rejects.toMatchObject({ code: 'NOT_FOUND' });
});

test('tree() follows pages, and read() gives small files', async () => {
  const { hub, repository } = await hubWith();
  const repo = repository();
  await repo.ensure();
  hub.commit(
    'org/ds',
    Object.fromEntries(Array.from({ length: 120 }, (_, n) => [`data/${n}.txt`, Buffer.from(`${n}`)])),
  );
  const at = await repo.head();
  const files = await repo.tree('data', at);
  expect(files).toHaveLength(120);
  // From `git hash-object`.
  expect(files.find(({ path }) => path === 'data/7.txt')).toEqual({
    ...{ path: 'data/7.txt', size: 1, isLarge: false },
    oid: 'c7930257dfef505fd996e1d6f22f2f35149990d0',
  });
  expect(await repo.tree('nowhere', at)).toEqual([]);
  expect(Buffer.from((await repo.read('data/7.txt', at))!).toString()).toBe('7');
  expect(await repo.read('README.md', at)).toBeUndefined();
});

test('new HubRepository() refuses what names no dataset', () => {
  for (const repo of ['ds', 'a/b/c', 'org/', 'org/a b']) {
    expect(() => new HubRepository({ repo })).toThrow('expected OWNER/NAME');
  }
});
