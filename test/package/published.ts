/** What a release publishes, made from this checkout: the packages of this platform are real, those of others only say what they are for. */

import {
  copyFileSync,
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { platformPackage } from '../../src/native/platform.ts';
import { root, run } from './project.ts';

const others = [
  { name: 'linux-x64', os: ['linux'], cpu: ['x64'], libc: ['glibc'] },
  { name: 'linux-arm64', os: ['linux'], cpu: ['arm64'], libc: ['glibc'] },
  { name: 'linux-x64-musl', os: ['linux'], cpu: ['x64'], libc: ['musl'] },
  { name: 'linux-arm64-musl', os: ['linux'], cpu: ['arm64'], libc: ['musl'] },
  { name: 'darwin-x64', os: ['darwin'], cpu: ['x64'] },
  { name: 'darwin-arm64', os: ['darwin'], cpu: ['arm64'] },
];

export const own = platformPackage().replace('@bowerbird/', '');

/** A folder of tarballs; with `addon` false, the package of this platform has a file that does not load. */
export function publish(addon: boolean): string {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-published-'));
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  for (const { name, ...fits } of others) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'bowerbird.node'), 'made for another machine');
    const manifest = { name: `@bowerbird/${name}`, version, ...fits, preferUnplugged: true };
    writeFileSync(join(folder, name, 'package.json'), JSON.stringify(manifest));
  }
  if (addon) {
    rmSync(join(folder, own), { recursive: true, force: true });
    cpSync(join(root, 'native/npm', own), join(folder, own), { recursive: true });
  }
  run(root, process.execPath, ['scripts/pack.mjs', '--all', '--from', folder]);
  return folder;
}

/** Packs the main package again with an addon of one small file: where it is built is what counts, and ours takes minutes. */
export function shrinkPublished(folder: string): void {
  shrink(join(folder, 'bowerbird'));
  run(join(folder, 'bowerbird'), 'npm', ['pack', '--ignore-scripts', '--pack-destination', folder]);
}

/** Puts an addon of one small file in the place of ours. */
export function shrink(folder: string): void {
  for (const part of ['core', 'os', 'addon']) {
    rmSync(join(folder, 'native', part), { recursive: true });
    mkdirSync(join(folder, 'native', part));
    copyFileSync(join(root, 'LICENSE'), join(folder, 'native', part, 'LICENSE'));
  }
  writeFileSync(join(folder, 'native/sources.txt'), 'core/small.cc\n');
  writeFileSync(
    join(folder, 'native/core/small.cc'),
    `#include <napi.h>
     static Napi::Value Crc32c(const Napi::CallbackInfo& info) { return Napi::Number::New(info.Env(), 0xe3069283u); }
     static Napi::Object Init(Napi::Env env, Napi::Object exports) {
       exports["crc32c"] = Napi::Function::New(env, Crc32c);
       return exports;
     }
     NODE_API_MODULE(bowerbird, Init)\n`,
  );
}

/** Of a node_modules of npm: the bytes of its files, and its packages. */
export function sizeOf(folder: string): { bytes: number; packages: number } {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  const stats = paths.map((path) => lstatSync(join(folder, path))).filter((stat) => stat.isFile());
  const lock = JSON.parse(readFileSync(join(folder, '.package-lock.json'), 'utf8'));
  return { bytes: stats.reduce((sum, { size }) => sum + size, 0), packages: Object.keys(lock.packages).length };
}
