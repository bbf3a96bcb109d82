/** How a run of unpack() goes: what is left out and told, and that the same comes of it however it was divided or stopped. */

import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { unpack } from '../../../../src/api/datasets/unpack.ts';
import { numpyArray } from '../../../../src/formats/python/numpy.ts';
import { PythonTuple } from '../../../../src/formats/python/values.ts';
import { type Entry, keyOf, monoSample, numbered, raw, shardBytes, writeDataset } from '../../../support/shards.ts';
import { scratch, tree } from '../folder.ts';

const sound = (value: number, text = 'a') => monoSample([value], { shape: new PythonTuple([1]), text });
const sounds = (count: number, first = 0) =>
  Array.from({ length: count }, (_, i) => sound(first + i, `text ${first + i}`));

/** Runs code where it is unpickled with Python: os.system('x'). */
const hostile = raw(Buffer.from('8004637375620a706f73697878000a2e', 'hex'));

const linesOf = (out: string, name = 'manifest.jsonl') => {
  const text = readFileSync(join(out, name), 'utf8');
  return text === ''
    ? []
    : text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
};

/** What a user sees, and the journal: all but the lock and the memory of what shards hold. */
const outputs = (out: string) => tree(out);

describe('samples that cannot be read', () => {
  const entries: Entry[] = [
    [keyOf(0), sound(0)],
    [keyOf(1), hostile],
    [keyOf(2), [1, 2]],
    [keyOf(3), raw(Buffer.from('no sample'))],
    [keyOf(4), { audio: new Uint8Array(3), sample_rate: 8000 }],
    [keyOf(5), sound(5)],
  ];

  test('end the run at the first one, named, before anything is made', async () => {
    const root = scratch();
    await writeDataset(join(root, 'ds'), [entries]);
    await expect(unpack({ inputs: join(root, 'ds'), out: join(root, 'out') })).rejects.toMatchObject({
      record: 1,
      message: expect.stringContaining('(key "sample_00000001", entry 1)'),
    });
    expect(existsSync(join(root, 'out'))).toBe(false);
  });

  test.each(['skip', 'salvage'] as const)('are listed under "%s", each with its key and why', async (onError) => {
    const root = scratch();
    await writeDataset(join(root, 'ds'), [entries]);
    const out = join(root, 'out');
    const report = await unpack({ inputs: join(root, 'ds'), out, onError });
    expect(report).toMatchObject({ samples: 2, rejects: 4, complete: true });
    expect(linesOf(out).map(({ key }) => key)).toEqual([keyOf(0), keyOf(5)]);
    const rejects = linesOf(out, 'rejects.jsonl');
    expect(rejects.map(({ record, key, code }) => [record, key, code])).toEqual([
      [1, keyOf(1), expect.stringMatching(/^(UNSUPPORTED|BAD_SCHEMA)$/)],
      [2, keyOf(2), 'BAD_SCHEMA'],
      [3, keyOf(3), 'BAD_SCHEMA'],
      [4, keyOf(4), 'BAD_SCHEMA'],
    ]);
    expect(rejects[1].reason).toContain('its value is no dict');
    expect(rejects[2].reason).toContain('neither a pickle nor MessagePack');
    // What was made under one policy is no whole under a stricter one.
    await expect(unpack({ inputs: join(root, 'ds'), out })).rejects.toMatchObject({ record: 1 });
    await expect(unpack({ inputs: join(root, 'ds'), out, onError, maxRejects: 3 })).rejects.toMatchObject({
      code: 'TOO_MANY_REJECTS',
    });
  });

  test('a file that is something else is one reject', async () => {
    const root = scratch();
    await writeDataset(join(root, 'ds'), [numbered(sounds(1))]);
    mkdirSync(join(root, 'ds/shard_00001'));
    writeFileSync(join(root, 'ds/shard_00001/data.mdb'), 'text, and no LMDB file at all, of more than 32 bytes');
    const inputs = join(root, 'ds');
    await expect(unpack({ inputs, out: join(root, 'a') })).rejects.toMatchObject({ code: 'UNSUPPORTED' });
    const report = await unpack({ inputs, out: join(root, 'b'), onError: 'skip' });
    expect(report).toMatchObject({ samples: 1, rejects: 1 });
    expect(linesOf(join(root, 'b'), 'rejects.jsonl')).toMatchObject([{ record: 0, key: null, code: 'UNSUPPORTED' }]);
  });
});

