/** The Python that the interoperability run needs: found, given its own environment, and called. */

import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const venv = `${root}.cache/interop-venv`;
export const interpreter = `${venv}/bin/python`;

/** Those that the pinned TensorFlow has wheels for. */
const versions = ['3.12', '3.11', '3.13', '3.10'];

/** What keeps TensorFlow quiet, on the CPU, and out of the source tree. */
export const environment = {
  ...process.env,
  TF_CPP_MIN_LOG_LEVEL: '3',
  TF_ENABLE_ONEDNN_OPTS: '0',
  CUDA_VISIBLE_DEVICES: '-1',
  PYTHONDONTWRITEBYTECODE: '1',
  PYTHONUTF8: '1',
};

async function findPython() {
  const named = process.env['PYTHON'];
  const candidates = named ? [named] : [...versions.map((version) => `python${version}`), 'python3', 'python'];
  const tried = [];
  for (const command of candidates) {
    try {
      const probe = 'import sys, venv, ensurepip; print("%d.%d" % sys.version_info[:2])';
      const { stdout } = await run(command, ['-c', probe]);
      if (versions.includes(stdout.trim())) return { command, version: stdout.trim() };
      tried.push(`  ${command}: is Python ${stdout.trim()}`);
    } catch (error) {
      const lines = (error.stderr || error.message).trim().split('\n');
      tried.push(`  ${command}: ${error.code === 'ENOENT' ? 'not found' : lines.at(-1)}`);
    }
  }
  throw new Error(
    `Cannot find a Python for TensorFlow: expected 3.10 to 3.13 with the venv module. Tried:\n${tried.join('\n')}\n` +
      'Install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.12), or name one in PYTHON',
  );
}

/** Makes .cache/interop-venv, or takes the one that is there; returns the versions in it. */
export async function prepareEnvironment(say) {
  await makeEnvironment('interop-venv', `${here}requirements.txt`, say);
  const facts =
    'import sys, numpy, tensorflow; from importlib.metadata import version; print("Python", sys.version.split()[0] + ", TensorFlow", tensorflow.__version__ + ", NumPy", numpy.__version__ + ", array_record", version("array_record") + ", Grain", version("grain"))';
  return (await run(`${venv}/bin/python`, ['-c', facts], { env: environment })).stdout.trim();
}

/** Makes a Python environment in .cache, unless there is one from the same requirements; returns its interpreter. */
export async function makeEnvironment(name, requirements, say) {
  const folder = `${root}.cache/${name}`;
  const { command, version } = await findPython();
  const stamp = createHash('sha256')
    .update(version)
    .update(await readFile(requirements))
    .digest('hex');
  const found = await readFile(`${folder}/stamp`, 'utf8').catch(() => '');
  if (found !== stamp) {
    say(`making a Python ${version} environment in .cache/${name}; this takes a minute or two`);
    await rm(folder, { recursive: true, force: true });
    await run(command, ['-m', 'venv', folder]);
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', requirements];
    await run(`${folder}/bin/python`, pip, { maxBuffer: 1 << 26 });
    // Last, so that an environment that was never finished is made again.
    await writeFile(`${folder}/stamp`, stamp);
  }
  return `${folder}/bin/python`;
}

/** Runs a script of this folder; its words on stderr come out only when it fails. */
export async function python(script, ...args) {
  try {
    const { stdout } = await run(`${venv}/bin/python`, [`${here}${script}`, ...args], {
      env: environment,
      maxBuffer: 1 << 28,
    });
    return stdout.trim();
  } catch (error) {
    // TensorFlow puts whole tensors into its messages.
    const lines = (error.stderr ?? '').trim().split('\n').slice(-12);
    throw new Error(`${script} failed:\n${lines.map((line) => line.slice(0, 300)).join('\n')}`, { cause: error });
  }
}

/** A script that answers, line by line, what it is asked. */
export async function converse(script, ...args) {
  const child = spawn(`${venv}/bin/python`, [`${here}${script}`, ...args], { env: environment });
  let words = '';
  child.stderr.on('data', (chunk) => {
    words = (words + chunk).slice(-2000);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const answer = async () => {
    const { done, value } = await lines.next();
    if (done) throw new Error(`${script} ended:\n${words.trim()}`);
    return JSON.parse(value);
  };
  await answer();
  return {
    async ask(request) {
      child.stdin.write(`${JSON.stringify(request)}\n`);
      return answer();
    },
    async close() {
      child.stdin.end();
      if (child.exitCode === null) await new Promise((resolve) => child.once('close', resolve));
    },
  };
}
