/** Whatever a caller gives any public function: a result, or a sentence of ours. Never an error from inside. */

import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import * as bowerbird from '../../../src/index.ts';

const nothing: unknown[] = [
  undefined,
  null,
  true,
  5,
  Number.NaN,
  -1,
  1.5,
  10n,
  Symbol('s'),
  '',
  'x\0y',
  [],
  ['x'],
  [1],
];
const objects: unknown[] = [
  {},
  { x: 1 },
  () => {},
  new Date(0),
  Object.create(null),
  new Map(),
  new Uint8Array(3),
  new Float32Array(2),
  new DataView(new ArrayBuffer(1)),
  new ArrayBuffer(2),
  { read: 1 },
  [null],
  [undefined],
  [{}],
  new Error('e'),
];
const junk = [...nothing, ...objects];

type Call = (...args: unknown[]) => unknown;
/** Called with what TypeScript would refuse. */
const of = (name: keyof typeof bowerbird): Call => Reflect.get(bowerbird, name) as Call;

/** A name in a folder of the test. */
let at = (name: string) => name;
let reader: bowerbird.ArrayRecordReader;
let set: bowerbird.ArrayRecordSet;
let writer: bowerbird.ArrayRecordWriter;
let array: bowerbird.NpyFile;

/** One of a user. */
const uploader = new (class extends bowerbird.Uploader {
  override async put() {}
})();
type RowConverter = 'FileConverter' | 'CsvConverter' | 'FolderConverter' | 'HubConverter';
const converted = (name: RowConverter): Call => {
  return (...args) =>
    (Reflect.construct(Reflect.get(bowerbird, name), args) as bowerbird.FileConverter).samples().next();
};
const audio = () => ({ samples: new Float32Array(4), sampleRate: 8000, channels: 1 });
const method = (object: () => object, name: string): Call => {
  return (...args) => {
    const target = object();
    return (Reflect.get(target, name) as Call).apply(target, args);
  };
};

