import { closeSync, openSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { BowerbirdError } from '../../../src/errors.ts';
import type { ParquetColumn } from '../../../src/samples/parquet/write/columns.ts';
import { ParquetShardWriter } from '../../../src/samples/parquet/write/shard-writer.ts';
import { made, newPath, plain, readBack, speech, speechRow } from '../../support/parquet-written.ts';

describe('ParquetShardWriter', () => {
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
    const path = newPath();
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
    const path = newPath();
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
