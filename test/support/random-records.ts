/** Arbitrary TFRecord files of embeddings for properties: what protobuf allows, what TensorFlow writes, and what goes wrong. */

import fc from 'fast-check';
import {
  arkaba,
  bytesFeature,
  DT,
  entry,
  field,
  flipped,
  floatFeature,
  floats,
  frame,
  group,
  header,
  int64Feature,
  join,
  masked,
  shapeProto,
  tensorProto,
  text,
  varint,
  varintField,
} from './records.ts';

type Bytes = Uint8Array;

const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });

/** Mostly one width a file, so that most records are taken. */
const widths = fc.constantFrom(1, 3, 4, 16);
const channels = fc.constantFrom(1, 1, 5);
const windows = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 13 }) }, fc.constantFrom(12));

/** Bits of the type's own representation; NaNs, infinities and subnormal numbers among them. */
function elementBits(size: number): fc.Arbitrary<bigint> {
  const special =
    size === 2
      ? [0n, 0x8000n, 0x3c00n, 0x7c00n, 0xfc00n, 0x7e01n, 0x7d01n, 0x0001n, 0x7bffn, 0x7f80n, 0x7fc1n]
      : size === 4
        ? [
            0n,
            0x80000000n,
            0x3f800000n,
            0x7f800000n,
            0x7fc00001n,
            0x7f800001n,
            1n,
            0x477fefffn,
            0x477ff000n,
            0x33000000n,
          ]
        : [
            0n,
            1n << 63n,
            0x3ff0000000000000n,
            0x7ff0000000000000n,
            0x7ff8000000000001n,
            0x7ff0000020000001n,
            1n,
          ].concat([0x47efffffefffffffn, 0x47effffff0000000n, 0x3690000000000000n, 0x36a0000000000001n]);
  return fc.oneof(
    { weight: 3, arbitrary: fc.bigInt({ min: 0n, max: (1n << BigInt(8 * size)) - 1n }) },
    fc.constantFrom(...special),
  );
}

const dtypes = [
  { dtype: DT.float, size: 4, field: 5 },
  { dtype: DT.double, size: 8, field: 6 },
  { dtype: DT.half, size: 2, field: 13 },
  { dtype: DT.bfloat16, size: 2, field: 13 },
] as const;

function little(bits: bigint, size: number): Bytes {
  const out = Buffer.alloc(8);
  out.writeBigUInt64LE(bits);
  return new Uint8Array(out.subarray(0, size));
}

/** A tensor in one of the forms that a TensorProto has for the same values; fields in any order, others among them. */
function tensor(shape: readonly number[]): fc.Arbitrary<Bytes> {
  const elements = shape.reduce((product, size) => product * size, 1);
  return fc
    .record({
      type: fc.constantFrom(...dtypes),
      form: fc.constantFrom('content', 'content', 'packed', 'unpacked', 'mixed', 'shorthand', 'none', 'too many'),
      shapeFirst: fc.boolean(),
      extra: fc.boolean(),
    })
    .chain(({ type, form, shapeFirst, extra }) =>
      fc.array(elementBits(type.size), { minLength: 1, maxLength: 24 }).map((pool) => {
        const values = Array.from({ length: elements }, (_, i) => pool[(i * 7) % pool.length]!);
        const given =
          form === 'shorthand'
            ? values.slice(0, Math.ceil(elements / 3))
            : form === 'too many'
              ? [...values, pool[0]!, pool[0]!]
              : form === 'none'
                ? []
                : values;
        const one = (value: bigint) => (type.field === 13 ? varint(value) : little(value, type.size));
        const wire = { 5: 5, 6: 1, 13: 0 }[type.field];
        const packed = (some: readonly bigint[]) => (some.length === 0 ? [] : [field(type.field, ...some.map(one))]);
        const unpacked = (some: readonly bigint[]) =>
          some.map((value) => join(varint(type.field * 8 + wire), one(value)));
        const half = Math.floor(given.length / 2);
        const content =
          form === 'content'
            ? [field(4, ...values.map((value) => little(value, type.size)))]
            : form === 'unpacked'
              ? unpacked(given)
              : form === 'mixed'
                ? [...packed(given.slice(0, half)), ...unpacked(given.slice(half))]
                : packed(given);
        const head = [varintField(1, type.dtype), shapeProto(shape)];
        const junk = extra ? [varintField(3, 1), field(99, text('?')), group(98, varintField(1, 1))] : [];
        return shapeFirst ? join(...head, ...junk, ...content) : join(...content, ...junk, ...head);
      }),
    );
}

