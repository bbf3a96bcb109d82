/** What convert() makes of which input, and that nothing but its options and the records decides about the bytes. */

import { existsSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasShared, sharedPath } from '../../shared-data.ts';
import {
  converted,
  type Format,
  numbered,
  outputsIn,
  payloadsOf,
  recordsIn,
  tryConvert,
  writeSet,
} from '../../support/converting.ts';
import { frame, text } from '../../support/records.ts';
import { scratch, tree } from '../jobs/folder.ts';

const { ArrayRecordReader, verify } = await import(new URL('../../../dist/index.js', import.meta.url).href);

/** Three inputs of 23, 0 and 40 records, mixed. */
async function mixedInputs(folder: string): Promise<Uint8Array[]> {
  await writeSet(join(folder, 'in/a.tfrecord'), numbered(0, 23), 'none');
  await writeSet(join(folder, 'in/b.tfrecord'), [], 'none');
  await writeSet(join(folder, 'in/c.tfrecord'), numbered(23, 40), 'gzip');
  await writeSet(join(folder, 'in/d.arrayrecord'), numbered(63, 37), 'ar group_size:5,zstd:3');
  await writeSet(join(folder, 'in/e'), numbered(100, 1), 'zlib');
  return numbered(0, 101);
}

async function arrayRecords(path: string): Promise<Uint8Array[]> {
  const reader = await ArrayRecordReader.open(path);
  const records: Uint8Array[] = [];
  for await (const batch of reader.batches()) for (const record of batch.records) records.push(Uint8Array.from(record));
  await reader.close();
  return records;
}

describe('convert() keeps every record in order', () => {
  const formats: readonly Format[] = [
    'none',
    'gzip',
    'zlib',
    'ar group_size:1,uncompressed',
    'ar group_size:10,brotli',
  ];
  const targets = [
    { to: 'tfrecord', compression: 'none' },
    { to: 'tfrecord', compression: 'gzip' },
    { to: 'tfrecord', compression: 'zlib' },
    { to: 'arrayrecord', options: 'group_size:1,uncompressed' },
    { to: 'arrayrecord', options: 'group_size:10,zstd:3' },
    { to: 'arrayrecord', options: 'group_size:1000,snappy' },
  ] as const;

  test.each(formats.flatMap((from) => targets.map((target) => [from, target] as const)))(
    'from %s to %o in 4 shards',
    async (from, target) => {
      const folder = scratch();
      await writeSet(join(folder, 'in/x'), numbered(0, 50), from);
      const out = join(folder, 'out');
      const report = await converted({ inputs: [join(folder, 'in')], out: join(out, 'x'), shards: 4, ...target });
      expect(report).toMatchObject({ records: 50, inputs: 1, outputs: 4, rejects: 0, complete: true });
      const found =
        target.to === 'tfrecord'
          ? recordsIn(out)
          : (await Promise.all(outputsIn(out).map((name) => arrayRecords(join(out, name))))).flat();
      expect(found).toEqual(numbered(0, 50));
    },
  );

  test('of inputs of all formats, also when a shard takes from several of them', async () => {
    const folder = scratch();
    const records = await mixedInputs(folder);
    for (const shards of [1, 2, 3, 7, 101, 150]) {
      const out = join(folder, `out-${shards}`);
      await converted({ inputs: [join(folder, 'in')], to: 'tfrecord', out: `${out}/x`, shards });
      expect(outputsIn(out)).toHaveLength(shards);
      // Framed by the test itself, so every byte of the outputs is checked.
      const whole = Buffer.concat(outputsIn(out).map((name) => readFileSync(join(out, name))));
      expect(whole.equals(Buffer.concat(records.map(frame)))).toBe(true);
    }
  });

  test('in ranges that differ by one record at most, the longer ones first', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const { files } = await converted({
      inputs: [join(folder, 'in')],
      to: 'tfrecord',
      out: `${folder}/out/x`,
      shards: 7,
    });
    expect(files.map(({ records }) => records)).toEqual([15, 15, 15, 14, 14, 14, 14]);
    expect(files[0]!.output.name).toBe('x-00000-of-00007.tfrecord');
    expect(files[1]!.sources.map(({ input, records }) => [basename(input), records])).toEqual([
      ['a.tfrecord', 8],
      ['b.tfrecord', 0],
      ['c.tfrecord', 7],
    ]);
  });

  test('of any numbers of records in any numbers of shards', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(30), fc.constantFrom<Format>('none', 'gzip', 'ar group_size:3,uncompressed')), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.integer({ min: 1, max: 9 }),
        async (inputs, shards) => {
          const folder = scratch();
          let total = 0;
          for (const [i, [count, format]] of inputs.entries()) {
            await writeSet(join(folder, `in/${i}`), numbered(total, count), format);
            total += count;
          }
          await converted({ inputs: [join(folder, 'in')], to: 'tfrecord', out: `${folder}/out/x`, shards, workers: 1 });
          expect(recordsIn(join(folder, 'out'))).toEqual(numbered(0, total));
          rmSync(folder, { recursive: true });
        },
      ),
      { numRuns: 15 },
    );
  });

  test.skipIf(!hasShared)("of Google's own files, and makes their bytes again (needs ../shared)", async () => {
    const folder = scratch();
    const names = [0, 1].map((i) => `digits.array_record-0000${i}-of-00002`);
    const inputs = names.map((name) => sharedPath(`arrayrecord/array_record/${name}`));
    await converted({ inputs, to: 'tfrecord', out: `${folder}/tf/digits` });
    expect(recordsIn(join(folder, 'tf'))).toEqual([...'0123456789'].map(text));
    const options = 'group_size:1,uncompressed';
    await converted({ inputs: [`${folder}/tf`], to: 'arrayrecord', out: `${folder}/ar/digits`, shards: 2, options });
    for (const [i, name] of outputsIn(join(folder, 'ar')).entries()) {
      expect(readFileSync(join(folder, 'ar', name)).equals(readFileSync(inputs[i]!)), name).toBe(true);
    }
  });
});

