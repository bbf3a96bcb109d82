/** verify() and inspect() of Parquet files: intact ones of other writers, damage by name and place, and whole datasets of them. */

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { inspect } from '../../../src/api/inspect.ts';
import type { InspectedParquet, VerifiedCard, VerifiedParquet, VerifyOptions } from '../../../src/api/types.ts';
import { verify } from '../../../src/api/verify.ts';
import { bytesSource } from '../../../src/bytes.ts';
import { createShared, readCounters } from '../../../src/counters.ts';
import { compareFiles } from '../../../src/jobs/check/parquet/compare.ts';
import { verifySource } from '../../../src/jobs/check/parquet/verify.ts';
import { hasShared, sharedPath } from '../../shared-data.ts';
import { constantFrame, flacOf } from '../../support/flac-files.ts';
import { hubServer, shaOf } from '../../support/hub-server.ts';
import { objectStore } from '../../support/object-store.ts';
import { parquetNames, parquetPath, parquetRows } from '../../support/parquet-files.ts';
import { speech, speechColumns, tone, writeShard } from '../../support/parquet-shards.ts';
import { scratch } from '../jobs/folder.ts';

const audioData = fileURLToPath(new URL('../../data/parquet-audio', import.meta.url));
const server = await objectStore();

async function verified(path: string, options: Partial<VerifyOptions> = {}): Promise<VerifiedParquet> {
  const { files } = await verify({ inputs: path, workers: 1, ...options });
  expect(files).toHaveLength(1);
  return files[0] as VerifiedParquet;
}

async function inspected(path: string, all = false): Promise<InspectedParquet> {
  return (await inspect({ inputs: path, all })).files[0] as InspectedParquet;
}

/** What is wrong, in a line each. */
function faultsOf(file: {
  readonly damaged: readonly { readonly fault?: string; readonly reason: string }[];
}): string[] {
  return file.damaged.map(({ fault, reason }) => `${fault}: ${reason}`);
}

const rows = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => speech(from + i));

describe('intact files of pyarrow', () => {
  test('of every type, encoding, codec and kind of page', async () => {
    const { files, ok } = await verify({ inputs: parquetNames.map(parquetPath) });
    expect(ok).toBe(true);
    expect(files).toHaveLength(parquetNames.length);
    for (const name of parquetNames) {
      const file = files.find(({ source }) => source === parquetPath(name)) as VerifiedParquet;
      expect([name, file.format, file.damaged]).toEqual([name, 'parquet', []]);
      const expected = parquetRows[name];
      if (expected !== undefined) expect([name, file.records]).toEqual([name, expected.length]);
    }
  });

  test.skipIf(!hasShared)('and of other writers, gathered by apache/parquet-testing', async () => {
    const folder = sharedPath('parquet/parquet-testing');
    const { files } = await verify({ inputs: `${folder}/*.parquet` });
    expect(files.length).toBeGreaterThan(8);
    for (const file of files) expect([file.source, file.ok, faultsOf(file)]).toEqual([file.source, true, []]);
  });

  test.skipIf(!hasShared)('of `datasets`, with sound that is all decoded', async () => {
    const path = sharedPath('parquet/hf-audio/train-00000-of-00001.parquet');
    const file = await verified(path, { check: 'full', viewer: true });
    expect(file).toMatchObject({ ok: true, records: 4, sounds: 4 });
    expect(file.durationSeconds).toBeCloseTo(4, 1);
  });
});

test('a file of ours is intact, for the viewer too, with every recording decoded', async () => {
  const path = join(scratch(), 'x.parquet');
  await writeShard(path, [...rows(0, 30), { audio: null, text: null, seconds: null }], { groupBytes: 9000, facts: {} });
  const file = await verified(path, { check: 'full', viewer: true });
  expect(faultsOf(file)).toEqual([]);
  expect(file.notes.map(({ fault }) => fault)).not.toContain('viewer');
  expect(file).toMatchObject({ ok: true, records: 31, rows: 31, sounds: 30 });
  expect(file.rowGroups).toBeGreaterThan(3);
  expect(file.shard).toMatchObject({ chunk: 'en-0', part: 0, parts: 1 });
});

