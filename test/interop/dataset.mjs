/** Datasets of `dataset build` as `datasets` 4 and 5 load them, before and after more is added; cards; and the script that it replaces. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { episodesOf, makeEpisodes, segmentOf } from '../../bench/common/make-episodes.mjs';
import { startS3 } from '../../scripts/servers.mjs';
import { startHub } from '../support/hub/server.mjs';
import { environment, makeEnvironment } from './environment.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const script = `${root}bench/peers/dataset_original.py`;
const load = (name) => import(`../../dist/${name}.js`);
const codecs = `${root}test/data/codecs`;
const kinds = ['mono.mp3', 'tone.oga', 'stereo.opus', 'stereo.ogg'];

export async function checkDataset(report, { work }) {
  const folder = `${work}/dataset`;
  const python = await makeEnvironment('dataset-venv', `${root}bench/peers/dataset-requirements.txt`, console.log);
  const older = await makeEnvironment('interop-dataset4-venv', `${here}dataset4-requirements.txt`, console.log);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const versions = [
    ['datasets 5', python],
    ['datasets 4', older],
  ];
  const recordings = new Map(await Promise.all(kinds.map(async (name) => [name, await readFile(join(codecs, name))])));
  await checkCards(report, folder, versions);
  await checkFolder(report, folder, versions, recordings);
  await checkHub(report, folder, versions, recordings);
  await checkOriginal(report, folder, python, recordings.get('mono.mp3'));
}

/** @returns what the last line of its output says */
async function ask(python, args, env = {}) {
  const { stdout } = await run(python, [`${here}dataset_read.py`, ...args], {
    env: { ...environment, HF_HUB_DISABLE_TELEMETRY: '1', HF_HUB_DISABLE_XET: '1', ...env },
    maxBuffer: 1 << 28,
  });
  return JSON.parse(stdout.trim().split('\n').at(-1));
}

/** Episodes of all kinds, and what a reader should find of them. */
function source(recordings) {
  const kindOf = ({ episode }) => kinds[Number(episode) % kinds.length];
  const recording = (episode) => {
    const kind = kindOf(episode);
    return { extension: kind.split('.').at(-1), bytes: recordings.get(kind) };
  };
  const expected = (episodes) =>
    episodes.flatMap((episode) =>
      Array.from({ length: episode.segments }, (_, i) => {
        const { text, speaker, start, end, dnsmos, language } = segmentOf(episode, i);
        const { extension, bytes } = recording(episode);
        const sum = createHash('sha256').update(bytes).digest('hex');
        const number = String(i).padStart(6, '0');
        const path = new RegExp(`^${episode.episode}_${number}\\.(${extension}|ogg|flac|opus)$`);
        return [sum, path, text, speaker, Math.fround(end - start), Math.fround(dnsmos), language];
      }),
    );
  return { recording, expected };
}

function same(found, wanted) {
  return (
    found.length === wanted.length &&
    wanted.every((value, i) => (value instanceof RegExp ? value.test(found[i]) : value === found[i]))
  );
}

