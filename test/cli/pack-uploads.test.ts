/** pack() with uploaders of users: those that take files get each shard from the thread that made it, those that take folders the whole at the end. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { Converter, pack, Uploader } from '../../dist/index.js';
import { Files, Folders } from '../data/uploads/uploaders.mjs';
import { scratch, tree } from '../unit/jobs/folder.ts';

const module = new URL('../data/uploads/uploaders.mjs', import.meta.url);

class Texts extends Converter {
  override get converterName() {
    return 'texts';
  }
  override *samples() {
    for (let i = 0; i < 5; i++) yield { text: `${i}` };
  }
}

async function packed(make: (options: { readonly to: string; readonly log: string }) => Uploader | object) {
  const folder = scratch();
  const [out, to, log] = ['ds', 'to', 'log'].map((name) => join(folder, name)) as [string, string, string];
  await pack({ converter: new Texts(), out, samplesPerShard: 2, workers: 2, upload: make({ to, log }) as Uploader });
  const made = Object.entries(tree(out)).filter(([name]) => !name.startsWith('.bowerbird/'));
  expect(made.length).toBe(8);
  expect(tree(to)).toEqual(Object.fromEntries(made));
  return readFileSync(log, 'utf8').trim().split('\n');
}

/** Shards may come in any order. */
const shards = [0, 1, 2].flatMap((n) => ['data', 'lock'].map((file) => `shard_0000${n}/${file}.mdb`));
const ends = ['open', 'main pack.json', 'main metadata.json', 'close'];

describe.each<[string, (options: { readonly to: string; readonly log: string }) => Uploader | object]>([
  ['an object of a class that says its module', (options) => new Files(options)],
  ['a class of a module', (options) => ({ module, export: 'Files', options })],
])('%s', (_, make) => {
  test('that takes files gets shards when they are done, and metadata.json last', async () => {
    const said = await packed(make);
    expect(said.slice(-ends.length)).toEqual(ends);
    const files = said.filter((word) => / shard_/.test(word));
    expect(files.map((word) => word.replace(/^\w+ /, '')).sort()).toEqual(shards);
    expect(said.filter((word) => word === 'open').length).toBe(4);
    expect(said.filter((word) => word === 'close').length).toBe(4);
  });
});

describe.each<[string, (options: { readonly to: string; readonly log: string }) => Uploader | object]>([
  ['an object of a class that says its module', (options) => new Folders(options)],
  ['a class of a module', (options) => ({ module, export: 'Folders', options })],
  [
    'an object of a class that nobody else can make',
    (options) =>
      new (class extends Uploader {
        override upload = Folders.prototype.upload;
      })(options),
  ],
])('%s', (_, make) => {
  test('that takes folders gets the whole once, at the end', async () => {
    expect(await packed(make)).toEqual(['upload']);
  });
});
