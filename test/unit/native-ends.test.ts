/** What a thread leaves behind when it is terminated, as others find it. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { writeTfRecords } from '../../src/api/write-tfrecords.ts';
import { parseArrayRecordOptions } from '../../src/formats/records/array-record-options.ts';
import { createEncoder } from '../../src/formats/records/array-record-writer.ts';
import { native } from '../../src/native/native.ts';

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-native-ends-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** A thread that runs `code` with the module of `dist/` as `it`, and lives on until it is terminated. */
async function thread(module: string, code: string): Promise<Worker> {
  const url = new URL(`../../dist/${module}`, import.meta.url).href;
  const source = `const { parentPort } = require('node:worker_threads');
    setInterval(() => {}, 1000);
    import(${JSON.stringify(url)}).then(async (it) => { ${code} });`;
  const worker = new Worker(source, { eval: true });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  return worker;
}

test('a lock is free when the thread that held it was terminated', async () => {
  const path = join(scratch(), 'x.lock');
  const holder = await thread(
    'native/native.js',
    `parentPort.postMessage(it.native().lockFile(${JSON.stringify(path)}, false))`,
  );
  const lock = () => native().lockFile(path, false);
  expect(lock()).toBeLessThan(0);
  await holder.terminate();
  const fd = lock();
  expect(fd).toBeGreaterThan(0);
  native().unlockFile(path, fd);
});

test('a thread that was terminated while it wrote a file does not keep others from writing it', async () => {
  const folder = scratch();
  const path = join(folder, 'x.tfrecord');
  const writes = `const forever = (async function* () { for (;;) { yield new Uint8Array(9); await new Promise((next) => setTimeout(next, 9)); } })();
    it.writeTfRecords(${JSON.stringify(path)}, forever);
    const { readdirSync } = require('node:fs');
    const poll = setInterval(() => { if (readdirSync(${JSON.stringify(folder)}).length > 0) parentPort.postMessage(0); }, 2);`;
  for (let i = 0; i < 2; i++) {
    const writer = await thread('api/write-tfrecords.js', writes);
    await writer.terminate();
    // What the thread before left was removed by this one.
    expect(readdirSync(folder)).toHaveLength(1);
  }
  await writeTfRecords(path, [new Uint8Array(9)]);
  expect(readdirSync(folder)).toEqual(['x.tfrecord']);
});

test('an encoded batch is laid out once, when it is there', async () => {
  const encoder = createEncoder(parseArrayRecordOptions('group_size:1,zstd:3'));
  encoder.begin();
  const values = new Uint8Array(100);
  const encoding = encoder.encode(values, Float64Array.of(100));
  const other = encoder.encode(values, Float64Array.of(100));
  const first = await encoding;
  const second = await other;
  expect(encoder.layOut(second).length).toBeGreaterThan(0);
  expect(encoder.layOut(first).length).toBeGreaterThan(0);
  for (const gone of [first, second, 2, -1, 0.5, 'x', null]) {
    expect(() => encoder.layOut(gone as typeof first)).toThrow(TypeError);
  }
});
