/** LmdbWriter: files that are py-lmdb's to the last byte (test/data/lmdb-write), and what it refuses and survives. */

import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Worker } from 'node:worker_threads';
import { open } from 'lmdb';
import { describe, expect, test } from 'vitest';
import { LmdbWriter, mostKeyBytes, mostValueBytes } from '../../../src/formats/lmdb/write.ts';
import { native } from '../../../src/native/native.ts';
import { withDrafts } from '../../../src/storage/drafts.ts';
import { scratch } from '../jobs/folder.ts';

interface Run {
  readonly count: number;
  readonly key: number;
  readonly value: number;
}

interface Entry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const golden = new URL('../../data/lmdb-write/', import.meta.url);
const cases: { [name: string]: { readonly runs: readonly Run[] } } = JSON.parse(
  readFileSync(new URL('cases.json', golden), 'utf8'),
);
const expected: { [name: string]: { readonly entries: number; readonly bytes: number; readonly sha256: string } } =
  JSON.parse(readFileSync(new URL('expected.json', golden), 'utf8'));
const dist = new URL('../../../dist/', import.meta.url);

const sha256 = (path: string) => createHash('sha256').update(readFileSync(path)).digest('hex');
const bytes = (text: string) => new Uint8Array(Buffer.from(text));

/** As entries_of() of make.py. */
function entriesOf(name: string): Entry[] {
  let number = 0;
  return cases[name]!.runs.flatMap((run) =>
    Array.from({ length: run.count }, () => {
      const key = Buffer.from(`${number++}`.padStart(run.key, '0'));
      const digest = createHash('sha256').update(key).digest();
      return { key, value: Buffer.alloc(run.value, digest) };
    }),
  );
}

async function write(writer: LmdbWriter, entries: readonly Entry[], atOnce = entries.length): Promise<void> {
  for (let i = 0; i < entries.length; i += Math.max(1, atOnce)) {
    const some = entries.slice(i, i + atOnce);
    await writer.write(
      some.map(({ key }) => key),
      some.map(({ value }) => value),
    );
  }
}

describe('LmdbWriter', () => {
  test.each(Object.keys(cases))('writes the bytes of py-lmdb: %s', async (name) => {
    const path = join(scratch(), 'data.mdb');
    const writer = new LmdbWriter(path);
    await write(writer, entriesOf(name));
    const { entries, bytes: size, sha256: sum } = expected[name]!;
    expect(await writer.finish()).toEqual({ entries, bytes: size, pages: size / 4096 });
    expect(statSync(path).size).toBe(size);
    expect(sha256(path)).toBe(sum);
  });

  test.each([1, 7, 1023, 1024, 1025])('writes the same bytes where %d entries come at once', async (atOnce) => {
    const path = join(scratch(), 'data.mdb');
    const writer = new LmdbWriter(path);
    await write(writer, entriesOf('keys of 511 bytes'), atOnce);
    await writer.finish({ flush: true });
    expect(sha256(path)).toBe(expected['keys of 511 bytes']!.sha256);
  });

  test('takes calls that nobody waits for, in their order', async () => {
    const folder = scratch();
    const names = ['sound', 'each size', 'sound'];
    const finished = names.map((name, i) => {
      const writer = new LmdbWriter(join(folder, `${i}`));
      for (const { key, value } of entriesOf(name)) writer.write([key], [value]);
      return writer.finish();
    });
    await Promise.all(finished);
    for (const [i, name] of names.entries()) expect(sha256(join(folder, `${i}`))).toBe(expected[name]!.sha256);
  });

  test('takes keys and values that are views into larger memory', async () => {
    const path = join(scratch(), 'data.mdb');
    const memory = new Uint8Array(new SharedArrayBuffer(100)).fill(120);
    memory.set(bytes('0hello'), 3);
    const writer = new LmdbWriter(path);
    // The only entry of the case: key "0", and 5 bytes of its SHA-256.
    const value = createHash('sha256').update('0').digest().subarray(0, 5);
    memory.set(value, 50);
    await writer.write([memory.subarray(3, 4)], [memory.subarray(50, 55)]);
    await writer.finish();
    expect(sha256(path)).toBe(expected['one entry']!.sha256);
  });
});

