/** Every command on links with passwords and signatures: neither is printed, written, or part of a name, whatever goes wrong. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { written } from '../support/array-records.ts';
import { wav } from '../support/labelled.ts';
import { flipped, record, tfrecord } from '../support/records.ts';
import { brokenLinks, expectNoSecret, expectNoSecretIn, secretServer } from '../support/secret-links.ts';
import { bowerbird, type Ended, scratch } from './built.ts';

const server = await secretServer();
afterAll(() => server.close());

const made = mkdtempSync(join(tmpdir(), 'bowerbird-'));
afterAll(() => rmSync(made, { recursive: true }));
const three = tfrecord(record(), record(), record());
for (const [name, bytes] of Object.entries({
  'good.tfrecord': three,
  'good.tfrecord.gz': gzipSync(three),
  'bad.tfrecord': flipped(three, three.length - 100),
  'good.arrayrecord': readFileSync(await written(['a', 'b', 'c'], '', join(made, 'x'))),
  'a.wav': wav([1, 2, 3]),
  'b.wav': wav([4, 5]),
  'cut.wav': wav([1, 2, 3]).subarray(0, 40),
  'text.txt': Buffer.from('no recording at all, and longer than any header of one would be'),
})) {
  server.files.set(name, bytes);
}

/** Runs it as it is and with --json, each in a folder of its own, and looks at all that is there then. */
async function silently(args: readonly string[], files: { readonly [name: string]: string } = {}): Promise<Ended> {
  let plain: Ended | undefined;
  for (const more of [[], ['--json']]) {
    const folder = scratch(files);
    const ended = await bowerbird(folder, [...args, ...more], { AWS_ENDPOINT_URL: `http://${server.host}` });
    expectNoSecret(`stdout of ${args[0]}`, ended.stdout);
    expectNoSecret(`stderr of ${args[0]}`, ended.stderr);
    expect(ended.stderr).not.toContain('defect');
    expectNoSecretIn(folder, Object.keys(files));
    plain ??= ended;
  }
  return plain!;
}

const names = [...server.files.keys()];

describe.each(['verify', 'inspect'])('%s', (command) => {
  test.each(names)('of %s', async (name) => {
    const { code, stdout, stderr } = await silently([command, server.link(name)]);
    expect(code, stderr).toBeLessThan(5);
    // The command did reach the file: it is not only silent because it failed.
    expect(stdout + stderr).not.toMatch(/403|NOT_FOUND/);
  });

  test('of links that lead nowhere', async () => {
    for (const link of [server.wrong('a.wav'), server.link('gone.wav'), ...brokenLinks.slice(2)]) {
      expect((await silently([command, link])).code).not.toBe(0);
    }
  });
});

test.each(['bad.tfrecord', 'good.arrayrecord'])('repair of %s', async (name) => {
  const { code, stderr } = await silently(['repair', server.link(name), '--out', 'out']);
  expect([0, 3], stderr).toContain(code);
});

test('extract, all of it and with rejects', async () => {
  const good = await silently([
    'extract',
    server.link('good.tfrecord'),
    server.link('good.tfrecord.gz'),
    '--out',
    'out',
  ]);
  expect(good, good.stderr).toMatchObject({ code: 0 });
  const bad = await silently(['extract', server.link('bad.tfrecord'), '--out', 'out', '--on-error', 'salvage']);
  expect(bad, bad.stderr).toMatchObject({ code: 3 });
  const failing = await silently(['extract', server.link('bad.tfrecord'), '--out', 'out']);
  expect(failing.stderr).toContain(`"${server.shown('bad.tfrecord')}"`);
  expect((await silently(['extract', server.link('text.txt'), '--out', 'out', '--dry-run'])).code).toBe(0);
});

test('decode, to a folder and to a file', async () => {
  const many = await silently(['decode', server.link('a.wav'), server.link('b.wav'), '--out', 'out']);
  expect(many, many.stderr).toMatchObject({ code: 0 });
  const one = await silently(['decode', server.link('a.wav'), '--out', 'out.wav']);
  expect(one, one.stderr).toMatchObject({ code: 0 });
  await silently(['decode', server.link('cut.wav'), server.link('text.txt'), '--out', 'out', '--lenient']);
});

test.each([['--shards', '2'], ['--match-inputs'], ['--shards', '1', '--proof']])(
  'convert %s %s',
  async (...choices) => {
    const inputs = ['good.tfrecord', 'good.tfrecord.gz', 'good.arrayrecord'].map((name) => server.link(name));
    const good = await silently(['convert', ...inputs, '--to', 'arrayrecord', '--out', 'out/', ...choices]);
    expect(good, good.stderr).toMatchObject({ code: 0 });
    const bad = [...inputs, server.link('bad.tfrecord'), '--to', 'tfrecord', '--out', 'out/', ...choices];
    await silently(['convert', ...bad]);
    expect((await silently(['convert', ...bad, '--on-error', 'salvage'])).code).toBe(3);
  },
);