/** Every export that is called, with arguments that are right, of which each in turn is not. */
const calls: { readonly [name: string]: readonly [call: Call, right: () => unknown[]] } = {
  convert: [of('convert'), () => [{ inputs: [at('none')], to: 'tfrecord', out: at('c/') }]],
  decode: [of('decode'), () => [{ inputs: [at('none')], out: at('d.wav') }]],
  unpack: [of('unpack'), () => [{ inputs: [at('none')], out: at('u') }]],
  datasetScan: [of('datasetScan'), () => [{ source: at('none/'), state: at('scan') }]],
  datasetBuild: [of('datasetBuild'), () => [{ source: at('none/'), state: at('build'), out: at('built') }]],
  datasetCard: [of('datasetCard'), () => [{ out: at('none/') }]],
  datasetEnvironment: [of('datasetEnvironment'), () => []],
  extract: [of('extract'), () => [{ inputs: [at('none')], outDir: at('e') }]],
  ingest: [of('ingest'), () => [{ inputs: at('none'), out: at('i/') }]],
  pack: [of('pack'), () => [{ inputs: at('none.jsonl'), out: at('p/') }]],
  Converter: [
    (...args) =>
      Reflect.construct(
        class extends bowerbird.Converter {
          converterName = 'x';
          *samples() {}
        },
        args,
      ),
    () => [{}],
  ],
  FileConverter: [converted('FileConverter'), () => [{ manifest: at('none') }]],
  CsvConverter: [converted('CsvConverter'), () => [{ csv: at('none') }]],
  FolderConverter: [converted('FolderConverter'), () => [{ folder: at('none') }]],
  HubConverter: [converted('HubConverter'), () => [{ dataset: at('none.parquet') }]],
  verify: [of('verify'), () => [{ inputs: [at('none')] }]],
  inspect: [of('inspect'), () => [at('none'), {}]],
  repair: [of('repair'), () => [at('none'), { out: at('r') }]],
  ingestEnvironment: [of('ingestEnvironment'), () => []],
  ExampleSerializer: [(...args) => Reflect.construct(bowerbird.ExampleSerializer, args), () => [{ score: 'float' }]],
  'ExampleSerializer.serialize': [method(() => new bowerbird.ExampleSerializer(), 'serialize'), () => [{ score: 1 }]],
  encodeFlac: [of('encodeFlac'), () => [at('f.flac'), audio(), {}]],
  'encodeFlac to bytes': [of('encodeFlac'), () => [audio(), {}]],
  readNpy: [of('readNpy'), () => [at('none'), {}]],
  writeNpy: [of('writeNpy'), () => [at('n.npy'), new Float32Array(2), [2], { overwrite: true }]],
  openNpy: [opened('openNpy'), () => [at('a.npy'), {}]],
  'NpyFile.rows': [method(() => array, 'rows'), () => [0, 1]],
  'NpyFile.batches': [method(() => array, 'batches'), () => [{}]],
  openEmbeddings: [opened('openEmbeddings'), () => [at('none'), {}]],
  readExamples: [of('readExamples'), () => [at('none'), {}]],
  writeExamples: [of('writeExamples'), () => [at('x.tfrecord'), [{ a: 1 }], { overwrite: true }]],
  readAudio: [of('readAudio'), () => [at('none'), {}]],
  decodeAudio: [of('decodeAudio'), () => [new Uint8Array(3), {}]],
  probeAudio: [of('probeAudio'), () => [at('none')]],
  readAudioWindows: [of('readAudioWindows'), () => [at('none'), { window: 1 }]],
  readEmbeddings: [of('readEmbeddings'), () => [at('none'), {}]],
  readSamples: [of('readSamples'), () => [at('none'), {}]],
  Uploader: [method(() => uploader, 'upload'), () => [at('none'), {}]],
  'Uploader.iterFiles': [method(() => uploader, 'iterFiles'), () => [at('none')]],
  HFUploader: [
    (...args) => Reflect.construct(bowerbird.HFUploader, args).upload(at('none')),
    () => ['org/ds', { xet: 'off' }],
  ],
  'HFUploader.upload': [method(() => new bowerbird.HFUploader('org/ds'), 'upload'), () => [at('none'), {}]],
  StorageUploader: [
    (...args) => Reflect.construct(bowerbird.StorageUploader, args).open(),
    () => [at('up'), { concurrency: 2 }],
  ],
  'StorageUploader.upload': [method(() => new bowerbird.StorageUploader(at('up')), 'upload'), () => [at('none'), {}]],
  'StorageUploader.put': [
    method(() => new bowerbird.StorageUploader(at('up')), 'put'),
    () => [at('a.npy'), 'ds/a.npy', {}],
  ],
  readTfRecords: [of('readTfRecords'), () => [at('none'), {}]],
  writeTfRecords: [of('writeTfRecords'), () => [at('t.tfrecord'), [new Uint8Array(1)], { overwrite: true }]],
  writeWav: [of('writeWav'), () => [at('w.wav'), audio(), { overwrite: true }]],
  crc32c: [of('crc32c'), () => [new Uint8Array(1), 0]],
  crc32cCombine: [of('crc32cCombine'), () => [1, 2, 3]],
  maskCrc32c: [of('maskCrc32c'), () => [1]],
  parseExample: [of('parseExample'), () => [new Uint8Array(0), {}]],
  parseSequenceExample: [of('parseSequenceExample'), () => [new Uint8Array(0), {}]],
  serializeExample: [of('serializeExample'), () => [{ a: { kind: 'float', values: [1] } }]],
  parseTensor: [of('parseTensor'), () => [bowerbird.serializeTensor(new Float32Array(1), [1]), {}]],
  serializeTensor: [of('serializeTensor'), () => [new Float32Array(1), [1], 'float32']],
  ArrayRecordSet: [(...args) => new bowerbird.ArrayRecordSet(...(args as [string])).ready(), () => [at('none'), {}]],
  'ArrayRecordSet.open': [method(() => bowerbird.ArrayRecordSet, 'open'), () => [at('none'), {}]],
  'ArrayRecordSet.read': [method(() => set, 'read'), () => [0]],
  'ArrayRecordSet.readMany': [method(() => set, 'readMany'), () => [[0]]],
  'ArrayRecordReader.open': [method(() => bowerbird.ArrayRecordReader, 'open'), () => [at('none')]],
  'ArrayRecordReader.read': [method(() => reader, 'read'), () => [0]],
  'ArrayRecordReader.readMany': [method(() => reader, 'readMany'), () => [[0]]],
  'ArrayRecordReader.batches': [method(() => reader, 'batches'), () => [{}]],
  logMel: [of('logMel'), () => [new Float32Array(800), { preset: 'kaldi', sampleRate: 16000 }]],
  Processor: [constructed('Processor'), () => [{ keepOriginal: true }]],
  'Processor.loadArray': [method(() => new bowerbird.LogMelProcessor(), 'loadArray'), () => [new Uint8Array(3), 16000]],
  LogMelProcessor: [constructed('LogMelProcessor'), () => [{ preset: 'whisper' }]],
  'LogMelProcessor.process': [method(() => new bowerbird.LogMelProcessor(), 'process'), processing],
  WhisperProcessor: [constructed('WhisperProcessor'), () => [{ bins: 80 }]],
  'WhisperProcessor.process': [method(() => new bowerbird.WhisperProcessor(), 'process'), processing],
  TokenizerProcessor: [constructed('TokenizerProcessor'), () => [{ file: at('none') }]],
  'TokenizerProcessor.process': [
    method(() => new bowerbird.TokenizerProcessor({ file: at('none') }), 'process'),
    () => [{ text: 'a' }],
  ],
  PythonFloat: [constructed('PythonFloat'), () => [1]],
  PythonTuple: [constructed('PythonTuple'), () => [[1]]],
  'ArrayRecordWriter.create': [created, () => [at('a.arrayrecord'), 'group_size:1', { overwrite: true }]],
  'ArrayRecordWriter.write': [method(() => writer, 'write'), () => [new Uint8Array(1)]],
};

