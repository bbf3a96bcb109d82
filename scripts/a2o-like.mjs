// Makes TFRecord files like the archive's embeddings: one tf.train.Example a minute of audio, 12 x 1 x 1280 float32. The values are
// drawn from a seeded generator, so the same arguments give the same bytes. Used by the demo, the benchmarks and the crash test.
import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { native } from '../dist/native/native.js';

const sites = [
  'Arkaba-Dry-A',
  'Five-Rivers-Wet-B',
  'Mt-Barney-Dry-B',
  'Uunguu-Indigenous-Protected-Area-Wunambal-Gaambera-Wet-A',
];

/** @param {number} seed */
function generator(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {number} value */
export function varint(value) {
  const bytes = [];
  for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) | 128);
  return Buffer.from([...bytes, value]);
}

/** One length-delimited protobuf field. @param {number} number @param {Buffer[]} parts */
export function field(number, ...parts) {
  const body = Buffer.concat(parts);
  return Buffer.concat([varint(number * 8 + 2), varint(body.length), body]);
}

/** @param {string} name @param {Buffer} value a Feature message */
export const feature = (name, value) => field(1, field(1, Buffer.from(name)), field(2, value));

/**
 * @param {{ filename: string, seconds: number, values: Buffer, windows?: number, channels?: number, width?: number }} record
 * @returns {Buffer} a serialized Example; the order of its features is the one of the archive
 */
export function exampleRecord({ filename, seconds, values, windows = 12, channels = 1, width = 1280 }) {
  const dims = [windows, channels, width];
  const tensor = Buffer.concat([
    Buffer.from([8, 1]),
    field(2, ...dims.map((size) => field(2, Buffer.from([8]), varint(size)))),
    field(4, values),
  ]);
  const timestamp = Buffer.alloc(4);
  timestamp.writeFloatLE(seconds);
  return field(
    1,
    feature('embedding_shape', field(3, field(1, ...dims.map(varint)))),
    feature('embedding', field(1, field(1, tensor))),
    feature('timestamp_s', field(2, field(1, timestamp))),
    feature('filename', field(1, field(1, Buffer.from(filename)))),
  );
}

/** TFRecord framing. @param {Buffer} payload */
export function frame(payload) {
  const mask = (/** @type {number} */ crc) => (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
  const out = Buffer.alloc(payload.length + 16);
  out.writeBigUInt64LE(BigInt(payload.length));
  out.writeUInt32LE(mask(native().crc32c(out.subarray(0, 8), 0)), 8);
  payload.copy(out, 12);
  out.writeUInt32LE(mask(native().crc32c(payload, 0)), payload.length + 12);
  return out;
}

/**
 * Writes `files` files of `records` records each into `dir`.
 * @param {string} dir
 * @param {{ files?: number, records?: number, seed?: number, prefix?: string, windows?: (i: number) => number, width?: number }} options
 * @returns {string[]} paths
 */
export function makeA2oLike(
  dir,
  { files = 4, records = 200, seed = 1, prefix = 'a2o_sample_embeddings', windows = () => 12, width = 1280 } = {},
) {
  mkdirSync(dir, { recursive: true });
  const random = generator(seed);
  const pool = new Float32Array(1 << 20).map(() => (random() + random() + random() - 1.5) / 4);
  const paths = [];
  for (let f = 0; f < files; f++) {
    const count = String(files).padStart(5, '0');
    const path = join(dir, `${prefix}-${String(f).padStart(5, '0')}-of-${count}`);
    const fd = openSync(path, 'w');
    /** @type {Buffer[]} */
    let block = [];
    let size = 0;
    const flush = () => {
      if (size > 0) writeSync(fd, Buffer.concat(block));
      block = [];
      size = 0;
    };
    for (let r = 0; r < records; r++) {
      // A recording is two hours long: 120 records share a name.
      const recording = f * records + Math.floor(r / 120);
      const site = /** @type {string} */ (sites[recording % sites.length]);
      const day = String(1 + (recording % 28)).padStart(2, '0');
      const hour = String((recording * 2) % 24).padStart(2, '0');
      const filename = `site_${String(280 + (recording % 90)).padStart(4, '0')}/202010${day}T${hour}0000+1030_${site}_${49500 + recording}.flac`;
      const n = windows(r) * width;
      const start = Math.floor(random() * (pool.length - n));
      const values = Buffer.from(pool.buffer, start * 4, n * 4);
      const framed = frame(exampleRecord({ filename, seconds: (r % 120) * 60, values, windows: windows(r), width }));
      block.push(framed);
      size += framed.length;
      if (size > 4 << 20) flush();
    }
    flush();
    closeSync(fd);
    paths.push(path);
  }
  return paths;
}
