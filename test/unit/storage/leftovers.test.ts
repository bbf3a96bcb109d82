/** Temporary files: those that nobody holds go, those of a run that goes on stay. */

import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { publishFile } from '../../../src/storage/drafts.ts';
import { holdTemporary, removeLeftovers } from '../../../src/storage/local/leftovers.ts';
import { scratch } from '../jobs/folder.ts';

async function* content(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('new');
}

const names = (folder: string) => readdirSync(folder).sort();

test('publishFile() removes what killed processes left, and nothing else', async () => {
  const folder = scratch();
  const stale = ['.a.12345-0.bowerbird-tmp', '.b.wav.1-77.bowerbird-tmp', `.c.${process.pid}-0.bowerbird-tmp`];
  // Drafts of jobs, which clean up by their own journals; files of others; folders and links.
  const kept = ['.x.wav.bowerbird-tmp', '.x.12-3.tmp', 'x.12-3.bowerbird', '.other', '.y.1.bowerbird-tmp'];
  for (const name of [...stale, ...kept]) writeFileSync(join(folder, name), name);
  mkdirSync(join(folder, '.folder.1-1.bowerbird-tmp'));
  symlinkSync('nowhere', join(folder, '.link.1-1.bowerbird-tmp'));
  await publishFile(join(folder, 'c'), content());
  expect(names(folder)).toEqual([...kept, 'c', '.folder.1-1.bowerbird-tmp', '.link.1-1.bowerbird-tmp'].sort());
});

test('what is being made stays, and its maker is told when it was taken for a leftover', () => {
  const folder = scratch();
  const path = join(folder, '.a.1-1.bowerbird-tmp');
  writeFileSync(path, 'x');
  const held = holdTemporary(path);
  removeLeftovers(folder);
  expect(names(folder)).toEqual(['.a.1-1.bowerbird-tmp']);
  held?.release();
  // Once a folder and thread: a folder may hold many files.
  removeLeftovers(folder);
  expect(names(folder)).toEqual(['.a.1-1.bowerbird-tmp']);
  removeLeftovers(join(folder, '..', folder.split('/').at(-1)!, 'gone'));
  // Gone between its making and its lock: the maker takes another name.
  expect(holdTemporary(join(folder, '.b.1-1.bowerbird-tmp'))).toBeUndefined();
});

test('publishFile() takes another name when its own is taken by a thread that counts as it does', async () => {
  const folder = scratch();
  await publishFile(join(folder, 'first'), content());
  const held = Array.from({ length: 50 }, (_, i) => {
    const path = join(folder, `.second.${process.pid}-${i}.bowerbird-tmp`);
    writeFileSync(path, 'of another thread');
    return holdTemporary(path)!;
  });
  await publishFile(join(folder, 'second'), content());
  for (const { release } of held) release();
  expect(names(folder)).toContain('second');
  expect(names(folder).filter((name) => name.endsWith('tmp')).length).toBe(50);
});

test('threads that begin in one new folder at once take no file from each other', async () => {
  const drafts = new URL('../../../dist/storage/drafts.js', import.meta.url).href;
  const code = `
    const { parentPort, workerData: { root, n, gate } } = require('node:worker_threads');
    import(${JSON.stringify(drafts)}).then(async ({ publishFile }) => {
      parentPort.postMessage('ready');
      Atomics.wait(gate, 0, 0);
      const content = async function* () { yield Buffer.from(String(n)); };
      for (let i = 0; i < 20; i++) await publishFile(root + '/' + i + '/' + n, content());
      parentPort.postMessage('done');
    });`;
  for (let round = 0; round < 8; round++) {
    const root = scratch();
    const gate = new Int32Array(new SharedArrayBuffer(4));
    const threads = [0, 1, 2, 3].map((n) => new Worker(code, { eval: true, workerData: { root, n, gate } }));
    const heard = (message: string) =>
      Promise.all(
        threads.map(
          (thread) =>
            new Promise<void>((resolve, reject) => {
              thread.on('message', (text) => text === message && resolve()).once('error', reject);
            }),
        ),
      );
    const done = heard('done');
    await heard('ready');
    Atomics.store(gate, 0, 1);
    Atomics.notify(gate, 0);
    await done;
    for (let i = 0; i < 20; i++) expect(names(join(root, String(i)))).toEqual(['0', '1', '2', '3']);
    await Promise.all(threads.map((thread) => thread.terminate()));
  }
});
