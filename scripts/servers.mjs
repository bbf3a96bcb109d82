/** Real S3 and Google Cloud Storage servers on loopback, for the tests: built with Go into .cache/ at the first use, started and stopped here. */

import { execFile, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const cache = fileURLToPath(new URL('../.cache', import.meta.url));
const startMs = 20_000;

const programs = {
  versitygw: { module: 'github.com/versity/versitygw/cmd/versitygw', version: 'v1.8.0' },
  'fake-gcs-server': { module: 'github.com/fsouza/fake-gcs-server', version: 'v1.56.1' },
};

/** The path of the program. Throws a sentence when it can neither be found nor built. */
async function program(name) {
  const { module, version } = programs[name];
  const folder = join(cache, `${name}-${version}`);
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  try {
    await promisify(execFile)('go', ['install', `${module}@${version}`], { env: { ...process.env, GOBIN: folder } });
  } catch (error) {
    const state = error.code === 'ENOENT' ? 'Go is not installed' : (error.stderr || error.message).trim();
    throw new Error(`Cannot build ${name} ${version}: ${state}; it needs Go 1.24 or newer and its module proxy`);
  }
  return path;
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Runs until `stop()`; its data is gone with it. */
async function start(name, argumentsFor, extraEnv) {
  const path = await program(name);
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), `bowerbird-${name}-`));
  const child = spawn(path, argumentsFor(port, folder), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...extraEnv },
  });
  let said = '';
  child.stderr.on('data', (data) => {
    said = (said + data).slice(-2000);
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  const url = `http://127.0.0.1:${port}`;
  for (const began = Date.now(); ; await sleep(50)) {
    if (child.exitCode !== null || Date.now() - began > startMs) {
      await stop();
      throw new Error(`Cannot start ${name}: ${said.trim() || 'it does not answer'}`);
    }
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return { url, folder, stop };
  }
}

/** `env` is what a user would set. Buckets are folders below `folder/data`. */
export async function startS3() {
  const keys = { access: 'bowerbird-test', secret: 'bowerbird-test-secret' };
  const server = await start(
    'versitygw',
    (port, folder) => {
      for (const name of ['data', 'meta']) mkdirSync(join(folder, name));
      return [
        '--quiet',
        '--keep-alive',
        '--port',
        `127.0.0.1:${port}`,
        'posix',
        '--sidecar',
        join(folder, 'meta'),
        join(folder, 'data'),
      ];
    },
    { ROOT_ACCESS_KEY: keys.access, ROOT_SECRET_KEY: keys.secret },
  );
  const env = {
    AWS_ACCESS_KEY_ID: keys.access,
    AWS_SECRET_ACCESS_KEY: keys.secret,
    AWS_ENDPOINT_URL: server.url,
    AWS_REGION: 'us-east-1',
  };
  return { ...server, env, makeBucket: (name) => mkdirSync(join(server.folder, 'data', name)) };
}

export async function startGcs() {
  const server = await start('fake-gcs-server', (port) => [
    ...['-scheme', 'http', '-host', '127.0.0.1', '-port', String(port), '-public-host', `127.0.0.1:${port}`],
    ...['-external-url', `http://127.0.0.1:${port}`, '-backend', 'memory', '-log-level', 'error'],
  ]);
  const makeBucket = async (name) => {
    const body = JSON.stringify({ name });
    const reply = await fetch(`${server.url}/storage/v1/b`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    if (!reply.ok) throw new Error(`Cannot make the bucket "${name}": ${reply.status}`);
  };
  return { ...server, env: { STORAGE_EMULATOR_HOST: server.url }, makeBucket };
}
