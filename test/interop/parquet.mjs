/** Parquet: pyarrow and `datasets` on one side, what `pack` reads rows with on the other. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { teller } from '../support/tell-parquet.mjs';
import { environment, makeEnvironment } from './environment.mjs';
import { checkParquetChecks } from './parquet-checks.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const data = fileURLToPath(new URL('../data', import.meta.url));
/** Several row groups, and pages of every column. */
const rows = 3000;

const load = (name) => import(`../../dist/${name}.js`);
const json = async (path) => JSON.parse(await readFile(path, 'utf8'));

export async function checkParquet(report, { work }) {
  const python = await makeEnvironment('interop-parquet-venv', `${here}parquet-requirements.txt`, console.log);
  const offline = { ...environment, HF_HUB_OFFLINE: '1', HF_HOME: `${work}/hf` };
  const call = (...args) => run(python, args, { env: offline, maxBuffer: 1 << 26 });
  await checkValues(report, `${work}/parquet`, call);
  await checkSounds(report, `${work}/parquet-sounds`, call);
  const [values, sounds] = [`${work}/parquet`, `${work}/parquet-sounds`];
  await checkParquetChecks(report, { work, values, sounds, call, load });
  await report.group('splits and cards are still what `datasets` and PyYAML make of them', async (expect) => {
    const { stdout } = await call(`${data}/hub/make.py`);
    const kept = await json(`${data}/hub/expected.json`);
    expect(JSON.stringify(JSON.parse(stdout)) === JSON.stringify(kept), 'run make.py again');
  });
}

async function checkValues(report, folder, call) {
  await call(`${data}/parquet/make.py`, folder, String(rows));
  const [expected, { openParquet }, { PythonFloat }] = await Promise.all([
    json(`${folder}/expected.json`),
    load('samples/parquet/parquet'),
    load('formats/python/values'),
  ]);
  const { toldFields } = teller(PythonFloat);
  await report.group('openParquet() reads the values that pyarrow does', async (expect) => {
    for (const [name, values] of Object.entries(expected)) {
      const file = await openParquet(`${folder}/${name}.parquet`);
      let at = 0;
      for await (const batch of file.rows()) {
        for (const row of batch) {
          const [found, wanted] = [JSON.stringify(toldFields(row.values)), JSON.stringify(values[at++])];
          expect(
            found === wanted,
            () => `${name}, row ${row.row}: ${found.slice(0, 300)}, expected ${wanted.slice(0, 300)}`,
          );
        }
      }
      expect(at === values.length, () => `${name} has ${at} rows, expected ${values.length}`);
      await file.close();
    }
  });
}

async function checkSounds(report, folder, call) {
  await mkdir(folder, { recursive: true });
  await call(`${here}parquet_sounds.py`, folder);
  const [expected, { findParquet }, { planParquet }, { samplesOf }] = await Promise.all([
    json(`${folder}/rows.json`),
    load('samples/parquet/inputs'),
    load('samples/parquet/plan'),
    load('samples/parquet/samples'),
  ]);
  await report.group('samplesOf() gives the sounds, texts and labels that `datasets` wrote', async (expect) => {
    const { files } = await findParquet(folder);
    const plan = await planParquet(files, { keepColumns: ['label'] });
    expect(plan.files.length === (await readdir(folder)).length - 1, 'a shard is missing');
    expect(plan.rows === expected.length, `${plan.rows} rows`);
    expect(plan.columns.audio?.samplingRate === 16000, 'no feature Audio');
    expect(plan.columns.text === 'transcription', `the text is ${plan.columns.text}`);
    // Rows of all files, 7 at a time, wherever a file or a row group ends.
    const places = plan.files.flatMap((file) =>
      Array.from({ length: file.rows }, (_, first) => ({ file, first, count: 1 })),
    );
    const step = 7;
    for (let from = 0; from < places.length; from += step) {
      let at = from;
      for await (const { audio, audioPath, problem, fields } of samplesOf(
        places.slice(from, from + step),
        plan.columns,
      )) {
        const [hash, path, text, label] = expected[at];
        const found = [
          audio && createHash('sha256').update(audio).digest('hex'),
          audioPath,
          fields.text,
          fields.label,
          problem,
        ];
        const wanted = [hash ?? undefined, path ?? undefined, text, label, hash ? undefined : 'column "audio" is null'];
        expect(JSON.stringify(found) === JSON.stringify(wanted), () => `row ${at}: ${found}, expected ${wanted}`);
        at++;
      }
      expect(at === Math.min(from + step, places.length), `rows ${from} to ${at}`);
    }
    expect(join(folder, 'train-00000-of-00003.parquet') === plan.files[0].uri, 'order');
  });
}