describe('convert() makes the same bytes', () => {
  test('for any number of threads and of parts', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const options = { inputs: [join(folder, 'in')], to: 'arrayrecord', shards: 5, proof: true } as const;
    const trees = [];
    for (const workers of [1, 2, 5]) {
      rmSync(join(folder, 'out'), { recursive: true, force: true });
      await converted({ ...options, out: `${folder}/out/x`, workers });
      trees.push(tree(join(folder, 'out')));
    }
    expect(trees[1]).toEqual(trees[0]);
    expect(trees[2]).toEqual(trees[0]);

    rmSync(join(folder, 'out'), { recursive: true });
    const parts = await Promise.all(
      ['0/3', '1/3', '2/3'].map((units) => converted({ ...options, out: `${folder}/out/x`, workers: 1, units })),
    );
    expect(parts.map(({ complete }) => complete)).toContain(true);
    const visible = (files: object) => Object.entries(files).filter(([name]) => !name.startsWith('.'));
    expect(visible(tree(join(folder, 'out')))).toEqual(visible(trees[0]!));
  });

  test('when it is run again, and skips what is done', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const options = { inputs: [join(folder, 'in')], to: 'arrayrecord', out: `${folder}/out/x`, shards: 5 } as const;
    await converted(options);
    const before = tree(join(folder, 'out'));
    rmSync(join(folder, 'out/x-00003-of-00005.arrayrecord'));
    expect(await converted(options)).toMatchObject({ done: 1, skipped: 4, complete: true });
    expect(tree(join(folder, 'out'))).toEqual(before);
  });

  test('only until an input changes, and does only those shards again that have a part in it', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const options = { inputs: [join(folder, 'in')], to: 'tfrecord', out: `${folder}/out/x`, shards: 5 } as const;
    await converted(options);
    // The last record is all that shard 4 has of "e"; a touch is a change.
    utimesSync(join(folder, 'in/e'), 1, 1);
    expect(await converted(options)).toMatchObject({ done: 1, skipped: 4 });
  });
});

