/** TFRecord, Example and TensorProto: TensorFlow writes and we read; we write the same, for TensorFlow to read. */

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { endianness } from 'node:os';
import { difference } from './report.mjs';

const folders = ['none', 'gzip', 'zlib'];

export async function readAll(bowerbird, path) {
  const payloads = [];
  // A view may die at the next step.
  for await (const { records } of bowerbird.readTfRecords(path)) {
    for (const record of records) payloads.push(Buffer.from(record));
  }
  return payloads;
}

const json = async (path) => JSON.parse(await readFile(path, 'utf8'));

function expectSame(expect, ours, theirs, what) {
  expect(Buffer.compare(ours, theirs) === 0, () => `${what}: ${difference(ours, theirs)}`);
}

/** Bits of a typed array as little-endian hex. */
export function hexOf(array) {
  if (endianness() !== 'LE') throw new Error('this comparison is written for little-endian machines');
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString('hex');
}

const arrayTypes = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  bfloat16: Uint16Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

export function arrayFrom(dtype, hex) {
  const bytes = Buffer.from(hex, 'hex');
  return new arrayTypes[dtype](bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
}

function floatFromHex(hex) {
  return Buffer.from(hex, 'hex').readFloatBE();
}

function encodeValues({ kind, values }) {
  if (kind === 'bytes') return values.map((value) => Buffer.from(value).toString('hex'));
  if (kind === 'int64') return Array.from(values, String);
  if (kind !== 'float') return [];
  const bits = new Uint32Array(Float32Array.from(values).buffer);
  return Array.from(bits, (word) => word.toString(16).padStart(8, '0'));
}

function decodeFeature([kind, values]) {
  if (kind === 'bytes') return { kind, values: values.map((hex) => Buffer.from(hex, 'hex')) };
  if (kind === 'float') return { kind, values: Float32Array.from(values, floatFromHex) };
  if (kind === 'int64') return { kind, values: values.map(BigInt) };
  return { kind: 'empty' };
}

/** Plain assignment to "__proto__" would change the object's prototype. */
function featuresFrom(entries) {
  const features = Object.create(null);
  for (const [key, feature] of entries) features[key] = decodeFeature(feature);
  return features;
}

export async function checkRecords(report, { bowerbird, work }) {
  const { parseExample, serializeExample, parseTensor, serializeTensor, writeTfRecords } = bowerbird;
  const { readExamples, writeExamples } = bowerbird;
  const facts = `${work}/facts`;
  const ours = `${work}/ours`;
  const sets = await json(`${facts}/records.json`);
  const examples = await json(`${facts}/examples.json`);
  const tensors = await json(`${facts}/tensors.json`);
  for (const folder of [...folders, 'tensors']) await mkdir(`${ours}/records/${folder}`, { recursive: true });

  for (const folder of [...folders, 'members']) {
    await report.group(`readTfRecords() reads what TensorFlow wrote, ${folder}`, async (expect) => {
      for (const [name, payloads] of Object.entries(sets)) {
        const found = await readAll(bowerbird, `${facts}/records/${folder}/${name}`);
        expect(found.length === payloads.length, `${name}: ${found.length} records, expected ${payloads.length}`);
        for (const [i, hex] of payloads.entries()) {
          expectSame(expect, found[i] ?? Buffer.alloc(0), Buffer.from(hex, 'hex'), `${name}, record ${i}`);
        }
      }
    });
  }

  await report.group('parseExample() finds what TensorFlow put in', async (expect) => {
    for (const folder of folders) {
      const found = await readAll(bowerbird, `${facts}/records/${folder}/examples`);
      for (const [i, { features }] of examples.entries()) {
        const parsed = parseExample(found[i]);
        const [have, want] = [Object.keys(parsed), Object.keys(features)].map((keys) => keys.sort());
        expect(have.join('\n') === want.join('\n'), () => `example ${i}: keys ${have}, expected ${want}`);
        for (const [key, [kind, values]] of Object.entries(features)) {
          const feature = parsed[key] ?? { kind: 'none' };
          const text = encodeValues(feature).join(' ');
          expect(
            feature.kind === kind && text === values.join(' '),
            () => `example ${i}, "${key}": ${feature.kind} ${text}\nexpected ${kind} ${values.join(' ')}`,
          );
        }
      }
    }
  });

  await report.group('serializeExample() gives the bytes of SerializeToString(deterministic=True)', (expect) => {
    for (const [i, { features, bytes }] of examples.entries()) {
      const made = serializeExample(featuresFrom(Object.entries(features)));
      expectSame(expect, made, Buffer.from(bytes, 'hex'), `example ${i}`);
    }
  });

  await report.group('writeExamples() and readExamples() do the same with files', async (expect) => {
    const path = `${ours}/records/plain`;
    for (const [i, { features, bytes }] of examples.entries()) {
      await writeExamples(path, [featuresFrom(Object.entries(features))], { overwrite: true });
      const [made] = await readAll(bowerbird, path);
      expectSame(expect, made, Buffer.from(bytes, 'hex'), `example ${i}`);
    }
    let at = 0;
    for await (const parsed of readExamples(`${facts}/records/none/examples`, { raw: true, int64: 'bigint' })) {
      for (const [key, [kind, values]] of Object.entries(examples[at].features)) {
        const found = `${parsed[key]?.kind} ${encodeValues(parsed[key] ?? {}).join(' ')}`;
        expect(found === `${kind} ${values.join(' ')}`, () => `example ${at}, "${key}": ${found}`);
      }
      at += 1;
    }
    expect(at === examples.length, `${at} examples, expected ${examples.length}`);
  });

  await report.group('serializeTensor() gives the bytes of tf.io.serialize_tensor', (expect) => {
    for (const { dtype, shape, values, bytes } of tensors.filter((fact) => fact.bytes !== undefined)) {
      const made = serializeTensor(arrayFrom(dtype, values), shape, dtype);
      expectSame(expect, made, Buffer.from(bytes, 'hex'), `${dtype} [${shape}]`);
    }
  });

  await report.group('parseTensor() reads tensor_content, value lists and the short forms', (expect) => {
    for (const { dtype, shape, values, bytes, parsed } of tensors) {
      for (const [form, hex] of Object.entries({ serialize_tensor: bytes, make_tensor_proto: parsed })) {
        if (hex === undefined) continue;
        const tensor = parseTensor(Buffer.from(hex, 'hex'), { halves: 'bits' });
        const found = `${tensor.dtype} [${tensor.shape}] ${hexOf(tensor.data)}`;
        const expected = `${dtype} [${shape}] ${values}`;
        expect(found === expected, () => `${form}: ${found}\nexpected ${expected}`);
      }
    }
  });

  await report.group('writeTfRecords() gives the bytes of TFRecordWriter, uncompressed', async (expect) => {
    for (const compression of folders) {
      for (const [name, payloads] of Object.entries(sets)) {
        const path = `${ours}/records/${compression}/${name}`;
        await writeTfRecords(
          path,
          payloads.map((hex) => Buffer.from(hex, 'hex')),
          { compression },
        );
        if (compression !== 'none') continue;
        expectSame(expect, await readFile(path), await readFile(`${facts}/records/none/${name}`), name);
      }
      const made = examples.map(({ features }) => serializeExample(featuresFrom(Object.entries(features))));
      await writeTfRecords(`${ours}/records/${compression}/examples`, made, { compression });
      const records = tensors.map(({ dtype, shape, values }, index) =>
        serializeExample({
          index: { kind: 'int64', values: [index] },
          tensor: { kind: 'bytes', values: [serializeTensor(arrayFrom(dtype, values), shape, dtype)] },
          shape: { kind: 'int64', values: shape },
        }),
      );
      await writeTfRecords(`${ours}/records/${compression}/tensors`, records, { compression });
    }
    await writeFile(`${ours}/records/done`, '');
  });
}
