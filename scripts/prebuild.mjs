// @ts-check
// Makes the package of a platform, native/npm/<platform>: the addon with the C++ library linked in, stripped, and proved to load.
//   node scripts/prebuild.mjs [--arch arm64] [--glibc 2.28]
// --arch arm64 compiles on another Linux machine for arm64 and loads the result under emulation (Debian: g++-aarch64-linux-gnu,
// qemu-user-static); --glibc fails when the binary needs a newer C library than that.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { build, root, trouble } from './addon.mjs';
import { emulatedNode } from './arm64.mjs';
import { lmdbLicence } from './lmdb.mjs';

const { values } = parseArgs({
  options: { arch: { type: 'string', default: process.arch }, glibc: { type: 'string' } },
});
const { platform } = process;
const arch = values.arch;
const crosses = arch !== process.arch;
if (crosses && !(arch === 'arm64' && platform === 'linux')) throw new Error(`Cannot build for ${arch} on this machine`);
const musl = platform === 'linux' && !crosses && isMusl();
const name = `${platform}-${arch}${musl ? '-musl' : ''}`;

function isMusl() {
  const report = /** @type {{ header?: { glibcVersionRuntime?: string } }} */ (process.report.getReport());
  return report.header?.glibcVersionRuntime === undefined;
}

const work = join(root, `native/build-release/${name}`);
const definitions = ['BOWERBIRD_STATIC_CXX=ON', 'CMAKE_OSX_DEPLOYMENT_TARGET=11.0'];
if (crosses) {
  definitions.push('CMAKE_SYSTEM_NAME=Linux', 'CMAKE_SYSTEM_PROCESSOR=aarch64');
  definitions.push('CMAKE_C_COMPILER=aarch64-linux-gnu-gcc', 'CMAKE_CXX_COMPILER=aarch64-linux-gnu-g++');
}
const { ok, log } = build(definitions, work);
if (!ok) throw new Error(`Cannot build the addon:\n${log}`);

const target = join(root, 'native/npm', name);
const binary = join(target, 'bowerbird.node');
rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });
copyFileSync(join(work, 'Release/bowerbird.node'), binary);
// -x keeps the exported symbols, which is all that Node asks for; both GNU and Apple strip know it.
const tool = crosses ? 'aarch64-linux-gnu-strip' : 'strip';
const strip = spawnSync(tool, ['-x', binary], { encoding: 'utf8' });
if (strip.status !== 0) throw new Error(`Cannot strip "${binary}": ${strip.stderr || strip.error?.message}`);

const reason = trouble(binary, crosses ? emulatedNode() : undefined);
if (reason !== undefined) throw new Error(`Cannot use "${binary}": ${reason}`);

// Each function that it takes from the C library is named with the version that brought it.
const glibc = Math.max(
  0,
  ...[...readFileSync(binary, 'latin1').matchAll(/GLIBC_2\.(\d+)/g)].map(([, minor]) => Number(minor)),
);
if (values.glibc !== undefined && glibc > Number(values.glibc.replace(/^2\./, ''))) {
  throw new Error(`"${binary}" needs glibc 2.${glibc}, and shall run with ${values.glibc}`);
}

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const libc = platform === 'linux' ? { libc: [musl ? 'musl' : 'glibc'] } : {};
const described = {
  name: `@bowerbird/${name}`,
  version: manifest.version,
  description: `The compiled part of bowerbird for ${name}`,
  license: manifest.license,
  engines: manifest.engines,
  os: [platform],
  cpu: [arch],
  ...libc,
  ...(glibc > 0 ? { config: { glibc: `>=2.${glibc}` } } : {}),
  main: 'bowerbird.node',
  files: ['bowerbird.node', 'LICENSE.lmdb'],
  // Yarn keeps packages in archives, and the system loads no library from one.
  preferUnplugged: true,
};
writeFileSync(join(target, 'package.json'), `${JSON.stringify(described, undefined, 2)}\n`);
writeFileSync(
  join(target, 'README.md'),
  `# @bowerbird/${name}\n\nThe compiled part of [bowerbird](https://www.npmjs.com/package/bowerbird) for ${name}. It comes with it; there is no need to install it.\n`,
);
copyFileSync(join(root, 'LICENSE'), join(target, 'LICENSE'));
writeFileSync(join(target, 'LICENSE.lmdb'), lmdbLicence());
process.stdout.write(
  `${relative(root, target)}: ${statSync(binary).size} bytes${glibc > 0 ? `, needs glibc 2.${glibc}` : ''}\n`,
);
