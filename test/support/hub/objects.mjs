/** Large files by their SHA-256, in memory or in a folder. */

import { createHash } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

export class Objects {
  #folder;
  #count = 0;
  /** @type {Map<string, { readonly size: number, readonly bytes: Buffer | undefined }>} */
  #known = new Map();

  /** @param {string | undefined} folder */
  constructor(folder) {
    this.#folder = folder;
    if (folder !== undefined) mkdirSync(folder, { recursive: true });
  }

  /** @param {string} oid */
  sizeOf(oid) {
    return this.#known.get(oid)?.size;
  }

  /** Takes bytes as they come; the result says what they were, and `keep` keeps them. @param {AsyncIterable<Uint8Array> | Iterable<Uint8Array>} blocks */
  async take(blocks) {
    const hash = createHash('sha256');
    const path = this.#folder === undefined ? undefined : join(this.#folder, `incoming-${this.#count++}`);
    const fd = path === undefined ? undefined : openSync(path, 'w');
    /** @type {Uint8Array[]} */
    const parts = [];
    let size = 0;
    try {
      for await (const block of blocks) {
        hash.update(block);
        size += block.length;
        if (fd === undefined) parts.push(block);
        else writeSync(fd, block);
      }
    } catch (error) {
      if (path !== undefined) rmSync(path, { force: true });
      throw error;
    } finally {
      if (fd !== undefined) closeSync(fd);
    }
    const oid = hash.digest('hex');
    return {
      ...{ oid, size },
      keep: () => {
        if (path !== undefined) renameSync(path, join(this.#folder, oid));
        this.#known.set(oid, { size, bytes: path === undefined ? Buffer.concat(parts) : undefined });
      },
      drop: () => path !== undefined && rmSync(path, { force: true }),
    };
  }

  /** @param {string} oid @param {number} [from] @param {number} [to] @returns {Buffer} */
  read(oid, from = 0, to = this.sizeOf(oid)) {
    const { bytes } = this.#known.get(oid);
    if (bytes !== undefined) return bytes.subarray(from, to);
    const path = join(this.#folder, oid);
    if (from === 0 && to === this.sizeOf(oid)) return readFileSync(path);
    const fd = openSync(path, 'r');
    const part = Buffer.alloc(Math.max(0, to - from));
    readSync(fd, part, 0, part.length, from);
    closeSync(fd);
    return part;
  }
}
