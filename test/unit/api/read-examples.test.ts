/** readExamples(): what people get of a record, by rules that no record bends. */

import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ReadExamplesOptions, readExamples } from '../../../src/api/read-examples.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import { parseExample } from '../../../src/formats/example/example.ts';
import type { Reject } from '../../../src/on-error.ts';
import { recordBatches } from '../../../src/records/batches.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { written } from '../../support/array-records.ts';
import { objectStore } from '../../support/object-store.ts';
import {
  bytesFeature,
  entry,
  example,
  field,
  flipped,
  floatFeature,
  floats,
  int64Feature,
  offsetsOf,
  tensorProto,
  text,
  tfrecord,
} from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

const server = await objectStore();

function fileOf(...records: readonly Uint8Array[]): string {
  const path = join(scratch(), 'a.tfrecord');
  writeFileSync(path, tfrecord(...records));
  return path;
}

async function all<O extends ReadExamplesOptions>(inputs: string | readonly string[], options?: O): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const each of readExamples(inputs, options)) found.push(each);
  return found;
}

const failure = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  );

const bird = (...more: readonly Uint8Array[]) =>
  example(
    entry('label', int64Feature([3])),
    entry('score', floatFeature([0.5])),
    entry('name', bytesFeature('K\u00e4uz')),
    entry('shape', int64Feature([2, 1, 4])),
    entry('curve', floatFeature([0.1, -2])),
    ...more,
  );

test('one value is a value, several are a list, and bytes are bytes', async () => {
  const [found] = await all(fileOf(bird()));
  expect(found).toEqual({
    label: 3,
    score: 0.5,
    name: Uint8Array.from(text('K\u00e4uz')),
    shape: [2, 1, 4],
    curve: Float32Array.of(0.1, -2),
  });
  expect(Object.getPrototypeOf(found)).toBe(Object.prototype);
});

test('text is text where it is asked for, in every record', async () => {
  const path = fileOf(bird(), example(entry('name', bytesFeature(''))));
  expect(await all(path, { text: ['name'] })).toMatchObject([{ name: 'K\u00e4uz' }, { name: '' }]);
  expect(await all(path, { text: true })).toMatchObject([{ name: 'K\u00e4uz' }, { name: '' }]);
  const broken = fileOf(bird(), example(entry('name', bytesFeature(Uint8Array.of(0xff)))));
  expect(await failure(all(broken, { text: true }))).toMatchObject({
    code: 'BAD_SCHEMA',
    record: 1,
    message: `Cannot read record 1 of "${broken}": feature "name" is not UTF-8; leave it out of option "text" to get its bytes`,
  });
  expect(await all(broken)).toMatchObject([{}, { name: Uint8Array.of(0xff) }]);
});

test('a byte order mark is a character of the text', async () => {
  expect(await all(fileOf(example(entry('n', bytesFeature('\ufeffa')))), { text: ['n'] })).toEqual([{ n: '\ufeffa' }]);
});

test('the first values of a feature decide whether it is a list', async () => {
  const few = example(entry('shape', int64Feature([7])), entry('curve', floatFeature([1])));
  const none = example(
    entry('shape', int64Feature([])),
    entry('label', int64Feature([])),
    entry('other', new Uint8Array(0)),
  );
  expect(await all(fileOf(none, bird(), few, none))).toEqual([
    {},
    expect.objectContaining({ shape: [2, 1, 4] }),
    { shape: [7], curve: Float32Array.of(1) },
    { shape: [] },
  ]);
  const path = fileOf(few, bird());
  expect(await failure(all(path))).toMatchObject({
    code: 'BAD_SCHEMA',
    source: path,
    record: 1,
    offset: offsetsOf(few)[1],
    message: expect.stringContaining(
      'feature "shape" holds 3 values, in the records before it held one; name it in option "lists"',
    ),
  });
  expect(await all(path, { lists: ['shape', 'curve'] })).toEqual([
    { shape: [7], curve: Float32Array.of(1) },
    expect.objectContaining({ label: 3, shape: [2, 1, 4], curve: Float32Array.of(0.1, -2) }),
  ]);
  expect(await all(fileOf(none, few), { lists: true })).toEqual([
    { shape: [], label: [] },
    { shape: [7], curve: Float32Array.of(1) },
  ]);
});

test('a feature stays the kind that it was', async () => {
  const other = example(entry('label', floatFeature([3])));
  const path = fileOf(bird(), other, bird());
  expect(await failure(all(path))).toMatchObject({
    message: expect.stringContaining('feature "label" is float, in the records before it was int64'),
  });
  const told: Reject[] = [];
  expect(await all(path, { onError: 'skip', onReject: (reject) => told.push(reject) })).toHaveLength(2);
  expect(told).toEqual([
    {
      input: path,
      record: 1,
      offset: offsetsOf(bird())[1],
      code: 'BAD_SCHEMA',
      reason: expect.stringContaining('"label" is float'),
    },
  ]);
});

