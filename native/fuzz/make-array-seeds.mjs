// Writes the seeds of array_chunk and array_transposed: the first chunks of small ArrayRecord files, and payloads that Google's encoder made.
// Needs the built package. The seeds are committed; run this again only to change them.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ArrayRecordReader, ArrayRecordWriter } from '../../dist/index.js';

const corpus = fileURLToPath(new URL('corpus/', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'bowerbird-seeds-'));

/** @param {string} target @param {{ [name: string]: Buffer }} seeds */
function write(target, seeds) {
  const folder = join(corpus, target);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [seed, bytes] of Object.entries(seeds)) writeFileSync(join(folder, seed), bytes);
}

/** A file up to the end of its footer: what follows is 64 KiB of zeros. @param {string} options @param {string[]} records */
async function head(options, records) {
  const path = join(scratch, 'x');
  const writer = await ArrayRecordWriter.create(path, options, { overwrite: true });
  for (const record of records) await writer.write(Buffer.from(record));
  await writer.close();
  const reader = await ArrayRecordReader.open(path);
  const { footerOffset } = reader.index;
  await reader.close();
  const file = readFileSync(path);
  const footer = Number(file.readBigUInt64LE(footerOffset + 8)) + 40;
  return Buffer.concat([Buffer.from([3, 0, 0, 0]), file.subarray(0, footerOffset + footer)]);
}

const words = ['a', '', 'bc', 'the quick brown fox', 'the quick brown fox jumps', '0123456789'.repeat(9)];
write('array_chunk', {
  uncompressed: await head('uncompressed', words),
  grouped: await head('uncompressed,group_size:4', words),
  snappy: await head('snappy,group_size:3', words),
  zstd: await head('zstd,group_size:3', words),
  brotli: await head('brotli,group_size:3', words),
  transposed: await head('transpose,uncompressed,group_size:3', words),
  transposed_snappy: await head('transpose,snappy,group_size:6', words),
  empties: await head('uncompressed,group_size:300', Array(300).fill('')),
  none: await head('uncompressed', []),
  garbage: Buffer.from('\x01\0\0\0not an ArrayRecord file at all'),
});

/** @param {number} records @param {number} decoded @param {string} header @param {string} rest @param {number} [codec] */
const payload = (records, decoded, header, rest, codec = 0) => {
  const [h, r] = [header, rest].map((text) => Buffer.from(text.replaceAll(' ', ''), 'hex'));
  return Buffer.concat([
    Buffer.from([records, decoded & 255, decoded >> 8, h.length & 255, h.length >> 8, codec]),
    h,
    r,
  ]);
};
write('array_transposed', {
  proto: payload(
    4,
    24,
    '04 05 04040b01 02 02 04 0b 01 07 01 1e 08 12 08 02 03 09 0b 0d 0d 0c 0a 00 01 01 03 00 02 01 06',
    '16 01 00 01 03 61 62 63 ff fe 6e 6f 74 20 70 72 6f 74 6f 0b 05',
  ),
  nonproto: payload(2, 5, '02 02 05 02 05 02 01 01 00 00 00', 'ff3232ff31 03 02 00'),
  empty: payload(1, 0, '01 02 01 00 01 01 01 00 00 00', '00'),
  circle: payload(0, 0, '00 00 02 00 00 03 02 00', ''),
  inline: payload(1, 2, '00 00 02 08 03 03 00 0b 00', ''),
  fixed: payload(1, 14, '01 01 0c 0c 03 0d 09 03 04 05 00 00 00 00', '0102030401020304050607 08'),
  group: payload(1, 2, '00 00 03 0c 0b 03 04 05 00 00', ''),
});
rmSync(scratch, { recursive: true });