describe('writeNow()', () => {
  test.each(Object.keys(cases))('writes the bytes of py-lmdb: %s', async (name) => {
    const path = join(scratch(), 'data.mdb');
    const writer = new LmdbWriter(path);
    const entries = entriesOf(name);
    const memory = new Uint8Array(entries.reduce((most, { value }) => Math.max(most, value.length), 0));
    for (const { key, value } of entries) {
      // The same memory each time: what was given is copied when it returns.
      memory.set(value);
      writer.writeNow([key], [memory.subarray(0, value.length)]);
    }
    await writer.finish();
    expect(sha256(path)).toBe(expected[name]!.sha256);
  });

  test('refuses what write() refuses, and goes on', async () => {
    const writer = new LmdbWriter(join(scratch(), 'data.mdb'));
    const one = Uint8Array.of(49);
    writer.writeNow([bytes('b')], [one]);
    const wrong = { code: 'USAGE', record: 2, message: expect.stringMatching(/entry 2 .*"a" comes behind "c"/) };
    expect(() => writer.writeNow([bytes('c'), bytes('a')], [one, one])).toThrow(expect.objectContaining(wrong));
    expect(() => writer.writeNow([bytes('c')], [])).toThrow(/1 keys came with 0 values/);
    const writing = writer.write([bytes('c')], [one]);
    expect(() => writer.writeNow([bytes('d')], [one])).toThrow(/another call is under way/);
    await writing;
    writer.writeNow([bytes('d')], [one]);
    expect(await writer.finish()).toMatchObject({ entries: 3 });
    expect(() => writer.writeNow([], [])).toThrow(/it is finished$/);
  });
});

describe('LmdbWriter refuses', () => {
  const long = new Uint8Array(mostKeyBytes + 1).fill(107);
  const refused: [what: string, keys: Uint8Array[], values: Uint8Array[], record: number, message: RegExp][] = [
    ['a key out of order', [bytes('c'), bytes('b')], [], 2, /entry 2 .*its key "b" comes behind "c"; sort/],
    ['a key behind those of the call before', [bytes('A')], [], 1, /entry 1 .*its key "A" comes behind "a"/],
    ['a key that comes twice', [bytes('a')], [], 1, /entry 1 .*its key "a" is that of the entry before/],
    ['a key that is no text', [bytes('z'), Uint8Array.of(1, 0xff)], [], 2, /its key 0x01ff comes behind "z"/],
    ['an empty key', [bytes('b'), new Uint8Array()], [], 2, /entry 2 .*its key is empty, expected 1 to 511 bytes/],
    ['a key of 512 bytes', [long], [], 1, /entry 1 .*its key has 512 bytes, expected 1 to 511/],
    [
      'a value of 2 GiB',
      [bytes('b')],
      [new Uint8Array(mostValueBytes + 1)],
      1,
      /the value of key "b" has 2147479537 bytes, expected at most 2147479536; divide it/,
    ],
  ];

  test.each(refused)('%s, with nothing of that call, and goes on', async (_, keys, values, record, message) => {
    const path = join(scratch(), 'data.mdb');
    const writer = new LmdbWriter(path, 'shard/data.mdb');
    const one = Uint8Array.of(49);
    await writer.write([bytes('a')], [one]);
    const wrong = keys.map((_, i) => values[i] ?? one);
    await expect(writer.write(keys, wrong)).rejects.toMatchObject({
      code: 'USAGE',
      source: 'shard/data.mdb',
      record,
      message: expect.stringMatching(message),
    });
    await writer.write([bytes('b')], [one]);
    expect(await writer.finish()).toMatchObject({ entries: 2 });
  });

  test('more keys than values, and whatever comes when it is over', async () => {
    const path = join(scratch(), 'data.mdb');
    const writer = new LmdbWriter(path);
    await expect(writer.write([bytes('a')], [])).rejects.toMatchObject({ code: 'USAGE' });
    await writer.finish();
    await expect(writer.write([], [])).rejects.toMatchObject({ code: 'USAGE', message: /it is finished$/ });
    await expect(writer.finish()).rejects.toMatchObject({ code: 'USAGE' });
    await writer.close();
    await writer.close();
    const given = new LmdbWriter(join(scratch(), 'data.mdb'));
    await given.close();
    await expect(given.finish()).rejects.toMatchObject({ code: 'USAGE', message: /it is closed$/ });
  });

  test('a file that holds something, a link, and a folder that is not there', () => {
    const folder = scratch();
    const path = join(folder, 'data.mdb');
    writeFileSync(path, 'x');
    symlinkSync(join(folder, 'elsewhere'), join(folder, 'link'));
    expect(() => new LmdbWriter(path)).toThrow(/^Cannot create ".*data\.mdb": EEXIST/);
    expect(() => new LmdbWriter(join(folder, 'link'))).toThrow(/ELOOP/);
    expect(() => new LmdbWriter(join(folder, 'no', 'data.mdb'))).toThrow(/^Cannot create ".*": ENOENT/);
    expect(readFileSync(path, 'utf8')).toBe('x');
    expect(existsSync(join(folder, 'elsewhere'))).toBe(false);
  });

  test('kinds that are wrong, in the addon', async () => {
    const { LmdbWriter: Native } = native();
    const writer = new Native(join(scratch(), 'data.mdb'));
    const wrong = [[], [[bytes('a')]], [[bytes('a')], ['b']], [['a'], [bytes('b')]], [[bytes('a')], []], ['a', 'b']];
    for (const args of wrong) expect(() => Reflect.apply(writer.write, writer, args)).toThrow(TypeError);
    for (const args of wrong) expect(() => Reflect.apply(writer.writeNow, writer, args)).toThrow(TypeError);
    expect(() => Reflect.apply(writer.finish, writer, [])).toThrow(TypeError);
    expect(() => Reflect.construct(Native, [1])).toThrow(TypeError);
    const writing = writer.write([bytes('a')], [bytes('b')]);
    expect(() => writer.finish(false)).toThrow(TypeError);
    expect(() => writer.writeNow([bytes('b')], [bytes('b')])).toThrow(TypeError);
    await writing;
    // Closed at once, and freed when what is under way has ended.
    const last = writer.write([bytes('b')], [new Uint8Array(1 << 24)]);
    writer.close();
    expect(() => writer.write([], [])).toThrow(TypeError);
    await last;
  });
});

