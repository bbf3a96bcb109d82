/** Every public function that takes a URI, on links with passwords and signatures: no result and no error holds them. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import * as api from '../../../src/index.ts';
import { openHttp } from '../../../src/storage/http.ts';
import { written } from '../../support/array-records.ts';
import { extractFiles } from '../../support/extracting.ts';
import { wav } from '../../support/labelled.ts';
import { flipped, record, tfrecord } from '../../support/records.ts';
import { brokenLinks, expectNoSecret, expectNoSecretIn, secretServer } from '../../support/secret-links.ts';
import { scratch } from '../jobs/folder.ts';

const server = await secretServer();
afterAll(() => server.close());

const three = tfrecord(record(), record(), record());
const damaged = flipped(three, three.length - 100);

async function all<T>(batches: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const batch of batches) found.push(batch);
  return found;
}

type Call = (link: string, told: unknown[], out: string) => Promise<unknown>;
const text = Buffer.from('x');

/** What each function does with a link. A function that is not here takes none. */
const calls: { readonly [name: string]: Call } = {
  inspect: (link) => api.inspect({ inputs: link, all: true }),
  verify: (link, told) => api.verify({ inputs: [link], onProgress: (progress) => told.push(progress) }),
  repair: (link, _, out) => api.repair({ inputs: link, out: join(out, 'repaired') }),
  extract: (link, told, out) =>
    api.extract({ inputs: [link], out: join(out, 'extracted'), onError: 'salvage', onNotice: (n) => told.push(n) }),
  decode: (link, told, out) =>
    api.decode({ inputs: [link], out: join(out, 'decoded'), lenient: true, onNotice: (n) => told.push(n) }),
  unpack: (link, told, out) =>
    api.unpack({ inputs: [link], out: join(out, 'unpacked'), onError: 'salvage', onNotice: (n) => told.push(n) }),
  convert: (link, told, out) =>
    api.convert({ inputs: [link], to: 'tfrecord', out: `${out}/set`, onError: 'skip', onNotice: (n) => told.push(n) }),
  ingest: (link, told, out) =>
    api.ingest({ inputs: link, out: `${out}/rows/`, allowOutside: true, onNotice: (n) => told.push(n) }),
  datasetScan: (link, told, out) =>
    api.datasetScan({ source: `${link}/`, state: join(out, 'scan'), onNotice: (n) => told.push(n) }),
  datasetBuild: (link, told, out) =>
    api.datasetBuild({
      from: `csv:${link}`,
      allowOutside: true,
      state: join(out, 'build'),
      out: join(out, 'built'),
      onNotice: (n) => told.push(n),
    }),
  datasetCard: (link, told) => api.datasetCard({ out: link, onNotice: (n) => told.push(n) }),
  pack: (link, told, out) =>
    api.pack({ inputs: `${link}`, out: join(out, 'ds'), allowOutside: true, onNotice: (n) => told.push(n) }),
  FileConverter: (link) => all(new api.FileConverter({ manifest: link }).samples()),
  // The link in `audio` is for whoever reads the recording.
  CsvConverter: async (link) =>
    ((await all(new api.CsvConverter({ csv: link }).samples())) as object[]).map((sample) => ({
      ...sample,
      audio: '',
    })),
  FolderConverter: (link) => all(new api.FolderConverter({ folder: link }).samples()),
  HubConverter: (link) => all(new api.HubConverter({ dataset: link }).samples()),
  readTfRecords: (link, told) =>
    all(api.readTfRecords(link, { onError: 'salvage', onDamage: (damage) => told.push(damage) })),
  readEmbeddings: (link, told) =>
    all(api.readEmbeddings(link, { onError: 'salvage', onReject: (reject) => told.push(reject) })),
  openNpy: async (link, told) => {
    const array = await api.openNpy(link);
    told.push(array, await array.rows(0, 1));
    await array.close();
  },
  openEmbeddings: async (link, told) => {
    const set = await api.openEmbeddings(link);
    told.push(set, set.source(0), await set.metadata(0));
    await set.close();
  },
  readExamples: (link, told) =>
    all(api.readExamples(link, { withSource: true, onError: 'salvage', onReject: (reject) => told.push(reject) })),
  writeExamples: (link) => api.writeExamples(link, [{ a: 1 }]),
  readSamples: (link) => all(api.readSamples(link)),
  StorageUploader: async (link, told, out) => {
    const uploader = new api.StorageUploader(link);
    told.push(JSON.stringify(uploader));
    return uploader.put(join(out, 'none'), 'none');
  },
  HFUploader: async (link, told) => {
    told.push(JSON.stringify(new api.HFUploader('org/ds', { token: link })));
    return new api.HFUploader(link).upload(link);
  },
  Uploader: (link) => new (class extends api.Uploader {})({}).upload(link),
  readAudio: (link, told) => api.readAudio(link, { lenient: true }).then((found) => told.push(found)),
  probeAudio: (link) => api.probeAudio(link),
  readAudioWindows: (link) => all(api.readAudioWindows(link, { window: 1 })),
  readNpy: (link) => api.readNpy(link),
  writeNpy: (link) => api.writeNpy(link, new Float32Array(1)),
  writeTfRecords: (link) => api.writeTfRecords(link, [text]),
  writeWav: (link) => api.writeWav(link, { samples: new Float32Array(1), sampleRate: 8000, channels: 1 }),
  encodeFlac: (link) => api.encodeFlac(link, { samples: new Int16Array(1), sampleRate: 8000, channels: 1 }),
  ArrayRecordReader: async (link) => {
    const reader = await api.ArrayRecordReader.open(link);
    await reader.close();
    return reader;
  },
  ArrayRecordSet: async (link, told) => {
    const set = await api.ArrayRecordSet.open([link, `${link}[0:2]`]);
    told.push(await set.read(0), await set.read(set.length - 1).catch((error: unknown) => error));
    await set.close();
    return undefined;
  },
  ArrayRecordWriter: async (link) => {
    const writer = await api.ArrayRecordWriter.create(link);
    return writer.close();
  },
};