test('a record that is refused decides nothing', async () => {
  const refused = example(entry('a', int64Feature([1])), entry('z', bytesFeature(Uint8Array.of(0xff))));
  const path = fileOf(refused, example(entry('a', int64Feature([1, 2]))));
  expect(await all(path, { onError: 'skip', text: ['z'] })).toEqual([{ a: [1, 2] }]);
});

test('int64: numbers that are exact, or bigints always', async () => {
  const most = BigInt(Number.MAX_SAFE_INTEGER);
  const path = fileOf(example(entry('id', int64Feature([most]))), example(entry('id', int64Feature([-most - 2n]))));
  expect(await failure(all(path))).toMatchObject({
    record: 1,
    message: expect.stringContaining(
      `feature "id" holds ${-most - 2n}, more than a number holds exactly; option "int64" as "bigint"`,
    ),
  });
  expect(await all(path, { int64: 'bigint' })).toEqual([{ id: most }, { id: -most - 2n }]);
  expect(await all(fileOf(bird()), { int64: 'bigint' })).toMatchObject([{ label: 3n, shape: [2n, 1n, 4n] }]);
});

test('tensors', async () => {
  const tensor = tensorProto([1, 2], floats([1, 2]));
  const path = fileOf(bird(entry('embedding', bytesFeature(tensor))));
  expect(await all(path, { tensors: ['embedding'] })).toMatchObject([
    { embedding: { dtype: 'float32', shape: [1, 2], data: Float32Array.of(1, 2) } },
  ]);
  expect(await all(path)).toMatchObject([{ embedding: Uint8Array.from(tensor) }]);
  expect(await failure(all(path, { tensors: ['name'] }))).toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringContaining('feature "name" is no tensor that is read'),
  });
  expect(await failure(all(path, { tensors: ['label'] }))).toMatchObject({
    message: expect.stringContaining('option "tensors" does not read'),
  });
});

test('no name is special', async () => {
  const [found] = (await all(
    fileOf(example(entry('__proto__', int64Feature([1])), entry('constructor', int64Feature([2])))),
  )) as [object];
  expect(Object.entries(found)).toEqual([
    ['__proto__', 1],
    ['constructor', 2],
  ]);
});

test('raw and withSource', async () => {
  const path = fileOf(bird(), bird());
  expect(await all(path, { raw: true })).toEqual([parseExample(bird()), parseExample(bird())]);
  expect(await all(path, { withSource: true, text: ['name'] })).toMatchObject([
    { source: path, record: 0, example: { name: 'K\u00e4uz' } },
    { source: path, record: 1, example: { label: 3 } },
  ]);
  // What the compiler knows of it.
  for await (const { source, record, example } of readExamples(path, { withSource: true, raw: true })) {
    const kind: 'bytes' | 'float' | 'int64' | 'empty' | undefined = example['label']?.kind;
    expect([source satisfies string, record satisfies number, kind]).toEqual([path, expect.any(Number), 'int64']);
  }
  for await (const { label } of readExamples(path)) expect(label).toBe(3);
});

test('other messages are not taken for Examples without features', async () => {
  const context = example(entry('a', int64Feature([1])));
  const sequence = new Uint8Array(
    Buffer.concat([context, field(2, field(1, field(1, text('list')), field(2, field(1, int64Feature([1])))))]),
  );
  expect(await failure(all(fileOf(sequence)))).toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringContaining('it is a SequenceExample'),
  });
  expect(await failure(all(fileOf(field(9, text('what')))))).toMatchObject({
    message: expect.stringContaining('it is no tf.train.Example'),
  });
  expect(await failure(all(fileOf(Uint8Array.of(0x0a, 0x7f))))).toMatchObject({ code: 'BAD_SCHEMA', record: 0 });
  expect(await all(fileOf(new Uint8Array(0)))).toEqual([{}]);
});

test('misused options', async () => {
  const path = fileOf(bird());
  const wrong: [ReadExamplesOptions, RegExp][] = [
    [{ raw: true, text: ['name'] }, /option "text" .* with "raw"/],
    [{ text: ['x'], tensors: ['x'] }, /"x" is among "tensors"/],
    [{ lists: [1] as never }, /option "lists".*expected names of features, or true/],
  ];
  for (const [options, message] of wrong)
    expect(await failure(all(path, options))).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
});

