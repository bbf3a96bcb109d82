// @ts-check
// Node for arm64 under emulation, for what is cross-compiled (Debian: g++-aarch64-linux-gnu, which brings the libraries, and
// qemu-user-static).
import { spawnSync } from 'node:child_process';
import { nodeOf } from './nodes.mjs';

/** @returns {string | undefined} why nothing can be compiled for arm64 and run here */
export function missingForArm64() {
  const tools = ['aarch64-linux-gnu-g++', 'qemu-aarch64-static'];
  const missing = tools.filter((tool) => spawnSync(tool, ['--version']).status !== 0);
  return missing.length === 0 ? undefined : `not installed: ${missing.join(', ')}`;
}

/** @returns {string[]} the command that runs it */
export function emulatedNode() {
  return ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu', nodeOf('22', 'arm64')];
}
