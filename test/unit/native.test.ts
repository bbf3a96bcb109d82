/** The edges of the addon: misuse must throw, never crash, whatever JavaScript does. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { describe, expect, onTestFinished, test } from 'vitest';
import {
  nameRule,
  native,
  outputType,
  type PassTargetArguments,
  passEvent,
  passTarget,
  type RecordPass,
  stopOn,
} from '../../src/native/native.ts';
import { flipped, frame, join, ramp, record, text, tfrecord } from '../support/records.ts';
import { slowCrc32c } from '../twins/crc32c.ts';

const { RecordPass: Pass } = native();
const most = 2 ** 30;
const file = tfrecord(record(), record());
const arguments_ = ['embedding', nameRule.archive, 0, 5, outputType.float32] as const;

function scratch(): string {
  const folder = mkdtempSync(joinPath(tmpdir(), 'bowerbird-native-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

const collect: PassTargetArguments = [passTarget.collect, 1 << 20];

function newPass(target: PassTargetArguments = [passTarget.check], stop: 0 | 1 | 2 = stopOn.anyFault): RecordPass {
  return new Pass(stop, most, null, ...target);
}

/** Runs to the end; what was found on the way. */
function runAll(pass: RecordPass) {
  const events: number[] = [];
  const batches = [];
  const faults = [];
  for (;;) {
    const event = pass.run();
    events.push(event);
    if (event === passEvent.batch) batches.push(pass.takeBatch());
    else if (event === passEvent.faults) faults.push(...pass.takeFaults());
    else return { events, batches, faults, last: event };
  }
}

const builtNative = new URL('../../dist/native/native.js', import.meta.url).href;

