/** ParquetShardWriter: what it writes, read again by our reader, which pyarrow's files prove; limits of groups; what it refuses. */

import { createHash } from 'node:crypto';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetMetadataAsync } from 'hyparquet';
import { readOffsetIndex } from 'hyparquet/src/indexes.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BowerbirdError } from '../../../src/errors.ts';
import { PythonFloat } from '../../../src/formats/python/values.ts';
import { crc32c } from '../../../src/formats/records/crc32c.ts';
import { openParquet } from '../../../src/samples/parquet/parquet.ts';
import type { ParquetColumn } from '../../../src/samples/parquet/write/columns.ts';
import { type FinishedShard, ParquetShardWriter } from '../../../src/samples/parquet/write/shard-writer.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'bowerbird-parquet-write-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const speech: readonly ParquetColumn[] = [
  { name: 'audio', kind: 'audio', samplingRate: 16000 },
  { name: 'text', kind: 'string' },
  { name: 'speaker_id', kind: 'string' },
  { name: 'duration_seconds', kind: 'float32' },
  { name: 'dnsmos', kind: 'float32' },
  { name: 'language', kind: 'string' },
];

/** Bytes that do not compress, the same each time. */
function noise(seed: string, length: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(length / 32) }, (_, i) =>
    createHash('sha256').update(`${seed} ${i}`).digest(),
  );
  return Buffer.concat(blocks).subarray(0, length);
}

function speechRow(i: number, bytes = 3000) {
  return {
    audio: { bytes: noise(String(i), bytes + (i % 7)), path: `episode_${String(i).padStart(6, '0')}.mp3` },
    text: `What was said in segment ${i}, in a few words: žluťoučký kůň ${i % 3}`,
    speaker_id: `SPEAKER_${i % 4}`,
    duration_seconds: i / 3,
    dnsmos: 3 + (i % 10) / 7,
    language: 'cs',
  };
}

type Row = { readonly [column: string]: unknown };

interface Made {
  readonly path: string;
  readonly bytes: Buffer;
  readonly finished: FinishedShard;
  /** Before it was finished. */
  readonly estimate: number;
}

/** A float is a number here, and bytes are text, which is compared quickly. */
function plain(value: unknown): unknown {
  if (value instanceof PythonFloat) return value.value;
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString('latin1') };
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, plain(each)]));
}

let files = 0;
async function made(
  columns: readonly ParquetColumn[],
  rows: Iterable<Row>,
  groupBytes = 1 << 20,
  keyValues: { readonly [key: string]: string } = {},
): Promise<Made> {
  const path = join(folder, `${files++}.parquet`);
  const fd = openSync(path, 'w+');
  try {
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes });
    for (const row of rows) writer.add(row);
    const estimate = writer.bytes;
    const finished = writer.finish(keyValues);
    return { path, bytes: readFileSync(path), finished, estimate };
  } finally {
    closeSync(fd);
  }
}

async function readBack(path: string): Promise<Row[]> {
  const file = await openParquet(path);
  try {
    const rows: Row[] = [];
    for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => plain(values) as Row));
    return rows;
  } finally {
    await file.close();
  }
}

/** As hyparquet tells it, which knows of more than our reader asks. */
async function metadataOf({ bytes }: Made) {
  return parquetMetadataAsync({
    byteLength: bytes.length,
    slice: (from, to) => new Uint8Array(bytes.subarray(from, to)).buffer as ArrayBuffer,
  });
}

