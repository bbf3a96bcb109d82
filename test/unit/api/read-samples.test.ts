/** readSamples(): values that Python pickled, datasets that AudioMDB wrote, and what is refused with its place. */

import { createHash } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { writeMsgpack } from '../../../src/formats/msgpack/write.ts';
import { writePickle } from '../../../src/formats/pickle/write.ts';
import {
  NumpyArray,
  PythonComplex,
  type PythonData,
  PythonFloat,
  PythonTuple,
} from '../../../src/formats/python/values.ts';
import { type ReadSample, type ReadSamplesOptions, readSamples } from '../../../src/index.ts';
import type { PlainData } from '../../../src/samples/plain.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { writeDataset, writeLmdb } from '../../support/datasets.ts';
import { scratch } from '../jobs/folder.ts';

const audiomdb = readFileSync(new URL('../../data/pickle/audiomdb.pickle', import.meta.url));
const refused: readonly { readonly pickle: string; readonly says: string }[] = JSON.parse(
  readFileSync(new URL('../../data/pickle/refused.json', import.meta.url), 'utf8'),
);

async function samples(inputs: string | readonly string[], options: ReadSamplesOptions = {}): Promise<ReadSample[]> {
  const found: ReadSample[] = [];
  for await (const sample of readSamples(inputs, options)) found.push(sample as ReadSample);
  return found;
}

/**
 * Python 3.11 with NumPy 2.2.6: pickle.dumps({'f32': np.float32(0.5), 'i64': np.int64(-7), 'u64': np.uint64(2**63), 'yes': np.bool_(True),
 * 'text': np.str_('ä'), 'c': np.complex64(1-2j), 'zero': np.array(3.5)}, protocol=4)
 */
const scalars =
  'gASV8gEAAAAAAAB9lCiMA2YzMpSMFm51bXB5Ll9jb3JlLm11bHRpYXJyYXmUjAZzY2FsYXKUk5SMBW51bXB5lIwFZHR5cGWUk5SMAmY0lImIh5RSlChLA4wBPJROTk5K/////0r/////SwB0lGJDBAAAAD+UhpRSlIwDaTY0lGgEaAeMAmk4lImIh5RSlChLA2gLTk5OSv////9K/////0sAdJRiQwj5/////////5SGlFKUjAN1NjSUaARoB4wCdTiUiYiHlFKUKEsDaAtOTk5K/////0r/////SwB0lGJDCAAAAAAAAACAlIaUUpSMA3llc5RoBGgHjAJiMZSJiIeUUpQoSwOMAXyUTk5OSv////9K/////0sAdJRiQwEBlIaUUpSMBHRleHSUaARoB4wCVTGUiYiHlFKUKEsDaAtOTk5LBEsESwh0lGJDBOQAAACUhpRSlIwBY5RoBGgHjAJjOJSJiIeUUpQoSwNoC05OTkr/////Sv////9LAHSUYkMIAACAPwAAAMCUhpRSlIwEemVyb5RoAowMX3JlY29uc3RydWN0lJOUaAWMB25kYXJyYXmUk5RLAIWUQwFilIeUUpQoSwEpaAeMAmY4lImIh5RSlChLA2gLTk5OSv////9K/////0sAdJRiiUMIAAAAAAAADECUdJRidS4=';

const failing = (inputs: string, options: ReadSamplesOptions = {}) =>
  samples(inputs, options).then(
    () => expect.unreachable(),
    (error) => error,
  );

const key = (n: number) => `sample_${String(n).padStart(8, '0')}`;
const made = (n: number) => writePickle({ text: `t${n}` });
const texts = (found: readonly ReadSample[]) => found.map(({ sample }) => sample['text']);

/** Two shards of two samples; metadata.json has the second first. */
const dataset = (metadata?: object) =>
  writeDataset(
    join(scratch(), 'ds'),
    { shard_00001: { [key(2)]: made(2), [key(3)]: made(3) }, shard_00000: { [key(0)]: made(0), [key(1)]: made(1) } },
    metadata,
  );

