// @ts-check
// Builds the sources that cmake-js builds with node-gyp and binding.gyp, to build/Release/bowerbird.node.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const nodeGyp = join(dirname(createRequire(import.meta.url).resolve('node-gyp/package.json')), 'bin/node-gyp.js');

// node-gyp downloads Node's own headers to find one file there, common.gypi. An addon that speaks Node-API only needs
// neither: the headers are a package, and binding.gyp sets its flags itself. So it gets a folder with just that file.
const nodedir = join(root, 'build/nodedir');
mkdirSync(join(nodedir, 'include/node'), { recursive: true });
const configurations = { Debug: {}, Release: {} };
const common = { target_defaults: { default_configuration: 'Release', configurations } };
writeFileSync(join(nodedir, 'include/node/common.gypi'), JSON.stringify(common));

const options = [
  '--nodedir',
  nodedir,
  '--force-process-config',
  '--loglevel',
  'warn',
  '--jobs',
  `${availableParallelism()}`,
];
const child = spawnSync(process.execPath, [nodeGyp, 'configure', 'build', ...options], { cwd: root, stdio: 'inherit' });
process.exitCode = child.status ?? 1;
