// How much of a file must be uploaded again after rows were inserted, by the chunks of the Hub's own chunker, and what do other layouts of Parquet cost?
//
// 300 recordings of 120 kB that do not compress; then three more in front, and one in the middle taken out. What the second file has and the first has
// not is new, in chunks of @huggingface/xetchunk-wasm. The three new rows alone are 1.0 %. No speed: the figures are the same wherever this runs.
import { createCipheriv } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getChunks, hashToHex } from '@huggingface/xetchunk-wasm';
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { ParquetShardWriter } from '../../dist/samples/parquet/write/shard-writer.js';
import { root } from '../common/bench.mjs';
import { ownPython } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { table } from '../common/stats.mjs';

const script = join(root, 'bench/peers/parquet_dedupe.py');
const recordingBytes = 120_000;

/** @typedef {{ file: string, path: string, text: string }} Row */

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const venv = { name: 'parquet-venv', requirements: 'parquet-requirements.txt' };
  const python = await ownPython(bench, venv, 'pyarrow', 'pyarrow.parquet');
  const folder = bench.path('dedupe');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const count = bench.size(300, 12);
  const first = Array.from({ length: count }, (_, i) => recording(folder, i));
  const added = [-3, -2, -1].map((i) => recording(folder, i));
  const second = [...added, ...first.filter((_, i) => i !== count >> 1)];

  /** @type {[string, () => Promise<[Uint8Array, Uint8Array]>][]} */
  const layouts = [
    ['ParquetShardWriter: one recording a page', async () => [await shard(first, folder), await shard(second, folder)]],
    ['hyparquet-writer, pages of 1 MiB', async () => [plain(first, 'UNCOMPRESSED'), plain(second, 'UNCOMPRESSED')]],
    ['hyparquet-writer, pages of 1 MiB, SNAPPY', async () => [plain(first, 'SNAPPY'), plain(second, 'SNAPPY')]],
  ];
  if (python !== undefined) {
    for (const [how, name] of /** @type {const} */ ([
      ['pages', 'pyarrow'],
      ['datasets', 'pyarrow, content-defined chunks, as datasets 5'],
    ])) {
      layouts.push([name, async () => arrow(python, how, folder, [first, second])]);
    }
  }
  const rows = [];
  for (const [name, make] of layouts) {
    const [one, two] = await make();
    const known = new Set(getChunks(one).map(({ hash }) => hashToHex(hash)));
    const fresh = getChunks(two).filter(({ hash }) => !known.has(hashToHex(hash)));
    const bytes = fresh.reduce((sum, { length }) => sum + length, 0);
    bench.raw({ name, file: two.length, fresh: bytes });
    rows.push([name, two.length, bytes, `${((100 * bytes) / two.length).toFixed(1)} %`]);
  }
  const least = 3 * recordingBytes;
  rows.push([
    'the new recordings alone',
    '',
    least,
    `${((100 * least) / (recordingBytes * second.length)).toFixed(1)} %`,
  ]);
  bench.say(`${count} recordings of ${recordingBytes} bytes; 3 inserted in front, 1 taken out:`);
  bench.say(table([['layout', 'bytes of the file', 'new bytes', 'share'], ...rows]));
  rmSync(folder, { recursive: true, force: true });
}

/** @param {number} i */
function ivOf(i) {
  const iv = Buffer.alloc(16);
  iv.writeInt32BE(i);
  return iv;
}

/** @param {string} folder @param {number} i @returns {Row} */
function recording(folder, i) {
  const file = join(folder, `${i}.bin`);
  // Noise, the same wherever this runs.
  const cipher = createCipheriv('aes-128-ctr', Buffer.alloc(16, 1), ivOf(i));
  writeFileSync(file, cipher.update(Buffer.alloc(recordingBytes)));
  return { file, path: `episode_${i}.mp3`, text: `What was said in segment ${i}` };
}

/** @param {readonly Row[]} rows @param {string} folder */
async function shard(rows, folder) {
  const path = join(folder, 'shard.parquet');
  const fd = openSync(path, 'w');
  const writer = await ParquetShardWriter.open(fd, path, {
    columns: [
      { name: 'audio', kind: 'audio' },
      { name: 'text', kind: 'string' },
    ],
    groupBytes: 100_000_000,
  });
  for (const { file, path: name, text } of rows) writer.add({ audio: { bytes: readFileSync(file), path: name }, text });
  writer.finish();
  closeSync(fd);
  return new Uint8Array(readFileSync(path));
}

/** The library alone, as its documents show it. @param {readonly Row[]} rows @param {'SNAPPY' | 'UNCOMPRESSED'} codec */
function plain(rows, codec) {
  const writer = new ByteWriter();
  const parquet = new ParquetWriter({
    writer,
    codec,
    schema: [
      { name: 'schema', num_children: 2 },
      { name: 'audio', num_children: 2, repetition_type: 'OPTIONAL' },
      { name: 'bytes', type: 'BYTE_ARRAY', repetition_type: 'OPTIONAL' },
      { name: 'path', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'text', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
    ],
  });
  const audio = rows.map(({ file, path }) => ({ bytes: new Uint8Array(readFileSync(file)), path }));
  const columnData = [
    { name: 'audio', data: audio },
    { name: 'text', data: rows.map(({ text }) => text) },
  ];
  parquet.write({ columnData, rowGroupSize: rows.length });
  parquet.finish();
  return writer.getBytes();
}

/**
 * @param {string} python @param {string} how @param {string} folder @param {readonly (readonly Row[])[]} files
 * @returns {[Uint8Array, Uint8Array]}
 */
function arrow(python, how, folder, files) {
  const told = files.map((rows, i) => {
    const path = join(folder, `${i}.json`);
    writeFileSync(path, JSON.stringify(rows));
    return path;
  });
  const out = files.map((_, i) => join(folder, `${how}-${i}.parquet`));
  cost([python, script, how, ...told, ...out]);
  return [new Uint8Array(readFileSync(out[0] ?? '')), new Uint8Array(readFileSync(out[1] ?? ''))];
}
