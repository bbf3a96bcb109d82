// Checks what extract wrote: a wrong result has no speed.
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { crc32c } from '../../dist/formats/records/crc32c.js';

export class Outputs {
  /** @type {string | undefined} */
  #first;

  /** @param {string} dir an output folder of extract */
  constructor(dir) {
    this.dir = dir;
  }

  /** The files have the checksums of the manifest, and all runs that were checked made the same files. */
  check() {
    const manifest = JSON.parse(readFileSync(join(this.dir, 'extract.json'), 'utf8'));
    const outputs = stamps(manifest);
    if (outputs.length === 0) throw new Error('extract made no outputs');
    for (const { name, bytes, crc32c } of outputs) {
      const path = join(this.dir, name);
      if (statSync(path).size !== bytes) throw new Error(`${name} has not the size that the manifest says`);
      if (fileCrc(path) !== crc32c) throw new Error(`${name} has not the CRC-32C that the manifest says`);
    }
    const text = JSON.stringify(outputs);
    this.#first ??= text;
    if (text !== this.#first) throw new Error('two runs of extract made different files');
  }
}

/** Every {name, bytes, crc32c} anywhere in the manifest. @returns {{ name: string, bytes: number, crc32c: string }[]} */
function stamps(/** @type {any} */ value) {
  if (typeof value !== 'object' || value === null) return [];
  if (typeof value.crc32c === 'string') return [value];
  return Object.values(value).flatMap(stamps);
}

/** @param {string} path */
function fileCrc(path) {
  const block = Buffer.alloc(1 << 20);
  const fd = openSync(path, 'r');
  let crc = 0;
  for (;;) {
    const length = readSync(fd, block);
    if (length === 0) break;
    crc = crc32c(block.subarray(0, length), crc);
  }
  closeSync(fd);
  return crc.toString(16).padStart(8, '0');
}