/** Names that the archive, its notebook, other recorders or nobody writes. */
export const names: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(arkaba) },
  fc.constantFrom(
    'site_0062/20200308T220000+0800_Uunguu-Indigenous-Protected-Area-Wunambal-Gaambera-Wet-A_192000.flac',
    '20211109T053052Z_Tumbarumba-Wet-Eucalypt-Dry-A_895869.flac',
    'site_0001/20211109T053052-0330_Somewhere-Dry-A_1.flac',
    'site_12345/20200229T235959+1030_NONAME_7.wav',
    '20190229T000000Z_no-leap-year_1.flac',
    'site_0285/20201014T010000+1030_A_b-c-Wet-B_007.flac',
    'site_0285/20201014T010000+1030_Åland-Wet-B_٣٤.flac',
    'S4A03895_20190522_050000.wav',
    '20201014_010000_x.wav',
    'site_0285/20201014T010000+2500_X-Dry-A_1.flac',
    'a/site_0285/20201014T010000+1030_X-Dry-A_1.flac and site_0286/20201014T010000Z_Y-Dry-B_2.flac',
    'nothing to be read',
    '',
    '\ufeff20201014T010000Z_bom_1.flac',
    '20201014T010000Z_quote"back\\slash\u0000\u001f\u007f\u2028😀_1.flac',
    `site_0285/20201014T010000+1030_${'word'.repeat(9)}`,
    'site_0285/20201014T010000+1030_X-Dry-A_.flac',
    `20201014T010000Z_X-Dry-A_${'9'.repeat(40)}.flac`,
  ),
  fc.string({ maxLength: 30, unit: 'binary' }),
  fc
    .tuple(
      fc.integer({ min: 1, max: 9999 }),
      fc.integer({ min: 0, max: 19 }),
      fc.integer({ min: 0, max: 39 }),
      fc.string({ maxLength: 8 }),
    )
    .map(
      ([year, month, day, site]) =>
        `site_0001/${String(year).padStart(4, '0')}${String(month).padStart(2, '0')}${String(day).padStart(2, '0')}T010203+0000_${site}-Dry-A_12.flac`,
    ),
  // What recorders write behind the second: fractions, zones, and what looks like them.
  fc
    .array(
      fc.constantFrom(
        '.',
        ',',
        '5',
        '982648',
        '+10',
        '-03',
        '+1000',
        '+10:30',
        '-0930',
        ':',
        '75',
        '+25',
        'Z',
        'z',
        'UTC',
        'GMT',
        '_',
        'x',
      ),
      { maxLength: 4 },
    )
    .map((parts) => `site_1/20201014T010000${parts.join('')}`),
  fc
    .tuple(
      fc.constantFrom('', '.5', '.982648', ',5', '.', '.7'),
      fc.constantFrom(
        '',
        'Z',
        'z',
        '+10',
        '-03',
        '+1000',
        '+10:30',
        '-0930',
        '+2500',
        '+1075',
        'UTC+10',
        'UTC',
        'GMT-03',
        'Z+1000',
        '+10.5',
        '+103',
      ),
      fc.constantFrom('', '_X_5', '-X_5', '.X', '_'),
      fc.constantFrom('', '.flac', '.7z', '.wav'),
    )
    .map((parts) => `S20201014T010000${parts.join('')}`),
);

