/** Datasets: a script after AudioMDB's document reads what pack() wrote, byte for byte where it can be, and pack's readers read what it wrote. */

import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describer } from '../support/describe-data.mjs';
import { environment, makeEnvironment } from './environment.mjs';
import { difference } from './report.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const shared = join(root, '../shared/data/lmdb/audiomdb-run');
/** Beside those of pack-requirements.txt. */
const older = ['lmdb==1.4.1', 'numpy==1.26.4'];
const samplesPerShard = 7;

/** Folders of what is packed, of which manifest and how. */
const cases = {
  pcm: { manifest: 'all' },
  original: { manifest: 'all', codec: 'original' },
  flac: { manifest: 'pcm', codec: 'flac' },
  msgpack: { manifest: 'all', values: 'msgpack' },
  logmel: { manifest: 'speech', processor: 'logmel' },
  'logmel-kept': { manifest: 'speech', processor: 'logmel', processorOptions: { keepOriginal: true } },
  whisper: { manifest: 'speech', processor: 'whisper' },
  'whisper-msgpack': { manifest: 'speech', processor: 'whisper', values: 'msgpack' },
};

/** A folder for PYTHONPATH. */
async function olderPackages(python) {
  const folder = join(root, '.cache', `interop-pack-${older.join('-')}`);
  if (!existsSync(folder)) {
    const made = `${folder}.tmp`;
    await rm(made, { recursive: true, force: true });
    const quiet = ['--quiet', '--disable-pip-version-check'];
    await run(python, ['-m', 'pip', 'install', ...quiet, '--target', made, ...older], { maxBuffer: 1 << 26 });
    await rename(made, folder);
  }
  return folder;
}

async function call(python, path, script, ...args) {
  const env = path === undefined ? environment : { ...environment, PYTHONPATH: path };
  const { stdout } = await run(python, [`${here}${script}`, ...args], { env, maxBuffer: 1 << 28 });
  return stdout === '' ? undefined : JSON.parse(stdout);
}

async function checkReading(report, { python, path, work, sources }) {
  const { groups, worst, lmdb, numpy } = await call(
    python,
    path,
    'pack_read.py',
    sources,
    `${work}/ours`,
    `${work}/features`,
  );
  const with_ = `py-lmdb ${lmdb} and NumPy ${numpy}`;
  await report.group(`pack: ${with_} are those that were asked for`, (expect) => {
    const wanted = path === undefined ? ['3.0.0', '2.4.6'] : ['1.4.1', '1.26.4'];
    expect(lmdb === wanted[0] && numpy === wanted[1], `${lmdb}, ${numpy}`);
  });
  for (const [name, { compared, wrong }] of Object.entries(groups)) {
    await report.group(`pack: ${name}, by ${with_}`, (expect) => {
      for (let i = wrong.length; i < compared; i++) expect(true, '');
      for (const words of wrong) expect(false, words);
    });
  }
  console.log(`        measured: features within ${worst.toExponential(1)} of transformers'`);
}

export async function checkPack(report, { bowerbird, work: all }) {
  const work = `${all}/pack`;
  const sources = `${work}/sources`;
  const python = await makeEnvironment('interop-pack-venv', `${here}pack-requirements.txt`, console.log);
  const transformers = await makeEnvironment('interop-tokens-venv', `${here}tokens-requirements.txt`, console.log);
  const old = await olderPackages(python);
  await call(python, undefined, 'pack_sources.py', sources);
  const features = call(transformers, undefined, 'pack_features.py', `${sources}/speech.jsonl`, `${work}/features`);
  for (const [name, { manifest, ...options }] of Object.entries(cases)) {
    const how = { samplesPerShard, keepColumns: ['*'], ...options };
    await bowerbird.pack({ inputs: `${sources}/${manifest}.jsonl`, out: `${work}/ours/${name}`, ...how });
  }
  await features;
  for (const path of [undefined, old]) await checkReading(report, { python, path, work, sources });
  for (const path of [undefined, old]) await checkTheirs(report, bowerbird, { python, path, work, sources });
}

/** What Python wrote, and what AudioMDB itself did: read, verified and looked into. */
async function checkTheirs(report, bowerbird, { python, path, work, sources }) {
  const version = path === undefined ? 'new' : 'old';
  const sound = `${work}/theirs/${version}`;
  const arrays = `${sound}-arrays`;
  await call(python, path, 'pack_writer.py', `${sources}/all.jsonl`, sound, String(samplesPerShard));
  await call(python, path, 'pack_writer.py', `${sources}/all.jsonl`, arrays, String(samplesPerShard), '--arrays');
  const sets = new Map([
    [sound, `what the script wrote with ${version} packages`],
    [arrays, `arrays that it wrote with ${version} packages`],
    ...(existsSync(shared) ? [[shared, `the run of AudioMDB itself, beside ${version} packages`]] : []),
  ]);
  const facts = await call(python, path, 'pack_facts.py', ...sets.keys());
  const at = '../../dist/formats/python';
  const modules = await Promise.all(['values', 'numpy'].map((name) => import(`${at}/${name}.js`)));
  const { describeData } = describer(...modules);
  for (const [i, [folder, what]] of [...sets].entries()) {
    await report.group(`pack: readSamples(), verify and inspect of ${what}`, async (expect) => {
      const expected = facts[i];
      let count = 0;
      for await (const { key, sample } of bowerbird.readSamples(folder, { values: 'python', halves: 'bits' })) {
        const found = JSON.stringify([key, describeData(new Map(Object.entries(sample)))]);
        const theirs = JSON.stringify(expected[count++]);
        expect(found === theirs, () => difference(Buffer.from(found), Buffer.from(theirs ?? '')));
      }
      expect(count === expected.length, `${count} samples, expected ${expected.length}`);
      await checkReports(expect, bowerbird, folder, expected);
    });
  }
}

async function checkReports(expect, bowerbird, folder, expected) {
  const verified = await bowerbird.verify({ inputs: folder });
  const { ok, records, damagedInputs, files } = verified;
  const isWhole = ok && damagedInputs === 0 && records === expected.length;
  expect(isWhole, () => `verify: ${JSON.stringify(verified)}`);
  const notes = files.flatMap((file) => file.notes.map(({ fault }) => fault)).join();
  // What is odd about AudioMDB's own.
  const odd = folder === shared ? 'shard-path,num-shards' : '';
  expect(notes === odd, `verify: notes ${notes}, expected ${odd}`);
  const seen = await bowerbird.inspect({ inputs: folder });
  const [dataset] = seen.files;
  const { samples, unread, forms } = dataset;
  const counts = `${seen.files.length} dataset, ${samples} samples, ${forms.pickle} pickled, ${unread} unread`;
  expect(counts === `1 dataset, ${expected.length} samples, ${expected.length} pickled, 0 unread`, counts);
  const names = new Set(
    expected.flatMap(([, [, fields]]) => fields.map(([[, name]]) => `${Buffer.from(name, 'hex')}`)),
  );
  const found = dataset.fields.map(({ name }) => name);
  expect(found.sort().join() === [...names].sort().join(), `inspect: fields ${found}`);
}
