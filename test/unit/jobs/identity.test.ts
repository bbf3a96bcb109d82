/**
 * Which options a folder is bound to, and what a manifest tells of them. The texts in test/data/options are the first lines of journals, byte
 * for byte: where one changes, users cannot go on with folders that they have begun.
 */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { convert } from '../../../src/api/convert.ts';
import { unpack } from '../../../src/api/datasets/unpack.ts';
import { decode } from '../../../src/api/decode.ts';
import { extract } from '../../../src/api/extract.ts';
import { ingest } from '../../../src/api/ingest.ts';
import { pack } from '../../../src/api/pack.ts';
import type {
  ConvertOptions,
  DecodeOptions,
  ExtractOptions,
  IngestOptions,
  PackOptions,
  UnpackOptions,
} from '../../../src/api/types.ts';
import { convertOptions } from '../../../src/jobs/convert/options.ts';
import { decodeOptions } from '../../../src/jobs/decode/options.ts';
import { extractOptions } from '../../../src/jobs/extract/options.ts';
import { ingestOptions } from '../../../src/jobs/ingest/options.ts';
import { packOptions } from '../../../src/jobs/pack/options.ts';
import { unpackOptions } from '../../../src/jobs/unpack/options.ts';
import type { OptionTable } from '../../../src/option-tables.ts';
import { Converter } from '../../../src/samples/converter.ts';
import { writeInputs } from '../../support/extracting.ts';
import { wav } from '../../support/labelled.ts';
import { shardBytes } from '../../support/shards.ts';
import { scratch } from './folder.ts';

const golden = (job: string) => `../../data/options/${job}.txt`;
const none = new Uint8Array(0);
const emptyShard = await shardBytes([]);

/** The options in the first line of the journal, and below them those of the manifest; `root` is left out of paths. */
function told(root: string, journal: string, manifest: string): string {
  const [line] = readFileSync(join(root, 'out/.bowerbird', journal), 'utf8').split('\n');
  const { options } = JSON.parse(line!) as { readonly options: object };
  expect(line).toContain(JSON.stringify(options));
  const all = JSON.parse(readFileSync(join(root, 'out', manifest), 'utf8')) as { readonly options: object };
  return `journal  ${JSON.stringify(options)}\nmanifest ${JSON.stringify(all.options).replaceAll(root, '')}\n`;
}

async function everyCase<O extends object>(cases: readonly O[], run: (options: O, root: string) => Promise<string>) {
  let text = '';
  for (const options of cases) text += `given    ${JSON.stringify(options)}\n${await run(options, scratch())}\n`;
  return text;
}

test('extract() binds a folder to what decides about rows and metadata', async () => {
  const cases = [
    {},
    { channel: 'all', hop: 2.5, feature: 'logits', names: 'none', dtype: 'float16', onError: 'salvage' },
    { channel: 3, maxRejects: 3, durable: true, workers: 1, overwrite: true },
  ] as const;
  const text = await everyCase(cases, async (options, root) => {
    writeInputs(root, { 'in/a': none });
    await extract({ inputs: [join(root, 'in')], out: join(root, 'out'), ...options });
    return told(root, 'extract.jsonl', 'extract.json');
  });
  await expect(text).toMatchFileSnapshot(golden('extract'));
});

test('convert() binds a set to its format and its shards', async () => {
  const cases = [
    { to: 'arrayrecord' },
    { to: 'tfrecord', shards: 3, compression: 'gzip', onError: 'skip', proof: true },
    { to: 'arrayrecord', matchShards: true, options: 'group_size:2,zstd:5', durable: true, maxRejects: 1 },
    { to: 'tfrecord', matchInputs: true, workers: 1 },
    { to: 'arrayrecord', matchInputs: true, overwriteExtension: true, options: 'uncompressed' },
  ] as const;
  const text = await everyCase(cases, async (options, root) => {
    writeInputs(root, { 'in/a.x': none, 'in/b.x': none });
    const isWhole = 'matchInputs' in options;
    await convert({ inputs: [join(root, 'in')], out: join(root, isWhole ? 'out/' : 'out/t'), ...options });
    return isWhole ? told(root, 'convert.jsonl', 'convert.json') : told(root, 'convert-t.jsonl', 't.convert.json');
  });
  await expect(text).toMatchFileSnapshot(golden('convert'));
});

test('decode() binds a folder to what becomes of samples', async () => {
  const cases = [
    {},
    { mono: true, sampleRate: 8000, from: 0.001, to: 0.002, bits: 24, lenient: true, durable: true, workers: 1 },
    { channel: 0, bits: 'float' },
  ] as const;
  const text = await everyCase(cases, async (options, root) => {
    writeInputs(root, { 'in/a.wav': wav(Array.from({ length: 64 }, (_, i) => i)) });
    await decode({ inputs: [join(root, 'in')], out: join(root, 'out'), ...options });
    return told(root, 'decode.jsonl', 'decode.json');
  });
  await expect(text).toMatchFileSnapshot(golden('decode'));
});

