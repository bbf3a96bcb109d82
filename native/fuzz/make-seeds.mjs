// Writes the seed corpus of the fuzz targets, native/fuzz/corpus/<target>/<name>: small records like the archive's and one seed for each
// form of them. Needs the built package. The seeds are committed; run this again only to change them.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { exampleRecord, feature, field, frame, varint } from '../../scripts/a2o-like.mjs';

const corpus = fileURLToPath(new URL('corpus/', import.meta.url));
const name = 'site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac';
const { concat, from } = Buffer;

/** @param {string} target @param {{ [name: string]: Buffer }} seeds */
function write(target, seeds) {
  const folder = join(corpus, target);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [seed, bytes] of Object.entries(seeds)) writeFileSync(join(folder, seed), bytes);
}

/** Puts the eight bytes of choices before everything. @param {number[]} choices @param {{ [name: string]: Buffer }} seeds */
const choosing = (choices, seeds) =>
  Object.fromEntries(
    Object.entries(seeds).map(([seed, bytes]) => [
      seed,
      concat([from([...choices, 0, 0, 0, 0, 0, 0, 0, 0].slice(0, 8)), bytes]),
    ]),
  );

const floats = (/** @type {number[]} */ ...values) => from(Float32Array.from(values).buffer);
const doubles = (/** @type {number[]} */ ...values) => from(Float64Array.from(values).buffer);
const int = (/** @type {number} */ number, /** @type {number} */ value) => concat([varint(number * 8), varint(value)]);

/** A TensorProto. @param {number} dtype @param {number[]} dims @param {Buffer[]} rest */
const tensor = (dtype, dims, ...rest) =>
  concat([int(1, dtype), field(2, ...dims.map((size) => field(2, int(1, size)))), ...rest]);

/** A record around a TensorProto. @param {Buffer} proto @param {string} filename */
const record = (proto, filename = name) =>
  field(
    1,
    feature('embedding', field(1, field(1, proto))),
    feature('timestamp_s', field(2, field(1, floats(60)))),
    feature('filename', field(1, field(1, from(filename)))),
  );

const tensors = {
  content: tensor(1, [2, 1, 3], field(4, floats(1, 2, 3, 4, 5, 6))),
  float_val: tensor(1, [2, 1, 3], field(5, floats(1, 2, 3, 4, 5, 6))),
  repeated: tensor(1, [4, 1, 8], field(5, floats(0.5))),
  unpacked: tensor(1, [1, 1, 2], from([0x2d]), floats(1), from([0x2d]), floats(2)),
  no_values: tensor(1, [2, 1, 3]),
  double_content: tensor(2, [1, 1, 2], field(4, doubles(1, -2))),
  double_val: tensor(2, [1, 1, 2], field(6, doubles(1, -2))),
  half_content: tensor(19, [1, 2, 2], field(4, from([0, 0x3c, 0, 0xc0, 0, 0x38, 1, 0]))),
  half_val: tensor(19, [1, 1, 2], field(13, varint(0x3c00), varint(0xc000))),
  bfloat16: tensor(14, [1, 1, 2], int(13, 0x3f80), int(13, 0xc000)),
  empty: tensor(1, [0, 1, 3]),
  scalar: tensor(1, [], field(5, floats(1))),
  int32: tensor(3, [1, 1, 2], field(7, varint(1), varint(2))),
  huge: tensor(1, [2 ** 40, 1, 2 ** 20]),
};

const like = (/** @type {number} */ seconds, windows = 2, channels = 1, filename = name) =>
  exampleRecord({
    filename,
    seconds,
    values: floats(...Array(windows * channels * 3).keys()),
    windows,
    channels,
    width: 3,
  });

const records = {
  archive: like(0),
  channels: like(60, 2, 5),
  no_windows: like(60, 0),
  utc: like(60, 1, 1, '20200308T220000Z_Mt-Barney-Wet-B_7.wav'),
  no_zone: like(60, 1, 1, 'THOMPSON_20170625_102105.wav'),
  other_name: like(60, 1, 1, 'x\u00e9 kookaburra.wav'),
  two_features: concat([record(tensors.content), field(1, feature('filename', field(1, field(1, from(name)))))]),
  ...Object.fromEntries(Object.entries(tensors).map(([kind, proto]) => [`tensor_${kind}`, record(proto)])),
};

const three = [like(0), like(60), like(120, 1)].map(frame);
const nested = frame(concat([from('before'), frame(like(0)), from('behind')]));
const damaged = (/** @type {Buffer} */ file, /** @type {number} */ at) => {
  const copy = from(file);
  copy[at] ^= 1;
  return copy;
};
/** A sealed header and nothing behind it. @param {bigint} length */
const promise = (length) => {
  const header = frame(Buffer.alloc(0)).subarray(0, 12);
  const seal = frame(concat([from(new BigUint64Array([length]).buffer)]));
  // The footer of a record is the masked CRC of its payload: of these eight bytes, as a header needs it.
  header.set(seal.subarray(12, 20), 0);
  header.set(seal.subarray(20, 24), 8);
  return header;
};

