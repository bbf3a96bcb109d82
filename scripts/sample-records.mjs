// Writes small TFRecord files of audio embeddings, for tests that need real inputs: tf.train.Example with a filename, an
// offset, a TensorProto of 12 x 1 x `width` floats and its shape. With `bad`, one record has no tensor and one is damaged.

import { writeFileSync } from 'node:fs';
import { native } from '../dist/native/native.js';

export function writeSampleRecords(path, { records, seed, width = 1280, bad = false }) {
  const parts = [];
  for (let i = 0; i < records; i++) parts.push(frame(example(i, seed, width, bad && i === 3)));
  const file = Buffer.concat(parts);
  if (bad) file[parts.slice(0, 7).reduce((sum, part) => sum + part.length, 0) + 100] ^= 1;
  writeFileSync(path, file);
}

function example(index, seed, width, withoutTensor) {
  const day = String(1 + (seed % 28)).padStart(2, '0');
  const name = `site_${1000 + seed}/202103${day}T050000+1000_SERF-Birds-Seasonal_${600000 + seed}.flac`;
  const features = [
    feature('filename', field(1, field(1, Buffer.from(name)))),
    feature('timestamp_s', field(2, field(1, floats([index * 60])))),
    feature('embedding_shape', field(3, field(1, Buffer.concat([12, 1, width].map(varint))))),
  ];
  if (!withoutTensor) features.push(feature('embedding', field(1, field(1, tensor(index, seed, width)))));
  return field(1, Buffer.concat(features));
}

function tensor(index, seed, width) {
  const values = Array.from({ length: 12 * width }, (_, i) => Math.fround(Math.sin(i + 31 * index + 977 * seed)));
  const shape = [12, 1, width].map((size) => field(2, Buffer.concat([Buffer.from([0x08]), varint(size)])));
  return Buffer.concat([Buffer.from([0x08, 1]), field(2, Buffer.concat(shape)), field(4, floats(values))]);
}

/** One entry of the map of features. */
function feature(name, value) {
  return field(1, Buffer.concat([field(1, Buffer.from(name)), field(2, value)]));
}

/** A protobuf field of bytes: tag, length, content. */
function field(number, bytes) {
  return Buffer.concat([Buffer.from([(number << 3) | 2]), varint(bytes.length), bytes]);
}

function varint(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  return Buffer.from([...bytes, value]);
}

function floats(values) {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [i, value] of values.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
}

/** TFRecord framing: length, its masked CRC, data, its masked CRC. */
function frame(data) {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(BigInt(data.length));
  header.writeUInt32LE(maskedCrc(header.subarray(0, 8)), 8);
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE(maskedCrc(data));
  return Buffer.concat([header, data, footer]);
}

function maskedCrc(bytes) {
  const crc = native().crc32c(bytes, 0);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