describe('convert() names outputs', () => {
  const inputsOf = (folder: string) => [join(folder, 'in')];

  test('after the inputs with matchInputs, one for each', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    await converted({ inputs: inputsOf(folder), to: 'arrayrecord', out: `${folder}/ar/`, matchInputs: true });
    const names = ['a.tfrecord', 'b.tfrecord', 'c.tfrecord', 'd.arrayrecord', 'e'];
    expect(outputsIn(`${folder}/ar`)).toEqual(names.map((name) => `${name}.arrayrecord`));
    expect(await arrayRecords(`${folder}/ar/c.tfrecord.arrayrecord`)).toEqual(numbered(23, 40));
    expect(await arrayRecords(`${folder}/ar/b.tfrecord.arrayrecord`)).toEqual([]);
  });

  test('with the last extension replaced with overwriteExtension', async () => {
    const folder = scratch();
    for (const name of ['a.tfrecord', 'b.x.gz', 'c']) await writeSet(`${folder}/in/${name}`, numbered(0, 2), 'none');
    const options = { matchInputs: true, overwriteExtension: true } as const;
    await converted({ inputs: inputsOf(folder), to: 'arrayrecord', out: `${folder}/ar/`, ...options });
    expect(outputsIn(`${folder}/ar`)).toEqual(['a.arrayrecord', 'b.x.arrayrecord', 'c.arrayrecord']);
  });

  test('by as many shards as inputs with matchShards', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const { files } = await converted({
      inputs: inputsOf(folder),
      to: 'arrayrecord',
      out: `${folder}/ar/x`,
      matchShards: true,
    });
    expect(files.map(({ output, records }) => [output.name, records])).toEqual(
      [21, 20, 20, 20, 20].map((count, i) => [`x-0000${i}-of-00005.arrayrecord`, count]),
    );
  });

  test('after what the inputs have in common when --out is a folder', async () => {
    const folder = scratch();
    for (const i of [0, 1]) await writeSet(`${folder}/in/train-0000${i}-of-00002.tfrecord`, numbered(0, 2), 'none');
    await converted({ inputs: inputsOf(folder), to: 'arrayrecord', out: `${folder}/ar/`, shards: 3 });
    expect(outputsIn(`${folder}/ar`)[0]).toBe('train-00000-of-00003.arrayrecord');
    await writeSet(`${folder}/in/other.tfrecord`, [], 'none');
    await converted({ inputs: inputsOf(folder), to: 'arrayrecord', out: `${folder}/ar2/` });
    expect(outputsIn(`${folder}/ar2`)).toEqual(['records-00000-of-00001.arrayrecord']);
  });

  test('and refuses two inputs of one name before anything is written', async () => {
    const folder = scratch();
    // As TFDS calls its shards: the original collapses them into one file.
    const names = ['mnist-train.tfrecord-00000-of-00002', 'mnist-train.tfrecord-00001-of-00002'];
    for (const name of names) await writeSet(`${folder}/in/${name}`, numbered(0, 2), 'none');
    const options = { to: 'arrayrecord', out: `${folder}/ar/`, matchInputs: true } as const;
    const { error } = await tryConvert({ inputs: inputsOf(folder), ...options, overwriteExtension: true });
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(error!.message).toContain('both would be named "mnist-train.arrayrecord"');
    expect(existsSync(`${folder}/ar`)).toBe(false);
    await converted({ inputs: inputsOf(folder), ...options });
    expect(outputsIn(`${folder}/ar`)).toEqual(names.map((name) => `${name}.arrayrecord`));

    await writeSet(`${folder}/more/${names[0]}`, numbered(0, 2), 'none');
    const twice = await tryConvert({ inputs: [`${folder}/in`, `${folder}/more`], ...options, out: `${folder}/ar3/` });
    expect(twice.error).toMatchObject({ code: 'USAGE' });
    expect(existsSync(`${folder}/ar3`)).toBe(false);
  });

  test('and refuses to write over its own inputs', async () => {
    const folder = scratch();
    const name = 'x-00000-of-00001.tfrecord';
    await writeSet(`${folder}/${name}`, numbered(0, 2), 'none');
    const before = readFileSync(`${folder}/${name}`);
    const options = { inputs: [`${folder}/${name}`], to: 'tfrecord', overwrite: true } as const;
    expect((await tryConvert({ ...options, out: `${folder}/x` })).error).toMatchObject({ code: 'USAGE' });
    expect((await tryConvert({ ...options, out: `${folder}/` })).error).toMatchObject({ code: 'USAGE' });
    expect(readFileSync(`${folder}/${name}`).equals(before)).toBe(true);
  });

  test('so that a run in the folder of the inputs finds the same inputs again', async () => {
    const folder = scratch();
    for (const i of [0, 1]) await writeSet(`${folder}/a-${i}.tfrecord`, numbered(3 * i, 3), 'none');
    const matched = { inputs: [folder], to: 'arrayrecord', out: `${folder}/`, matchInputs: true } as const;
    expect(await converted(matched)).toMatchObject({ done: 2, skipped: 0 });
    expect(await converted(matched)).toMatchObject({ done: 0, skipped: 2 });
    const sharded = { inputs: [`${folder}/a-*.tfrecord`], to: 'tfrecord', out: `${folder}/a-all`, shards: 2 } as const;
    expect(await converted(sharded)).toMatchObject({ records: 6, done: 2 });
    expect(await converted(sharded)).toMatchObject({ records: 6, done: 0, skipped: 2 });
  });
});