const small = ['hello', '', 'a record'].map((text) => frame(from(text)));
const files = {
  three: concat(three),
  payload_damaged: damaged(concat(three), three[0].length + 20),
  header_damaged: damaged(concat(three), three[0].length),
  truncated: concat(three).subarray(0, -9),
  garbage: concat([three[0], from('garbage between records'), three[1]]),
  nested: damaged(concat([three[0], nested, three[1]]), three[0].length + 14),
  kinds: concat(Object.values(tensors).map((proto) => frame(record(proto)))),
};

write('wire_example', choosing([], records));
write('tensor', choosing([], tensors));
write('embedding', {
  ...choosing([], records),
  ...choosing([4, 7], { halves_of_all_channels: like(60, 2, 5), halves_of_doubles: record(tensors.double_content) }),
  ...choosing([3], { asked_name: like(60), refused_name: record(tensors.content, 'x') }),
  ...choosing([2, 0, 3], { big_hop: like(60) }),
});
write('tfrecord_file', { ...choosing([0, 0, 0, 30], files), ...choosing([6, 7, 1, 0], { halves: concat(three) }) });
write('record_stream', {
  ...choosing([1, 6, 255, 0, 0, 99], {
    small: concat(small),
    payload_damaged: damaged(concat(small), 13),
    header_damaged: damaged(concat(small), 2),
    truncated: concat(small).subarray(0, -3),
    garbage: concat([from('garbage'), ...small, from('more of it')]),
    nested: concat([frame(concat(small)), small[0]]),
    nested_damaged: damaged(concat([frame(concat(small)), small[0]]), 12),
    promises: concat([1n << 63n, (1n << 64n) - 1n, 40n, 0n].map(promise)),
    empty: Buffer.alloc(0),
  }),
  ...choosing([1, 0, 2], { limited: concat(small) }),
  ...choosing([0, 3, 255], { not_salvaged: damaged(concat(small), 40) }),
});
write(
  'archive_name',
  Object.fromEntries(
    [
      name,
      'site_0062/20200308T220000Z_Uunguu-Indigenous-Protected-Area-Wunambal-Gaambera-Wet-A_192000.flac',
      'site_0001/20200229T235959+0000_--Dry-B_007flac',
      '/folder/site_0277/20220502T075930-0300_Minjerribah_1088507.wav',
      'THOMPSON_20170625_102105.wav',
      'site_\u0660285/2\u0660201014T010000+1\u066030_\u00dcn\u00ef-Dry-A_\u0664\u0665.flac',
      'site_0000/20200101T000000Z_a-Wet-A_-Wet-A_site_0000/20200101T000000Z_a-Wet-A_1.flac',
      '20201014T010000+08:45_A-Wet-B_1',
      'site_1/S20240815T091156.982648+10_E20240815T091251.967555+1000_-12.34567+78.98102.wav',
      'site_1/20201014T010000,5z_X_5.flac',
      'site_1/20201014T010000UTC-03_X_5.flac',
      'site_1/20201014T010000Z+1000_X_5.flac',
      'site_1/20201014T010000.5+10.5_X_5.flac',
    ].map((text, i) => [`name_${i}`, from(text)]),
  ),
);
write('json', {
  ascii: from('plain "quoted" back\\slash /'),
  controls: from(Array.from({ length: 33 }, (_, i) => i).concat(0x7f)),
  planes: from('\u00e9\u07ff\u0800\ud7ff\ue000\uffff\u{10000}\u{1f600}\u{10ffff}'),
  digits: from('\u0660\u0669\u0966\uff10\u{1d7ce}\u{1d7ff}\u00b2\u2160'),
  invalid: from([0xc0, 0x80, 0xed, 0xa0, 0x80, 0xf4, 0x90, 0x80, 0x80, 0xff]),
});
const special = [0, -0, 1, 65504, 65519, 65520, 6.1e-5, 5.96e-8, 2.98e-8, Infinity, -Infinity, NaN, 0.1];
write('convert', {
  floats: concat([from([0, 1]), floats(...special)]),
  doubles: concat([from([1, 3]), doubles(...special, 1 + 2 ** -11 + 2 ** -40)]),
  bfloats: concat([from([2, 0]), from([...Array(64).keys()])]),
  halves: concat([from([3, 5]), from([0, 0x3c, 0xff, 0x7b, 1, 0, 0, 0x7c, 1, 0x7c, 0, 0xfe, 0, 0x80, 0xff, 3, 0, 4])]),
});
write('crc32c', {
  digits: concat([from([0, 0, 0, 0, 4]), from('123456789')]),
  long: concat([from([7, 31, 255, 1, 33]), from([...Array(255).keys()])]),
  empty: Buffer.alloc(0),
});
