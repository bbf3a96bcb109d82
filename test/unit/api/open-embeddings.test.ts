/** openEmbeddings(): the folder of extract() as one array, held against the files themselves, read by their description. */

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openEmbeddings } from '../../../src/api/open-embeddings.ts';
import { floatsOf, type Row, readOutput, tryExtract, writeInputs } from '../../support/extracting.ts';
import { objectStore } from '../../support/object-store.ts';
import { record, tfrecord } from '../../support/records.ts';
import { tree } from '../jobs/folder.ts';

const server = await objectStore();
const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Three files of 3, 500 and 2 records of two rows; and one without records. */
const counts = [3, 500, 2];
const roots: string[] = [];
let folder: string;
let floats: number[];
let rows: Row[];

const input = (count: number, file: number) =>
  tfrecord(
    ...Array.from({ length: count }, (_, i) =>
      record({ values: Array.from({ length: 8 }, (_, k) => file * 1e5 + i * 8 + k) }),
    ),
  );

async function extracted(options: { readonly dtype?: 'float16' } = {}): Promise<string> {
  const root = mkdtempSync(join(tmpdir(), 'bowerbird-embeddings-'));
  roots.push(root);
  writeInputs(join(root, 'in'), { a: input(3, 0), b: input(500, 1), c: new Uint8Array(0), d: input(2, 2) });
  const outDir = join(root, 'out');
  const { error } = await tryExtract({ inputs: [join(root, 'in')], out: outDir, workers: 1, ...options });
  expect(error).toBeUndefined();
  return outDir;
}

beforeAll(async () => {
  folder = await extracted();
  const outputs = ['a', 'b', 'd'].map((stem) => readOutput(folder, stem));
  floats = outputs.flatMap(({ npy }) => floatsOf(npy));
  rows = outputs.flatMap((output) => output.rows);
  expect(rows).toHaveLength(2 * counts.reduce((a, b) => a + b));
});

afterAll(() => {
  for (const root of roots) rmSync(root, { recursive: true, force: true });
});

test('rows, metadata and sources, across files', async () => {
  const set = await openEmbeddings(folder);
  expect([set.length, set.width]).toEqual([rows.length, 4]);
  for (const [from, to] of [
    [0, 1],
    [4, 8],
    [5, 1007],
    [0, set.length],
    [1005, 1010],
    [7, 7],
  ] as const) {
    expect(Array.from(await set.rows(from, to))).toEqual(floats.slice(4 * from, 4 * to));
    expect(await set.metadataRows(from, to)).toEqual(rows.slice(from, to));
  }
  for (const row of [0, 5, 6, 700, 1005, 1006, set.length - 1]) expect(await set.metadata(row)).toEqual(rows[row]);
  expect(set.source(0)).toEqual({ input: expect.stringMatching(/\/a$/), file: 'embeddings/a.npy', row: 0 });
  expect(set.source(6)).toEqual({ input: expect.stringMatching(/\/b$/), file: 'embeddings/b.npy', row: 0 });
  expect(set.source(1009)).toEqual({ input: expect.stringMatching(/\/d$/), file: 'embeddings/d.npy', row: 3 });
  await set.close();
});

test('many questions at the same time', async () => {
  const set = await openEmbeddings(folder);
  const asked = Array.from({ length: 60 }, (_, i) => (i * 37) % set.length);
  expect(await Promise.all(asked.map((row) => set.metadata(row)))).toEqual(asked.map((row) => rows[row]));
  const found = await Promise.all(asked.map((row) => set.rows(row, row + 1)));
  expect(found.map((values) => values[0])).toEqual(asked.map((row) => floats[4 * row]));
  await set.close();
});

test('batches() give every row once', async () => {
  const set = await openEmbeddings(folder);
  const found: number[] = [];
  for await (const batch of set.batches({ batchBytes: 4000 })) {
    expect([batch.from, batch.width, batch.embeddings.length]).toEqual([found.length / 4, 4, 4 * batch.rows]);
    found.push(...batch.embeddings);
  }
  expect(found).toEqual(floats);
  const part: number[] = [];
  for await (const { embeddings } of set.batches({ from: 3, to: 9 })) part.push(...embeddings);
  expect(part).toEqual(floats.slice(12, 36));
  await set[Symbol.asyncDispose]();
  expect(await failure(set.rows(0, 1))).toMatchObject({ code: 'USAGE', message: expect.stringContaining('is closed') });
});

test('rows that are not there', async () => {
  const set = await openEmbeddings(folder);
  for (const [from, to] of [
    [0, 1011],
    [-1, 0],
    [3, 2],
    [0.5, 1],
  ] as const) {
    expect(await failure(set.rows(from, to))).toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('within 0 to 1010'),
    });
  }
  expect(await failure(set.metadata(1010))).toMatchObject({ code: 'USAGE' });
  expect(() => set.source(1010)).toThrow(/within 0 to 1010/);
  await set.close();
});