describe('convert() in its folder', () => {
  test('touches nothing in a dry run, and tells what it would make', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const before = tree(folder);
    const options = { inputs: [`${folder}/in`], to: 'arrayrecord', out: `${folder}/out/x`, shards: 2 } as const;
    const report = await converted({ ...options, dryRun: true });
    expect(tree(folder)).toEqual(before);
    expect(report).toMatchObject({ dryRun: true, done: 0, inputs: 5, outputs: 2, records: 101 });
    expect(report.files.map(({ output }) => output.name)).toEqual([0, 1].map((i) => `x-0000${i}-of-00002.arrayrecord`));
  });

  test('writes a manifest of inputs and outputs beside the shards, and one for each name', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const options = { inputs: [`${folder}/in`], to: 'tfrecord', shards: 2, proof: true } as const;
    const report = await converted({ ...options, out: `${folder}/out/train` });
    const { proof } = report;
    await converted({ ...options, out: `${folder}/out/test` });
    const manifest = JSON.parse(readFileSync(`${folder}/out/train.convert.json`, 'utf8'));
    expect(manifest).toMatchObject({
      job: 'convert',
      options: { to: 'tfrecord', shards: 2, compression: 'none', onError: 'fail', proof: true },
      proof,
      ...{ to: 'tfrecord', inputs: 5, outputs: 2, records: 101, rejects: 0 },
    });
    expect(manifest.sources.map(({ format, compression, records }: never) => [format, compression, records])).toEqual([
      ['tfrecord', 'none', 23],
      ['tfrecord', 'none', 0],
      ['tfrecord', 'gzip', 40],
      ['arrayrecord', 'none', 37],
      ['tfrecord', 'zlib', 1],
    ]);
    for (const { output } of manifest.files) {
      expect(statSync(`${folder}/out/${output.name}`).size).toBe(output.bytes);
    }
    expect(report).toMatchObject({ folder: `${folder}/out`, manifest: `${folder}/out/train.convert.json` });
    expect(report).toMatchObject({ sources: manifest.sources, files: manifest.files });
    expect(existsSync(`${folder}/out/test.convert.json`)).toBe(true);
    // The manifests are no inputs: the folder can be verified and converted as it is.
    expect(await verify({ inputs: [`${folder}/out`] })).toMatchObject({ ok: true, inputs: 4 });
  });

  test('refuses what others made, and other options; overwrite leaves no shard of before', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const options = { inputs: [`${folder}/in`], to: 'tfrecord', out: `${folder}/out/x` } as const;
    await converted({ ...options, shards: 4 });
    const { error } = await tryConvert({ ...options, shards: 3 });
    expect(error).toMatchObject({ code: 'EXISTS' });
    expect(error!.message).toContain('shards: 4 there, 3 here');
    await converted({ ...options, shards: 3, overwrite: true });
    expect(outputsIn(`${folder}/out`)).toEqual([0, 1, 2].map((i) => `x-0000${i}-of-00003.tfrecord`));

    const foreign = `${folder}/out/y-00000-of-00001.tfrecord`;
    writeFileSync(foreign, 'mine');
    expect((await tryConvert({ ...options, out: `${folder}/out/y` })).error).toMatchObject({ code: 'EXISTS' });
    expect(readFileSync(foreign, 'utf8')).toBe('mine');
  });

  test('does not count again what an earlier run has counted', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const options = { inputs: [`${folder}/in`], to: 'tfrecord', out: `${folder}/out/x`, shards: 2 } as const;
    const jobs = async () => {
      const seen = new Set<string>();
      await converted({ ...options, onProgress: ({ job }) => seen.add(job) });
      return [...seen];
    };
    expect(await jobs()).toEqual(['convert: counting', 'convert']);
    rmSync(`${folder}/out/x-00001-of-00002.tfrecord`);
    expect(await jobs()).toEqual(['convert']);
  });
});

