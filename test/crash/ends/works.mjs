// What thread-ends.test.ts interrupts: for every public function and method one piece of work, of some milliseconds, that goes through it.
// A worker does one over and over until its end comes.

import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeSampleShard } from '../../../scripts/sample-shards.mjs';

const index = new URL('../../../dist/index.js', import.meta.url);
const rate = 16_000;
const tokenizer = fileURLToPath(new URL('../../data/tokenizers/whisper/tokenizer.json', import.meta.url));
/** Ten seconds of a noise that comes back after one, which is further than gzip remembers. Every thread makes it: quickly. */
const noise = new Float32Array(10 * rate);
for (let i = 0, state = 1; i < rate; i++) {
  state = (Math.imul(state, 1103515245) + 12345) | 0;
  noise[i] = state / 2 ** 32;
}
for (let i = 1; i < 10; i++) noise.copyWithin(i * rate, 0, rate);
const payloads = Array.from({ length: 40 }, (_, i) => Buffer.from(noise.buffer, 4000 * i, 20_000 + 100 * i));

/** @param {AsyncIterable<unknown>} items */
async function drain(items) {
  for await (const _ of items);
}

/** Does `work` with a reader of `file`, and leaves the reader open when the end comes meanwhile. */
async function reading({ ArrayRecordReader }, file, work) {
  const reader = await ArrayRecordReader.open(file);
  await work(reader);
  await reader.close();
}

async function writing({ ArrayRecordWriter }, { out }, options, end) {
  const writer = await ArrayRecordWriter.create(join(out, 'w.arrayrecord'), options, { overwrite: true });
  const written = payloads.map((record) => writer.write(record));
  await end(writer);
  await Promise.allSettled(written);
}

async function withSet({ ArrayRecordSet }, { input }, work) {
  const set = await ArrayRecordSet.open([join(input, 'one.arrayrecord'), join(input, 'two.arrayrecord')]);
  await work(set);
  await set.close();
}

/** One of a user. */
function uploader({ Uploader }) {
  return new (class extends Uploader {
    async put(path) {
      return readFileSync(path).length;
    }
  })();
}

const again = { overwrite: true, workers: 2 };

/**
 * Each is called with the module of its export and `{ input, out }`, two folders. A name is that of the export, `Class.static` or
 * `Class#method`; what follows a blank tells works of one function apart.
 * @type {{ [name: string]: (bowerbird: typeof import('../../../dist/index.js'), folders: { input: string, out: string }) => unknown }}
 */