test('float16 is widened', async () => {
  const set = await openEmbeddings(await extracted({ dtype: 'float16' }));
  // Whole numbers up to 2048 are halves.
  expect(Array.from(await set.rows(0, 2))).toEqual(floats.slice(0, 8));
  await set.close();
});

test('a folder of an object store', async () => {
  for (const [name, text] of Object.entries(tree(folder)))
    server.objects.set(`b/arrays/${name}`, Buffer.from(text, 'latin1'));
  for (const uri of ['s3://b/arrays', 's3://b/arrays/']) {
    const set = await openEmbeddings(uri);
    expect(Array.from(await set.rows(4, 8))).toEqual(floats.slice(16, 32));
    expect(await set.metadata(1009)).toEqual(rows[1009]);
    await set.close();
  }
  server.objects.delete('b/arrays/metadata/d.json');
  expect(await failure(openEmbeddings('s3://b/arrays'))).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('s3://b/arrays/metadata/d.json'),
  });
});

test('a folder that nobody finished, and none', async () => {
  const out = await extracted();
  rmSync(join(out, 'extract.json'));
  expect(await failure(openEmbeddings(out))).toMatchObject({
    code: 'NOT_FOUND',
    message: expect.stringContaining('extract.json'),
  });
  expect(await failure(openEmbeddings(join(out, 'none')))).toMatchObject({ code: 'NOT_FOUND' });
});

test('a file that is missing, shorter, or another', async () => {
  const out = await extracted();
  const [npy, json] = [join(out, 'embeddings/b.npy'), join(out, 'metadata/b.json')];
  const [array, text] = [readFileSync(npy), readFileSync(json)];
  rmSync(npy);
  expect(await failure(openEmbeddings(out))).toMatchObject({ code: 'NOT_FOUND', source: npy });
  writeFileSync(npy, array);
  truncateSync(npy, array.length - 4);
  expect(await failure(openEmbeddings(out))).toMatchObject({
    code: 'IO',
    source: npy,
    message: expect.stringContaining(`in extract.json ${array.length}`),
  });

  const other = Buffer.from(array);
  other[other.length - 1]! ^= 1;
  writeFileSync(npy, other);
  await (await openEmbeddings(out)).close();
  expect(await failure(openEmbeddings(out, { verify: true }))).toMatchObject({
    code: 'IO',
    source: npy,
    message: expect.stringContaining('crc32c'),
  });

  // The same length, the same rows, another site: only its checksum tells.
  writeFileSync(npy, array);
  writeFileSync(json, text.toString('latin1').replace('Arkaba', 'arkaba'), 'latin1');
  const set = await openEmbeddings(out);
  expect(await set.metadata(0)).toEqual(rows[0]);
  for (let again = 0; again < 2; again++) {
    expect(await failure(set.metadata(10))).toMatchObject({
      code: 'IO',
      source: json,
      message: expect.stringContaining('crc32c'),
    });
  }
  writeFileSync(json, text);
  await set.close();
});

test('an array that is not what the manifest says', async () => {
  const out = await extracted();
  const npy = join(out, 'embeddings/b.npy');
  const text = readFileSync(npy, 'latin1');
  writeFileSync(npy, text.replace('(1000, 4)', '(4000, 1)'), 'latin1');
  const set = await openEmbeddings(out);
  expect(await failure(set.rows(6, 7))).toMatchObject({
    code: 'IO',
    source: npy,
    message: expect.stringContaining('4000 x 1, in extract.json 1000 x 4'),
  });
  await set.close();
});

test('a manifest that is none', async () => {
  const out = await extracted();
  const path = join(out, 'extract.json');
  const manifest = JSON.parse(readFileSync(path, 'utf8'));
  const key = 'files' in manifest ? 'files' : 'inputs';
  const [first] = manifest[key];
  const wrong: [object | string, RegExp][] = [
    ['{', /it is no JSON/],
    [{ ...manifest, job: 'convert' }, /expected the manifest of extract, found job "convert"/],
    [{ job: 'extract' }, /it has no list "files"/],
    [{ ...manifest, [key]: [{ ...first, rows: -1 }] }, /file 0 has no input, rows and width/],
    [
      { ...manifest, [key]: [{ ...first, metadata: { ...first.metadata, name: 'metadata/../../etc/x' } }] },
      /file 0 has no metadata of a name/,
    ],
    [{ ...manifest, [key]: [first, { ...first, width: 5 }] }, /they are of two models/],
  ];
  for (const [content, message] of wrong) {
    writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
    expect(await failure(openEmbeddings(out))).toMatchObject({
      code: 'BAD_SCHEMA',
      source: path,
      message: expect.stringMatching(message),
    });
  }
});

test('the list of files may be called as it will be', async () => {
  const out = await extracted();
  const path = join(out, 'extract.json');
  const { inputs, files = inputs, ...rest } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify({ ...rest, files }));
  const set = await openEmbeddings(out);
  expect(set.length).toBe(1010);
  await set.close();
});
