// @ts-check
// Finds out, after a failed build, which tool is missing or too old, and says how to get it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const packages = `
  Debian, Ubuntu   sudo apt-get install cmake g++ make
  Fedora           sudo dnf install cmake gcc-c++ make
  macOS            xcode-select --install && brew install cmake`;

// Each line is something the sources use and a C++17 compiler or its library lacks.
const cxx20 = `#include <bit>
#include <span>
int main() { int a[2] = {1, 2}; return std::popcount(unsigned(std::span<int>(a).size())) - 1; }
`;

/** @returns {string | undefined} what is missing and the commands that bring it; undefined when all tools are there */
export function missingTools() {
  const found = [cmake(), make(), cCompiler(), compiler()].filter((line) => line !== undefined);
  if (found.length === 0) return undefined;
  return `${found.map((line) => `  - ${line}`).join('\n')}\n\nInstall what is missing and run the same command again:\n${packages}`;
}

function cmake() {
  const said = output('cmake', ['--version']);
  if (said === undefined) return 'CMake is not installed (no "cmake" on the PATH); 3.18 or newer is needed';
  const [, major, minor] = /version (\d+)\.(\d+)/.exec(said) ?? [];
  if (Number(major) > 3 || (Number(major) === 3 && Number(minor) >= 18)) return undefined;
  return `CMake is too old: 3.18 or newer is needed, found ${major}.${minor}`;
}

function make() {
  if (output('make', ['--version']) !== undefined || output('ninja', ['--version']) !== undefined) return undefined;
  return 'Neither make nor ninja is installed; CMake needs one of them to run the compiler';
}

function cCompiler() {
  const names = process.env['CC'] ? [process.env['CC']] : ['cc', 'gcc', 'clang'];
  if (names.some((name) => output(name, ['--version']) !== undefined)) return undefined;
  return process.env['CC']
    ? `The C compiler that CC names ("${process.env['CC']}") cannot be run`
    : 'No C compiler is installed (no "cc", "gcc" or "clang" on the PATH)';
}

function compiler() {
  // CMake's own order on these systems; CXX wins.
  const names = process.env['CXX'] ? [process.env['CXX']] : ['c++', 'g++', 'clang++'];
  const name = names.find((candidate) => output(candidate, ['--version']) !== undefined);
  if (name === undefined) {
    return process.env['CXX']
      ? `The C++ compiler that CXX names ("${process.env['CXX']}") cannot be run`
      : 'No C++ compiler is installed (no "c++", "g++" or "clang++" on the PATH)';
  }
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-'));
  try {
    const source = join(folder, 'probe.cc');
    writeFileSync(source, cxx20);
    if (output(name, ['-std=c++20', source, '-o', join(folder, 'probe')]) !== undefined) return undefined;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const first = output(name, ['--version'])?.split('\n')[0];
  return `The C++ compiler cannot compile C++20: GCC 11, Clang 14, Xcode 14 or newer is needed, found "${name}" (${first})`;
}

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {string | undefined} undefined when it cannot be run or fails
 */
function output(command, args) {
  const child = spawnSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
  return child.status === 0 ? child.stdout : undefined;
}
