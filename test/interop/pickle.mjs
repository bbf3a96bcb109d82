/** Plain data that Python makes at random, in pickles of every protocol and in MessagePack: read here, written here, and read there again. */

import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describer } from '../support/describe-data.mjs';
import { environment, interpreter, makeEnvironment } from './environment.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const seeds = 2000;

/** Not part of the public surface: formats as `pack` uses them. */
async function formats() {
  const at = '../../dist/formats';
  const [pickle, pickled, msgpack, packed, values, numpy] = await Promise.all(
    ['pickle/read', 'pickle/write', 'msgpack/read', 'msgpack/write', 'python/values', 'python/numpy'].map(
      (name) => import(`${at}/${name}.js`),
    ),
  );
  return { ...pickle, ...pickled, ...msgpack, ...packed, ...describer(values, numpy) };
}

const linesOf = async (path) =>
  (await readFile(path, 'utf8'))
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const short = (value) => JSON.stringify(value).slice(0, 300);
/** Big-endian values are written little-endian. */
const native = (value) =>
  JSON.parse(JSON.stringify(value), (_, item) => (/^>[a-zU]\d+$/.test(item) ? item.replace('>', '<') : item));

export async function checkPickle(report, { work }) {
  const old = await makeEnvironment('interop-plain-venv', `${here}plain-requirements.txt`, console.log);
  await checkWith(report, `${work}/pickle-1`, old, 'NumPy 1.26', true);
  await checkWith(report, `${work}/pickle-2`, interpreter, 'NumPy 2', false);
}

async function checkWith(report, folder, python, name, isOld) {
  const { readPickle, writePickle, readMsgpack, writeMsgpack, describeData, buildData } = await formats();
  await mkdir(folder, { recursive: true });
  await run(python, [`${here}plain_write.py`, String(seeds), `${folder}/theirs.jsonl`], { env: environment });
  const cases = await linesOf(`${folder}/theirs.jsonl`);

  await report.group(`readPickle() reads what Python with ${name} pickled, in protocols 2 to 5`, async (expect) => {
    for (const { seed, value, pickles } of cases) {
      for (const [protocol, pickle] of Object.entries(pickles)) {
        const found = describeData(readPickle(Buffer.from(pickle, 'hex'), { halves: 'bits' }));
        expect(
          same(found, value),
          () => `seed ${seed}, protocol ${protocol}: ${short(found)}, expected ${short(value)}`,
        );
      }
    }
  });

  const ours = cases.map(({ seed, made, value }) => {
    const pickle = Buffer.from(writePickle(buildData(made))).toString('hex');
    return { seed, value: native(value), pickle };
  });
  await report.group(`writePickle() gives the bytes of pickle.dumps() with ${name}`, async (expect) => {
    for (const [i, { seed, exact, pickles, value }] of cases.entries()) {
      // NumPy 2 names numpy._core, which NumPy 1 does not know.
      if (!exact || (!isOld && /"(array|scalar)"/.test(JSON.stringify(value)))) continue;
      expect(ours[i].pickle === pickles['4'], () => `seed ${seed}: ${ours[i].pickle}, expected ${pickles['4']}`);
    }
  });
  await report.group(`Python with ${name} reads what writePickle() wrote`, async (expect) => {
    await writeFile(`${folder}/ours.jsonl`, ours.map((line) => `${JSON.stringify(line)}\n`).join(''));
    await run(python, [`${here}plain_read.py`, `${folder}/ours.jsonl`, `${folder}/verdict.json`], { env: environment });
    const { compared, wrong } = JSON.parse(await readFile(`${folder}/verdict.json`, 'utf8'));
    expect(compared === seeds, `${compared} were compared`);
    for (let i = wrong.length; i < compared; i++) expect(true, '');
    for (const words of wrong) expect(false, words);
  });

  if (!isOld) return;
  await report.group(
    'readMsgpack() reads what msgpack and msgpack-numpy packed; writeMsgpack() packs the same',
    async (expect) => {
      for (const { seed, made, packed } of cases) {
        if (packed === null) continue;
        const found = describeData(readMsgpack(Buffer.from(packed.bytes, 'hex'), { halves: 'bits' }));
        expect(same(found, packed.value), () => `seed ${seed}: ${short(found)}, expected ${short(packed.value)}`);
        // numpy.float64 is a float to msgpack; big-endian arrays are written little-endian.
        if (/"scalar","<f8"|"array",">/.test(JSON.stringify(made))) continue;
        const written = Buffer.from(writeMsgpack(buildData(made))).toString('hex');
        expect(written === packed.bytes, () => `seed ${seed}: ${written}, expected ${packed.bytes}`);
      }
    },
  );
}