export const works = {
  crc32c: ({ crc32c }) => crc32c(payloads[0]),
  crc32cCombine: ({ crc32cCombine }) => crc32cCombine(1, 2, 3),
  maskCrc32c: ({ maskCrc32c }) => maskCrc32c(7),
  'ExampleSerializer#serialize': ({ ExampleSerializer }) =>
    new ExampleSerializer().serialize({ name: 'x', score: 0.5 }),
  serializeExample: ({ serializeExample }) => serializeExample({ name: { kind: 'bytes', values: ['x'] } }),
  parseExample: ({ parseExample }) => parseExample(Buffer.from('0a0f0a0d0a046e616d6512050a030a0178', 'hex')),
  parseSequenceExample: ({ parseSequenceExample }) => parseSequenceExample(new Uint8Array(0)),
  serializeTensor: ({ serializeTensor }) => serializeTensor(noise, [noise.length]),
  parseTensor: ({ parseTensor }) => parseTensor(Buffer.from('080112041202080222080000803f00000040', 'hex')),
  ingestEnvironment: ({ ingestEnvironment }) => ingestEnvironment({}),
  datasetEnvironment: ({ datasetEnvironment }) => datasetEnvironment({}),
  datasetScan: ({ datasetScan }, { out }) => {
    mkdirSync(join(out, 'processed/en/a'), { recursive: true });
    return datasetScan({ source: join(out, 'processed'), state: join(out, 'scan') });
  },
  datasetCard: ({ datasetCard }, { out }) => datasetCard({ out, dryRun: true }).catch(() => {}),

  readNpy: ({ readNpy }, { input }) => readNpy(join(input, 'noise.npy')),
  writeNpy: ({ writeNpy }, { out }) => writeNpy(join(out, 'w.npy'), noise, [noise.length], { overwrite: true }),

  openNpy: async ({ openNpy }, { input }) => {
    const array = await openNpy(join(input, 'noise.npy'));
    await drain(array.batches({ batchBytes: 100_000 }));
    await array.close();
  },
  openEmbeddings: async ({ openEmbeddings }, { input }) => {
    const set = await openEmbeddings(join(input, 'arrays'));
    await Promise.all([set.rows(0, set.length), set.metadata(set.length - 1)]);
    await set.close();
  },

  readExamples: ({ readExamples }, { input }) => drain(readExamples(join(input, 'sample.tfrecord'))),
  writeExamples: ({ writeExamples }, { out }) =>
    writeExamples(
      join(out, 'w.arrayrecord'),
      payloads.map((bytes, i) => ({ bytes, i })),
      { overwrite: true },
    ),
  readSamples: ({ readSamples }, { input }) => drain(readSamples(join(input, 'ds'))),
  'Uploader#iterFiles': (bowerbird, { input }) => drain(uploader(bowerbird).iterFiles(join(input, 'ds'))),
  'Uploader#upload': (bowerbird, { input }) => uploader(bowerbird).upload(join(input, 'ds')),
  'Uploader#open': (bowerbird) => uploader(bowerbird).open(),
  'Uploader#close': (bowerbird) => uploader(bowerbird).close(),
  'StorageUploader#open': ({ StorageUploader }, { out }) => new StorageUploader(join(out, 'up')).open(),
  'StorageUploader#put': ({ StorageUploader }, { input, out }) =>
    new StorageUploader(join(out, 'put')).put(join(input, 'noise.npy'), 'a/noise.npy'),
  'StorageUploader#upload': ({ StorageUploader }, { input, out }) =>
    new StorageUploader(join(out, 'upload')).upload(join(input, 'ds')),
  'HFUploader#open': async ({ HFUploader }) => {
    // Nobody answers there.
    const uploader = new HFUploader('org/ds', { endpoint: 'http://127.0.0.1:1/hub' });
    await uploader.open({ signal: AbortSignal.timeout(100) }).catch(() => {});
  },
  'HFUploader#upload': async ({ HFUploader }, { input }) => {
    const uploader = new HFUploader('org/ds', { endpoint: 'http://127.0.0.1:1/hub' });
    await uploader.upload(join(input, 'ds'), { signal: AbortSignal.timeout(100) }).catch(() => {});
  },
  readTfRecords: ({ readTfRecords }, { input }) => drain(readTfRecords(join(input, 'sample.tfrecord'))),
  'readTfRecords gzip': ({ readTfRecords }, { input }) => drain(readTfRecords(join(input, 'sample.tfrecord.gz'))),
  readEmbeddings: ({ readEmbeddings }, { input }) => drain(readEmbeddings(join(input, 'sample.tfrecord'))),
  writeTfRecords: ({ writeTfRecords }, { out }) =>
    writeTfRecords(join(out, 'w.tfrecord.gz'), payloads, { compression: 'gzip', overwrite: true }),

  'ArrayRecordReader.open': (bowerbird, { input }) => reading(bowerbird, join(input, 'one.arrayrecord'), () => {}),
  'ArrayRecordReader#read': (bowerbird, { input }) =>
    reading(bowerbird, join(input, 'one.arrayrecord'), async (reader) => {
      for (let i = 0; i < reader.length; i += 7) await reader.read(i);
    }),
  'ArrayRecordReader#readMany': (bowerbird, { input }) =>
    reading(bowerbird, join(input, 'one.arrayrecord'), (reader) => reader.readMany([0, 5, 17, 30])),
  'ArrayRecordReader#batches': (bowerbird, { input }) =>
    reading(bowerbird, join(input, 'one.arrayrecord'), (reader) => drain(reader.batches({ batchBytes: 100_000 }))),
  'ArrayRecordReader#[Symbol.asyncIterator]': (bowerbird, { input }) =>
    reading(bowerbird, join(input, 'two.arrayrecord'), (reader) => drain(reader)),
  'ArrayRecordReader#[Symbol.asyncDispose]': (bowerbird, { input }) =>
    reading(bowerbird, join(input, 'one.arrayrecord'), (reader) => reader[Symbol.asyncDispose]()),
  'ArrayRecordReader#close': (bowerbird, { input }) =>
    reading(bowerbird, join(input, 'one.arrayrecord'), async (reader) => {
      // Under way while the file is closed.
      const read = reader.readMany([0, 20, 39]);
      await reader.close();
      await read.catch(() => {});
    }),

  'ArrayRecordWriter.create': (bowerbird, folders) => writing(bowerbird, folders, '', (writer) => writer.abort()),
  'ArrayRecordWriter#write': (bowerbird, folders) =>
    writing(bowerbird, folders, 'group_size:4,zstd:3', (writer) => writer.close()),
  'ArrayRecordWriter#close': (bowerbird, folders) =>
    writing(bowerbird, folders, 'group_size:1,uncompressed', (writer) => writer.close()),
  'ArrayRecordWriter#abort': (bowerbird, folders) =>
    writing(bowerbird, folders, 'group_size:8,brotli:5', (writer) => writer.abort()),
  'ArrayRecordWriter#[Symbol.asyncDispose]': (bowerbird, folders) =>
    writing(bowerbird, folders, 'group_size:8,zstd:1', (writer) => writer[Symbol.asyncDispose]()),

  'ArrayRecordSet.open': (bowerbird, folders) => withSet(bowerbird, folders, () => {}),
  'ArrayRecordSet#ready': (bowerbird, folders) => withSet(bowerbird, folders, (set) => set.ready()),
  'ArrayRecordSet#read': (bowerbird, folders) => withSet(bowerbird, folders, (set) => set.read(set.length - 1)),
  'ArrayRecordSet#readMany': (bowerbird, folders) => withSet(bowerbird, folders, (set) => set.readMany([0, 41, 79])),
  'ArrayRecordSet#[Symbol.asyncIterator]': (bowerbird, folders) => withSet(bowerbird, folders, (set) => drain(set)),
  'ArrayRecordSet#[Symbol.asyncDispose]': (bowerbird, folders) =>
    withSet(bowerbird, folders, (set) => set[Symbol.asyncDispose]()),
  'ArrayRecordSet#close': (bowerbird, folders) =>
    withSet(bowerbird, folders, async (set) => {
      const read = set.readMany([3, 77]);
      await set.close();
      await read.catch(() => {});
    }),

  readAudio: ({ readAudio }, { input }) => readAudio(join(input, 'noise.flac'), { workers: 2, verify: true }),
  'readAudio wav': ({ readAudio }, { input }) => readAudio(join(input, 'noise.wav'), { sampleRate: 44_100 }),
  'readAudio mp3': ({ readAudio }, { input }) => readAudio(join(input, 'mono.mp3')),
  decodeAudio: ({ decodeAudio }, { input }) => decodeAudio(readFileSync(join(input, 'noise.flac'))),
  'decodeAudio opus': ({ decodeAudio }, { input }) => decodeAudio(readFileSync(join(input, 'stereo.opus'))),
  probeAudio: ({ probeAudio }, { input }) => probeAudio(join(input, 'noise.flac')),
  readAudioWindows: ({ readAudioWindows }, { input }) =>
    drain(readAudioWindows(join(input, 'noise.flac'), { window: 0.5, sampleRate: 22_050 })),
  writeWav: ({ writeWav }, { out }) =>
    writeWav(join(out, 'w.wav'), { samples: noise, sampleRate: rate, channels: 1 }, { type: 'int24', overwrite: true }),
  encodeFlac: ({ encodeFlac }, { out }) =>
    encodeFlac(
      join(out, 'w.flac'),
      { samples: noise, sampleRate: rate, channels: 1 },
      { bits: 16, verify: true, overwrite: true },
    ),

  inspect: ({ inspect }, { input }) => inspect({ inputs: join(input, 'sample.tfrecord') }),
  'inspect arrayrecord': ({ inspect }, { input }) => inspect({ inputs: join(input, 'one.arrayrecord') }),
  verify: ({ verify }, { input }) => verify({ inputs: [input], workers: 2, proof: true }),
  'verify alone': ({ verify }, { input }) => verify({ inputs: [join(input, 'one.arrayrecord')], workers: 1 }),
  repair: ({ repair }, { input, out }) =>
    repair({ inputs: join(input, 'damaged.tfrecord'), out: join(out, 'r.tfrecord'), overwrite: true }),
  'repair arrayrecord': ({ repair }, { input, out }) =>
    repair({ inputs: join(input, 'damaged.arrayrecord'), out: join(out, 'r.arrayrecord'), overwrite: true }),

  extract: ({ extract }, { input, out }) =>
    extract({ ...again, out: join(out, 'x'), inputs: [join(input, 'sample.tfrecord')] }),
  convert: ({ convert }, { input, out }) =>
    convert({
      ...again,
      out: join(out, 'c/x'),
      inputs: [join(input, 'one.arrayrecord')],
      to: 'tfrecord',
      compression: 'gzip',
      shards: 4,
    }),
  'convert arrayrecord': ({ convert }, { input, out }) =>
    convert({
      ...again,
      out: join(out, 'a/x'),
      inputs: [join(input, 'sample.tfrecord')],
      to: 'arrayrecord',
      options: 'zstd:3',
    }),
  decode: ({ decode }, { input, out }) =>
    decode({ ...again, out: join(out, 'd'), inputs: [join(input, 'noise.flac'), join(input, 'noise.wav')] }),
  unpack: ({ unpack }, { input, out }) => unpack({ ...again, out: join(out, 'u'), inputs: [join(input, 'shard')] }),
  pack: ({ pack }, { input, out }) =>
    pack({ ...again, out: join(out, 'p'), inputs: join(input, 'labels.csv'), audio: input, samplesPerShard: 2 }),
  datasetBuild: ({ datasetBuild }, { input, out }) =>
    datasetBuild({
      ...again,
      from: `csv:${join(input, 'labels.csv')}`,
      audio: input,
      state: join(out, 'state'),
      out: join(out, 'built'),
      samplesPerChunk: 2,
    }),
  PythonFloat: ({ PythonFloat }) => new PythonFloat(1),
  PythonTuple: ({ PythonTuple }) => new PythonTuple([1, 2]),
  Converter: ({ Converter }) =>
    new (class extends Converter {
      converterName = 'none';
      *samples() {}
    })().datasetName,
  logMel: ({ logMel }) => logMel(noise, { preset: 'kaldi', sampleRate: rate }),
  'LogMelProcessor#process': ({ LogMelProcessor }) =>
    new LogMelProcessor({ preset: 'librosa' }).process({ audio: noise, shape: [noise.length] }, { sampleRate: rate }),
  'WhisperProcessor#prepare': ({ WhisperProcessor }) => new WhisperProcessor({ tokenizer }).prepare(),
  'WhisperProcessor#process': async ({ WhisperProcessor }) => {
    const processor = new WhisperProcessor();
    await processor.prepare();
    return processor.process({ audio: noise, shape: [noise.length], text: 'x' }, { sampleRate: rate });
  },
  'TokenizerProcessor#prepare': ({ TokenizerProcessor }) => new TokenizerProcessor({ file: tokenizer }).prepare(),
  'TokenizerProcessor#process': async ({ TokenizerProcessor }) => {
    const processor = new TokenizerProcessor({ file: tokenizer });
    await processor.prepare();
    return processor.process({ text: 'a b c' }, { sampleRate: rate });
  },
  'Processor#loadArray': ({ Processor }, { input }) =>
    new (class extends Processor {
      process = (sample) => sample;
    })().loadArray(readFileSync(join(input, 'noise.wav')), 16_000),
  'FileConverter#samples': ({ FileConverter }, { input }) =>
    drain(new FileConverter({ manifest: join(input, 'rows.jsonl') }).samples()),
  'CsvConverter#samples': ({ CsvConverter }, { input }) =>
    drain(new CsvConverter({ csv: join(input, 'labels.csv') }).samples()),
  'FolderConverter#samples': ({ FolderConverter }, { input }) =>
    drain(new FolderConverter({ folder: input }).samples()),
  'HubConverter#samples': ({ HubConverter }, { input }) =>
    drain(new HubConverter({ dataset: join(input, 'hf.parquet') }).samples()),
  ingest: ({ ingest }, { input, out }) =>
    ingest({ ...again, out: join(out, 'i/x'), inputs: join(input, 'labels.csv'), audio: input, shards: 2 }),
};