test('unpack() binds a folder to what becomes of sound', async () => {
  const cases = [
    {},
    { bits: 16, onError: 'salvage' },
    { maxRejects: 3, durable: true, workers: 1, overwrite: true },
  ] as const;
  const text = await everyCase(cases, async (options, root) => {
    writeInputs(root, { 'in/data.mdb': emptyShard });
    await unpack({ inputs: [join(root, 'in')], out: join(root, 'out'), ...options });
    return told(root, 'unpack.jsonl', 'unpack.json');
  });
  await expect(text).toMatchFileSnapshot(golden('unpack'));
});

test('pack() binds a folder to its samples and how they are written', async () => {
  const cases = [
    {},
    { samplesPerShard: 7, sampleRate: 8000, mono: true, keepColumns: ['site'], values: 'msgpack', onError: 'skip' },
    { codec: 'original', datasetName: 'd', allowOutside: true, durable: true, maxRejects: 3, workers: 1 },
    { processor: 'logmel', processorOptions: { preset: 'kaldi' } },
  ] as const;
  const text = await everyCase(cases, async (options, root) => {
    writeInputs(root, {
      'in/rows.jsonl': '{"audio_filepath":"a.wav","text":"x","site":"y"}\n',
      'in/a.wav': wav(new Array(800).fill(1)),
    });
    await pack({ inputs: join(root, 'in/rows.jsonl'), out: join(root, 'out'), ...options });
    return told(root, 'pack.jsonl', 'pack.json');
  });
  await expect(text).toMatchFileSnapshot(golden('pack'));
});

test('ingest() binds a set to its rows, labels and features', async () => {
  const all: Partial<IngestOptions> = {
    ...{ shards: 2, labelColumn: 'Label', pathColumn: 1, delimiter: ',', header: 'yes', allowOutside: true },
    ...{ labels: 'string', multiLabel: ' ', keepColumns: ['site', 'year:int', 'lat:float'], mode: 'rich' },
    ...{ audioAs: 'pcm16', sampleRate: 8000, mono: true, window: 2, hop: 1, pad: 'drop', compression: 'gzip' },
    ...{ shuffle: 7, prefetch: 3, onError: 'salvage', maxRejects: 5, durable: true, workers: 1 },
  };
  const files: Partial<IngestOptions> = { audioAs: 'bytes', media: 'any' };
  const cases: Partial<IngestOptions>[] = [{}, all, { window: 3, labels: 'map.json' }, files];
  const text = await everyCase(cases, async (options, root) => {
    const csv = 'Label,Path,site,year,lat\n1,a.wav,x,2020,1.5\n2,b.wav,y,2021,2.5\n';
    const [a, b] = [wav([1, 2, 3]), wav([4, 5, 6])];
    writeInputs(root, { 'in/rows.csv': csv, 'in/a.wav': a, 'in/b.wav': b, 'in/map.json': '{"1": 5, "2": 6}' });
    const labels = options.labels === 'map.json' ? { labels: join(root, 'in/map.json') } : {};
    await ingest({ inputs: join(root, 'in/rows.csv'), out: join(root, 'out/t'), ...options, ...labels });
    return told(root, 'ingest-t.jsonl', 't.ingest.json');
  });
  await expect(text).toMatchFileSnapshot(golden('ingest'));
});

/** Those that a table says decide about bytes, or about something else. */
type Deciding<T extends OptionTable, D> = {
  [K in keyof T]: T[K] extends { readonly decides: D } ? K : never;
}[keyof T];

/**
 * A job with what it needs. `others`: for every option that decides about bytes a value that is not its default, alone or with others that it
 * needs; `free`: values of all that do not.
 */
interface Bound<O, T extends OptionTable> {
  readonly table: T;
  readonly files: { readonly [name: string]: Uint8Array | string };
  run(options: Partial<O>, root: string): Promise<unknown>;
  readonly base: Partial<O>;
  readonly others: { readonly [K in Deciding<T, 'bytes'>]: Partial<O> };
  readonly free: Partial<O> & { readonly [K in Exclude<Deciding<T, 'policy' | 'course'>, 'dryRun'>]: unknown };
}

/** The same for whoever treats all jobs alike. */
interface Untyped extends Pick<Bound<object, OptionTable>, 'files' | 'run' | 'base'> {
  readonly others: { readonly [option: string]: object };
  readonly free: object;
}

const how = { workers: 1, durable: true, overwrite: false, units: '0/1' } as const;
const rejects = { onError: 'skip', maxRejects: 9 } as const;

const extracting: Bound<ExtractOptions, typeof extractOptions> = {
  table: extractOptions,
  files: { 'in/a': none },
  run: (options, root) => extract({ inputs: [join(root, 'in')], out: join(root, 'out'), ...options }),
  base: {},
  others: {
    channel: { channel: 1 },
    hop: { hop: 2 },
    feature: { feature: 'logits' },
    names: { names: 'none' },
    dtype: { dtype: 'float16' },
  },
  free: { ...how, ...rejects },
};