describe('the proof of convert()', () => {
  test('is one for the same records, on both sides, in any shards, compression and format', async () => {
    const folder = scratch();
    await mixedInputs(folder);
    const { proof } = await verify({ inputs: [`${folder}/in`], proof: true });
    expect(proof).toMatch(/^[0-9a-f]{32}$/);
    const targets = [
      { to: 'tfrecord', shards: 1 },
      { to: 'tfrecord', shards: 6, compression: 'gzip' },
      { to: 'arrayrecord', shards: 3, options: 'group_size:4,zstd:3' },
      { to: 'arrayrecord', matchInputs: true, options: 'uncompressed' },
    ] as const;
    for (const [i, target] of targets.entries()) {
      const out = `${folder}/out${i}/`;
      const report = await converted({ inputs: [`${folder}/in`], out, proof: true, ...target });
      expect(report.proof).toBe(proof);
      expect((await verify({ inputs: [out], proof: true })).proof).toBe(proof);
    }
  });

  test.each<[string, (records: Uint8Array[]) => Uint8Array[]]>([
    [
      'a bit is another',
      (r) => r.map((record, i) => (i === 5 ? record.map((b, at) => (at === 0 ? b ^ 1 : b)) : record)),
    ],
    ['two records change places', (r) => [r[1]!, r[0]!, ...r.slice(2)]],
    ['a record is gone', (r) => r.slice(1)],
    ['the last record is gone', (r) => r.slice(0, -1)],
    ['a record is there twice', (r) => [r[0]!, ...r]],
    ['an empty record more is there', (r) => [...r, new Uint8Array(0)]],
    ['a byte moves to the next record', (r) => [r[0]!.slice(0, -1), join8(r[0]!.slice(-1), r[1]!), ...r.slice(2)]],
  ])('is another when %s', async (_, change) => {
    const folder = scratch();
    const records = numbered(20, 12);
    await writeSet(`${folder}/a`, records, 'none');
    await writeSet(`${folder}/b`, change(records), 'none');
    const proofOf = async (name: string) => (await verify({ inputs: [`${folder}/${name}`], proof: true })).proof;
    expect(await proofOf('b')).not.toBe(await proofOf('a'));
  });

  test('is there for nothing too, and not for files that hold no records', async () => {
    const folder = scratch();
    await writeSet(`${folder}/a.tfrecord`, [], 'none');
    expect((await verify({ inputs: [`${folder}/a.tfrecord`], proof: true })).proof).toBe('0'.repeat(32));
    expect((await verify({ inputs: [`${folder}/a.tfrecord`] })).proof).toBeUndefined();
    writeFileSync(`${folder}/b.txt`, 'this is no record file, only some text that is long enough');
    expect((await verify({ inputs: [folder], proof: true })).proof).toBeUndefined();
  });
});

function join8(a: Uint8Array, b: Uint8Array): Uint8Array {
  return Uint8Array.from([...a, ...b]);
}

test.each([
  [{ shards: 2, matchInputs: true }, '"shards" and "matchInputs"'],
  [{ matchInputs: true, matchShards: true }, '"matchInputs" and "matchShards"'],
  [{ overwriteExtension: true }, 'without "matchInputs"'],
  [{ compression: 'gzip' as const }, 'compression "gzip" for ArrayRecord'],
  [{ options: 'group_size:x' }, 'group_size'],
  [{ options: 'zstd,brotli' }, 'conflicts'],
  [{ to: 'tfrecord' as const, options: 'zstd' }, '"options" for TFRecord'],
  [{ shards: 0 }, 'expected a whole number, 1 to 99999'],
])('convert() refuses %o', async (given, words) => {
  const folder = scratch();
  await writeSet(`${folder}/in/a`, numbered(0, 1), 'none');
  const { error } = await tryConvert({ inputs: [`${folder}/in`], to: 'arrayrecord', out: `${folder}/out/x`, ...given });
  expect(error).toMatchObject({ code: 'USAGE' });
  expect(error!.message).toContain(words);
  expect(existsSync(`${folder}/out`)).toBe(false);
});

test('convert() takes 300 records of no bytes and one of 3 MB', async () => {
  const folder = scratch();
  const records = [...Array.from({ length: 300 }, () => new Uint8Array(0)), new Uint8Array(3_000_000).fill(7)];
  await writeSet(`${folder}/in/a`, records, 'none');
  await converted({ inputs: [`${folder}/in`], to: 'arrayrecord', out: `${folder}/ar/a`, options: 'group_size:7' });
  await converted({ inputs: [`${folder}/ar`], to: 'tfrecord', out: `${folder}/tf/a`, shards: 2 });
  const found = outputsIn(`${folder}/tf`).flatMap((name) => payloadsOf(readFileSync(`${folder}/tf/${name}`)));
  expect(found.map(({ length }) => length)).toEqual(records.map(({ length }) => length));
  expect(found.at(-1)!.every((byte) => byte === 7)).toBe(true);
});
