// @ts-check
// Where the compiled addon may be, whether it works, and how it is built. Shared by install.mjs and prebuild.mjs.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const buildFolder = join(root, 'native/build');

/** What cmake-js makes of native/. */
export const built = join(buildFolder, 'Release/bowerbird.node');

/** The binary that a release ships for this platform; src/native/native.ts looks in the same place. */
export function prebuilt() {
  return join(root, 'prebuilds', `${process.platform}-${process.arch}${isMusl() ? '-musl' : ''}`, 'bowerbird.node');
}

function isMusl() {
  if (process.platform !== 'linux') return false;
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header?.glibcVersionRuntime === undefined;
}

// RFC 3720's check value: a binary that loads and computes it was made for this machine.
const probe = `
  const addon = require(process.argv[1]);
  if (addon.crc32c(Buffer.from('123456789'), 0) !== 0xe3069283) throw new Error('crc32c() is wrong');
`;

/**
 * Loads a binary in a process of its own, since one made for another machine may crash instead of failing.
 * @param {string} path
 * @returns {string | undefined} why it does not work; undefined when it does
 */
export function trouble(path) {
  if (!existsSync(path)) return 'it does not exist';
  const child = spawnSync(process.execPath, ['-e', probe, path], { encoding: 'utf8' });
  if (child.status === 0) return undefined;
  if (child.signal !== null) return `loading it ended with ${child.signal}`;
  return /^.*Error: .*$/m.exec(child.stderr)?.[0] ?? child.stderr.trim();
}

/** True when no file that goes into the binary is younger than it. */
export function isUpToDate() {
  if (!existsSync(built)) return false;
  const age = statSync(built).mtimeMs;
  return inputs().every((path) => statSync(path).mtimeMs <= age);
}

function inputs() {
  const native = join(root, 'native');
  const sources = ['core', 'os', 'addon'].flatMap((folder) =>
    readdirSync(join(native, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(native, folder, name)),
  );
  return [...sources, ...['CMakeLists.txt', 'package.json', 'sources.txt'].map((name) => join(native, name))];
}

/** The path of cmake-js; undefined when the dependencies are not installed. */
export function cmakeJs() {
  try {
    // In a consumer's project npm hoists it above this package: resolve it, never guess its place.
    return join(dirname(createRequire(import.meta.url).resolve('cmake-js/package.json')), 'bin/cmake-js');
  } catch {
    return undefined;
  }
}

/**
 * Compiles native/ with cmake-js. Needs no network: native/package.json names a Node-API version, so cmake-js takes its
 * headers from the node-api-headers package.
 * @param {readonly string[]} definitions CMake variables, as NAME=VALUE
 * @returns {{ ok: boolean, log: string }}
 */
export function build(definitions = []) {
  const tool = cmakeJs();
  if (tool === undefined) return { ok: false, log: 'The package cmake-js is not installed' };
  // `compile` answers a failed build by wiping everything and building again. That helps when the cache is from another
  // place or compiler, and doubles the noise when the code or the machine is at fault.
  const command = existsSync(join(buildFolder, 'CMakeCache.txt')) ? 'compile' : 'build';
  const args = [command, '-d', join(root, 'native'), '-O', buildFolder, '-p', `${availableParallelism()}`];
  args.push(...definitions.map((definition) => `--CD${definition}`));
  const start = new Date();
  const child = spawnSync(process.execPath, [tool, ...args], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 28 });
  // What was edited while it was compiled may not be in it: it is as old as the beginning.
  if (child.status === 0 && existsSync(built)) utimesSync(built, start, start);
  return { ok: child.status === 0, log: `${child.stdout}${child.stderr}${child.error ?? ''}` };
}

/** Makes the next build start from nothing. */
export function clean() {
  rmSync(buildFolder, { recursive: true, force: true });
}

/** The version that a message can be reported against. */
export function version() {
  return /** @type {string} */ (JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version);
}