describe('sound in cells', () => {
  const bad = async (audio: unknown, options: Partial<VerifyOptions> = {}) => {
    const path = join(scratch(), 'x.parquet');
    await writeShard(path, [speech(0), { ...speech(1), audio }, speech(2)]);
    return verified(path, options);
  };

  test('that is none is damage, with its row', async () => {
    const file = await bad({ bytes: Buffer.from('<html><body>404 not found</body>'), path: 'a.wav' });
    expect(file.damaged).toMatchObject([
      { fault: 'audio', group: 0, column: 'audio.bytes', row: 1, code: 'BAD_SCHEMA' },
    ]);
    expect(file.damaged[0]!.reason).toMatch(/found a web page/);
    expect(file.records).toBe(0);
  });
  test('of no bytes is damage', async () => {
    expect(faultsOf(await bad({ bytes: Buffer.alloc(0), path: 'a.wav' }))).toEqual([
      'audio: Expected a recording, found 0 bytes',
    ]);
  });
  test('that is cut off is found by its header', async () => {
    const { damaged } = await bad({ bytes: tone().subarray(0, 600), path: 'a.wav' });
    expect(damaged).toMatchObject([{ fault: 'audio', row: 1, code: 'TRUNCATED' }]);
  });
  test('that was changed in the middle is found by decoding all of it, and not before', async () => {
    const bytes = Buffer.from(
      flacOf(
        { frames: 4 },
        [0, 1, 2, 3].map((i) => constantFrame(i, [100 * i])),
      ),
    );
    bytes[bytes.length - 15]! ^= 4;
    const changed = { bytes, path: 'a.flac' };
    expect(await bad(changed)).toMatchObject({ ok: true });
    const { damaged } = await bad(changed, { check: 'full' });
    expect(damaged).toMatchObject([{ fault: 'audio', row: 1, code: 'CORRUPT' }]);
    expect(damaged[0]!.reason).toMatch(/damaged-frames, byte \d+ of the recording/);
  });
  test.each([
    ['without a path', null, /without a path/],
    ['whose path has no extension', 'segment', /no extension/],
  ])('%s is noted, and damage for the viewer', async (_, path, reason) => {
    const audio = { bytes: tone(), path };
    const file = await bad(audio);
    expect(file.ok).toBe(true);
    expect(file.notes).toMatchObject([{ fault: 'viewer', reason: expect.stringMatching(reason) }]);
    const { damaged } = await bad(audio, { viewer: true });
    expect(damaged).toMatchObject([{ fault: 'viewer', row: 1, reason: expect.stringMatching(reason) }]);
  });
  test('whose path ends as another format is noted', async () => {
    const file = await bad({ bytes: tone(), path: 'segment.mp3' });
    expect(file).toMatchObject({ ok: true, notes: [{ fault: 'audio' }] });
    expect(file.notes[0]!.reason).toMatch(/end with \.mp3, of recordings that are wav .*row 1/);
  });
  test('in a column of bytes alone is what the viewer does not show', async () => {
    const path = join(scratch(), 'x.parquet');
    await writeShard(path, [{ sound: tone() }], { columns: [{ name: 'sound', kind: 'binary' }] });
    expect(await verified(path)).toMatchObject({ ok: true, sounds: 1, notes: [{ fault: 'viewer' }] });
    const { damaged } = await verified(path, { viewer: true });
    expect(damaged).toMatchObject([
      { fault: 'viewer', column: 'sound', reason: expect.stringMatching(/column of binary/) },
    ]);
  });
  test('files of `datasets` with rows of no sound, and paths alone', async () => {
    expect(faultsOf(await verified(join(audioData, 'featured.parquet')))).toEqual([
      'audio: Expected a recording, found 0 bytes',
    ]);
    for (const name of ['bare', 'binary', 'others', 'paths', 'rates-0', 'rates-1', 'silent']) {
      expect([name, faultsOf(await verified(join(audioData, `${name}.parquet`)))]).toEqual([name, []]);
    }
  });
});