const takesNone = [
  ...['Converter', 'Processor', 'LogMelProcessor', 'WhisperProcessor', 'TokenizerProcessor', 'logMel'],
  ...['PythonFloat', 'PythonTuple'],
  ...[
    'decodeAudio',
    'ingestEnvironment',
    'datasetEnvironment',
    'BowerbirdError',
    'errorCodes',
    'crc32c',
    'crc32cCombine',
    'maskCrc32c',
  ],
  ...[
    'ExampleSerializer',
    'parseExample',
    'parseSequenceExample',
    'serializeExample',
    'parseTensor',
    'serializeTensor',
    'version',
  ],
];

async function npy(): Promise<Uint8Array> {
  const path = join(scratch(), 'a.npy');
  await api.writeNpy(path, new Float32Array(6), [3, 2]);
  return readFileSync(path);
}

/** The folder that extract() makes of the three records. */
async function extracted(): Promise<{ readonly [path: string]: Uint8Array }> {
  const { outDir } = await extractFiles({ three });
  const names = ['extract.json', 'embeddings/three.npy', 'metadata/three.json'];
  return Object.fromEntries(names.map((name) => [`arrays/${name}`, readFileSync(join(outDir, name))]));
}

test('every public function is looked at', () => {
  expect([...Object.keys(calls), ...takesNone].sort()).toEqual(Object.keys(api).sort());
});

test.each(Object.keys(calls))('%s', async (name) => {
  const arrays = await extracted();
  const csv = ['a.wav', 'gone.wav'].map((path) => `1,${server.link(path)}`).join('\n');
  const files: { [path: string]: Uint8Array } = {
    'good.tfrecord': three,
    'bad.tfrecord': damaged,
    'x.arrayrecord': readFileSync(await written(['a', 'b', 'c'])),
    'a.wav': wav([1, 2, 3]),
    'cut.wav': wav([1, 2, 3]).subarray(0, 46),
    'list.csv': Buffer.from(`label,path\n${csv}\n`),
    'a.npy': await npy(),
    ...arrays,
    'text.txt': Buffer.from('neither records nor sound'),
  };
  for (const [path, bytes] of Object.entries(files)) server.files.set(path, bytes);
  const links = [
    ...Object.keys(files).map(server.link),
    server.link('gone'),
    server.link('arrays'),
    server.wrong('a.wav'),
  ];
  // With one slash it is a path, which only readers find nothing under.
  const writes = /^(write|encode|ArrayRecordWriter)/.test(name);
  const broken = brokenLinks.slice(2).filter((link) => !writes || link.includes('://'));
  for (const link of [...links, ...broken]) {
    const [told, out]: [unknown[], string] = [[], scratch()];
    const result = await calls[name]!(link, told, out).catch((error: unknown) => error);
    expectNoSecret(name, result, ...told);
    if (result instanceof Error) expect(result).toBeInstanceOf(api.BowerbirdError);
    expectNoSecretIn(out);
  }
});

test('connections that fail for ever are told without the link', async () => {
  const web = openHttp({ tries: 2, firstWaitMs: 1, mostWaitMs: 1 });
  for (const link of brokenLinks.slice(0, 2)) {
    const error = await web.read(link).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(api.BowerbirdError);
    expectNoSecret('read()', error);
  }
});