describe('which samples', () => {
  test('come in the order in which metadata.json lists shards, and of their keys', async () => {
    const ds = await dataset({});
    const found = await samples(`${ds}/`);
    expect(found.map((one) => [one.shard, one.key, one.sample['text']])).toEqual([
      [`${ds}/shard_00001`, key(2), 't2'],
      [`${ds}/shard_00001`, key(3), 't3'],
      [`${ds}/shard_00000`, key(0), 't0'],
      [`${ds}/shard_00000`, key(1), 't1'],
    ]);
  });

  test('come by the names of shards without metadata.json', async () => {
    const ds = await dataset();
    mkdirSync(join(ds, 'shard_00002'));
    expect(texts(await samples(ds))).toEqual(['t0', 't1', 't2', 't3']);
  });

  test('come from single shards, files, globs, file: URIs and lists of them', async () => {
    const ds = await dataset({});
    expect(texts(await samples(join(ds, 'shard_00000')))).toEqual(['t0', 't1']);
    expect(texts(await samples(join(ds, 'shard_00001/data.mdb')))).toEqual(['t2', 't3']);
    expect(texts(await samples(join(ds, 'shard_*/data.mdb')))).toEqual(['t0', 't1', 't2', 't3']);
    expect(texts(await samples(`file://${ds}/shard_00000`))).toEqual(['t0', 't1']);
    expect(texts(await samples([join(ds, 'shard_00001'), ds]))).toEqual(['t2', 't3', 't2', 't3', 't0', 't1']);
  });

  test('take the last name of a path in metadata.json, and tell of shards that it leaves out', async () => {
    const ds = await dataset({ num_shards: 0, shards: [{ id: 0, path: '/home/somebody/ds/shard_00001' }] });
    const told: string[] = [];
    expect(texts(await samples(ds, { onNotice: (notice) => told.push(notice) }))).toEqual(['t2', 't3']);
    expect(told).toEqual([`"${ds}/shard_00000" is left out: metadata.json does not list it`]);
  });

  test('come once from a shard that metadata.json lists twice, and not from those beside a data.mdb; both are told', async () => {
    const shards = [0, 1, 0].map((id) => ({ id, path: `shard_0000${id}` }));
    const ds = await dataset({ shards });
    const told: string[] = [];
    const options = { onNotice: (notice: string) => told.push(notice) };
    expect(texts(await samples(ds, options))).toEqual(['t0', 't1', 't2', 't3']);
    expect(told).toEqual([`"${ds}/shard_00000" is left out: metadata.json lists it again; it is read once`]);
    copyFileSync(join(ds, 'shard_00001/data.mdb'), join(ds, 'data.mdb'));
    told.length = 0;
    expect(texts(await samples(ds, options))).toEqual(['t2', 't3']);
    expect(told).toEqual(
      [0, 1].map((id) => `"${ds}/shard_0000${id}" is left out: data.mdb stands beside it, and is read`),
    );
  });

  test('end where a signal says so', async () => {
    const stop = new AbortController();
    const found: string[] = [];
    const reading = async () => {
      for await (const one of readSamples(await dataset({}), { signal: stop.signal })) {
        found.push(one.key);
        stop.abort();
      }
    };
    const thrown: unknown = await reading().catch((error: unknown) => error);
    expect(thrown).toBe(stop.signal.reason);
    expect(found).toEqual([key(2)]);
  });
});