describe('damage', () => {
  const pageBytes = 4096;
  const leafFlags = 2;
  /** Numbers of pages that hold keys. */
  const leaves = (file: Buffer) =>
    Array.from({ length: file.length / pageBytes }, (_, page) => page).filter(
      (page) => page > 1 && file.readUInt16LE(page * pageBytes + 10) === leafFlags,
    );
  const keysIn = (file: Buffer, page: number) => (file.readUInt16LE(page * pageBytes + 12) - 16) / 2;

  async function damaged(samples: number, damage: (file: Buffer) => void) {
    const root = scratch();
    const file = Buffer.from(await shardBytes(numbered(sounds(samples), 40)));
    damage(file);
    const [inputs, out] = [join(root, 'shard_00000'), join(root, 'out')];
    mkdirSync(inputs);
    writeFileSync(join(inputs, 'data.mdb'), file);
    return { inputs, out };
  }

  test('of a page in the middle costs its samples, and salvage lists each by its key', async () => {
    let [lost, before] = [0, 0];
    const { inputs, out } = await damaged(300, (file) => {
      const [first, second, third] = leaves(file);
      expect(third).toBeDefined();
      before = keysIn(file, first!);
      lost = keysIn(file, second!);
      file.writeUInt16LE(0x7777, second! * pageBytes + 10);
    });
    await expect(unpack({ inputs, out, onError: 'skip' })).rejects.toMatchObject({ code: 'CORRUPT' });
    const report = await unpack({ inputs, out, onError: 'salvage' });
    expect(report).toMatchObject({ samples: 300 - lost, rejects: lost });
    const rejects = linesOf(out, 'rejects.jsonl');
    const gone = Array.from({ length: lost }, (_, i) => keyOf(40 + before + i));
    expect(rejects.map(({ key }) => key)).toEqual(gone);
    expect(rejects.map(({ record }) => record)).toEqual(gone.map((_, i) => before + i));
    const all = Array.from({ length: 300 }, (_, i) => keyOf(40 + i));
    expect(linesOf(out).map(({ key }) => key)).toEqual(all.filter((key) => !gone.includes(key)));
  });

  test('of the first page costs all, in one line that says how many', async () => {
    const { inputs, out } = await damaged(300, (file) => file.writeUInt16LE(0x7777, leaves(file)[0]! * pageBytes + 10));
    expect(await unpack({ inputs, out, onError: 'salvage' })).toMatchObject({ samples: 0, rejects: 1 });
    expect(linesOf(out, 'rejects.jsonl')).toMatchObject([
      { record: 0, key: null, code: 'CORRUPT', reason: expect.stringContaining('300 entries are lost') },
    ]);
  });

  test('of a large value costs it alone', async () => {
    const root = scratch();
    const big = () => ({ text: 'x', v: numpyArray(new Float32Array(3000)) });
    const file = Buffer.from(await shardBytes(numbered([sound(0), big(), sound(2)])));
    const overflow = Array.from({ length: file.length / pageBytes }, (_, page) => page).find(
      (page) => page > 1 && file.readUInt16LE(page * pageBytes + 10) === 4,
    );
    file.writeUInt16LE(0x7777, overflow! * pageBytes + 10);
    mkdirSync(join(root, 's'));
    writeFileSync(join(root, 's/data.mdb'), file);
    const out = join(root, 'out');
    expect(await unpack({ inputs: join(root, 's'), out, onError: 'salvage' })).toMatchObject({
      samples: 2,
      rejects: 1,
    });
    expect(linesOf(out, 'rejects.jsonl')).toMatchObject([{ record: 1, key: keyOf(1), code: 'CORRUPT' }]);
  });

  test('wherever it is, salvage ends, and every sample is there or listed', { timeout: 120_000 }, async () => {
    const texts = Array.from({ length: 250 }, (_, i) => ({ text: `text ${i}`, label: i, more: 'x'.repeat(i % 50) }));
    const whole = Buffer.from(await shardBytes(numbered(texts, 40)));
    const place = fc.record({ at: fc.nat(whole.length - 1), value: fc.integer({ min: 1, max: 255 }) });
    await fc.assert(
      fc.asyncProperty(place, async ({ at, value }) => {
        const root = scratch();
        const file = Buffer.from(whole);
        file[at] = file[at]! ^ value;
        mkdirSync(join(root, 's'));
        writeFileSync(join(root, 's/data.mdb'), file);
        const out = join(root, 'out');
        const { samples } = await unpack({ inputs: join(root, 's'), out, onError: 'salvage' });
        const told = existsSync(join(out, 'rejects.jsonl')) ? linesOf(out, 'rejects.jsonl') : [];
        const keys = linesOf(out).map(({ key }) => key);
        expect(keys).toHaveLength(samples);
        expect(new Set(keys).size).toBe(samples);
        const lost = told.map(({ reason }) => Number(/with it (\d+) entries/.exec(reason)?.[1] ?? 1));
        const metadata = at < 2 * pageBytes;
        if (!metadata) expect(samples + lost.reduce((sum, n) => sum + n, 0)).toBe(250);
      }),
      { numRuns: 150 },
    );
  });
});

