// @ts-check
// Where the compiled addon is, whether it works, and how it is built. Shared by build-native.mjs and prebuild.mjs.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, utimesSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const buildFolder = join(root, 'native/build');

/** What cmake-js makes of native/; src/native/native.ts looks there first. */
export const built = join(buildFolder, 'Release/bowerbird.node');

// RFC 3720's check value: a binary that loads and computes it was made for this machine.
const probe = `
  const addon = require(process.argv[1]);
  if (addon.crc32c(Buffer.from('123456789'), 0) !== 0xe3069283) throw new Error('crc32c() is wrong');
`;

/**
 * Loads a binary in a process of its own, since one made for another machine may crash instead of failing.
 * @param {string} path
 * @param {readonly string[]} node the command that runs Node
 * @returns {string | undefined} why it does not work; undefined when it does
 */
export function trouble(path, node = [process.execPath]) {
  if (!existsSync(path)) return 'it does not exist';
  const [command = '', ...before] = node;
  const child = spawnSync(command, [...before, '-e', probe, path], { encoding: 'utf8' });
  if (child.status === 0) return undefined;
  if (child.error !== undefined) return child.error.message;
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
  return [
    ...sources,
    ...['CMakeLists.txt', 'lmdb.cmake', 'package.json', 'sources.txt'].map((name) => join(native, name)),
  ];
}

/**
 * The folder of a package: of this checkout, or of the project where the command is run, since it is that one which installs the tools
 * and a strict package manager shows them to nobody else.
 * @param {string} name
 * @returns {string | undefined} undefined when it is not installed
 */
function packageFolder(name) {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return dirname(createRequire(from).resolve(`${name}/package.json`));
    } catch {
      // Perhaps the other knows it.
    }
  }
  return undefined;
}

/** The packages that a build needs. */
export const buildTools = ['cmake-js', 'node-addon-api'];

/** Those of them that are not installed; in a checkout, what brings the sources of LMDB too. */
export function missingPackages() {
  const missing = buildTools.filter((name) => packageFolder(name) === undefined);
  const isCheckout = existsSync(join(root, 'src'));
  return isCheckout && !existsSync(join(root, 'node_modules/lmdb')) ? [...missing, 'lmdb'] : missing;
}

/**
 * Compiles native/ with cmake-js. Needs no network: native/package.json names a Node-API version, so cmake-js takes its
 * headers from the node-api-headers package.
 * @param {readonly string[]} definitions CMake variables, as NAME=VALUE
 * @param {string} folder the binary is in its Release/
 * @returns {{ ok: boolean, log: string }}
 */
export function build(definitions = [], folder = buildFolder) {
  const [tool, api] = buildTools.map(packageFolder);
  if (tool === undefined || api === undefined) return { ok: false, log: `Not installed: ${missingPackages()}` };
  // `compile` answers a failed build by wiping everything and building again. That helps when the cache is from another
  // place or compiler, and doubles the noise when the code or the machine is at fault.
  const command = existsSync(join(folder, 'CMakeCache.txt')) ? 'compile' : 'build';
  const args = [command, '-d', join(root, 'native'), '-O', folder, '-p', `${availableParallelism()}`];
  args.push(...[...definitions, `NODE_ADDON_API=${api}`].map((definition) => `--CD${definition}`));
  const start = new Date();
  const child = spawnSync(process.execPath, [join(tool, 'bin/cmake-js'), ...args], {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const binary = join(folder, 'Release/bowerbird.node');
  // What was edited while it was compiled may not be in it: it is as old as the beginning.
  if (child.status === 0 && existsSync(binary)) utimesSync(binary, start, start);
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
