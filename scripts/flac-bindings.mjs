// @ts-check
// Sees to it that flac-bindings, the optional encoder and the oracle of the FLAC tests, is there and built: `npm test` runs it first.
//
// It is a peer that nobody has to install, so `npm ci` does not bring it: its own install script fails where the headers of libFLAC are
// missing, and builds nothing where CI is set. So this brings the headers where it may (apt-get as root, brew in CI), then the package,
// and builds it with CI unset. When that fails it says why: in CI that is an error, elsewhere the tests that need it are skipped.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'node_modules/flac-bindings');
const inCi = (process.env['CI'] ?? '') !== '';
const debian = ['libflac-dev', 'pkg-config', 'cmake', 'g++', 'make'];

/** @returns {string | undefined} why it cannot be imported */
function trouble() {
  const child = run(process.execPath, [
    '-e',
    `import('flac-bindings/api').catch((e) => { console.error(e.message); process.exit(1); })`,
  ]);
  return child.ok ? undefined : (child.said.split('\n').find((line) => line !== '') ?? 'it does not load');
}

/** @param {string} command @param {readonly string[]} args @param {string} cwd @returns {{ ok: boolean, said: string }} */
function run(command, args, cwd = root) {
  const { CI: _, ...env } = process.env;
  // It calls cmake-js by its name.
  env['PATH'] = `${join(root, 'node_modules/.bin')}${delimiter}${env['PATH']}`;
  const child = spawnSync(command, args, { cwd, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  return { ok: child.status === 0, said: `${child.stderr ?? ''}${child.stdout ?? ''}${child.error?.message ?? ''}` };
}

/** @returns {string | undefined} why the headers are not there */
function bringHeaders() {
  if (run('pkg-config', ['--exists', 'flac']).ok) return undefined;
  if (process.platform === 'darwin') {
    if (!inCi) return 'the headers of libFLAC are missing: brew install flac pkg-config';
    return run('brew', ['install', 'flac', 'pkg-config']).ok ? undefined : 'brew install flac pkg-config failed';
  }
  const command = `apt-get install -y ${debian.join(' ')}`;
  const sudo = process.getuid?.() === 0 ? [] : inCi ? ['sudo', '-n'] : undefined;
  if (sudo === undefined || !existsSync('/usr/bin/apt-get')) return `the headers of libFLAC are missing: ${command}`;
  const apt = (/** @type {readonly string[]} */ ...args) => {
    const [first = '', ...rest] = [...sudo, 'apt-get', ...args];
    return run(first, rest);
  };
  process.stdout.write('installing the headers of libFLAC\n');
  if (apt('install', '-y', ...debian).ok) return undefined;
  apt('update');
  const { ok, said } = apt('install', '-y', ...debian);
  return ok ? undefined : `"${command}" failed: ${said.trim().split('\n').at(-1)}`;
}

/** @returns {string | undefined} why it could not be built */
function build() {
  const missing = bringHeaders();
  if (missing !== undefined) return missing;
  process.stdout.write('building flac-bindings ... ');
  const start = Date.now();
  let said = '';
  if (!existsSync(folder)) {
    const { peerDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    // --save-dev, though nothing is saved: as the optional peer that it is, npm would leave it out.
    const options = ['--no-save', '--save-dev', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
    ({ said } = run('npm', ['install', ...options, `flac-bindings@${peerDependencies['flac-bindings']}`]));
  }
  // What its install script runs: npm may be told to run no such scripts.
  if (existsSync(folder)) said += run(process.execPath, ['scripts/flac-build.js'], folder).said;
  const reason = trouble();
  process.stdout.write(reason === undefined ? `${((Date.now() - start) / 1000).toFixed(0)} s\n` : 'failed\n');
  return reason && `${reason}\n${said.slice(-3000)}`;
}

const reason = trouble() === undefined ? undefined : build();
if (reason !== undefined) {
  process.stderr.write(`\nCannot build flac-bindings, so encodeFlac() and its tests do not work here: ${reason}\n\n`);
  if (inCi) process.exitCode = 1;
}