test('ingest of links, and of names below a folder behind a password', async () => {
  const rows = ['a.wav', 'b.wav', 'a.wav', 'text.txt', 'gone.wav', 'cut.wav'];
  const csv = (of: (name: string) => string) => `label,path\n${rows.map((name, i) => `${i},${of(name)}`).join('\n')}\n`;
  const lists = { 'links.csv': csv((name) => server.link(name)), 'names.csv': csv((name) => name) };
  server.files.set('far.csv', Buffer.from(lists['links.csv']));
  const how = ['--out', 'out/', '--mode', 'rich', '--on-error'];
  for (const args of [
    ['ingest', 'links.csv', ...how, 'skip'],
    ['ingest', 'links.csv', '--allow-outside', ...how, 'skip'],
    ['ingest', 'names.csv', '--audio', server.folder(''), ...how, 'salvage'],
    ['ingest', server.link('far.csv'), ...how, 'fail'],
    ['ingest', server.link('far.csv'), '--allow-outside', ...how, 'fail'],
    ['ingest', server.link('far.csv'), '--dry-run', ...how, 'skip'],
    ['ingest', server.wrong('far.csv'), ...how, 'skip'],
  ]) {
    const { code, stderr } = await silently(args, lists);
    expect(code, stderr).not.toBe(2);
  }
});

test('links of outputs, and links where something else is due', async () => {
  const web = 'http://topsecretuser:topsecretpass@127.0.0.1/out/';
  const signed = 's3://bucket/out?X-Amz-Signature=topsecret/';
  const named = 's3://topsecretuser:topsecretpass@bucket/out/';
  for (const args of [
    ['extract', server.link('good.tfrecord'), '--out', web],
    ['extract', server.link('good.tfrecord'), '--out', signed],
    ['decode', server.link('a.wav'), '--out', named],
    ['decode', server.link('a.wav'), '--out', `${signed}x.wav`],
    ['convert', server.link('good.tfrecord'), '--to', 'tfrecord', '--out', signed],
    ['convert', server.link('good.tfrecord'), '--to', 'tfrecord', '--out', named],
    ['repair', server.link('bad.tfrecord'), '--out', web],
  ]) {
    const { code, stderr } = await silently(args);
    expect([1, 2], stderr).toContain(code);
  }
  const link = server.link('a.wav');
  await silently(['verify', `--bogus=${link}`]);
  await silently(['verify', link, '--workers', link]);
  await silently([link]);
  await silently(['repair', link, link, '--out', 'x']);
  await silently(['extract', link, '--out', 'out', '--names', link]);
  await silently(['decode', link, server.link('a.wav'), '--out', 'out.wav']);
});

test('a run with new signatures goes on where one with others ended', async () => {
  const folder = scratch({ 'links.csv': '' });
  const run = async (args: readonly string[]) => JSON.parse((await bowerbird(folder, [...args, '--json'])).stdout);
  const csv = () =>
    writeFileSync(join(folder, 'links.csv'), `label,path\n1,${server.link('a.wav')}\n2,${server.link('b.wav')}\n`);
  const commands = [
    () => ['extract', server.link('good.tfrecord'), server.link('good.tfrecord.gz'), '--out', 'extracted'],
    () => ['decode', server.link('a.wav'), server.link('b.wav'), '--out', 'decoded'],
    () => [
      'convert',
      server.link('good.tfrecord'),
      server.link('good.arrayrecord'),
      '--to',
      'tfrecord',
      '--shards',
      '2',
      '--out',
      'converted/',
    ],
    () => ['ingest', 'links.csv', '--out', 'ingested/', '--mode', 'rich', '--shards', '2', '--allow-outside'],
  ];
  for (const command of commands) {
    csv();
    const first = await run(command());
    csv();
    const again = await run(command());
    expect([first.done, first.skipped, again.done, again.skipped], command()[0]).toEqual([2, 0, 0, 2]);
  }
  expect(readdirSync(join(folder, 'decoded')).sort()).toEqual(['.bowerbird', 'a.wav', 'b.wav', 'decode.json']);
  const { files } = JSON.parse(readFileSync(join(folder, 'decoded/decode.json'), 'utf8'));
  expect(files.map(({ input }: { input: string }) => input)).toEqual(['a.wav', 'b.wav'].map(server.shown));
  expect(existsSync(join(folder, 'extracted/embeddings/good.npy'))).toBe(false);
  // The object itself still counts.
  server.files.set('b.wav', wav([6, 7]));
  const changed = await run(commands[1]!());
  expect([changed.done, changed.skipped]).toEqual([1, 1]);
});
