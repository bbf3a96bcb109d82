/** What a file of a dataset says of itself: facts as they are written, as others bend them, and how few requests a footer takes. */

import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readShardFooter } from '../../../src/samples/parquet/shard-footer.ts';
import type { ParquetColumn } from '../../../src/samples/parquet/write/columns.ts';
import {
  factsText,
  readFacts,
  type ShardFacts,
  speakerHashes,
} from '../../../src/samples/parquet/write/shard-facts.ts';
import { ParquetShardWriter } from '../../../src/samples/parquet/write/shard-writer.ts';
import { storageOf } from '../../../src/storage/registry.ts';
import { objectStore } from '../../support/object-store.ts';
import { parquetPath } from '../../support/parquet-files.ts';

const store = await objectStore();

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bowerbird-shard-footer-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const facts: ShardFacts = {
  version: 1,
  chunk: 'en-12',
  part: 0,
  parts: 2,
  identity: '0f'.repeat(32),
  config: 'en',
  split: 'train',
  rows: 3,
  rejects: 1,
  arrowBytes: 98765,
  seconds: 12.5,
  speakers: { count: 2, hashes: speakerHashes(['b', 'a', 'b']) },
  dnsmos: { count: 2, sum: 6.5, bins: Array.from({ length: 50 }, (_, i) => (i === 32 ? 2 : 0)), nonFinite: 1 },
  unknownSeconds: 0,
};
const reading = (value: unknown) =>
  readFacts(new Map([['bowerbird', typeof value === 'string' ? value : JSON.stringify(value)]]));

describe('readFacts()', () => {
  test('gives what factsText() was given', () => {
    expect(reading(factsText(facts))).toEqual(facts);
    const few = { ...facts, dnsmos: null, speakers: { count: 3, hashes: null } };
    expect(reading(factsText(few))).toEqual(few);
  });

  test('is the same text whatever the order of what was given', () => {
    const turned = Object.fromEntries(Object.entries(facts).reverse()) as unknown as ShardFacts;
    expect(factsText(turned)).toBe(factsText(facts));
  });

  test.each<[string, unknown]>([
    ['no JSON', '{"version":1'],
    ['a list', []],
    ['null', null],
    ['text', '"hello"'],
    ['another version', { ...facts, version: 2 }],
    ['an identity that is none', { ...facts, identity: '0F'.repeat(32) }],
    ['part 2 of 2', { ...facts, part: 2 }],
    ['no chunk', { ...facts, chunk: undefined }],
    ['a chunk without a name', { ...facts, chunk: '' }],
    ['-1 rows', { ...facts, rows: -1 }],
    ['rows as text', { ...facts, rows: '3' }],
    ['half a row', { ...facts, rows: 2.5 }],
    ['more bytes than can be counted', { ...facts, arrowBytes: 1e300 }],
    ['negative seconds', { ...facts, seconds: -1 }],
    ['seconds that are no number', { ...facts, seconds: null }],
    ['more unknown durations than rows', { ...facts, unknownSeconds: 4 }],
    ['more speakers than rows', { ...facts, speakers: { count: 4, hashes: null } }],
    ['hashes of another count', { ...facts, speakers: { count: 1, hashes: facts.speakers.hashes } }],
    [
      'hashes out of order',
      { ...facts, speakers: { count: 2, hashes: Buffer.from('zzzzzzaaaaaa').toString('base64') } },
    ],
    ['hashes that are no base64', { ...facts, speakers: { count: 2, hashes: '!!!!!!!!!!!!!!!!' } }],
    ['49 bins', { ...facts, dnsmos: { ...facts.dnsmos, bins: facts.dnsmos!.bins.slice(1) } }],
    ['bins that hold another number', { ...facts, dnsmos: { ...facts.dnsmos, count: 1 } }],
    ['more scores than rows', { ...facts, dnsmos: { ...facts.dnsmos, nonFinite: 2 } }],
    ['a text of 2 MiB', { ...facts, chunk: 'x'.repeat(2 << 20) }],
  ])('gives undefined for %s', (_, value) => {
    expect(reading(value)).toBe(undefined);
  });

  test('gives undefined where the key is not there', () => {
    expect(readFacts(new Map([['huggingface', '{}']]))).toBe(undefined);
  });
});

test('speakerHashes() is the first 6 bytes of the SHA-256 of each name, sorted', () => {
  // printf a | sha256sum: ca978112ca1b..., printf b | sha256sum: 3e23e8160039...
  expect(Buffer.from(speakerHashes(['a', 'b', 'a']), 'base64').toString('hex')).toBe('3e23e8160039ca978112ca1b');
});

const columns: ParquetColumn[] = [
  { name: 'audio', kind: 'audio', samplingRate: 16000 },
  { name: 'score', kind: 'float32' },
  { name: 'tokens', kind: { list: 'int64' } },
];