describe('a dataset', () => {
  const card = (sizes: readonly (readonly [config: string, rows: number])[]) =>
    [
      '---',
      'configs:',
      ...sizes.flatMap(([name]) => [
        `- config_name: ${name}`,
        '  data_files:',
        '  - split: train',
        `    path: data/${name}/*.parquet`,
      ]),
      'dataset_info:',
      ...sizes.flatMap(([name, n]) => [
        `- config_name: ${name}`,
        '  splits:',
        '  - name: train',
        `    num_examples: ${n}`,
      ]),
      '---',
      '# Speech',
    ].join('\n');

  async function dataset(): Promise<string> {
    const folder = scratch();
    await writeShard(join(folder, 'data/en/chunk-00000.parquet'), rows(0, 4), { facts: {} });
    const parts = { chunk: 'en-1', parts: 2 };
    await writeShard(join(folder, 'data/en/chunk-00001-part-00.parquet'), rows(4, 6), { facts: parts });
    await writeShard(join(folder, 'data/en/chunk-00001-part-01.parquet'), rows(6, 9), { facts: { ...parts, part: 1 } });
    await writeShard(join(folder, 'data/de/chunk-00000.parquet'), rows(0, 2), {
      facts: { chunk: 'de-0', config: 'de' },
    });
    writeFileSync(
      join(folder, 'README.md'),
      card([
        ['en', 9],
        ['de', 2],
      ]),
    );
    return folder;
  }
  const filesOf = async (inputs: string, options: Partial<VerifyOptions> = {}) => {
    const report = await verify({ inputs, workers: 1, ...options });
    const bad = report.files.filter(({ ok }) => !ok);
    return { report, bad: bad.map((file) => [file.source.slice(inputs.length + 1), ...faultsOf(file)]) };
  };

  test('is verified as a whole: all folders, and the card', async () => {
    const folder = await dataset();
    writeFileSync(join(folder, 'LICENSE'), 'Everybody may do as they please with this.\n');
    writeFileSync(join(folder, 'dnsmos.svg'), '<svg xmlns="http://www.w3.org/2000/svg"></svg>');
    const { report, bad } = await filesOf(folder);
    expect(bad).toEqual([]);
    expect(report).toMatchObject({ ok: true, inputs: 5, records: 11 });
    const told = report.files.find(({ format }) => format === 'card') as VerifiedCard;
    expect(told.notes).toEqual([{ fault: 'card', reason: 'No part of the dataset: "LICENSE"' }]);
  });

  test('and so it is in a bucket and on the Hub', async () => {
    const folder = await dataset();
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name));
    const bytes = (name: string) => readFileSync(join(folder, name));
    for (const name of paths) server.objects.set(`bucket/speech/${name}`, bytes(name));
    const hub = await hubServer({
      'a/speech': {
        refs: { main: shaOf('1') },
        commits: { [shaOf('1')]: Object.fromEntries(paths.map((name) => [name, bytes(name)])) },
      },
    });
    Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_HOME: '/nonexistent' });
    try {
      for (const uri of ['s3://bucket/speech/', 'hf://datasets/a/speech']) {
        const { report, bad } = await filesOf(uri);
        expect([uri, bad]).toEqual([uri, []]);
        expect(report).toMatchObject({ ok: true, inputs: 5, records: 11 });
      }
      const one = await verified('hf://datasets/a/speech/data/de/chunk-00000.parquet');
      expect(one).toMatchObject({ ok: true, records: 2, source: 'hf://datasets/a/speech/data/de/chunk-00000.parquet' });
      expect(await inspected('hf://datasets/a/speech/data/de/chunk-00000.parquet')).toMatchObject({ rows: 2 });
    } finally {
      await hub.close();
      delete process.env['HF_ENDPOINT'];
    }
  });

  test('with another number of rows than the card says names both', async () => {
    const folder = await dataset();
    writeFileSync(
      join(folder, 'README.md'),
      card([
        ['en', 10],
        ['de', 2],
      ]),
    );
    const { bad, report } = await filesOf(folder);
    expect(bad).toEqual([
      [
        'README.md',
        'num-examples: num_examples of split "train" of configuration "en" is 10, and the footers of its 3 files say 9',
      ],
    ]);
    expect(report.ok).toBe(false);
  });

  test('whose card names files that are not there', async () => {
    const folder = await dataset();
    writeFileSync(
      join(folder, 'README.md'),
      card([
        ['en', 9],
        ['de', 2],
        ['fr', 3],
      ]),
    );
    const { bad } = await filesOf(folder);
    expect(bad[0]!.join()).toMatch(
      /card: .*its card names "data\/fr\/\*\.parquet" for split "train" of "fr", and no file/,
    );
  });

  test('that lacks a part of a chunk', async () => {
    const folder = await dataset();
    const moved = join(scratch(), 'chunk-00001-part-00.parquet');
    cpSync(join(folder, 'data/en/chunk-00001-part-00.parquet'), moved);
    writeFileSync(
      join(folder, 'README.md'),
      card([
        ['en', 7],
        ['de', 2],
      ]),
    );
    const { rmSync } = await import('node:fs');
    rmSync(join(folder, 'data/en/chunk-00001-part-00.parquet'));
    expect((await filesOf(folder)).bad).toEqual([
      ['data/en/chunk-00001-part-01.parquet', 'parts: Chunk en-1 has 2 parts, and part 1 is not there'],
    ]);
    // A file that was named alone is not a folder that lacks one.
    expect(await verified(moved)).toMatchObject({ ok: true, notes: [{ fault: 'parts' }] });
  });

  test('whose parts are of different runs', async () => {
    const folder = await dataset();
    await writeShard(join(folder, 'data/en/chunk-00001-part-01.parquet'), rows(6, 9), {
      facts: { chunk: 'en-1', parts: 2, part: 1, identity: 'cd'.repeat(32) },
    });
    expect((await filesOf(folder)).bad).toEqual([
      [
        'data/en/chunk-00001-part-01.parquet',
        'parts: It is part 2 of chunk en-1 made of other episodes or options than "chunk-00001-part-00.parquet" says',
      ],
    ]);
  });

  test('with a file that has other columns', async () => {
    const folder = await dataset();
    const columns = [...speechColumns.slice(0, 2), { name: 'seconds', kind: 'float64' }] as const;
    await writeShard(join(folder, 'data/en/chunk-00000.parquet'), rows(0, 4), { facts: {}, columns });
    expect((await filesOf(folder)).bad).toEqual([
      [
        'data/en/chunk-00000.parquet',
        'differs: In configuration "en", column "seconds" is double, and float in others ("chunk-00001-part-00.parquet" and 1 more)',
      ],
    ]);
  });

  test('in a plain folder is compared by folder, and what lies beside it is checked as ever', async () => {
    const folder = scratch();
    await writeShard(join(folder, 'a.parquet'), rows(0, 2));
    await writeShard(join(folder, 'b.parquet'), rows(0, 2));
    await writeShard(join(folder, 'c.parquet'), [{ text: 'x' }], { columns: [{ name: 'text', kind: 'string' }] });
    writeFileSync(join(folder, 'd.wav'), tone().subarray(0, 300));
    writeFileSync(join(folder, 'e.bin'), Buffer.alloc(100, 7));
    mkdirSync(join(folder, 'deeper'));
    writeFileSync(join(folder, 'deeper/f.wav'), 'not asked for');
    const { report, bad } = await filesOf(folder);
    expect(report.inputs).toBe(5);
    expect(bad.map(([name]) => name)).toEqual(['c.parquet', 'd.wav', 'e.bin']);
    expect(bad[0]![1]).toMatch(/^differs: .*it lacks column "audio\.bytes" \(binary\)/);
    expect(bad[1]![1]).toMatch(/^truncated: /);
  });

  test('keeps checking recordings that lie in its folders', async () => {
    const folder = await dataset();
    writeFileSync(join(folder, 'data/en/extra.wav'), tone().subarray(0, 300));
    writeFileSync(join(folder, 'data/en/odd'), Buffer.alloc(100, 7));
    const { bad } = await filesOf(folder);
    expect(bad.map(([name]) => name)).toEqual(['data/en/extra.wav', 'data/en/odd']);
  });
});

