// @ts-check
// Makes what is published: `npm run pack [-- --all]` packs this package and those of platforms that scripts/prebuild.mjs made in native/npm
// (--from FOLDER: elsewhere), beside them. The package names the platforms that are there as optional dependencies; --all demands all of them.
//
// That list cannot stand in package.json: before a release no registry has these packages, and `npm ci` refuses a lock file without them.
// So the package is put together in a folder of its own, native/npm/bowerbird, which also leaves out what only a checkout uses, and takes the
// sources of LMDB along, with their licence (native/lmdb.cmake).
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lmdbFiles, lmdbFolder } from './lmdb.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const platforms = ['linux-x64', 'linux-arm64', 'linux-x64-musl', 'linux-arm64-musl', 'darwin-x64', 'darwin-arm64'];

/** Of package.json, what a user of the package has no use for. */
const ofCheckout = ['scripts', 'devDependencies', 'overrides', 'allowScripts', 'files'];

function main() {
  if (process.env['npm_lifecycle_event'] === 'prepublishOnly') {
    throw new Error(
      'The checkout is not what is published: "npm run pack -- --all" makes that, docs/contributing/releasing.md',
    );
  }
  const { values } = parseArgs({
    options: { all: { type: 'boolean' }, from: { type: 'string', default: join(root, 'native/npm') } },
  });
  const folder = resolve(values.from);
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const present = platforms.filter((platform) => versionIn(join(folder, platform)) === manifest.version);
  const absent = platforms.filter((platform) => !present.includes(platform));
  if (values.all === true && absent.length > 0) {
    throw new Error(`Not in ${folder}, or of another version than ${manifest.version}: ${absent.join(', ')}`);
  }
  if (present.length === 0) throw new Error('No platform was built: "npm run build:prebuilt" builds this one');

  const assembled = join(folder, 'bowerbird');
  rmSync(assembled, { recursive: true, force: true });
  for (const path of filesOfCheckout()) cpSync(join(root, path), join(assembled, path));
  for (const name of lmdbFiles) cpSync(join(lmdbFolder, name), join(assembled, 'native/vendor/lmdb', name));
  const optionalDependencies = Object.fromEntries(present.map((name) => [`@bowerbird/${name}`, manifest.version]));
  const kept = Object.entries({ ...manifest, optionalDependencies }).filter(([key]) => !ofCheckout.includes(key));
  writeFileSync(join(assembled, 'package.json'), `${JSON.stringify(Object.fromEntries(kept), undefined, 2)}\n`);

  for (const name of ['bowerbird', ...present]) {
    const [{ filename, size, unpackedSize }] = pack(join(folder, name), ['--pack-destination', folder]);
    const path = relative(process.cwd(), join(folder, filename));
    process.stdout.write(`${path}: ${(size / 1e6).toFixed(1)} MB, ${(unpackedSize / 1e6).toFixed(1)} MB unpacked\n`);
  }
}

/** @param {string} at */
function versionIn(at) {
  const path = join(at, 'package.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).version : undefined;
}

/** @returns {string[]} what "files" of package.json comes to; package.json is written anew */
function filesOfCheckout() {
  const [{ files }] = pack(root, ['--dry-run']);
  return files.map((/** @type {{ path: string }} */ { path }) => path);
}

/**
 * @param {string} at
 * @param {string[]} options
 */
function pack(at, options) {
  // --ignore-scripts: `prepare` would compile dist/ under the feet of whoever is using it.
  const npm = spawnSync('npm', ['pack', '--ignore-scripts', '--json', ...options], { cwd: at, encoding: 'utf8' });
  if (npm.status !== 0) throw new Error(`Cannot pack "${at}": ${npm.stderr}${npm.error ?? ''}`);
  return JSON.parse(npm.stdout);
}

try {
  main();
} catch (error) {
  process.stderr.write(`${/** @type {Error} */ (error).message}\n`);
  process.exitCode = 1;
}