/** Rows of a configuration, as a version of `datasets` gives them. */
function compare(expect, told, wanted) {
  for (const kind of ['rows', 'streamed']) {
    expect(told[kind].length === wanted.length, () => `${told[kind].length} rows (${kind}), expected ${wanted.length}`);
    for (const [i, row] of told[kind].entries()) {
      expect(same(row, wanted[i] ?? []), () => `${kind} ${i}: ${JSON.stringify(row)}, expected ${wanted[i]}`);
    }
  }
  for (const kind of ['features', 'streamed_features']) {
    const { audio, ...others } = told[kind];
    expect(/^Audio\(sampling_rate=16000,/.test(audio), () => `${kind}: ${audio}`);
    const values = "Value('string') Value('string') Value('float32') Value('float32') Value('string')";
    expect(Object.values(others).join(' ') === values, () => `${kind}: ${JSON.stringify(others)}`);
  }
  expect(told.num_examples === wanted.length, () => `the card tells ${told.num_examples} rows`);
}

async function checkFolder(report, folder, versions, recordings) {
  const { datasetBuild } = await load('api/dataset/build');
  const { datasetScan } = await load('api/dataset/scan');
  const { datasetCard } = await load('api/dataset/card');
  const { recording, expected } = source(recordings);
  const [processed, out, state] = ['processed', 'tree', 'state'].map((name) => `${folder}/${name}`);
  await mkdir(state);
  const sets = { en: episodesOf('en', 4, 3), de: episodesOf('de', 3, 2) };
  const build = async () => {
    makeEpisodes(processed, Object.values(sets).flat(), recording);
    await datasetScan({ source: processed, state });
    await datasetBuild({ source: processed, state, out, episodesPerChunk: 2, workers: 1 });
    return datasetCard({ out });
  };
  for (const step of ['', ' after more was added']) {
    if (step !== '') sets.en = episodesOf('en', 6, 3);
    const card = await build();
    for (const [version, python] of versions) {
      await report.group(`${version} loads a folder${step}, plain and streaming`, async (expect) => {
        const told = await ask(python, ['dataset', out, 'en', 'de'], { HF_HUB_OFFLINE: '1', HF_HOME: `${folder}/hf` });
        for (const [name, episodes] of Object.entries(sets)) compare(expect, told[name], expected(episodes));
      });
    }
    await report.group(`the card's sizes are those of the files${step}`, async (expect) => {
      for (const name of Object.keys(sets)) {
        const rows = expected(sets[name]).length;
        const entry = new RegExp(
          `config_name: ${name}\\n  features:[\\s\\S]*?num_bytes: (\\d+)\\n    num_examples: (\\d+)\\n  download_size: (\\d+)\\n`,
        );
        const [, , examples, size] = entry.exec(card.readme) ?? [];
        expect(Number(examples) === rows, () => `${name}: ${examples} rows, expected ${rows}`);
        const files = await readdir(`${out}/data/${name}`);
        const bytes = await Promise.all(
          files.map(async (file) => (await readFile(`${out}/data/${name}/${file}`)).length),
        );
        expect(Number(size) === bytes.reduce((a, b) => a + b, 0), () => `${name}: ${size} bytes`);
      }
    });
  }
  const torch = `${root}.cache/interop-torchcodec-venv/bin/python`;
  if (!existsSync(torch)) {
    console.log(
      'not decoded: there is no .cache/interop-torchcodec-venv (pip install torch torchcodec "datasets[audio]")',
    );
    return;
  }
  await report.group('torchcodec decodes every recording', async (expect) => {
    const told = await ask(torch, ['decode', out, 'en'], { HF_HUB_OFFLINE: '1', HF_HOME: `${folder}/hf` });
    expect(told.length === expected(sets.en).length, () => `${told.length} rows`);
    for (const [[channels, samples], rate] of told) {
      expect(rate === 16000 && channels >= 1 && samples > 1000, () => `${channels} x ${samples} at ${rate}`);
    }
  });
}

async function checkHub(report, folder, versions, recordings) {
  const { datasetBuild } = await load('api/dataset/build');
  const { datasetScan } = await load('api/dataset/scan');
  const { recording, expected } = source(recordings);
  const hub = await startHub({ redirects: false, pageSize: 1000 });
  const before = { ...process.env };
  Object.assign(process.env, { HF_ENDPOINT: hub.url, HF_TOKEN: 'any-token' });
  try {
    const [processed, state] = ['processed-hub', 'state-hub'].map((name) => `${folder}/${name}`);
    await mkdir(state);
    for (const [step, count] of [
      ['', 3],
      [' after more was added', 5],
    ]) {
      const episodes = episodesOf('en', count, 2);
      makeEpisodes(processed, episodes, recording);
      await datasetScan({ source: processed, state });
      await datasetBuild({ source: processed, state, repo: 'org/ds', episodesPerChunk: 1, workers: 1 });
      for (const [version, python] of versions) {
        await report.group(`${version} loads a repository of the Hub${step}, plain and streaming`, async (expect) => {
          const home = `${folder}/hf-${python === versions[0][1] ? 5 : 4}-${count}`;
          const told = await ask(python, ['dataset', 'org/ds', 'en'], {
            HF_ENDPOINT: hub.url,
            HF_TOKEN: 'any-token',
            HF_HOME: home,
          });
          compare(expect, told.en, expected(episodes));
        });
      }
    }
    await report.group('a chunk of a dataset is a commit, with its card', (expect) => {
      const { log } = hub.repos['org/ds'];
      expect(log.length === 5, () => `${log.length} commits`);
      for (const { added, summary } of log) {
        expect(added.includes('README.md'), () => `"${summary}" has no card`);
      }
    });
  } finally {
    for (const name of ['HF_ENDPOINT', 'HF_TOKEN']) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await hub.close();
  }
}

const peoples = {
  nothing: '',
  'text alone': '# Theirs\n\nWords.\n',
  'keys, comments, quotes':
    '---\n# theirs\nlicense: "mit" # sure\nlanguage:\n- en\npretty_name: >\n  folded\n  text\n---\n# Theirs\n',
  'lines that end as on Windows': '---\r\nlicense: mit\r\n---\r\n\r\nWords\r\n',
  'other configurations and splits':
    '---\nconfigs:\n  - config_name: notes\n    data_files: notes/*.csv\n  - config_name: en\n    data_files:\n      - split: train\n        path: data/en/*.parquet\n      - split: test\n        path: held/*.parquet\ndataset_info:\n  - config_name: notes\n    features:\n      - name: text\n        dtype: string\n    splits:\n      - name: train\n        num_bytes: 9007199254740993\n        num_examples: 3\n---\nWords\n',
  brackets:
    '---\n{license: mit, configs: [{config_name: x, data_files: "x/*"}], dataset_info: {config_name: x, splits: []}}\n---\n',
  'one mapping': '---\ndataset_info:\n  features:\n  - name: a\n    dtype: int64\n---\n',
};

async function checkCards(report, folder, versions) {
  const { mergeCard } = await load('samples/card/merge');
  const huggingface = JSON.stringify({
    info: {
      features: {
        audio: { sampling_rate: 16000, _type: 'Audio' },
        label: { names: ['no', 'yes', '1.0'], _type: 'ClassLabel' },
        tags: { feature: { dtype: 'string', _type: 'Value' }, _type: 'List' },
        nested: { a: { dtype: 'int64', _type: 'Value' }, b: [{ dtype: 'float32', _type: 'Value' }] },
        matrix: { shape: [2, 3], dtype: 'float32', _type: 'Array2D' },
        'yes: "odd" \u00e4': { dtype: 'string', _type: 'Value' },
      },
    },
  });
  const speakers = { count: 0, hashes: '' };
  const facts = {
    split: 'train',
    rows: 4,
    arrowBytes: 9_007_199_254_740_991,
    seconds: 1,
    unknownSeconds: 0,
    speakers,
    dnsmos: null,
  };
  const shards = ['en', 'no', 'null'].map((config) => ({
    ...{ path: `data/${config}/chunk-00000.parquet`, size: 10, rows: 4, huggingface },
    facts: { ...facts, config },
  }));
  const merged = await Promise.all(
    Object.values(peoples).map(async (text) => {
      const { content } = await mergeCard(text === '' ? undefined : Buffer.from(text), { shards, hasHistogram: false });
      return Buffer.from(content).toString('base64');
    }),
  );
  const given = Object.values(peoples).map((text) => Buffer.from(text).toString('base64'));
  await writeFile(`${folder}/cards.json`, JSON.stringify([...merged, ...given]));
  for (const [version, python] of versions) {
    await report.group(`huggingface_hub and ${version} read cards that were merged`, async (expect) => {
      const told = await ask(python, ['cards', `${folder}/cards.json`]);
      for (const [i, name] of Object.keys(peoples).entries()) {
        const [after, before] = [told[i], told[i + given.length]];
        for (const [key, value] of Object.entries(before.data)) {
          if (key === 'configs' || key === 'dataset_info') continue;
          // Of the last text in a block huggingface_hub cuts off the end of its line.
          const trimmed = (each) => JSON.stringify(typeof each === 'string' ? each.trimEnd() : each);
          expect(trimmed(after.data[key]) === trimmed(value), () => `${name}: "${key}" is another`);
        }
        for (const [key, files] of Object.entries(before.configs)) {
          if (key !== 'en')
            expect(JSON.stringify(after.configs[key]) === JSON.stringify(files), () => `${name}: "${key}" is another`);
        }
        for (const [key, info] of Object.entries(before.infos)) {
          expect(
            JSON.stringify(after.infos[key]) === JSON.stringify(info),
            () => `${name}: info of "${key}" is another`,
          );
        }
        expect(after.text.includes(before.text), () => `${name}: its text is another`);
        for (const config of ['en', 'no', 'null']) {
          const info = after.infos[config];
          const isOpen = name.startsWith('other') && config === 'en';
          const wanted = isOpen ? 'null' : '{"train":[4,9007199254740991]}';
          expect(
            JSON.stringify(info?.splits) === wanted,
            () => `${name}: ${config} has ${JSON.stringify(info?.splits)}`,
          );
          const features = Object.values(info?.features ?? {}).join(' ');
          const kinds =
            /^Audio\(sampling_rate=16000.*ClassLabel\(names=\['no', 'yes', '1\.0'\]\) List\(Value\('string'\)\) \{'a': Value\('int64'\), 'b': List\(Value\('float32'\)\)\} Array2D\(shape=[[(]2, 3[\])], dtype='float32'\) Value\('string'\)$/;
          expect(kinds.test(features), () => `${name}: ${config} has ${features}`);
          expect(
            Object.keys(info?.features ?? {}).at(-1) === 'yes: "odd" ä',
            () => `${name}: ${Object.keys(info?.features ?? {})}`,
          );
        }
      }
    });
  }
}

async function checkOriginal(report, folder, python, mp3) {
  const { datasetBuild } = await load('api/dataset/build');
  const server = await startS3();
  const before = { ...process.env };
  try {
    server.makeBucket('episodes');
    const episodes = [...episodesOf('en', 5, 3), ...episodesOf('de', 2, 2)];
    makeEpisodes(`${server.folder}/data/episodes/processed`, episodes, () => ({ extension: 'mp3', bytes: mp3 }));
    const [theirs, ours, state] = ['theirs', 'ours', 'state-original'].map((name) => `${folder}/${name}`);
    await mkdir(state);
    const r2 = {
      R2_ENDPOINT_URL: server.url,
      R2_ACCESS_KEY_ID: server.env.AWS_ACCESS_KEY_ID,
      R2_SECRET_ACCESS_KEY: server.env.AWS_SECRET_ACCESS_KEY,
      R2_BUCKET: 'episodes',
      R2_REGION: server.env.AWS_REGION,
      EPISODES_PER_CHUNK: '2',
    };
    const env = { ...environment, ...r2 };
    await run(python, [script, theirs, '--scan'], { env, cwd: state });
    await run(python, [script, theirs], { env, cwd: state });
    await rm(join(state, 'progress.log'));
    Object.assign(process.env, server.env);
    // Its own plan.
    await datasetBuild({ source: 's3://episodes/processed/', state, out: ours, episodesPerChunk: 2, workers: 1 });
    await report.group('the script that is replaced makes the same files of the same rows', async (expect) => {
      const hub = { HF_HUB_OFFLINE: '1', HF_HOME: `${folder}/hf` };
      const names = async (of) =>
        (await readdir(`${of}/data`, { recursive: true })).filter((name) => name.endsWith('.parquet')).sort();
      expect(JSON.stringify(await names(theirs)) === JSON.stringify(await names(ours)), 'files are called otherwise');
      const { datasetCard } = await load('api/dataset/card');
      const cards = [await datasetCard({ out: ours }), await datasetCard({ out: theirs })];
      expect(cards[0].rows === cards[1].rows, () => `${cards[0].rows} and ${cards[1].rows} rows`);
      expect(cards[1].notices.length === 2, () => cards[1].notices.join('; '));
      for (const config of ['en', 'de']) {
        const [a, b] = await Promise.all([ours, theirs].map((of) => askRows(python, of, config, hub)));
        // Theirs come in the order in which episodes were there; its paths are whole keys.
        expect(JSON.stringify(a) === JSON.stringify(b), () => `${config}: ${a[0]} and ${b[0]}`);
      }
    });
  } finally {
    for (const name of Object.keys(server.env)) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await server.stop();
  }
}

async function askRows(python, place, config, env) {
  const told = await ask(python, ['rows', place, config], env);
  return told.map((row) => JSON.stringify(row.map((value, i) => (i === 1 ? value.split('/').at(-1) : value)))).sort();
}
