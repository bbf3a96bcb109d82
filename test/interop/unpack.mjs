/** Samples that py-lmdb and pickle write, unpacked: soundfile, NumPy and json read what pickle reads. */

import { execFile } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment, makeEnvironment } from './environment.mjs';

const run = promisify(execFile);
const here = (name) => fileURLToPath(new URL(name, import.meta.url));

export async function checkUnpack(report, { bowerbird, work }) {
  const interpreter = await makeEnvironment('interop-unpack', here('unpack-requirements.txt'), console.log);
  const python = async (...args) =>
    (await run(interpreter, [here('unpack.py'), ...args], { env: environment, maxBuffer: 1 << 26 })).stdout;
  const [dataset, out] = [join(work, 'unpack'), join(work, 'ours/unpack')];
  await Promise.all([dataset, out].map((folder) => rm(folder, { recursive: true, force: true })));
  await python('make', dataset);
  await report.group('unpack: what py-lmdb and pickle wrote is what soundfile, NumPy and json read', async (expect) => {
    const { samples, rejects, notices } = await bowerbird.unpack({ inputs: dataset, out });
    const { compared, wrong } = JSON.parse(await python('check', dataset, out));
    expect(compared === 53 && samples === 53 && rejects === 0, `${samples} samples of ${compared}, ${rejects} rejects`);
    expect(notices.length === 0, notices.join('\n'));
    for (let i = 0; i < compared; i++) expect(wrong[i] === undefined, wrong[i]);
  });
}