/** The body of an async function in a process of its own: `LmdbWriter`, `withDrafts`, `values(from)`: 16 keys and as many values of 64 KiB. */
function script(code: string): readonly string[] {
  const source = `
    import { LmdbWriter } from ${JSON.stringify(new URL('formats/lmdb/write.js', dist).href)};
    import { withDrafts } from ${JSON.stringify(new URL('storage/drafts.js', dist).href)};
    const values = (from) => [
      Array.from({ length: 16 }, (_, i) => Buffer.from(String(from + i).padStart(8, '0'))),
      Array.from({ length: 16 }, (_, i) => new Uint8Array(65536).fill(from + i)),
    ];
    ${code}`;
  return ['--input-type=module', '-e', source];
}

describe('LmdbWriter in a process of its own', () => {
  const writes = (path: string) => `
    const writer = new LmdbWriter(${JSON.stringify(path)});
    try {
      for (let i = 0; i < 1600; i += 16) await writer.write(...values(i));
      await writer.finish();
    } catch ({ code, message }) {
      console.log(code, message);
    }`;

  test('says that a file may not grow', () => {
    const path = join(scratch(), 'data.mdb');
    for (const blocks of [16, 20_000, 20_001, 100_007]) {
      const line = `ulimit -f ${blocks}; exec "$0" "$@"`;
      const child = spawnSync('sh', ['-c', line, process.execPath, ...script(writes(path))], { encoding: 'utf8' });
      expect(child).toMatchObject({ status: 0, signal: null });
      expect(child.stdout).toMatch(/^IO Cannot write ".*data\.mdb": EFBIG: file too large/);
      spawnSync('rm', [path]);
      const now = script(writes(path).replace('await writer.write(', 'writer.writeNow('));
      const other = spawnSync('sh', ['-c', line, process.execPath, ...now], { encoding: 'utf8' });
      expect(other.stdout).toBe(child.stdout);
      spawnSync('rm', [path]);
    }
  });

  // A file system of its own takes a namespace, which not every machine gives.
  const inside = 'mount -t tmpfs -o size="$SIZE" none "$FOLDER" && exec "$0" "$@"';
  const onSmallDisk = (folder: string, size: string, args: readonly string[]) =>
    spawnSync('unshare', ['-rm', 'sh', '-c', inside, ...args], {
      encoding: 'utf8',
      env: { ...process.env, FOLDER: folder, SIZE: size },
    });
  const canMount = onSmallDisk('/tmp', '1m', ['true']).status === 0;

  test.skipIf(!canMount)('says that the disk is full (needs unshare)', () => {
    const folder = scratch();
    for (const size of ['8k', '12k', '1m', '5000k', '40m']) {
      const child = onSmallDisk(folder, size, [process.execPath, ...script(writes(join(folder, 'data.mdb')))]);
      expect(child).toMatchObject({ status: 0, signal: null });
      expect(child.stdout).toMatch(/^IO Cannot write ".*data\.mdb": ENOSPC: no space left on device; free some space/);
    }
  });

  test('leaves a draft where it is killed, and the next one leaves nothing', async () => {
    const folder = scratch();
    const path = join(folder, 'data.mdb');
    const killed = script(`
      await withDrafts([${JSON.stringify(path)}], {}, async (drafts) => {
        const writer = new LmdbWriter(drafts.temporary(0));
        for (let i = 0; i < 320; i += 16) await writer.write(...values(i));
        process.kill(process.pid, 'SIGKILL');
        await writer.write(...values(320));
      });`);
    expect(spawnSync(process.execPath, killed)).toMatchObject({ signal: 'SIGKILL' });
    expect(readdirSync(folder)).toEqual([expect.stringMatching(/^\.data\.mdb\..*\.bowerbird-tmp$/)]);

    await withDrafts([path], {}, async (drafts) => {
      const writer = new LmdbWriter(drafts.temporary(0), path);
      await write(writer, entriesOf('one entry'));
      await writer.finish();
    });
    expect(readdirSync(folder)).toEqual(['data.mdb']);
    expect(sha256(path)).toBe(expected['one entry']!.sha256);
  });

  test('takes memory for a batch, not for the file: 800 MiB within 64 MiB', async () => {
    const path = join(scratch(), 'data.mdb');
    const code = `
      const batch = values(0)[1];
      const before = process.resourceUsage().maxRSS;
      const writer = new LmdbWriter(${JSON.stringify(path)});
      for (let i = 0; i < 12800; i += 16) await writer.write(batch.map((_, n) => Buffer.from(String(i + n).padStart(8, '0'))), batch);
      const { bytes } = await writer.finish();
      console.log(JSON.stringify({ bytes, mib: (process.resourceUsage().maxRSS - before) / 1024 }));`;
    const { stdout } = await promisify(execFile)(process.execPath, script(code));
    const peak = JSON.parse(stdout);
    expect(peak.bytes).toBeGreaterThan(800 * 2 ** 20);
    expect(peak.mib).toBeLessThan(64);
  });
});