/**
 * flac-bindings, a package of others, throws through libFLAC when its thread is terminated in the middle of a call, and that is the end of
 * the process: encodeFlac() says so. Between its calls the work may be ended like all others.
 */
export const mayBeTerminated = (work) => work !== 'encodeFlac';

/** The module that an index module exports this work's function from: a thread that loads all of them starts three times as slowly. */
export async function moduleOf(work) {
  const [name] = work.split(/[.# ]/);
  const exported = new RegExp(`^export \\{[^}]*\\b${name}\\b[^}]*\\} from '(.*)';$`, 'm');
  return import(new URL(exported.exec(readFileSync(index, 'utf8'))[1], index));
}

/** What the works read. */
export async function prepare({ extract, writeNpy, writeTfRecords, writeWav, ArrayRecordWriter }, input) {
  const sample = readFileSync(join(input, 'sample.tfrecord'));
  await writeTfRecords(join(input, 'sample.tfrecord.gz'), payloads, { compression: 'gzip' });
  for (const [name, options] of [
    ['one', 'group_size:2,zstd:3'],
    ['two', 'group_size:8,brotli:3'],
  ]) {
    const writer = await ArrayRecordWriter.create(join(input, `${name}.arrayrecord`), options);
    for (const record of payloads) await writer.write(record);
    await writer.close();
  }
  await extract({ inputs: [join(input, 'sample.tfrecord')], out: join(input, 'arrays'), workers: 1 });
  await writeNpy(join(input, 'noise.npy'), noise);
  copyFileSync(
    fileURLToPath(new URL('../../data/parquet/gzip-v1.parquet', import.meta.url)),
    join(input, 'hf.parquet'),
  );
  const rows = Array.from({ length: 6 }, () => JSON.stringify({ audio_filepath: 'noise.wav', text: 'x' }));
  writeFileSync(join(input, 'rows.jsonl'), rows.join('\n'));
  await writeWav(join(input, 'noise.wav'), { samples: noise, sampleRate: rate, channels: 1 });
  for (const [name, bytes] of [
    ['tfrecord', sample],
    ['arrayrecord', readFileSync(join(input, 'one.arrayrecord'))],
  ]) {
    bytes[bytes.length >> 1] ^= 1;
    writeFileSync(join(input, `damaged.${name}`), bytes);
  }
  await writeSampleShard(join(input, 'shard'), { samples: 80 });
  // Until a public function writes them.
  const { LmdbWriter } = await import('../../../dist/formats/lmdb/write.js');
  const { writePickle } = await import('../../../dist/formats/pickle/write.js');
  for (const shard of ['shard_00000', 'shard_00001']) {
    mkdirSync(join(input, 'ds', shard), { recursive: true });
    const shards = new LmdbWriter(join(input, 'ds', shard, 'data.mdb'));
    const keys = payloads.map((_, i) => Buffer.from(`sample_${String(i).padStart(8, '0')}`));
    await shards.write(
      keys,
      payloads.map((audio, n) => writePickle({ audio, n })),
    );
    await shards.finish();
    await shards.close();
  }
  writeFileSync(join(input, 'labels.csv'), 'Label,Blob Name\n1,noise.wav\n2,noise.flac\n');
}

/** Names of the functions and methods that `bowerbird` exports, as `works` names them. */
export function publicFunctions(bowerbird) {
  return Object.entries(bowerbird).flatMap(([name, value]) => {
    if (typeof value !== 'function' || value.prototype instanceof Error) return [];
    const statics = Object.getOwnPropertyNames(value).filter((key) => typeof value[key] === 'function');
    const methods = Reflect.ownKeys(value.prototype ?? {})
      .filter((key) => key !== 'constructor')
      .filter((key) => typeof Object.getOwnPropertyDescriptor(value.prototype, key)?.value === 'function')
      // Where the language has no such symbol yet, Node's own is called after it.
      .map((key) => (typeof key === 'symbol' ? `[${key.description.replace(/^nodejs\./, 'Symbol.')}]` : key));
    if (statics.length + methods.length === 0) return [name];
    return [...statics.map((key) => `${name}.${key}`), ...methods.map((key) => `${name}#${key}`)];
  });
}
