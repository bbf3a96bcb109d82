/**
 * `npm run test:interop`: TensorFlow and NumPy on one side, the built package on the other. What one writes the other
 * must read, and the A2O notebook, run for real, must give the folders that extract() gives. See README.md.
 *
 *     node test/interop/run.mjs [--keep] [--reuse] [--full] [--only PART[,PART...]]
 *
 * --keep leaves the files of both sides in .cache/interop; --reuse takes Python's side from there;
 * --full takes large files of ArrayRecord in every compression, and 2,000 objects through faults instead of 300; --only runs some
 * of the parts that `parts` lists below.
 */

import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { checkArrayRecords } from './array-records.mjs';
import { checkArrays } from './arrays.mjs';
import { checkCodecs } from './codecs.mjs';
import { checkConvert } from './convert.mjs';
import { checkDamage } from './damage.mjs';
import { checkDataset } from './dataset.mjs';
import { checkDatasetParquet } from './dataset-parquet.mjs';
import { checkDocs } from './docs.mjs';
import { prepareEnvironment, python } from './environment.mjs';
import { checkFlac } from './flac.mjs';
import { checkFolders } from './folders.mjs';
import { checkHub } from './hub.mjs';
import { checkIngest } from './ingest.mjs';
import { checkIngestObjects } from './ingest-objects.mjs';
import { checkLmdb } from './lmdb.mjs';
import { checkNames } from './names.mjs';
import { checkPack } from './pack.mjs';
import { checkParquet } from './parquet.mjs';
import { checkPickle } from './pickle.mjs';
import { checkRecipes } from './recipes.mjs';
import { checkRecords } from './records.mjs';
import { makeReport } from './report.mjs';
import { checkResampling } from './resample.mjs';
import { checkStorage } from './storage.mjs';
import { checkTokens } from './tokens.mjs';
import { checkUnpack } from './unpack.mjs';

const work = fileURLToPath(new URL('../../.cache/interop', import.meta.url));
const made = `${work}/made`;
const names = ['extract', 'ingest', 'convert', 'readNpy', 'writeNpy', 'readTfRecords', 'writeTfRecords'].concat([
  'parseExample',
  'serializeExample',
  'parseTensor',
  'serializeTensor',
  'ArrayRecordReader',
  'ArrayRecordWriter',
  'ArrayRecordSet',
]);
const keep = process.argv.includes('--keep');

async function makeExpectations() {
  await Promise.all([
    python('write_cases.py', `${work}/cases`).then(() =>
      Promise.all([
        python('notebook.py', `${work}/cases/notebook/none`, `${work}/notebook`).then(() =>
          python('refused.py', `${work}/cases/refused/none`, `${work}/refused.json`),
        ),
        python('oracle.py', `${work}/cases`, `${work}/oracle`),
      ]),
    ),
    python('facts.py', `${work}/facts`).then(() => python('names.py', `${work}/names`)),
  ]);
  await writeFile(made, '');
}

async function checkReadBack(report) {
  await python('read_back.py', `${work}/facts`, `${work}/ours`, `${work}/read_back.json`);
  const verdicts = JSON.parse(await readFile(`${work}/read_back.json`, 'utf8'));
  for (const [group, { compared, wrong }] of Object.entries(verdicts)) {
    await report.group(group, (expect) => {
      for (let i = wrong.length; i < compared; i++) expect(true, '');
      for (const words of wrong) expect(false, words);
    });
  }
}

/** `cases`: needs what the Python side writes first. */
const parts = {
  arrayrecord: { check: checkArrayRecords },
  convert: { check: checkConvert },
  records: { check: checkRecords, cases: true },
  arrays: { check: checkArrays, cases: true },
  'read-back': { check: checkReadBack, cases: true },
  damage: { check: checkDamage, cases: true },
  folders: { check: checkFolders, cases: true },
  names: { check: checkNames, cases: true },
  ingest: { check: checkIngest },
  'ingest-objects': { check: checkIngestObjects },
  pack: { check: checkPack },
  parquet: { check: checkParquet },
  dataset: { check: checkDataset },
  'dataset-parquet': { check: checkDatasetParquet },
  pickle: { check: checkPickle },
  resample: { check: checkResampling },
  codecs: { check: checkCodecs },
  flac: { check: checkFlac },
  hub: { check: checkHub },
  lmdb: { check: checkLmdb },
  unpack: { check: checkUnpack },
  tokens: { check: checkTokens },
  recipes: { check: checkRecipes },
  storage: { check: checkStorage },
  docs: { check: checkDocs },
};

/** Names of the parts to run. */
function chosenParts() {
  const at = process.argv.indexOf('--only');
  if (at < 0) return Object.keys(parts);
  const chosen = (process.argv[at + 1] ?? '').split(',');
  const unknown = chosen.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) {
    throw new Error(`Cannot run part "${unknown[0]}": expected some of ${Object.keys(parts).join(', ')}`);
  }
  // What is read back was written by the two before it.
  if (chosen.includes('read-back')) chosen.push('records', 'arrays');
  return Object.keys(parts).filter((name) => chosen.includes(name));
}

async function makeCases() {
  if (process.argv.includes('--reuse') && existsSync(made)) return;
  const started = performance.now();
  await makeExpectations();
  const seconds = ((performance.now() - started) / 1000).toFixed(0);
  console.log(`TensorFlow, NumPy and the notebook wrote their side in ${seconds} s`);
}

async function main() {
  const chosen = chosenParts();
  const versions = await prepareEnvironment(console.log);
  const bowerbird = await import('../../dist/index.js');
  console.log(`${versions}, Node ${process.version}`);

  const reused = process.argv.includes('--reuse') && existsSync(made);
  await rm(reused ? `${work}/ours` : work, { recursive: true, force: true });
  await mkdir(`${work}/ours`, { recursive: true });
  if (chosen.some((name) => parts[name].cases)) await makeCases();

  const report = makeReport();
  await report.group('the built package exports what is checked here', (expect) => {
    for (const name of names) expect(typeof bowerbird[name] === 'function', `it has no ${name}()`);
  });
  for (const name of chosen) {
    // A part that cannot even begin fails as a group; the others go on.
    await parts[name]
      .check(report, { bowerbird, work })
      .catch((error) => report.group(name, () => Promise.reject(error)));
  }
  const code = report.close();
  if (code === 0 && !keep) await rm(work, { recursive: true, force: true });
  return code;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
