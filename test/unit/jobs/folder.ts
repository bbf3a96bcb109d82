/** Folders that tests work in, and what is in them. */

import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** Gone when the test is. */
export function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export function writeFiles(folder: string, files: { readonly [name: string]: string }): string {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Every file below, by relative path, with its content as latin1 text; folders as "(folder)" when they are empty. */
export function tree(folder: string, prefix = ''): { [path: string]: string } {
  const files: { [path: string]: string } = {};
  for (const name of readdirSync(join(folder, prefix)).sort()) {
    const path = join(prefix, name);
    if (lstatSync(join(folder, path)).isDirectory()) {
      const below = tree(folder, path);
      Object.assign(files, Object.keys(below).length === 0 ? { [path]: '(folder)' } : below);
    } else files[path] = readFileSync(join(folder, path), 'latin1');
  }
  return files;
}

export function copyFolder(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  cpSync(from, to, { recursive: true, preserveTimestamps: true });
}

/** CRC-32C bit by bit (RFC 3720), to make journal lines without the code under test. */
export function slowCrc32c(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, '0');
}