const seconds = fc.oneof(
  { weight: 5, arbitrary: fc.integer({ min: 0, max: 7200 }) },
  fc.constantFrom(-0.5, -61, 0.1, 16777216, 1e20, 3.4e38, Number.NaN, Number.POSITIVE_INFINITY),
);

interface Choice {
  readonly shape: readonly [number, number, number];
  readonly tensor: Bytes;
  readonly name: Bytes;
  readonly seconds: number;
  readonly packed: boolean;
}

/** What makes a record other than as expected; most of them make it unusable, some only strange. */
const twists: { readonly [name: string]: (choice: Choice) => { readonly [feature: string]: Bytes | undefined } } = {
  'no embedding': () => ({ embedding: undefined }),
  'no filename': () => ({ filename: undefined }),
  'no timestamp': () => ({ timestamp_s: undefined }),
  'no shape': () => ({ embedding_shape: undefined }),
  'an empty shape feature': () => ({ embedding_shape: new Uint8Array(0) }),
  'another shape told': ({ shape: [a, b, c] }) => ({ embedding_shape: int64Feature([a, c, b + 1]) }),
  'a shape of another rank': ({ shape }) => ({ embedding_shape: int64Feature(shape.slice(1)) }),
  'a shape of floats': ({ shape }) => ({ embedding_shape: floatFeature(shape) }),
  'two names': ({ name }) => ({ filename: bytesFeature(name, name) }),
  'a name of floats': () => ({ filename: floatFeature([1]) }),
  'a name that is not UTF-8': () => ({ filename: bytesFeature(Uint8Array.of(0x32, 0xc3, 0x28)) }),
  'two times': () => ({ timestamp_s: floatFeature([1, 2]) }),
  'a time of integers': () => ({ timestamp_s: int64Feature([1]) }),
  'an embedding of floats': ({ shape }) => ({ embedding: floatFeature(shape) }),
  'an embedding that is no tensor': () => ({ embedding: bytesFeature(Uint8Array.of(0xff, 0xff)) }),
  'an integer tensor': ({ shape }) => ({ embedding: bytesFeature(tensorProto(shape, floats([]), DT.int32)) }),
  'a tensor of rank 2': () => ({
    embedding: bytesFeature(tensorProto([1, 2], floats([1, 2]))),
    embedding_shape: undefined,
  }),
  'content of another size': ({ shape }) => ({
    embedding: bytesFeature(tensorProto([shape[0] + 1, shape[1], shape[2]], floats([1, 2, 3, 4, 5]).slice(0, 19))),
  }),
  'the oneof set twice': ({ tensor, name }) => ({
    embedding: join(floatFeature([1]), bytesFeature(name), int64Feature([2]), bytesFeature(tensor)),
  }),
  'the list in pieces': ({ tensor }) => ({ embedding: join(bytesFeature(), bytesFeature(tensor), bytesFeature()) }),
};

function payload(width: number): fc.Arbitrary<Bytes> {
  const shape = fc.tuple(windows, channels, fc.oneof({ weight: 30, arbitrary: fc.constant(width) }, widths));
  return shape.chain((chosen) =>
    fc
      .record({
        tensor: tensor(chosen),
        name: names,
        seconds,
        packed: fc.boolean(),
        order: fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }),
        doubled: fc.option(fc.constantFrom('filename', 'timestamp_s', 'embedding', 'embedding_shape'), { freq: 5 }),
        unknown: fc.option(bytes(12), { freq: 3 }),
        split: fc.boolean(),
        twist: fc.option(fc.constantFrom(...Object.keys(twists)), { freq: 3 }),
        raw: fc.option(bytes(20), { freq: 20 }),
      })
      .map((parts) => {
        if (parts.raw !== null) return parts.raw;
        const choice = {
          shape: chosen,
          tensor: parts.tensor,
          name: text(parts.name),
          seconds: parts.seconds,
          packed: parts.packed,
        };
        const features: { [name: string]: Bytes | undefined } = {
          embedding: bytesFeature(choice.tensor),
          embedding_shape: int64Feature(chosen, parts.packed),
          filename: bytesFeature(choice.name),
          timestamp_s: floatFeature([parts.seconds], parts.packed),
          ...(parts.twist === null ? {} : twists[parts.twist]!(choice)),
        };
        const list = Object.entries(features);
        const ordered = parts.order.map((i) => list[i]!);
        const entries = ordered.flatMap(([name, value]) => {
          if (value === undefined) return [];
          // The last entry of a key counts, so the first one may be anything.
          return name === parts.doubled ? [entry(name, floatFeature([7])), entry(name, value)] : [entry(name, value)];
        });
        const others =
          parts.unknown === null
            ? []
            : [
                entry('nuisances', bytesFeature(parts.unknown)),
                entry('', int64Feature([-1])),
                field(1, field(2, bytesFeature()), field(7, parts.unknown)),
              ];
        const all = [...others, ...entries];
        if (!parts.split) return field(1, ...all);
        // A message given in two pieces is one message; what nobody knows stands between.
        const half = Math.floor(all.length / 2);
        return join(
          field(1, ...all.slice(0, half)),
          varintField(15, 3),
          group(3, field(1, text('x'))),
          field(1, ...all.slice(half)),
        );
      }),
  );
}