describe('what a sample is', () => {
  const read = async (value: Uint8Array, options: ReadSamplesOptions = {}) => {
    const path = await writeLmdb(join(scratch(), 'data.mdb'), { [key(0)]: value });
    return (await samples(path, options))[0]!.sample;
  };

  test('is a plain object of what AudioMDB pickled', async () => {
    const { audio, ...rest } = await read(audiomdb);
    expect(audio).toHaveLength(200);
    expect(rest).toEqual({
      sample_rate: 16000,
      text: 'a text',
      converter: 'hf',
      label: 0,
      start_s: 0,
      shard_id: 0,
      shard_position: 0,
      shape: [16000],
      dtype: 'float64',
      duration: 1,
    });
  });

  test('keeps the types of Python apart under "python"', async () => {
    const path = await writeLmdb(join(scratch(), 'data.mdb'), { [key(0)]: audiomdb });
    for await (const { sample } of readSamples(path, { values: 'python' })) {
      const { start_s, shape, label }: { readonly [field: string]: PythonData } = sample;
      expect([start_s, shape, label]).toEqual([new PythonFloat(0), new PythonTuple([16000]), 0]);
      // What is written again is the same, byte for byte.
      expect(Buffer.from(writePickle(sample)).equals(audiomdb)).toBe(true);
    }
  });

  test('has arrays with dtype and shape, halves as asked, and scalars as what they hold', async () => {
    const array = (dtype: string, descr: string, data: NumpyArray['data'], shape: number[]) =>
      new NumpyArray({ dtype, descr, shape, data });
    const value = writePickle(
      new Map<PythonData, PythonData>([
        ['mel', array('float32', '<f4', new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3])],
        ['half', array('float16', '<f2', new Float32Array([0.5, -2]), [2])],
        ['flags', array('bool', '|b1', new Uint8Array([1, 0]), [2])],
        ['words', new NumpyArray({ dtype: 'str', descr: '<U2', shape: [2], data: ['a', 'bc'] })],
        ['tags', new Set(['a', new PythonFloat(1.5)])],
        ['by number', new Map<PythonData, PythonData>([[1, new PythonTuple([null, true])]])],
        ['__proto__', 'a name'],
      ]),
    );
    const sample = await read(value);
    expect(sample['mel']).toEqual({ data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [2, 3] });
    expect(sample['half']).toEqual(new Float32Array([0.5, -2]));
    expect(sample['flags']).toEqual({ data: new Uint8Array([1, 0]), shape: [2] });
    expect(sample['words']).toMatchObject({ dtype: 'str', data: ['a', 'bc'] });
    expect(sample['tags']).toEqual(new Set(['a', 1.5]));
    expect(sample['by number']).toEqual(new Map([[1, [null, true]]]));
    expect(Object.keys(sample)).toEqual(['mel', 'half', 'flags', 'words', 'tags', 'by number', '__proto__']);
    expect(Object.getPrototypeOf(sample)).toBe(Object.prototype);
    expect((await read(value, { halves: 'bits' }))['half']).toEqual(new Uint16Array([0x3800, 0xc000]));
  });

  test('is the same of MessagePack, which tells no lists from tuples', async () => {
    const fields = {
      text: 'ä',
      audio: new Uint8Array([1, 2]),
      shape: [2],
      duration: new PythonFloat(1),
      mel: new NumpyArray({ dtype: 'float32', descr: '<f4', shape: [1, 2], data: new Float32Array([1, 2]) }),
    };
    const sample = await read(writeMsgpack(fields));
    expect(sample).toEqual(await read(writePickle(fields)));
    expect(sample).toMatchObject({ text: 'ä', duration: 1, mel: { data: new Float32Array([1, 2]), shape: [1, 2] } });
    // msgpack.packb({'a': 1, 'b': [True, None]}) of Python's msgpack 1.2.4.
    expect(await read(Buffer.from('82a16101a16292c3c0', 'hex'))).toEqual({ a: 1, b: [true, null] });
  });

  test('has scalars of NumPy as what they hold', async () => {
    expect(await read(Buffer.from(scalars, 'base64'))).toEqual({
      f32: 0.5,
      i64: -7n,
      u64: 2n ** 63n,
      yes: true,
      text: 'ä',
      c: new PythonComplex(1, -2),
      zero: { data: new Float64Array([3.5]), shape: [] },
    });
  });
});

describe.runIf(hasShared)('the dataset that AudioMDB wrote', () => {
  test('has the samples that Python finds in it', async () => {
    const found = await samples(sharedPath('lmdb/audiomdb-run'));
    const facts = sharedFiles('lmdb/audiomdb-run/shard_').flatMap(({ facts: { entries } }) => entries);
    expect(found).toHaveLength(4);
    expect(facts).toHaveLength(4);
    for (const [i, { key: name, sample }] of found.entries()) {
      const { audio, ...rest } = sample;
      expect(name).toBe(facts[i].key);
      expect(rest).toEqual(facts[i].dict);
      const sum = createHash('sha256').update(audio as Uint8Array);
      expect(sum.digest('hex')).toBe(facts[i].audio.sha256);
    }
  });
});