test('progress reaches the size of the files, and not at once', async () => {
  const folder = scratch();
  await writeShard(join(folder, 'a.parquet'), rows(0, 40), { groupBytes: 9000 });
  const shared = createShared();
  const bytes = readFileSync(join(folder, 'a.parquet'));
  const input = { uri: 'a.parquet', size: bytes.length, version: '' };
  const source = bytesSource(bytes, 'a.parquet');
  const seen: number[] = [];
  const watched = {
    ...source,
    read: (at: number, length: number) => {
      seen.push(readCounters(shared).bytes);
      return source.read(at, length);
    },
  };
  await verifySource(watched, input, shared, { proof: false, check: 'header', viewer: false });
  expect(seen[4]).toBeLessThan(bytes.length / 2);
  expect(seen.at(-1)).toBeLessThan(bytes.length);
  expect(readCounters(shared)).toMatchObject({ bytes: bytes.length, records: 40 });
});

describe('columns of files that belong together', () => {
  const columns = [
    { name: 'a', type: 'int64', optional: true },
    { name: 'b', type: 'string', optional: true },
  ];
  const compared = (...others: (typeof columns)[]) => {
    const file = (of: typeof columns) =>
      ({ columns: of, shard: null, faults: 0, ok: true, damaged: [], notes: [] }) as unknown as VerifiedParquet;
    const files = new Map([columns, columns, ...others].map((of, i) => [`d/${i}.parquet`, file(of)]));
    compareFiles(files, [{ what: 'folder "d"', uris: [...files.keys()], isAll: true }]);
    return [...files.values()]
      .slice(2)
      .map(({ ok, damaged, notes }) =>
        [ok, ...damaged, ...notes].map((each) => (typeof each === 'boolean' ? each : each.reason)).join(' '),
      );
  };
  test.each<[string, typeof columns, RegExp]>([
    ['of another order', columns.toReversed(), /^true .*another order/],
    [
      'whose values may not be missing',
      [columns[0]!, { ...columns[1]!, optional: false }],
      /^true .*"b" may not be missing, other/,
    ],
    ['of which one is missing', columns.slice(0, 1), /^false .*lacks column "b" \(string\)/],
    [
      'of which there are more',
      [...columns, { name: 'c', type: 'bool', optional: true }],
      /^false .*has column "c" \(bool\)/,
    ],
    ['of another type', [{ ...columns[0]!, type: 'int32' }, columns[1]!], /^false .*"a" is int32, and int64 in others/],
  ])('%s', (_, other, expected) => {
    expect(compared(other)[0]).toMatch(expected);
  });
});