test('an LMDB file stays with its writer when the thread is terminated', async () => {
  const folder = scratch();
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(new URL('formats/lmdb/write.js', dist).href)}).then(async ({ LmdbWriter }) => {
      const writer = new LmdbWriter(${JSON.stringify(join(folder, 'data.mdb'))});
      const value = new Uint8Array(1 << 20);
      for (let i = 0; ; i++) {
        writer.write([Buffer.from(String(i).padStart(8, '0'))], [value]);
        if (i === 50) parentPort.postMessage(i);
        if (i % 50 === 0) await new Promise((next) => setImmediate(next));
      }
    });`;
  const worker = new Worker(source, { eval: true });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  await worker.terminate();
  const writer = new LmdbWriter(join(folder, 'next.mdb'));
  await write(writer, entriesOf('sound'));
  await writer.finish();
  expect(sha256(join(folder, 'next.mdb'))).toBe(expected['sound']!.sha256);
});

test("npm's own LMDB, in the same process, and ours do not take each other's functions", async () => {
  const folder = scratch();
  const ours = new LmdbWriter(join(folder, 'data.mdb'));
  const theirs = open({ path: join(folder, 'theirs.mdb'), keyEncoding: 'binary', encoding: 'binary' });
  const entries = entriesOf('sound');
  await write(ours, entries.slice(0, 200));
  for (const { key, value } of entries) theirs.putSync(Buffer.from(key), Buffer.from(value));
  await write(ours, entries.slice(200), 50);
  expect(entries.filter(({ key, value }) => Buffer.compare(theirs.get(Buffer.from(key)), value) !== 0)).toEqual([]);
  await ours.finish();
  await theirs.close();
  expect(sha256(join(folder, 'data.mdb'))).toBe(expected['sound']!.sha256);
  // Their format, which is not ours: its magic number stands eight bytes further on.
  const head = readFileSync(join(folder, 'theirs.mdb'));
  expect([head.readUInt32LE(24), readFileSync(join(folder, 'data.mdb')).readUInt32LE(16)]).toEqual([
    0xbeefc0de, 0xbeefc0de,
  ]);
});

const exported = spawnSync(
  'nm',
  ['-D', '--defined-only', fileURLToPath(new URL('../../../native/build/Release/bowerbird.node', import.meta.url))],
  { encoding: 'utf8' },
);

test.skipIf(exported.status !== 0)('the addon exports nothing of LMDB (needs nm)', () => {
  const names = exported.stdout
    .trim()
    .split('\n')
    .map((line) => line.split(' ').at(-1));
  expect(names).toContain('napi_register_module_v1');
  expect(names.filter((name) => /^mdb_/.test(name ?? ''))).toEqual([]);
});