type Damage = (file: Bytes) => Bytes;

const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

const damages: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(place, fc.integer({ min: 0, max: 7 })).map(
    ([at, bit]): Damage =>
      (file) =>
        file.length === 0 ? file : flipped(file, Math.floor(at * file.length), bit),
  ),
  place.map(
    (at): Damage =>
      (file) =>
        file.slice(0, Math.floor(at * file.length)),
  ),
  fc.tuple(place, bytes(30, 1)).map(
    ([at, junk]): Damage =>
      (file) =>
        insert(file, Math.floor(at * file.length), junk),
  ),
  fc.tuple(place, fc.integer({ min: 1, max: 60 })).map(
    ([at, count]): Damage =>
      (file) =>
        join(file.slice(0, Math.floor(at * file.length)), file.slice(Math.floor(at * file.length) + count)),
  ),
  bytes(20, 1).map(
    (junk): Damage =>
      (file) =>
        join(file, junk),
  ),
  fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }).map(
    (length): Damage =>
      (file) =>
        join(file, header(length)),
  ),
  fc.integer({ min: 0, max: 300 }).map(
    (length): Damage =>
      (file) =>
        insert(file, 0, header(length)),
  ),
  place.map(
    (at): Damage =>
      (file) =>
        insert(file, Math.floor(at * file.length), new Uint8Array(40)),
  ),
);

function insert(file: Bytes, at: number, more: Bytes): Bytes {
  return join(file.slice(0, at), more, file.slice(at));
}

/** A record whose payload's checksum is wrong, so that what it holds (perhaps a record) must not be mistaken for more. */
function badlyFramed(payload: Bytes): Bytes {
  const footer = Buffer.alloc(4);
  footer.writeUInt32LE((masked(payload) ^ 0x01000000) >>> 0);
  return join(header(payload.length), payload, footer);
}

const anyFrame = (width: number) =>
  fc.oneof(
    { weight: 12, arbitrary: payload(width).map(frame) },
    { weight: 1, arbitrary: payload(width).map(badlyFramed) },
    { weight: 1, arbitrary: payload(width).map((inner) => frame(frame(inner))) },
    { weight: 1, arbitrary: payload(width).map((inner) => badlyFramed(frame(inner))) },
  );

/** A file without damage; records of it may be unusable. */
export const intactFiles: fc.Arbitrary<Bytes> = widths.chain((width) =>
  fc.array(payload(width).map(frame), { maxLength: 8 }).map((frames) => join(...frames)),
);

export const damagedFiles: fc.Arbitrary<Bytes> = widths.chain((width) =>
  fc
    .tuple(fc.array(anyFrame(width), { maxLength: 8 }), fc.array(damages, { maxLength: 3 }))
    .map(([frames, some]) => some.reduce((file, damage) => damage(file), join(...frames))),
);