describe('inspect()', () => {
  test('tells columns, groups, keys and sounds', async () => {
    const path = join(scratch(), 'x.parquet');
    await writeShard(path, [...rows(0, 8), { ...speech(8), audio: { bytes: tone(10), path: 'x.mp3' } }], {
      groupBytes: 4000,
      facts: { part: 0, parts: 2 },
    });
    const file = await inspected(path, true);
    expect(file).toMatchObject({ rows: 9, features: { audio: 'Audio(16000)' }, shard: { chunk: 'en-0', parts: 2 } });
    expect(file.groups.reduce((sum, group) => sum + group.rows, 0)).toBe(9);
    expect(file.columns.map(({ name, type }) => [name, type])).toEqual([
      ['audio.bytes', 'binary'],
      ['audio.path', 'string'],
      ['text', 'string'],
      ['seconds', 'float'],
    ]);
    expect(file.columns[0]).toMatchObject({ codecs: ['UNCOMPRESSED'], pages: 9 });
    expect(file.columns.every(({ indexed }) => indexed === file.rowGroups)).toBe(true);
    expect(file.audio).toEqual([
      expect.objectContaining({ column: 'audio', cells: 9, complete: true, formats: { wav: 9 }, otherExtension: 1 }),
    ]);
  });

  test('of a file of pyarrow, as pyarrow wrote it', async () => {
    const file = await inspected(parquetPath('integers'));
    const expected = parquetRows['integers']!;
    expect(file).toMatchObject({ rows: expected.length, createdBy: expect.stringMatching(/^parquet-cpp-arrow/) });
    expect(file.columns.map(({ name, nulls, min, max }) => [name, nulls, min, max])).toEqual([
      ['int8', 6, '-128', '127'],
      ['int16', 6, '-32768', '32767'],
      ['int32', 6, '-2147483648', '2147483647'],
      ['int64', 6, '-9223372036854775808', '9223372036854775807'],
      ['uint8', 6, '0', '255'],
      ['uint16', 6, '0', '65535'],
      ['uint32', 6, '1', '4294967295'],
      ['uint64', 6, '0', '18446744073709551615'],
    ]);
  });

  test('limits what it reads, and says so', async () => {
    const path = join(scratch(), 'x.parquet');
    await writeShard(path, rows(0, 9));
    const { files } = await inspect({ inputs: path, limit: 3 });
    expect((files[0] as InspectedParquet).audio).toMatchObject([{ cells: 3, complete: false }]);
  });
});
