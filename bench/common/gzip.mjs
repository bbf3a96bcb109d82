// The same files compressed, for the cases that read them so.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { bytesOf, made } from './data.mjs';

/** @param {import('./bench.mjs').Bench} bench @param {readonly string[]} paths of files below 2 GiB */
export function zipped(bench, paths) {
  const input = made(bench, 'gzip', (dir) => {
    for (const [i, path] of paths.entries()) {
      writeFileSync(join(dir, `${i}.tfrecord.gz`), gzipSync(readFileSync(path), { level: 1 }));
    }
  });
  return { ...input, plainBytes: bytesOf(paths) };
}
