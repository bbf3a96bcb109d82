/** The build of the addon (scripts/build-native.mjs) on machines that have all, some or none of the tools. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { buildTools, built } from '../../scripts/addon.mjs';
import { remedy } from '../../src/native/absent.ts';
import { candidates } from '../../src/native/native.ts';
import { copyOfSources, emptyFolder, plainEnvironment, root } from './project.ts';
import { shrink } from './published.ts';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function build(folder: string, env: NodeJS.ProcessEnv = {}, nodeOptions: readonly string[] = []): Outcome {
  return spawnSync(process.execPath, [...nodeOptions, 'scripts/build-native.mjs'], {
    cwd: folder,
    env: { ...plainEnvironment(), ...env },
    encoding: 'utf8',
  });
}

/** A PATH with Node on it, and the programs given as shell scripts. */
function machineWith(programs: { readonly [name: string]: string }): NodeJS.ProcessEnv {
  const folder = emptyFolder('path');
  symlinkSync(process.execPath, join(folder, 'node'));
  for (const [name, script] of Object.entries(programs)) {
    writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
    chmodSync(join(folder, name), 0o755);
  }
  return { PATH: folder, CC: undefined, CXX: undefined };
}

test('native.ts looks first where build-native.mjs builds', () => {
  expect(candidates()[0]).toBe(built);
});

test('build-native.mjs names every missing tool and the commands that bring it', () => {
  const { status, stderr } = build(copyOfSources('bare'), machineWith({}));
  expect(status).toBe(1);
  expect(stderr).toContain('Cannot build the native addon');
  expect(stderr).toContain('CMake is not installed');
  expect(stderr).toContain('Neither make nor ninja is installed');
  expect(stderr).toContain('No C compiler is installed');
  expect(stderr).toContain('No C++ compiler is installed');
  expect(stderr).toContain('sudo apt-get install cmake g++ make');
  expect(stderr).toContain('sudo dnf install cmake gcc-c++ make');
  expect(stderr).toContain('xcode-select --install');
});

test('build-native.mjs names the compiler and CMake when they are too old, and nothing that is fine', () => {
  const tools = machineWith({
    cmake: 'test "$1" = --version && echo "cmake version 3.10.2"',
    make: 'test "$1" = --version',
    cc: 'test "$1" = --version && echo "cc 7.5.0"',
    'c++': 'test "$1" = --version && echo "c++ 7.5.0"',
  });
  const { status, stderr } = build(copyOfSources('old'), tools);
  expect(status).toBe(1);
  expect(stderr).toContain('CMake is too old: 3.18 or newer is needed, found 3.10');
  expect(stderr).toContain(
    'cannot compile C++20: GCC 11, Clang 14, Xcode 14 or newer is needed, found "c++" (c++ 7.5.0)',
  );
  expect(stderr).not.toMatch(/not installed|No C compiler|Neither make/);
});

test('build-native.mjs says so when the dependencies are not installed', () => {
  const folder = copyOfSources('alone');
  rmSync(join(folder, 'node_modules'));
  const { status, stderr } = build(folder);
  expect(status).toBe(1);
  expect(stderr).toContain('Not installed, and needed to compile it: cmake-js, node-addon-api.');
  // There is no src/ in the copy, as in an installed package.
  expect(stderr).toContain('npm install --save-dev cmake-js@8 node-addon-api@8');
  mkdirSync(join(folder, 'src'));
  expect(build(folder).stderr).toContain('Run "npm ci".');
});

test('build-native.mjs shows the whole log when the tools are there and the sources do not compile', () => {
  const folder = copyOfSources('broken');
  shrink(folder);
  writeFileSync(join(folder, 'native/core/small.cc'), '#error "the bower fell down"\n');
  const { status, stderr } = build(folder);
  expect(status).toBe(1);
  expect(stderr).toContain('Please report it');
  expect(stderr).toContain('the bower fell down');
});

test('build-native.mjs builds once, and again when a source is younger', () => {
  const folder = copyOfSources('build');
  shrink(folder);
  const first = build(folder);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toMatch(/^bowerbird: compiling the native addon \.\.\. \d+\.\d s\n$/);
  const binary = join(folder, 'native/build/Release/bowerbird.node');
  const age = statSync(binary).mtimeMs;

  expect(build(folder)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(statSync(binary).mtimeMs).toBe(age);

  const later = new Date(Date.now() + 1000);
  utimesSync(join(folder, 'native/core/small.cc'), later, later);
  expect(build(folder).stdout).not.toBe('');
});

test('build-native.mjs builds anew when the binary that is there belongs to another machine', () => {
  const folder = copyOfSources('moved');
  shrink(folder);
  const binary = join(folder, 'native/build/Release/bowerbird.node');
  mkdirSync(dirname(binary), { recursive: true });
  writeFileSync(binary, 'not an addon');
  expect(build(folder)).toMatchObject({ status: 0, stderr: '' });
});

test('build-native.mjs refuses Windows in words', () => {
  const folder = emptyFolder('windows');
  const preload = join(folder, 'windows.mjs');
  writeFileSync(preload, 'Object.defineProperty(process, "platform", { value: "win32" });');
  const { status, stderr } = build(root, {}, ['--import', pathToFileURL(preload).href]);
  expect(status).toBe(1);
  expect(stderr).toContain('It runs on Linux and macOS, and this is win32');
});

test('the words of native.ts name the packages that a build takes, of the versions that this checkout is built with', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const named = buildTools.map((name) => `${name}@${/\d+/.exec(devDependencies[name])?.[0]}`);
  expect(remedy('/somewhere/node_modules/bowerbird/', '@bowerbird/linux-x64')).toContain(
    `  npm install --save-dev ${named.join(' ')}\n  npx bowerbird-build`,
  );
  expect(remedy(root, '@bowerbird/linux-x64')).toContain('npm run build:native');
});
