/** npm's install step (scripts/install.mjs) on machines that have all, some or none of the tools. */

import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { built, prebuilt } from '../../scripts/addon.mjs';
import { candidates } from '../../src/native/native.ts';
import { copyOfSources, emptyFolder, plainEnvironment, root } from './project.ts';

interface Outcome {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function install(folder: string, env: NodeJS.ProcessEnv = {}, nodeOptions: readonly string[] = []): Outcome {
  return spawnSync(process.execPath, [...nodeOptions, 'scripts/install.mjs'], {
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
  return { PATH: folder, CXX: undefined };
}

function putPrebuilt(folder: string, from: string | Buffer): string {
  const path = join(folder, prebuilt().slice(root.length));
  mkdirSync(dirname(path), { recursive: true });
  if (typeof from === 'string') copyFileSync(from, path);
  else writeFileSync(path, from);
  return path;
}

/** Puts an addon of one small file in the place of ours: what is tested here is the step, not the sources. */
function shrink(folder: string): void {
  for (const part of ['core', 'os', 'addon']) {
    rmSync(join(folder, 'native', part), { recursive: true });
    mkdirSync(join(folder, 'native', part));
  }
  writeFileSync(join(folder, 'native/sources.txt'), 'core/small.cc\n');
  writeFileSync(
    join(folder, 'native/core/small.cc'),
    `#include <node_api.h>
     static napi_value Crc32c(napi_env env, napi_callback_info) {
       napi_value result;
       napi_create_uint32(env, 0xe3069283u, &result);
       return result;
     }
     NAPI_MODULE_INIT() {
       napi_value function;
       napi_create_function(env, "crc32c", NAPI_AUTO_LENGTH, Crc32c, nullptr, &function);
       napi_set_named_property(env, exports, "crc32c", function);
       return exports;
     }\n`,
  );
}

test('install.mjs and src/native/native.ts look for the addon in the same places', () => {
  expect(candidates().slice(0, 2)).toEqual([prebuilt(), built]);
});

test('install.mjs names every missing tool and the commands that bring it', () => {
  const { status, stderr } = install(copyOfSources('bare'), machineWith({}));
  expect(status).toBe(1);
  expect(stderr).toContain('Cannot install the native addon');
  expect(stderr).toContain('CMake is not installed');
  expect(stderr).toContain('Neither make nor ninja is installed');
  expect(stderr).toContain('No C++ compiler is installed');
  expect(stderr).toContain('sudo apt-get install cmake g++ make');
  expect(stderr).toContain('sudo dnf install cmake gcc-c++ make');
  expect(stderr).toContain('xcode-select --install');
});

test('install.mjs names the compiler and CMake when they are too old, and nothing that is fine', () => {
  const tools = machineWith({
    cmake: 'test "$1" = --version && echo "cmake version 3.10.2"',
    make: 'test "$1" = --version',
    'c++': 'test "$1" = --version && echo "c++ 7.5.0"',
  });
  const { status, stderr } = install(copyOfSources('old'), tools);
  expect(status).toBe(1);
  expect(stderr).toContain('CMake is too old: 3.18 or newer is needed, found 3.10');
  expect(stderr).toContain(
    'cannot compile C++20: GCC 11, Clang 14, Xcode 14 or newer is needed, found "c++" (c++ 7.5.0)',
  );
  expect(stderr).not.toContain('not installed');
  expect(stderr).not.toContain('Neither make');
});

test('install.mjs says so when the dependencies are not installed', () => {
  const folder = copyOfSources('alone');
  rmSync(join(folder, 'node_modules'));
  const { status, stderr } = install(folder);
  expect(status).toBe(1);
  expect(stderr).toContain('cmake-js, which compiles it, is not installed. Run "npm ci"');
});

test('install.mjs shows the whole log when the tools are there and the sources do not compile', () => {
  const folder = copyOfSources('broken');
  shrink(folder);
  writeFileSync(join(folder, 'native/core/small.cc'), '#error "the bower fell down"\n');
  const { status, stderr } = install(folder);
  expect(status).toBe(1);
  expect(stderr).toContain('Please report it');
  expect(stderr).toContain('the bower fell down');
});

test('install.mjs takes a prebuilt binary that works, in silence and without any tool', () => {
  const folder = copyOfSources('prebuilt');
  putPrebuilt(folder, built);
  expect(install(folder, machineWith({}))).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(existsSync(join(folder, 'native/build'))).toBe(false);
});

test('install.mjs builds when the prebuilt binary does not load, once, and again when a source is younger', () => {
  const folder = copyOfSources('build');
  shrink(folder);
  putPrebuilt(folder, Buffer.from('made for another machine'));
  const first = install(folder);
  expect(first).toMatchObject({ status: 0, stderr: '' });
  expect(first.stdout).toMatch(/^bowerbird: compiling the native addon \.\.\. \d+\.\d s\n$/);
  const binary = join(folder, 'native/build/Release/bowerbird.node');
  const age = statSync(binary).mtimeMs;

  expect(install(folder)).toMatchObject({ status: 0, stdout: '', stderr: '' });
  expect(statSync(binary).mtimeMs).toBe(age);

  const later = new Date(Date.now() + 1000);
  utimesSync(join(folder, 'native/core/small.cc'), later, later);
  expect(install(folder).stdout).not.toBe('');
});

test('install.mjs builds anew when the binary that is there belongs to another machine', () => {
  const folder = copyOfSources('moved');
  shrink(folder);
  const binary = join(folder, 'native/build/Release/bowerbird.node');
  mkdirSync(dirname(binary), { recursive: true });
  writeFileSync(binary, 'not an addon');
  expect(install(folder)).toMatchObject({ status: 0, stderr: '' });
});

test('install.mjs refuses Windows in words', () => {
  const folder = emptyFolder('windows');
  const preload = join(folder, 'windows.mjs');
  writeFileSync(preload, 'Object.defineProperty(process, "platform", { value: "win32" });');
  const { status, stderr } = install(root, {}, ['--import', pathToFileURL(preload).href]);
  expect(status).toBe(1);
  expect(stderr).toContain('It runs on Linux and macOS, and this is win32');
});