const converting: Bound<ConvertOptions, typeof convertOptions> = {
  table: convertOptions,
  files: { 'in/a.x': none, 'in/b.x': none },
  run: (options, root) =>
    convert({ inputs: [join(root, 'in')], to: 'arrayrecord', out: join(root, 'out/'), ...options }),
  base: {},
  others: {
    to: { to: 'tfrecord' },
    shards: { shards: 3 },
    matchInputs: { matchInputs: true },
    matchShards: { matchShards: true },
    overwriteExtension: { matchInputs: true, overwriteExtension: true },
    options: { options: 'zstd:9' },
    compression: { to: 'tfrecord', compression: 'gzip' },
  },
  free: { ...how, ...rejects, proof: true },
};

const decoding: Bound<DecodeOptions, typeof decodeOptions> = {
  table: decodeOptions,
  files: { 'in/a.wav': wav([1, 2, 3]) },
  run: (options, root) => decode({ inputs: [join(root, 'in')], out: join(root, 'out'), ...options }),
  base: {},
  others: {
    channel: { channel: 0 },
    mono: { mono: true },
    sampleRate: { sampleRate: 8000 },
    from: { from: 0.0001 },
    to: { to: 0.0001 },
    bits: { bits: 24 },
  },
  free: { ...how, lenient: true },
};

const ingesting: Bound<IngestOptions, typeof ingestOptions> = {
  table: ingestOptions,
  files: { 'in/rows.csv': 'Label,Path,site\n1,a.wav,x\n', 'in/a.wav': wav([1, 2, 3]) },
  run: (options, root) => ingest({ inputs: join(root, 'in/rows.csv'), out: join(root, 'out/t'), ...options }),
  base: { window: 3 },
  others: {
    shards: { shards: 2 },
    labels: { labels: 'string' },
    labelColumn: { labelColumn: 'site' },
    pathColumn: { pathColumn: 'Path' },
    multiLabel: { multiLabel: ' ' },
    keepColumns: { keepColumns: ['site'] },
    delimiter: { delimiter: ',' },
    header: { header: 'yes' },
    mode: { mode: 'rich' },
    audioAs: { audioAs: 'pcm16' },
    // Files as they are have no windows.
    media: { media: 'any', audioAs: 'bytes', window: undefined as never },
    sampleRate: { sampleRate: 8000 },
    mono: { mono: true },
    window: { window: 2 },
    hop: { hop: 1 },
    pad: { pad: 'drop' },
    shuffle: { shuffle: 1 },
    compression: { compression: 'gzip' },
  },
  free: { ...how, ...rejects, allowOutside: true, prefetch: 1, keepInputs: 'unused' },
};

const unpacking: Bound<UnpackOptions, typeof unpackOptions> = {
  table: unpackOptions,
  files: { 'in/data.mdb': emptyShard },
  run: (options, root) => unpack({ inputs: [join(root, 'in')], out: join(root, 'out'), ...options }),
  base: {},
  others: { bits: { bits: 24 } },
  free: { ...how, ...rejects },
};

const packing: Bound<PackOptions, typeof packOptions> = {
  table: packOptions,
  files: {
    'in/rows.jsonl': '{"audio_filepath":"a.wav","text":"x","site":"y","other":"a.wav"}\n',
    'in/a.wav': wav([1, 2, 3]),
  },
  run: (options, root) => {
    const inputs = options.converter === undefined ? { inputs: join(root, 'in/rows.jsonl') } : {};
    return pack({ ...inputs, out: join(root, 'out'), ...options });
  },
  base: {},
  others: {
    audioColumn: { audioColumn: 'other' },
    textColumn: { textColumn: 'site' },
    keepColumns: { keepColumns: ['site'] },
    samplesPerShard: { samplesPerShard: 2 },
    sampleRate: { sampleRate: 8000 },
    mono: { mono: true },
    codec: { codec: 'original' },
    values: { values: 'msgpack' },
    processor: { processor: 'logmel' },
    processorOptions: { processor: 'logmel', processorOptions: { keepOriginal: true } },
    converter: {
      converter: new (class One extends Converter {
        converterName = 'one';
        *samples() {
          yield { text: 'x' };
        }
      })(),
    },
    datasetName: { datasetName: 'other' },
  },
  free: { ...how, ...rejects, allowOutside: true, prefetch: 1, removeUploaded: false },
};

describe.each([
  ['pack', packing],
  ['extract', extracting],
  ['convert', converting],
  ['decode', decoding],
  ['ingest', ingesting],
  ['unpack', unpacking],
] as const)('a folder of %s()', (_, bound) => {
  test('is refused under every other choice that decides about bytes, and under no other', async () => {
    const { files, run, base, others, free }: Untyped = bound;
    const root = scratch();
    writeInputs(root, files);
    await run(base, root);
    for (const [option, other] of Object.entries(others)) {
      await expect(run({ ...base, ...other }, root), option).rejects.toMatchObject({
        code: 'EXISTS',
        message: expect.stringContaining('it was made with other options'),
      });
    }
    await expect(run({ ...base, ...free }, root)).resolves.toMatchObject({ complete: true });
  });
});