async function created(...args: unknown[]): Promise<void> {
  await (await bowerbird.ArrayRecordWriter.create(...(args as [string]))).abort();
}

function constructed(name: keyof typeof bowerbird): Call {
  return (...args) => Reflect.construct(Reflect.get(bowerbird, name) as new () => object, args);
}

function processing(): unknown[] {
  return [{ audio: new Float32Array(800), shape: [800] }, { sampleRate: 16000 }];
}

/** What is opened is closed. */
function opened(name: 'openNpy' | 'openEmbeddings'): Call {
  return async (...args) => {
    const file = (await of(name)(...args)) as { close(): Promise<void> };
    await file.close();
  };
}

/** To the end of what it gives. */
async function outcome(call: Call, args: readonly unknown[]): Promise<unknown> {
  try {
    const given = await call(...args);
    if (typeof given === 'object' && given !== null && Symbol.asyncIterator in given) {
      for await (const _ of given as AsyncIterable<unknown>);
    }
    return undefined;
  } catch (error) {
    return error;
  }
}

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-arguments-'));
  at = (name) => join(folder, name);
  writer = await bowerbird.ArrayRecordWriter.create(at('set.arrayrecord'));
  await writer.write(new Uint8Array(3));
  await writer.close();
  reader = await bowerbird.ArrayRecordReader.open(at('set.arrayrecord'));
  set = await bowerbird.ArrayRecordSet.open(at('set.arrayrecord'));
  writer = await bowerbird.ArrayRecordWriter.create(at('open.arrayrecord'));
  await bowerbird.writeNpy(at('a.npy'), new Float32Array(6), [3, 2]);
  array = await bowerbird.openNpy(at('a.npy'));
  return async () => {
    await Promise.all([array.close(), reader.close(), set.close(), writer.abort()]);
    expect(readdirSync(folder).filter((name) => name.endsWith('.bowerbird-tmp'))).toEqual([]);
    rmSync(folder, { recursive: true, force: true });
  };
});

test('every export that can be called is here', () => {
  const callable = Object.entries(bowerbird).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  const tested = new Set(Object.keys(calls).map((name) => name.split(/[ .]/)[0]!));
  expect(callable.filter((name) => !tested.has(name))).toEqual(['BowerbirdError']);
});

function expectOurs(error: unknown, given: string): void {
  if (error === undefined || error instanceof bowerbird.BowerbirdError) return;
  expect.fail(`${given}: ${(error as Error).stack}`);
}

describe.each(Object.entries(calls))('%s()', (_, [call, right]) => {
  test('takes what is right, or says what is wrong with the file', async () => {
    expectOurs(await outcome(call, right()), 'what is right');
  });

  test('says of every argument that it is wrong', async () => {
    for (let place = 0; place < right().length; place++) {
      for (const [i, wrong] of junk.entries()) {
        const args = right();
        args[place] = wrong;
        expectOurs(
          await outcome(call, args),
          `argument ${place} is junk ${i}, ${typeof wrong} ${Object.prototype.toString.call(wrong)}`,
        );
      }
    }
    expectOurs(await outcome(call, []), 'nothing');
  });

  test('says of every option that it is wrong', async () => {
    const args = right();
    const place = args.findLastIndex((arg) => Object.prototype.toString.call(arg) === '[object Object]');
    if (place < 0) return;
    const refusal = await outcome(call, args.with(place, { ...(args[place] as object), '?': 1 }));
    const listed = /expected one of (.*)$/.exec((refusal as Error | undefined)?.message ?? '')?.[1]?.split(', ') ?? [];
    for (const key of new Set([...listed, ...Object.keys(args[place] as object)])) {
      for (const [i, wrong] of junk.entries()) {
        const given = right();
        given[place] = { ...(given[place] as object), [key]: wrong };
        expectOurs(await outcome(call, given), `option ${key} is junk ${i}, ${typeof wrong}`);
      }
    }
  });
});

test.each([
  ['inspect', [['x']], 'Cannot run inspect() with a value of type array for its options: expected an object, such as'],
  [
    'inspect',
    ['x'],
    'Cannot run inspect() with "x" for its options: expected an object, such as { inputs: "recordings/" }',
  ],
  ['inspect', [{ inputs: 5 }], 'Cannot use 5 for option "inputs" in inspect(): expected a file, folder, glob or URI'],
  [
    'repair',
    [{ out: 'x' }],
    'Cannot run repair() without option "inputs": expected a file, folder, glob or URI, or a list',
  ],
  [
    'verify',
    [undefined],
    'Cannot run verify() without option "inputs": expected a file, folder, glob or URI, or a list of them',
  ],
  [
    'readTfRecords',
    [5],
    'Cannot run readTfRecords(): expected a file, folder, glob or URI, or a list of them, found 5',
  ],
  ['writeWav', ['x', 5], 'Cannot run writeWav(): expected samples with their rate and channels'],
] as const)('%s%j is told with its name', async (name, args, message) => {
  const error = await outcome(of(name), args);
  expect(error).toMatchObject({ code: 'USAGE', message: expect.stringContaining(message) });
});