describe('a run', () => {
  const samples = () => [
    ...sounds(130),
    ...Array.from({ length: 20 }, (_, i) => ({
      text: `t${i}`,
      v: numpyArray(Float32Array.from({ length: 9 }, () => i)),
    })),
  ];

  async function dataset() {
    const root = scratch();
    await writeDataset(join(root, 'ds'), [numbered(samples()), numbered(sounds(70, 150), 150)]);
    return root;
  }

  test('gives the same bytes with one worker and with several, whole and in parts, and after a stop', {
    timeout: 120_000,
  }, async () => {
    const root = await dataset();
    const [inputs, out] = [join(root, 'ds'), join(root, 'out')];
    const report = await unpack({ inputs, out, workers: 1 });
    expect(report).toMatchObject({ samples: 220, sounds: 200, arrays: 20, complete: true, skipped: 0 });
    const whole = outputs(out);
    expect(Object.keys(whole).filter((name) => name.endsWith('.wav'))).toHaveLength(200);
    expect(linesOf(out).map(({ key }) => key)).toEqual(Array.from({ length: 220 }, (_, i) => keyOf(i)));

    rmSync(out, { recursive: true });
    await unpack({ inputs, out, workers: 3 });
    expect(outputs(out)).toEqual(whole);

    rmSync(out, { recursive: true });
    expect(await unpack({ inputs, out, units: '1/2' })).toMatchObject({ complete: false });
    expect(existsSync(join(out, 'manifest.jsonl'))).toBe(false);
    expect(await unpack({ inputs, out, units: '0/2' })).toMatchObject({ complete: true });
    const { done, skipped } = await unpack({ inputs, out });
    expect([done, skipped]).toEqual([0, report.done]);
    expect(outputs(out)).toEqual(whole);

    rmSync(out, { recursive: true });
    const stop = new AbortController();
    const stopped = unpack({
      inputs,
      out,
      workers: 1,
      signal: stop.signal,
      onProgress: ({ unitsDone, job }) => job === 'unpack' && unitsDone > 0 && stop.abort(),
    });
    await stopped.catch((error) => expect(error).toMatchObject({ code: 'INTERRUPTED' }));
    await unpack({ inputs, out });
    expect(outputs(out)).toEqual(whole);
  });

  test('looks into a shard once, and again when it has changed', async () => {
    const root = await dataset();
    const [inputs, out] = [join(root, 'ds'), join(root, 'out')];
    await unpack({ inputs, out });
    const jobs = new Set<string>();
    const onProgress = ({ job }: { readonly job: string }) => jobs.add(job);
    expect(await unpack({ inputs, out, onProgress })).toMatchObject({ done: 0 });
    expect([...jobs]).toEqual(['unpack']);
    writeFileSync(join(inputs, 'shard_00001/data.mdb'), await shardBytes(numbered(sounds(3, 500), 150)));
    const report = await unpack({ inputs, out, onProgress });
    expect(jobs).toContain('unpack: looking');
    expect(report).toMatchObject({ samples: 153, done: 1 });
    // Files of samples that are gone would be taken for some that are there.
    expect(Object.keys(tree(out)).filter((name) => name.endsWith('.wav'))).toHaveLength(133);
    expect(readFileSync(join(out, 'sample_00000152.wav')).readFloatLE(58)).toBe(502);
  });

  test('refuses files of others, other options, and the folder that its input is in', async () => {
    const root = await dataset();
    const [inputs, out] = [join(root, 'ds'), join(root, 'out')];
    mkdirSync(out);
    writeFileSync(join(out, 'sample_00000003.wav'), 'mine');
    await expect(unpack({ inputs, out })).rejects.toMatchObject({ code: 'EXISTS' });
    await unpack({ inputs, out, overwrite: true });
    await expect(unpack({ inputs, out, bits: 16 })).rejects.toMatchObject({ code: 'EXISTS' });
    const shard = join(inputs, 'shard_00000');
    await expect(unpack({ inputs: shard, out: shard })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(unpack({ inputs, out: join(root, 'x.wav') })).rejects.toMatchObject({ code: 'USAGE' });
    await expect(unpack({ inputs: 's3://bucket/ds', out: join(root, 'y') })).rejects.toMatchObject({
      code: 'UNSUPPORTED',
    });
  });

  test('into the folder of the dataset finds the same shards again', async () => {
    const root = await dataset();
    const inputs = join(root, 'ds');
    await unpack({ inputs, out: inputs });
    expect(await unpack({ inputs, out: inputs })).toMatchObject({ done: 0, samples: 220 });
  });

  test('tells of shards that are listed and not there, and of samples that are missing', async () => {
    const root = await dataset();
    const inputs = join(root, 'ds');
    rmSync(join(inputs, 'shard_00001'), { recursive: true });
    const report = await unpack({ inputs, out: join(root, 'out') });
    expect(report.notices).toEqual([
      `"${inputs}/shard_00001/data.mdb" is left out: metadata.json lists it, and it is not there`,
      `metadata.json of "${inputs}" tells of 220 samples, its shards hold 150`,
    ]);
    expect(linesOf(join(root, 'out')).length).toBe(150);
    expect(JSON.parse(readFileSync(join(root, 'out/unpack.json'), 'utf8')).leftOut).toEqual(report.notices);
  });

  test.each([
    ['{', 'cannot be read'],
    ['null', 'cannot be read'],
    ['{"shards": [{"path": "../../etc"}, {"path": 5}, null]}', undefined],
  ])('goes on without a metadata.json that says %s', async (text, told) => {
    const root = await dataset();
    writeFileSync(join(root, 'ds/metadata.json'), text);
    const { samples, notices } = await unpack({ inputs: join(root, 'ds'), out: join(root, 'out') });
    expect(samples).toBe(220);
    if (told === undefined) expect(notices.join()).not.toContain('etc/passwd');
    else expect(notices).toEqual([expect.stringContaining(told)]);
  });

  test('takes a file beside the shards, too', async () => {
    const root = await dataset();
    writeFileSync(join(root, 'ds/data.mdb'), await shardBytes(numbered(sounds(2), 900)));
    expect(await unpack({ inputs: join(root, 'ds'), out: join(root, 'out') })).toMatchObject({
      samples: 222,
      inputs: 3,
    });
  });

  test('of an empty shard gives an empty manifest', async () => {
    const root = scratch();
    await writeDataset(join(root, 'ds'), [[]]);
    const out = join(root, 'out');
    expect(await unpack({ inputs: join(root, 'ds'), out })).toMatchObject({ samples: 0, inputs: 1, complete: true });
    expect(linesOf(out)).toEqual([]);
  });

  test('the manifest tells what the report does', async () => {
    const root = await dataset();
    const out = join(root, 'out');
    const {
      out: _,
      folder: __,
      manifest: ___,
      dryRun: ____,
      complete: _____,
      ...report
    } = await unpack({ inputs: join(root, 'ds'), out });
    const { elapsedSeconds: _6, done: _7, skipped: _8, notices: _9, ...told } = report;
    const { options, ...manifest } = JSON.parse(readFileSync(join(out, 'unpack.json'), 'utf8'));
    expect(options).toEqual({ onError: 'fail', bits: 'float' });
    expect(manifest).toEqual(told);
    for (const { name, bytes } of manifest.files) expect(readFileSync(join(out, name)).length).toBe(bytes);
  });
});