async function shard(keyValues: { readonly [key: string]: string }, rows = 3, groupBytes = 1 << 20): Promise<string> {
  const path = join(folder, 'shard.parquet');
  const fd = openSync(path, 'w');
  const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes });
  for (let i = 0; i < rows; i++) writer.add({ audio: { bytes: Buffer.alloc(2000, i), path: `${i}.wav` }, score: i });
  writer.finish(keyValues);
  closeSync(fd);
  return path;
}

const asked = () => store.seen.map(({ method, headers }) => `${method} ${headers.range ?? ''}`.trim());

describe('readShardFooter()', () => {
  test('tells rows, columns in the words of Arrow, keys, facts and groups of a local file', async () => {
    const path = await shard({ bowerbird: factsText(facts), other: 'x' }, 3, 4000);
    const footer = await readShardFooter(path);
    expect(footer).toMatchObject({
      bytes: readFileSync(path).length,
      rows: 3,
      columns: [
        { name: 'audio', type: 'struct<bytes: binary, path: string>' },
        { name: 'score', type: 'float' },
        { name: 'tokens', type: 'list<int64>' },
      ],
      facts,
      groups: [{ rows: 1 }, { rows: 1 }, { rows: 1 }],
    });
    expect([...footer.keyValues.keys()]).toEqual(['huggingface', 'bowerbird', 'other']);
  });

  test('gives no facts that contradict the file', async () => {
    const path = await shard({ bowerbird: factsText({ ...facts, rows: 4 }) });
    expect(await readShardFooter(path)).not.toHaveProperty('facts');
  });

  test('takes one request of an object whose size and version are known, and one more where they are not', async () => {
    const path = await shard({ bowerbird: factsText(facts) });
    const bytes = readFileSync(path);
    store.objects.set('bucket/shard.parquet', bytes);
    const uri = 's3://bucket/shard.parquet';
    expect((await readShardFooter(uri)).facts).toEqual(facts);
    expect(asked()).toEqual(['HEAD', `GET bytes=0-${bytes.length - 1}`]);
    const { version } = (await (await storageOf(uri)).stat(uri))!;
    store.seen.length = 0;
    expect((await readShardFooter(uri, { size: bytes.length, version })).rows).toBe(3);
    expect(asked()).toEqual([`GET bytes=0-${bytes.length - 1}`]);
  });

  test('takes two requests for a large footer, and of the file nothing else', async () => {
    const path = await shard({ bowerbird: factsText(facts), large: 'x'.repeat(300_000) }, 300);
    const bytes = readFileSync(path);
    store.objects.set('bucket/large.parquet', bytes);
    const url = `${store.url}/bucket/large.parquet`;
    expect((await readShardFooter(url)).rows).toBe(300);
    const [head, tail, rest, ...more] = asked();
    expect([head, tail, more]).toEqual(['HEAD', `GET bytes=${bytes.length - 65536}-${bytes.length - 1}`, []]);
    expect(Number(/bytes=(\d+)/.exec(rest!)?.[1])).toBeGreaterThan(bytes.length - 320_000);
  });

  test('refuses an object that is another than was listed', async () => {
    const path = await shard({});
    store.objects.set('bucket/shard.parquet', readFileSync(path));
    const uri = 's3://bucket/shard.parquet';
    await expect(readShardFooter(uri, { size: readFileSync(path).length, version: '"other"' })).rejects.toMatchObject({
      code: 'IO',
      source: uri,
    });
    await expect(readShardFooter(path, { size: 5 })).rejects.toMatchObject({ code: 'IO', source: path });
  });

  test.each([
    ['cut', 'TRUNCATED', (bytes: Buffer) => bytes.subarray(0, bytes.length - 5)],
    ['other', 'UNSUPPORTED', () => Buffer.from('RIFF and so on')],
    ['empty', 'UNSUPPORTED', () => Buffer.alloc(0)],
  ] as const)('tells what is wrong with a file that is %s', async (name, code, bend) => {
    const path = join(folder, `${name}.parquet`);
    writeFileSync(path, bend(readFileSync(await shard({}))));
    await expect(readShardFooter(path)).rejects.toMatchObject({ code, source: path });
  });

  test('tells the types of files that pyarrow wrote', async () => {
    const types = async (name: string) => {
      const { columns: told } = await readShardFooter(parquetPath(name));
      return Object.fromEntries(told.map((column) => [column.name, column.type]));
    };
    expect(await types('nested-v2')).toMatchInlineSnapshot(`
      {
        "deep": "struct<x: struct<y: list<struct<z: string>>>>",
        "list": "list<int32>",
        "lists": "list<list<string>>",
        "map": "map<string, int32>",
        "needed": "struct<n: int32, l: list<int32>>",
        "struct": "struct<bytes: binary, path: string>",
        "structs": "list<struct<a: int64, b: list<double>>>",
      }
    `);
    expect(await types('integers')).toMatchInlineSnapshot(`
      {
        "int16": "int32 (INT_16)",
        "int32": "int32",
        "int64": "int64",
        "int8": "int32 (INT_8)",
        "uint16": "int32 (UINT_16)",
        "uint32": "int32 (UINT_32)",
        "uint64": "int64 (UINT_64)",
        "uint8": "int32 (UINT_8)",
      }
    `);
  });
});
