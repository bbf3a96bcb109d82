// Input files of the benchmarks, made once and kept in the data folder.
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { exampleRecord, frame, makeA2oLike } from '../../scripts/a2o-like.mjs';

/** Of one record of 12 x 1 x 1280 float32 with its frame and its names. */
const recordBytes = 61_640;

/**
 * A2O-like files of about `gib` GiB in all. Their names say what they are, so a folder is made once.
 * @param {import('./bench.mjs').Bench} bench @param {number} gib @param {number} [files]
 */
export function a2oFiles(bench, gib, files = 40) {
  return made(bench, `a2o-${gib}gib-${files}`, (dir) => {
    makeA2oLike(dir, { files, records: Math.round((gib * 2 ** 30) / files / recordBytes) });
  });
}

/**
 * Files of a few large records, each `windows` x 1 x 1280.
 * @param {import('./bench.mjs').Bench} bench @param {string} name @param {{ files: number, records: number, windows: number }} shape
 */
export function largeRecords(bench, name, { files, records, windows }) {
  return made(bench, name, (dir) => {
    const values = Buffer.alloc(windows * 1280 * 4);
    for (let i = 0; i < values.length; i += 4) values.writeFloatLE((i % 9973) / 9973 - 0.5, i);
    for (let f = 0; f < files; f++) {
      writePieces(join(dir, `large-${f}.tfrecord`), records, (r) => {
        const filename = `site_0280/20201001T000000+1030_Arkaba-Dry-A_${49500 + r}.flac`;
        return frame(exampleRecord({ filename, seconds: r * 60, values, windows }));
      });
    }
  });
}

/** @param {string} path @param {number} count @param {(i: number) => Buffer} piece */
export function writePieces(path, count, piece) {
  const fd = openSync(path, 'w');
  for (let i = 0; i < count; i++) writeSync(fd, piece(i));
  closeSync(fd);
}

/**
 * A folder of the data folder, made under another name first: a run that was broken off leaves nothing that looks whole.
 * @param {import('./bench.mjs').Bench} bench @param {string} name @param {(dir: string) => void} make
 */
export function made(bench, name, make) {
  const dir = bench.path(name);
  if (!existsSync(dir)) {
    bench.progress(`making ${name}`);
    const draft = `${dir}.making`;
    rmSync(draft, { recursive: true, force: true });
    mkdirSync(draft, { recursive: true });
    make(draft);
    renameSync(draft, dir);
  }
  const paths = readdirSync(dir)
    .sort()
    .map((file) => join(dir, file));
  return { dir, paths, bytes: bytesOf(paths) };
}

/** @param {readonly string[]} paths */
export function bytesOf(paths) {
  return paths.reduce((sum, path) => sum + statSync(path).size, 0);
}

/** Reads the files once, so that they are in the page cache. @param {readonly string[]} paths */
export function warm(paths) {
  const block = Buffer.alloc(4 << 20);
  for (const path of paths) {
    const fd = openSync(path, 'r');
    while (readSync(fd, block) > 0);
    closeSync(fd);
  }
}