/** A thread that runs `code` with the addon as `addon` and says what it returns. */
function thread(code: string): { worker: Worker; said: Promise<unknown> } {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(builtNative)}).then(async ({ native }) => {
      const addon = native();
      parentPort.postMessage(await (async () => { ${code} })());
    });`;
  const worker = new Worker(source, { eval: true });
  const said = new Promise((resolve, reject) => {
    worker.once('message', resolve);
    worker.once('error', reject);
  });
  return { worker, said };
}

describe('RecordPass', () => {
  test('reads what is pushed, pooled Buffers and empty pieces among it', () => {
    const pass = newPass(collect);
    expect(pass.run()).toBe(passEvent.needInput);
    for (let at = 0; at < file.length; at += 100) {
      pass.push(new Uint8Array(0));
      // From the pool: a view into memory that others share.
      const piece = Buffer.from(file.subarray(at, at + 100));
      pass.push(piece);
      // The pass has a copy.
      piece.fill(0xee);
      expect(pass.run()).toBe(passEvent.needInput);
    }
    pass.push(Buffer.alloc(0));
    pass.endOfInput();
    const { batches, last, faults } = runAll(pass);
    expect([last, faults]).toEqual([passEvent.end, []]);
    expect(Buffer.concat(batches.map(({ rows }) => rows)).equals(Buffer.concat([record(), record()]))).toBe(true);
    expect(batches.flatMap(({ places }) => [...places])).toEqual([
      0,
      0,
      record().length,
      1,
      record().length + 16,
      record().length,
    ]);
    expect(pass.counts()).toMatchObject({ records: 2, payloadBytes: 2 * record().length, taken: file.length });
    pass.close();
  });

  test('refuses what is no memory, or no longer is', () => {
    const pass = newPass();
    const detached = new Uint8Array(8);
    structuredClone(detached, { transfer: [detached.buffer] });
    for (const bad of [undefined, null, 'text', 7, {}, [1, 2], new DataView(new ArrayBuffer(4)), new Float32Array(2)]) {
      expect(() => pass.push(bad as Uint8Array), String(bad)).toThrow(TypeError);
    }
    // Nothing is left of a detached array: nothing to read, or an error; never memory of others.
    try {
      pass.push(detached);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
    pass.push(file);
    pass.endOfInput();
    expect(runAll(pass).last).toBe(passEvent.end);
    expect(pass.counts().records).toBe(2);
    pass.close();
  });

  test('throws on wrong arguments', () => {
    const construct = Pass as unknown as new (...given: unknown[]) => RecordPass;
    const { check, collect, writer, memory, files } = passTarget;
    for (const bad of [
      [],
      ['0', most, null, check],
      [0, '1', null, check],
      [0, most],
      [0, most, null],
      [0, most, new Uint8Array(8), check],
      [0, most, {}, check],
      [0, most, null, 'check'],
      [0, most, null, 5],
      [0, most, null, collect],
      [0, most, null, collect, 'x'],
      [0, most, null, collect, 0],
      [0, most, null, collect, Number.NaN],
      [0, most, null, writer],
      [0, most, null, writer, {}],
      [0, most, null, writer, newPass()],
      [0, most, null, memory, 1],
      [0, most, null, memory, 0, ...arguments_],
      [0, most, null, files, 1, 'a', 1, 'b', false],
      [0, most, null, files, 'x', 'a', 1, 'b', false, ...arguments_],
    ]) {
      expect(() => new construct(...bad), JSON.stringify(bad)).toThrow(TypeError);
    }
    expect(() => (Pass as unknown as () => void)()).toThrow(TypeError);
    const pass = newPass();
    const call =
      (name: keyof RecordPass, ...given: unknown[]) =>
      () =>
        (pass[name] as (...all: unknown[]) => unknown)(...given);
    expect(call('openFile')).toThrow(TypeError);
    expect(call('openFile', 3)).toThrow(TypeError);
    // Of one that checks there are no names to give, no batches to take, and no files to finish.
    for (const name of ['pendingName', 'refuseName', 'takeBatch', 'finish'] as const)
      expect(call(name), name).toThrow(TypeError);
    expect(call('giveName', 'a', 'b')).toThrow(TypeError);
    const extracting = newPass([passTarget.memory, 1, ...arguments_]);
    expect(() => (extracting.giveName as (...all: unknown[]) => unknown)(1, 2)).toThrow(TypeError);
    extracting.close();
    pass.close();
  });

  test('throws when a method is called on something else', () => {
    const pass = newPass();
    for (const name of ['run', 'push', 'counts', 'takeFaults', 'takeBatch', 'close', 'finish', 'openFile'] as const) {
      const method = pass[name] as unknown as (...given: unknown[]) => unknown;
      for (const receiver of [undefined, {}, Object.create(Object.getPrototypeOf(pass)), new Uint8Array(4), Pass]) {
        expect(() => method.call(receiver, 'x'), name).toThrow(TypeError);
      }
    }
    pass.close();
  });

  test('throws on everything but close() after close()', () => {
    const pass = newPass([passTarget.memory, 1, ...arguments_]);
    pass.push(file);
    pass.close();
    pass.close();
    const methods: (() => unknown)[] = [
      () => pass.run(),
      () => pass.push(file),
      () => pass.endOfInput(),
      () => pass.openFile('x'),
      () => pass.counts(),
      () => pass.takeFaults(),
      () => pass.takeBatch(),
      () => pass.pendingName(),
      () => pass.giveName('', ''),
      () => pass.refuseName(),
      () => pass.slice(0, 0, 0, 1),
      () => pass.notePlaces(1),
      () => pass.noted(),
      () => pass.prove(),
      () => pass.proof(),
      () => pass.finish(),
    ];
    for (const method of methods) expect(method, String(method)).toThrow(TypeError);
  });

  test('throws errno and path for a file that it cannot read', () => {
    const folder = scratch();
    for (const [path, errno] of [
      [joinPath(folder, 'none'), 2],
      [folder, 21],
    ] as const) {
      const pass = newPass();
      expect(() => pass.openFile(path)).toThrow(expect.objectContaining({ errno, path }));
      // As if nothing had been opened.
      expect(() => pass.run()).not.toThrow();
      pass.close();
    }
  });

  test('ends at the first fault when told to, and stays ended', () => {
    const pass = newPass(collect);
    pass.push(join(frame(text('a')), flipped(frame(text('b')), 12), frame(text('c'))));
    pass.endOfInput();
    const { faults, batches, last } = runAll(pass);
    expect(faults).toMatchObject([{ fault: 2, record: 1, offset: 17, length: 17 }]);
    expect(Buffer.concat(batches.map(({ rows }) => rows)).toString()).toBe('a');
    expect(last).toBe(passEvent.end);
    expect([pass.run(), pass.run(), pass.takeFaults(), pass.takeBatch().rows.length]).toEqual([0, 0, [], 0]);
    pass.close();
  });

  test('hands faults over in pieces, however many there are', () => {
    const pass = newPass(collect, stopOn.nothing);
    pass.push(
      join(...Array.from({ length: 1000 }, (_, i) => (i % 2 === 0 ? frame(text('a')) : flipped(frame(text('b')), 12)))),
    );
    pass.endOfInput();
    const { faults, events } = runAll(pass);
    expect(faults.map(({ record: index }) => index)).toEqual(Array.from({ length: 500 }, (_, i) => 2 * i + 1));
    expect(events.filter((event) => event === passEvent.faults).length).toBeGreaterThan(1);
    pass.close();
  });

  test('asks for a name until it gets one', () => {
    const target = [passTarget.memory, 1 << 20, 'embedding', nameRule.caller, 0, 5, outputType.float32] as const;
    const pass = newPass([...target], stopOn.nothing);
    pass.push(tfrecord(record({ filename: 'a' }), record({ filename: 'a' }), record({ filename: 'b' })));
    pass.endOfInput();
    expect([pass.run(), pass.run(), pass.pendingName()]).toEqual([passEvent.needName, passEvent.needName, 'a']);
    pass.giveName('{', ', "mine": 1}');
    // Once for each run of equal names.
    expect([pass.run(), pass.pendingName()]).toEqual([passEvent.needName, 'b']);
    pass.refuseName();
    const { faults, batches } = runAll(pass);
    expect(faults).toMatchObject([{ fault: 19, record: 2, text: 'b' }]);
    expect(JSON.parse(batches.map(({ json }) => json).join(''))).toEqual(
      [60, 65, 60, 65].map((seconds) => ({ recording_offset_in_file: seconds, mine: 1 })),
    );
    pass.close();
  });

  test('finishes its files once, after its run', () => {
    const folder = scratch();
    const paths = ['npy', 'json'].map((name) => joinPath(folder, name)) as [string, string];
    const [npy, json] = paths.map((path) => openSync(path, 'w+')) as [number, number];
    const pass = newPass([passTarget.files, npy, paths[0], json, paths[1], false, ...arguments_]);
    pass.push(file);
    pass.endOfInput();
    expect(() => pass.finish()).toThrow(TypeError);
    expect(runAll(pass).last).toBe(passEvent.end);
    const first = pass.finish();
    const stamp = (path: string) => [readFileSync(path).length, slowCrc32c(readFileSync(path))];
    expect([first.npyBytes, first.npyCrc]).toEqual(stamp(paths[0]));
    expect([first.jsonBytes, first.jsonCrc]).toEqual(stamp(paths[1]));
    // A second time it would put the header into the checksum again.
    expect(() => pass.finish()).toThrow(TypeError);
    expect([first.npyBytes, first.npyCrc]).toEqual(stamp(paths[0]));
    pass.close();
    // The descriptors are the caller's, and still open.
    closeSync(npy);
    closeSync(json);
  });

  test('throws errno and path for descriptors that cannot be written', () => {
    const folder = scratch();
    const path = joinPath(folder, 'x');
    writeFileSync(path, '');
    const readOnly = openSync(path, 'r');
    for (const fd of [readOnly, 1_000_000, -1]) {
      const pass = newPass([passTarget.files, fd, '/the/npy', fd, '/the/json', false, ...arguments_]);
      pass.push(tfrecord(record({ shape: [2000, 1, 64], values: ramp(2000, 1, 64) })));
      pass.endOfInput();
      const work = () => {
        runAll(pass);
        pass.finish();
      };
      expect(work).toThrow(expect.objectContaining({ errno: 9, path: expect.stringMatching(/^\/the\/(npy|json)$/) }));
      expect(() => pass.finish()).toThrow();
      pass.close();
    }
    closeSync(readOnly);
  });
});

describe('threads', () => {
  const work = `
    const pass = new addon.RecordPass(0, 2 ** 30, null, ${passTarget.collect}, 1 << 20);
    pass.push(Buffer.from(${JSON.stringify(Buffer.from(file).toString('base64'))}, 'base64'));
    pass.endOfInput();
    while (pass.run() !== 0) pass.takeBatch();
    const { records } = pass.counts();
    pass.close();
    return records;`;

  test('may load the addon at the same time', async () => {
    const threads = Array.from({ length: 4 }, () => thread(work));
    expect(await Promise.all(threads.map(({ said }) => said))).toEqual([2, 2, 2, 2]);
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  });

  test('may be terminated in the middle of a pass, with passes left open', async () => {
    const path = joinPath(scratch(), 'large');
    writeFileSync(path, Buffer.alloc(8 << 20));
    for (let i = 0; i < 4; i++) {
      const { worker, said } = thread(`
        // Never closed: the environment's end must clean up.
        globalThis.open = Array.from({ length: 8 }, () => new addon.RecordPass(2, 2 ** 30, new Uint8Array(new SharedArrayBuffer(64)), ${passTarget.check}));
        for (const pass of globalThis.open) pass.openFile(${JSON.stringify(path)});
        setImmediate(function again() { for (const pass of globalThis.open) pass.run(); setImmediate(again); });
        return 'running';`);
      expect(await said).toBe('running');
      await sleep(10 * i);
      expect(await worker.terminate()).toBe(1);
    }
    // This environment is none the worse.
    const pass = newPass();
    pass.push(file);
    pass.endOfInput();
    expect(runAll(pass).last).toBe(passEvent.end);
    pass.close();
  });

  test('leave passes to the collector without harm', async () => {
    const { worker, said } = thread(`
      require('node:v8').setFlagsFromString('--expose-gc');
      const gc = require('node:vm').runInNewContext('gc');
      for (let i = 0; i < 200; i++) {
        const pass = new addon.RecordPass(0, 2 ** 30, null, ${passTarget.check});
        pass.push(Buffer.alloc(100_000));
        if (i % 50 === 0) gc();
      }
      gc();
      return 'done';`);
    expect(await said).toBe('done');
    await worker.terminate();
  });
});