describe('what is refused', () => {
  const one = (value: Uint8Array) => writeDataset(join(scratch(), 'ds'), { shard_00000: { [key(7)]: value } }, {});

  test('says shard and key of a pickle that would run code', async () => {
    const cases = refused.filter(({ says }) => says.includes('system'));
    expect(cases.length).toBeGreaterThan(0);
    for (const { pickle, says } of cases) {
      const ds = await one(Buffer.from(pickle, 'base64'));
      const error = await failing(ds);
      expect(error).toMatchObject({ code: 'UNSUPPORTED', source: `${ds}/shard_00000` });
      expect(error.message).toContain(`Cannot read sample "${key(7)}" of "${ds}/shard_00000": pickle at byte`);
      expect(error.message).toContain(says);
    }
  });

  test.each<[string, Uint8Array, string, RegExp]>([
    ['text', Buffer.from('neither'), 'BAD_SCHEMA', /expected a pickled dict or a map of MessagePack/],
    ['a list', writePickle([1]), 'BAD_SCHEMA', /expected a dict of fields/],
    ['a dict of numbers', writePickle(new Map([[1, 2]])), 'BAD_SCHEMA', /expected names of fields/],
    ['half a pickle', audiomdb.subarray(0, 100), 'TRUNCATED', /pickle at byte/],
  ])('%s', async (_, value, code, says) => {
    const ds = await one(value);
    const error = await failing(ds);
    expect(error).toMatchObject({ code, source: `${ds}/shard_00000`, message: expect.stringMatching(says) });
    expect(error.message).toContain(`"${key(7)}"`);
  });

  test('names a shard that metadata.json lists and that is not there', async () => {
    const ds = await dataset({});
    rmSync(join(ds, 'shard_00000/data.mdb'));
    expect(await failing(ds)).toMatchObject({ code: 'NOT_FOUND', source: `${ds}/shard_00000` });
  });

  test.each<[string, RegExp, string?]>([
    ['{', /it is no JSON/, 'CORRUPT'],
    ['[]', /expected an object/, 'CORRUPT'],
    ['{}', /expected a list "shards"/],
    ['{"shards":[{"path":""}]}', /path of a folder for shard 0/],
    ['{"shards":[{"path":"a/.."}]}', /path of a folder for shard 0/],
    ['{"shards":[{"path":"shard_00000"},7]}', /path of a folder for shard 1/],
  ])('names metadata.json that is %s', async (text, says, code = 'BAD_SCHEMA') => {
    const ds = await dataset();
    writeFileSync(join(ds, 'metadata.json'), text);
    expect(await failing(ds)).toMatchObject({ code, message: expect.stringMatching(says) });
  });

  test.each([
    ['a folder of something else', scratchWith({ 'a.txt': 'x' }), 'NOT_FOUND'],
    ['a file of something else', scratchWith({ 'data.txt': 'x'.repeat(5000) }, 'data.txt'), 'UNSUPPORTED'],
    ['nothing', () => '/nonexistent/ds', 'NOT_FOUND'],
    ['a bucket', () => 's3://bucket/ds', 'UNSUPPORTED'],
  ])('%s', async (_, place, code) => {
    expect(await failing(place())).toMatchObject({ code });
  });
});

function scratchWith(files: { readonly [name: string]: string }, name = ''): () => string {
  return () => {
    const folder = scratch();
    for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
    return join(folder, name);
  };
}

test('types of fields are those that the option asks for', async () => {
  const ds = await dataset();
  for await (const { sample } of readSamples(ds)) expect(sample['text'] satisfies PlainData | undefined).toMatch(/^t/);
  for await (const { sample } of readSamples(ds, { values: 'python' })) {
    expect(sample['text'] satisfies PythonData | undefined).toMatch(/^t/);
  }
});