describe('ParquetShardWriter', () => {
  test('gives back each row, byte for byte, over several groups', async () => {
    const rows = Array.from({ length: 100 }, (_, i) => speechRow(i));
    const file = await made(speech, rows, 64 << 10, { bowerbird: '{}' });
    const single = rows.map((row) => ({
      ...row,
      duration_seconds: Math.fround(row.duration_seconds),
      dnsmos: Math.fround(row.dnsmos),
    }));
    expect(await readBack(file.path)).toEqual(single.map(plain));
    expect(file.finished).toMatchObject({
      rows: 100,
      bytes: file.bytes.length,
      crc32c: crc32c(file.bytes).toString(16).padStart(8, '0'),
      sha256: createHash('sha256').update(file.bytes).digest('hex'),
    });
    expect(file.finished.groups).toBe(5);
  });

  test('writes the schema that `datasets` takes for Audio, and says so', async () => {
    const file = await made(speech, [speechRow(0)], 1 << 20, { bowerbird: 'own' });
    const { schema, key_value_metadata: keyValues } = await metadataOf(file);
    expect(schema.map(({ name, type, repetition_type }) => [name, type, repetition_type])).toEqual([
      ['schema', undefined, undefined],
      ['audio', undefined, 'OPTIONAL'],
      ['bytes', 'BYTE_ARRAY', 'OPTIONAL'],
      ['path', 'BYTE_ARRAY', 'OPTIONAL'],
      ['text', 'BYTE_ARRAY', 'OPTIONAL'],
      ['speaker_id', 'BYTE_ARRAY', 'OPTIONAL'],
      ['duration_seconds', 'FLOAT', 'OPTIONAL'],
      ['dnsmos', 'FLOAT', 'OPTIONAL'],
      ['language', 'BYTE_ARRAY', 'OPTIONAL'],
    ]);
    const texts = schema.filter(({ converted_type }) => converted_type === 'UTF8').map(({ name }) => name);
    expect(texts).toEqual(['path', 'text', 'speaker_id', 'language']);
    expect(keyValues?.map(({ key }) => key)).toEqual(['huggingface', 'bowerbird']);
    // As `datasets` 5.2.0 wrote it for these features.
    expect(JSON.parse(keyValues![0]!.value!)).toEqual({
      info: {
        features: {
          audio: { sampling_rate: 16000, _type: 'Audio' },
          text: { dtype: 'string', _type: 'Value' },
          speaker_id: { dtype: 'string', _type: 'Value' },
          duration_seconds: { dtype: 'float32', _type: 'Value' },
          dnsmos: { dtype: 'float32', _type: 'Value' },
          language: { dtype: 'string', _type: 'Value' },
        },
      },
    });
  });

  test('has a page for each recording, and an index of pages for every column', async () => {
    const file = await made(
      speech,
      Array.from({ length: 40 }, (_, i) => speechRow(i)),
      64 << 10,
    );
    const { row_groups: groups } = await metadataOf(file);
    expect(groups.length).toBeGreaterThan(1);
    for (const { columns, num_rows: rows, file_offset: from } of groups) {
      expect(from).toBe(columns[0]!.meta_data!.data_page_offset);
      for (const { meta_data: meta, offset_index_offset: at, offset_index_length: length } of columns) {
        const name = meta!.path_in_schema.join('.');
        const view = new DataView(file.bytes.buffer, file.bytes.byteOffset + Number(at), length!);
        const { page_locations: pages } = readOffsetIndex({ view, offset: 0 });
        expect([name, pages.length]).toEqual([name, name === 'audio.bytes' ? Number(rows) : 1]);
        expect(pages.at(-1)!.first_row_index).toBe(BigInt(pages.length - 1));
        const size = pages.reduce((sum, page) => sum + page.compressed_page_size, 0);
        const dictionary =
          Number(meta!.data_page_offset) - Number(meta!.dictionary_page_offset ?? meta!.data_page_offset);
        expect([name, BigInt(size + dictionary)]).toEqual([name, meta!.total_compressed_size]);
        expect(meta!.statistics).toBe(undefined);
      }
      const audio = columns[0]!.meta_data!;
      expect(audio).toMatchObject({ codec: 'UNCOMPRESSED', dictionary_page_offset: undefined });
    }
  });

  test('packs texts and says once what repeats, and does neither where it would cost', async () => {
    const rows = Array.from({ length: 300 }, (_, i) => ({
      ...speechRow(i, 10),
      dnsmos: ((i * 2654435761) % 1000) / 7,
    }));
    const { row_groups: groups } = await metadataOf(await made(speech, rows));
    const columns = new Map(groups[0]!.columns.map(({ meta_data: meta }) => [meta!.path_in_schema.join('.'), meta!]));
    expect(columns.get('text')?.codec).toBe('SNAPPY');
    expect(columns.get('language')?.encodings).toContain('RLE_DICTIONARY');
    expect(columns.get('speaker_id')?.encodings).toContain('RLE_DICTIONARY');
    expect(columns.get('dnsmos')).toMatchObject({ codec: 'UNCOMPRESSED', encodings: ['PLAIN', 'RLE'] });
  });

  test('keeps all columns of a group within its limit, and a larger row in a group of its own', async () => {
    const limit = 50_000;
    const rows = Array.from({ length: 120 }, (_, i) => ({ ...speechRow(i), text: 'x'.repeat((i * 997) % 9000) }));
    rows[7] = { ...speechRow(7, 2 * limit), text: '' };
    const file = await made(speech, rows, limit);
    const { row_groups: groups } = await metadataOf(file);
    let first = 0;
    const large: number[] = [];
    for (const { num_rows: count, total_byte_size: bytes } of groups) {
      if (Number(bytes) > limit) large.push(first, Number(count));
      first += Number(count);
    }
    expect(large).toEqual([7, 1]);
    expect(first).toBe(120);
    // No group is much smaller than it may be: the largest row is 12,100 bytes.
    const short = groups.slice(0, -1).filter(({ total_byte_size: bytes }) => Number(bytes) < limit - 14_000);
    expect(short.length).toBeLessThanOrEqual(1);
  });

  test.each([1, 5000, 1 << 20])('`bytes` and sizeOf() are never less than the file, in groups of %i', async (limit) => {
    const path = join(folder, `${files++}.parquet`);
    const columns: ParquetColumn[] = [
      ...speech,
      { name: 'tokens', kind: { list: 'int64' } },
      { name: 'raw', kind: 'binary' },
    ];
    for (const count of [0, 1, 2, 9, 60]) {
      const fd = openSync(path, 'w+');
      const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes: limit });
      for (let i = 0; i < count; i++) {
        const row = {
          ...speechRow(i, i * 100),
          tokens: Array.from({ length: i }, (_, n) => n ** 9),
          raw: noise('r', i),
        };
        const before = writer.bytes;
        const size = writer.sizeOf(row);
        writer.add(row);
        expect(writer.bytes - before).toBeLessThanOrEqual(size);
      }
      const estimate = writer.bytes;
      const { bytes } = writer.finish();
      closeSync(fd);
      expect(bytes).toBeLessThanOrEqual(estimate);
    }
  });

  test('makes the same bytes of the same rows', async () => {
    const rows = () => Array.from({ length: 50 }, (_, i) => speechRow(i));
    const [one, two] = [await made(speech, rows(), 30_000), await made(speech, rows(), 30_000)];
    expect(one.bytes.equals(two.bytes)).toBe(true);
  });

  test('keeps every kind of value, and null beside it', async () => {
    const columns: ParquetColumn[] = [
      { name: 'bool', kind: 'bool' },
      { name: 'int32', kind: 'int32' },
      { name: 'int64', kind: 'int64' },
      { name: 'float32', kind: 'float32' },
      { name: 'float64', kind: 'float64' },
      { name: 'binary', kind: 'binary' },
      { name: 'string', kind: 'string' },
      { name: 'texts', kind: { list: 'string' } },
      { name: 'numbers', kind: { list: 'float32' } },
      { name: 'doubles', kind: { list: 'float64' } },
      { name: 'tokens', kind: { list: 'int64' } },
      { name: 'audio', kind: 'audio' },
    ];
    const nothing = Object.fromEntries(columns.map(({ name }) => [name, null]));
    const rows = [
      nothing,
      {
        bool: true,
        int32: -(2 ** 31),
        int64: 2n ** 63n - 1n,
        float32: -0,
        float64: 5e-324,
        binary: Buffer.from([0, 255]),
        string: '',
        texts: [],
        numbers: [null, 1.5],
        doubles: [0.1],
        tokens: [-(2n ** 63n)],
        audio: { bytes: Buffer.alloc(0), path: '' },
      },
      {
        bool: false,
        int32: 2 ** 31 - 1,
        int64: 7,
        float32: 0,
        float64: Number.NEGATIVE_INFINITY,
        binary: Buffer.alloc(0),
        string: 'a\u0000b \u{1f426}',
        texts: ['', null, 'ž'],
        numbers: [Number.NaN, Number.POSITIVE_INFINITY],
        doubles: [],
        tokens: [1, null, 2],
        audio: { bytes: null, path: 'a.wav' },
      },
      { ...nothing, float64: Number.NaN, audio: { bytes: Buffer.from('RIFF'), path: null } },
    ];
    // More than one page and run of levels.
    const many = Array.from({ length: 40 }, () => rows).flat();
    for (const limit of [300, 1 << 20]) {
      const file = await made(columns, many, limit);
      expect(await readBack(file.path)).toStrictEqual(many.map(plain));
    }
  });

  test('takes typed arrays as lists, and rounds to the float32 of the column', async () => {
    const columns: ParquetColumn[] = [{ name: 'v', kind: { list: 'float32' } }];
    const { path } = await made(columns, [{ v: Float32Array.of(0.1, 2) }, { v: [0.1] }, {}]);
    expect(await readBack(path)).toEqual([{ v: [Math.fround(0.1), 2] }, { v: [Math.fround(0.1)] }, { v: null }]);
  });

  test('gives all of a row back to its owner', async () => {
    const columns: ParquetColumn[] = [
      { name: 'audio', kind: 'audio' },
      { name: 'second', kind: 'audio' },
      { name: 'raw', kind: 'binary' },
      { name: 'list', kind: { list: 'int64' } },
    ];
    const memory = Buffer.alloc(200_000);
    const list: number[] = [0];
    function* rows() {
      for (let i = 1; i < 5; i++) {
        memory.fill(i);
        list[0] = i;
        yield { audio: { bytes: memory, path: 'a' }, second: { bytes: memory, path: 'b' }, raw: memory, list };
      }
    }
    const { path } = await made(columns, rows(), 1 << 30);
    const found = await readBack(path);
    const last = (cell: unknown) => (cell as { bytes: string }).bytes.charCodeAt(memory.length - 1);
    const soundOf = (cell: unknown) => last((cell as { bytes: unknown }).bytes);
    const firsts = found.map(({ audio, second, raw, list }) =>
      [soundOf(audio), soundOf(second), last(raw), list].flat(),
    );
    expect(firsts).toEqual([1, 2, 3, 4].map((i) => [i, i, i, i]));
  });

  test('is a file of no rows where there are none', async () => {
    const file = await made(speech, []);
    expect(file.finished).toMatchObject({ rows: 0, groups: 0, arrowBytes: 0 });
    expect(await readBack(file.path)).toEqual([]);
    // The number of rows, 0; then field 4, a list of no structures: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
    expect(file.bytes.toString('hex')).toContain('1600190c');
    expect(file.bytes.toString('hex')).not.toContain('16001900');
  });

  const lone = 'a\ud800';
  test.each([
    ['text', 5, 'column "text": expected text or null, found 5'],
    ['text', lone, 'column "text": it holds a lone surrogate, which UTF-8 has no form for'],
    ['dnsmos', '3.5', 'column "dnsmos": expected a number or null, found "3.5"'],
    ['dnsmos', 1e39, 'column "dnsmos": 1e+39 is more than a float32 can hold; write the column as float64'],
    ['audio', 'a.wav', 'column "audio": expected bytes and path of a recording or null, found "a.wav"'],
    ['audio', { bytes: 'RIFF', path: 'a.wav' }, 'column "audio": expected bytes (a Uint8Array) or null, found "RIFF"'],
    ['audio', { bytes: null, path: lone }, 'column "audio": it holds a lone surrogate'],
    ['audio', { bytes: null, array: [] }, 'column "audio": audio has bytes and path, and no "array"'],
    ['audio', { bytes: transferred(), path: 'a.wav' }, 'column "audio": its memory was transferred away'],
    ['n32', 2 ** 31, 'column "n32": 2147483648 does not fit into 32 bits'],
    ['n32', 0.5, 'column "n32": expected a whole number or null, found 0.5'],
    [
      'n64',
      2 ** 53,
      'column "n64": expected a whole number, exactly: give it as a bigint or null, found 9007199254740992',
    ],
    ['n64', 2n ** 63n, 'column "n64": 9223372036854775808 does not fit into 64 bits'],
    ['yes', 1, 'column "yes": expected true or false or null, found 1'],
    ['list', 'abc', 'column "list": expected a list or null, found "abc"'],
    ['list', [0, '1'], 'column "list": element 1 of the list: expected a number or null, found "1"'],
    ['txet', 'x', 'column "txet": there is no such column; expected some of "audio", "text"'],
  ])('refuses a row with another %s (%#), and goes on', async (column, value, words) => {
    const columns: ParquetColumn[] = [
      ...speech,
      { name: 'n32', kind: 'int32' },
      { name: 'n64', kind: 'int64' },
      { name: 'yes', kind: 'bool' },
      { name: 'list', kind: { list: 'float64' } },
    ];
    const path = join(folder, `${files++}.parquet`);
    const fd = openSync(path, 'w+');
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes: 1 << 20 });
    writer.add(speechRow(0));
    const before = writer.bytes;
    const add = () => writer.add({ ...speechRow(1), [column]: value });
    expect(add).toThrow(`Cannot write row 1 of "${path}": ${words}`);
    expect(add).toThrow(expect.objectContaining({ code: 'BAD_SCHEMA', source: path, record: 1 }));
    expect(writer.bytes).toBe(before);
    writer.add(speechRow(2));
    writer.finish();
    closeSync(fd);
    const texts = (await readBack(path)).map(({ text }) => text);
    expect(texts).toEqual([speechRow(0).text, speechRow(2).text]);
  });

  test.each([
    [[], 'Cannot write Parquet without a column'],
    [
      [
        { name: 'a', kind: 'string' },
        { name: 'a', kind: 'bool' },
      ],
      'Cannot write column "a": two columns are called so',
    ],
    [[{ name: '', kind: 'string' }], 'Cannot write column ""'],
    [[{ name: 'a', kind: 'decimal' }], 'Cannot write column "a": there is no kind "decimal"'],
    [[{ name: 'a', kind: { list: 'audio' } }], 'Cannot write column "a": there is no kind "audio" of lists'],
    [[{ name: 'a', kind: 'string', samplingRate: 8000 }], 'Cannot write column "a": only audio has a sampling rate'],
    [[{ name: 'a', kind: 'audio', samplingRate: 0.5 }], 'Cannot write column "a": its sampling rate is 0.5'],
  ])('refuses columns %j', async (columns, words) => {
    await expect(made(columns as ParquetColumn[], [])).rejects.toThrow(words);
  });

  test('is finished once', async () => {
    const path = join(folder, `${files++}.parquet`);
    const fd = openSync(path, 'w+');
    const writer = await ParquetShardWriter.open(fd, path, { columns: speech, groupBytes: 1000 });
    expect(() => writer.finish({ huggingface: '{}' })).toThrow('Cannot write the key "huggingface"');
    writer.finish();
    const words = `Cannot write to "${path}": it is finished`;
    expect(() => writer.finish()).toThrow(words);
    expect(() => writer.add(speechRow(0))).toThrow(words);
    closeSync(fd);
  });

  test.runIf(process.platform === 'linux')('tells that the disk is full, and writes no more', async () => {
    const fd = openSync('/dev/full', 'w');
    const writer = await ParquetShardWriter.open(fd, 'data/chunk.parquet', { columns: speech, groupBytes: 1 << 20 });
    const failure = (run: () => unknown): BowerbirdError | undefined => {
      try {
        run();
        return undefined;
      } catch (error) {
        return error as BowerbirdError;
      }
    };
    const first = failure(() => writer.add(speechRow(0, 1 << 20)));
    expect(first).toMatchObject({ code: 'IO', source: 'data/chunk.parquet' });
    expect(first?.message).toMatch(/^Cannot write "data\/chunk.parquet": ENOSPC/);
    for (const run of [() => writer.add(speechRow(1)), () => writer.finish()]) {
      expect(failure(run)).toMatchObject({ code: 'IO', message: expect.stringContaining('writing to it has failed') });
    }
    closeSync(fd);
  });
});

function transferred(): Uint8Array {
  const bytes = new Uint8Array(8);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  return bytes;
}