describe('files', () => {
  const numbered = (i: number) => example(entry('i', int64Feature([i])));

  test('a folder of both formats, sorted, with what a job left beside them left out', async () => {
    const folder = scratch();
    writeFileSync(join(folder, 'b.tfrecord'), tfrecord(numbered(2), numbered(3)));
    copyFileSync(await written([numbered(0), numbered(1)]), join(folder, 'a.arrayrecord'));
    writeFileSync(join(folder, 'convert.json'), '{}');
    mkdirSync(join(folder, 'c'));
    expect(await all(folder)).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }, { i: 3 }]);
    expect(await all([join(folder, '*.tfrecord')], { withSource: true })).toEqual([
      { source: join(folder, 'b.tfrecord'), record: 0, example: { i: 2 } },
      { source: join(folder, 'b.tfrecord'), record: 1, example: { i: 3 } },
    ]);
    expect(await failure(all(join(folder, 'none')))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test('objects', async () => {
    server.objects.set('b/tf/x-0', Buffer.from(tfrecord(numbered(0))));
    server.objects.set('b/tf/x-1', Buffer.from(tfrecord(numbered(1))));
    expect(await all('s3://b/tf/', { withSource: true })).toEqual([
      { source: 's3://b/tf/x-0', record: 0, example: { i: 0 } },
      { source: 's3://b/tf/x-1', record: 0, example: { i: 1 } },
    ]);
  });

  test('damage in a TFRecord file', async () => {
    const records = [0, 1, 2].map(numbered);
    const path = join(scratch(), 'd');
    writeFileSync(path, flipped(tfrecord(...records), offsetsOf(...records)[1]! + 13));
    const seen: unknown[] = [];
    const reading = async () => {
      for await (const each of readExamples(path)) seen.push(each);
    };
    expect(await failure(reading())).toMatchObject({
      code: 'CORRUPT_RECORD',
      record: 1,
      offset: offsetsOf(...records)[1],
    });
    expect(seen).toEqual([{ i: 0 }]);
    expect(await failure(all(path, { onError: 'skip' }))).toMatchObject({ code: 'CORRUPT_RECORD' });
    const told: Reject[] = [];
    expect(await all(path, { onError: 'salvage', onReject: (reject) => told.push(reject) })).toEqual([
      { i: 0 },
      { i: 2 },
    ]);
    expect(told).toMatchObject([{ input: path, record: 1, code: 'CORRUPT_RECORD' }]);
  });

  test('damage in an ArrayRecord file', async () => {
    const records = Array.from({ length: 20 }, (_, i) => numbered(i));
    const bytes = await written(records, 'group_size:4,uncompressed');
    const { readFileSync } = await import('node:fs');
    const content = readFileSync(bytes);
    // The value of record 9, whose chunk holds records 8 to 11.
    const at = content.indexOf(numbered(9));
    content[at + numbered(9).length - 1]! ^= 1;
    const path = join(scratch(), 'd.arrayrecord');
    writeFileSync(path, content);
    expect(await failure(all(path))).toMatchObject({ code: 'CORRUPT_RECORD', source: path });
    const told: Reject[] = [];
    const found = await all(path, { onError: 'salvage', onReject: (reject) => told.push(reject) });
    expect(found).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19].map((i) => ({ i })));
    expect(told).toMatchObject([{ input: path, record: 8, code: 'CORRUPT_RECORD' }]);
  });

  test('a file of something else', async () => {
    const path = join(scratch(), 'x');
    writeFileSync(path, 'RIFF1234WAVEfmt something that is no record at all');
    expect(await failure(all(path))).toMatchObject({ code: 'UNSUPPORTED' });
    const told: Reject[] = [];
    expect(
      await all([path, fileOf(numbered(5))], { onError: 'skip', onReject: (reject) => told.push(reject) }),
    ).toEqual([{ i: 5 }]);
    expect(told).toMatchObject([{ input: path, code: 'UNSUPPORTED' }]);
  });

  test('a signal stops it', async () => {
    const signal = AbortSignal.abort();
    expect(await failure(all(fileOf(numbered(0)), { signal }))).toBe(signal.reason);
  });
});

describe.skipIf(!hasShared)('on files by other writers (needs ../shared)', () => {
  const files = sharedFiles('tfrecord/').filter(({ facts, bytes }) => facts?.records > 0 && bytes < 2e6);

  test('every feature of every Example is there', async () => {
    let compared = 0;
    for (const { name } of files) {
      const path = sharedPath(name);
      let plain: unknown[];
      try {
        plain = await all(path, { lists: true, int64: 'bigint' });
      } catch (error) {
        // Sequences, other messages, damage: told, and looked at elsewhere.
        expect(error).toBeInstanceOf(BowerbirdError);
        continue;
      }
      let at = 0;
      for await (const { records } of recordBatches(path, { doing: 'read' })) {
        for (const record of records) {
          const wire = parseExample(record, { int64: 'bigint' });
          const expected = Object.entries(wire).flatMap(([key, feature]) =>
            feature.kind === 'empty' || feature.values.length === 0 ? [] : [[key, feature.values]],
          );
          const found = Object.entries(plain[at++] as { [name: string]: ArrayLike<unknown> });
          expect(found.filter(([, values]) => values.length > 0)).toEqual(expected);
          compared++;
        }
      }
    }
    expect(compared).toBeGreaterThan(10);
  });
});
