/** pack() under what users give it: samples that are none, processors that throw anything, rows that lie, and places that are not apart. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import { readSamples } from '../../../src/api/read-samples.ts';
import { verify } from '../../../src/api/verify.ts';
import { Converter, type Yielded } from '../../../src/samples/converter.ts';
import { findAudio } from '../../../src/samples/parquet/audio-path.ts';
import { wav } from '../../support/labelled.ts';
import { scratch } from '../jobs/folder.ts';

class Given extends Converter {
  readonly #yielded: readonly Yielded[];

  constructor(yielded: readonly Yielded[]) {
    super();
    this.#yielded = yielded;
  }

  get converterName() {
    return 'given';
  }

  samples() {
    return this.#yielded;
  }
}

async function samplesIn(folder: string): Promise<{ readonly [field: string]: unknown }[]> {
  const found: { readonly [field: string]: unknown }[] = [];
  for await (const { sample } of readSamples(folder)) found.push(sample);
  return found;
}

const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'));
const rejects = (out: string): { row: number; code: string; reason: string }[] =>
  readFileSync(join(out, 'rejects.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

/** A folder of one recording: a second of 16 bits, stereo, at 8000 Hz. */
function recordings(root: string): string {
  const folder = join(root, 'rec');
  mkdirSync(folder);
  const samples = Array.from({ length: 16_000 }, (_, i) => i);
  writeFileSync(join(folder, 'a.wav'), wav(samples, { channels: 2, sampleRate: 8000 }));
  return folder;
}

function processor(root: string, body: string) {
  const module = join(root, 'processor.mjs');
  writeFileSync(module, `export default class P { process(sample, context) { ${body} } }\n`);
  return { module };
}

describe('an upload', () => {
  test('takes along what was packed before anybody asked for it', async () => {
    const root = scratch();
    const inputs = recordings(root);
    const [out, up] = [join(root, 'ds'), join(root, 'up')];
    await pack({ inputs, out });
    await pack({ inputs, out, upload: up });
    expect(readFileSync(join(up, 'shard_00000/data.mdb'))).toEqual(readFileSync(join(out, 'shard_00000/data.mdb')));
    expect(await samplesIn(up)).toHaveLength(1);
  });

  test('into the folder itself is refused, also through a link: the only copy would be removed', async () => {
    const root = scratch();
    const inputs = recordings(root);
    const out = join(root, 'ds');
    mkdirSync(out);
    symlinkSync(out, join(root, 'link'));
    for (const upload of [out, `${out}/`, join(out, 'up'), join(root, 'link'), join(root, 'link', 'up')]) {
      const failed = pack({ inputs, out, upload, removeUploaded: true });
      await expect(failed).rejects.toMatchObject({ code: 'USAGE', message: /outside of that folder/ });
    }
    await pack({ inputs, out, upload: `${out}-2` });
    expect(existsSync(join(root, 'ds-2/shard_00000/data.mdb'))).toBe(true);
  });

  test('that removed shards does not count for a run that wants them here', async () => {
    const root = scratch();
    const inputs = recordings(root);
    const out = join(root, 'ds');
    await pack({ inputs, out, upload: join(root, 'up'), removeUploaded: true });
    expect(existsSync(join(out, 'shard_00000/data.mdb'))).toBe(false);
    const { files } = await pack({ inputs, out });
    expect(statSync(join(out, 'shard_00000/data.mdb')).size).toBe(files[0]!.bytes);
  });
});

describe('what a processor gives', () => {
  test.each([
    ['cuts the sound', 'return { ...sample, audio: sample.audio.subarray(0, 4000) }', 0.25],
    ['says another rate', 'return { ...sample, sample_rate: 4000 }', 2],
    ['drops the sound', 'return { text: sample.text, duration: 7 }', 7],
    ['gives an array', 'return { ...sample, audio: { data: sample.audio.slice(0, 800), shape: [400, 2] } }', 0.05],
  ])('that %s: total_duration is what the samples say', async (_, body, seconds) => {
    const root = scratch();
    const out = join(root, 'ds');
    const report = await pack({ inputs: recordings(root), out, processor: processor(root, body) });
    expect(report.seconds).toBe(seconds);
    expect(json(join(out, 'metadata.json')).total_duration).toBe(seconds);
    const verified = await verify({ inputs: out });
    expect(verified.damagedInputs).toBe(0);
  });

  test('what it says of samples is counted in report and manifest, also of a run that goes on', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    const body = "context.note('it was loud'); context.note('it was loud'); return sample";
    const options = { inputs: recordings(root), out, processor: processor(root, body) };
    const told = { notes: [{ note: 'it was loud', files: 1, first: 'sample_00000000' }], withoutSound: 0 };
    for (let run = 0; run < 2; run++) {
      expect(await pack(options)).toMatchObject(told);
      expect(json(join(out, 'pack.json'))).toMatchObject(told);
    }
  });

  test('an array of other values is called what it is, and one of floats is sound', async () => {
    const root = scratch();
    const out = join(root, 'ds');
    const inputs = recordings(root);
    await pack({ inputs, out, processor: processor(root, 'return { ...sample, audio: Float64Array.of(1, 2, 3) }') });
    const [double] = await samplesIn(out);
    expect(double).toMatchObject({ audio: Float64Array.of(1, 2, 3), dtype: 'float64', shape: [3] });
    const body = 'return { ...sample, audio: { data: Float32Array.of(1, 2, 3, 4), shape: [2, 2] } }';
    await pack({ inputs, out, overwrite: true, processor: processor(root, body) });
    const [float] = await samplesIn(out);
    expect(float).toMatchObject({ dtype: 'float32', shape: [2, 2], duration: 2 / 8000 });
    expect(float!['audio']).toEqual(new Uint8Array(Float32Array.of(1, 2, 3, 4).buffer));
  });

  test.each([
    ['a getter that throws', 'return { get x() { throw new Error("no x") } }', /no x/],
    ['a proxy that throws', 'return { x: new Proxy({}, { get() { throw "as text" } }) }', /as text/],
    ['an object that holds itself', 'const a = {}; a.a = a; return a', /call stack/],
    [
      'memory that is gone',
      'structuredClone(sample.audio.buffer, { transfer: [sample.audio.buffer] }); return sample',
      /detached/,
    ],
  ])('rejects the sample for %s', async (_, body, reason) => {
    const root = scratch();
    const out = join(root, 'ds');
    const failed = pack({ inputs: recordings(root), out, onError: 'skip', processor: processor(root, body) });
    await expect(failed).rejects.toMatchObject({ code: 'BAD_SCHEMA', message: /none of its 1 samples/ });
    expect(rejects(out)).toMatchObject([{ row: 0, code: 'BAD_SCHEMA', reason: expect.stringMatching(reason) }]);
  });
});

describe('what a converter without parts gives', () => {
  const values = Float32Array.of(0.25, -0.5, 0.75, -1);

  test('samples as pack() stores them are sound again', async () => {
    const audio = new Uint8Array(values.buffer);
    const given = new Given([
      { audio, dtype: 'float32', shape: [4], sample_rate: 8000 },
      { audio, dtype: 'float32', shape: [2, 2], sample_rate: 8000 },
    ]);
    const out = join(scratch(), 'ds');
    await pack({ converter: given, out });
    expect(await samplesIn(out)).toMatchObject([
      { audio, shape: [4], duration: 4 / 8000 },
      { audio, shape: [2, 2], duration: 2 / 8000 },
    ]);
  });

  test('what is no plain data is rejected, and the others stay', async () => {
    const loop: { [field: string]: unknown } = {};
    loop['loop'] = loop;
    const given = [
      { a: 1 },
      { f() {} },
      { d: new Date(0) },
      { x: [undefined] },
      loop,
      { b: 2 },
    ] as unknown as Yielded[];
    const out = join(scratch(), 'ds');
    const { samples, rejects: count } = await pack({ converter: new Given(given), out, onError: 'skip' });
    expect([samples, count]).toEqual([2, 4]);
    expect(rejects(out).map(({ row, code }) => [row, code])).toEqual([1, 2, 3, 4].map((row) => [row, 'BAD_SCHEMA']));
    expect(await samplesIn(out)).toMatchObject([{ a: 1 }, { b: 2 }]);
  });

  test.each([-1, 0, 44_100.5, Number.NaN, 1e12, '16000'])('a rate of %s rejects the sample', async (rate) => {
    const file = wav([1, 2, 3]);
    const given = new Given([{ audio: file }, { audio: file, sample_rate: rate }]);
    const out = join(scratch(), 'ds');
    await pack({ converter: given, out, onError: 'skip' });
    expect(rejects(out)).toMatchObject([
      { row: 1, code: 'BAD_SCHEMA', reason: expect.stringContaining('sample_rate') },
    ]);
  });

  test('keys for some samples and none for others are refused, in whatever order', async () => {
    const out = join(scratch(), 'ds');
    for (const given of [
      [{ a: 1 }, ['k', { a: 2 }]],
      [['k', { a: 2 }], { a: 1 }],
    ] as const) {
      const failed = pack({ converter: new Given(given), out, samplesPerShard: 1 });
      await expect(failed).rejects.toMatchObject({ code: 'USAGE', message: /some of its samples have a key/ });
    }
  });

  test('no field is lost: neither "__proto__" nor what a sample without sound says of itself', async () => {
    const sample = JSON.parse('{"__proto__":"p","constructor":"c","shape":0,"codec":null,"dtype":""}');
    const out = join(scratch(), 'ds');
    await pack({ converter: new Given([sample]), out });
    const [found] = await samplesIn(out);
    expect(Object.entries(found!)).toEqual(expect.arrayContaining(Object.entries(sample)));
  });
});

describe('rows', () => {
  test('a part that is no seconds rejects the row, instead of packing the whole recording', async () => {
    const root = scratch();
    writeFileSync(
      join(root, 'a.wav'),
      wav(
        Array.from({ length: 1600 }, (_, i) => i),
        { sampleRate: 16_000 },
      ),
    );
    const rows = [
      '"offset":0.05,"duration":0.01',
      '"offset":-1',
      '"offset":"0.05"',
      '"offset":1e300',
      '"offset":0.05,"duration":"0.01"',
      '"offset":0.05,"duration":-1',
      '"offset":null,"duration":"a while"',
      '"offset":0.05,"duration":0',
    ];
    writeFileSync(join(root, 'm.jsonl'), rows.map((row) => `{"audio_filepath":"a.wav",${row}}\n`).join(''));
    const out = join(root, 'ds');
    await pack({ inputs: join(root, 'm.jsonl'), out, onError: 'skip' });
    expect(rejects(out).map(({ row, code }) => [row, code])).toEqual([1, 2, 3, 4, 5].map((row) => [row, 'BAD_SCHEMA']));
    expect((await samplesIn(out)).map(({ shape }) => shape)).toEqual([[160], [1600], [800]]);
  });

  test('a row of CSV with more cells than columns is rejected: its text would be cut at a comma', async () => {
    const root = scratch();
    writeFileSync(join(root, 'a.wav'), wav([1, 2, 3]));
    writeFileSync(join(root, 'l.csv'), 'file,text\na.wav,"one, two"\na.wav,one, two\na.wav,one,,\na.wav\n');
    const out = join(root, 'ds');
    await pack({ inputs: join(root, 'l.csv'), out, onError: 'skip' });
    expect(rejects(out)).toMatchObject([{ row: 1, line: 3, reason: 'The row has 3 cells, and 2 columns have a name' }]);
    expect((await samplesIn(out)).map(({ text }) => text)).toEqual(['one, two', 'one', '']);
  });

  test('columns of any name are fields', async () => {
    const root = scratch();
    writeFileSync(join(root, 'a.wav'), wav([1, 2, 3]));
    writeFileSync(join(root, 'l.csv'), 'file,__proto__,constructor\na.wav,p,c\n');
    writeFileSync(join(root, 'm.jsonl'), '{"file":"a.wav","__proto__":"p","constructor":"c"}\n{"file":"a.wav"}\n');
    for (const name of ['l.csv', 'm.jsonl']) {
      const out = join(root, `ds-${name}`);
      await pack({ inputs: join(root, name), out, keepColumns: ['__proto__', 'constructor'] });
      const [first, second] = await samplesIn(out);
      expect(Object.entries(first!)).toEqual(
        expect.arrayContaining([
          ['__proto__', 'p'],
          ['constructor', 'c'],
        ]),
      );
      expect(Object.hasOwn(second ?? {}, 'constructor')).toBe(false);
    }
  });

  test('an input that is not there is not found, whatever its name ends with', async () => {
    const root = scratch();
    for (const name of ['missing', 'missing.jsonl', 'missing.csv']) {
      const failed = pack({ inputs: join(root, name), out: join(root, 'ds') });
      await expect(failed).rejects.toMatchObject({ code: 'NOT_FOUND' });
    }
  });
});

describe('shards', () => {
  test('of a longer plan leave no folders behind', async () => {
    const root = scratch();
    writeFileSync(join(root, 'a.wav'), wav([1, 2, 3]));
    const manifest = join(root, 'm.jsonl');
    const out = join(root, 'ds');
    writeFileSync(manifest, '{"file":"a.wav"}\n'.repeat(3));
    await pack({ inputs: manifest, out, samplesPerShard: 1 });
    mkdirSync(join(out, 'shard_00009'));
    writeFileSync(join(out, 'shard_00009/mine'), 'not ours');
    writeFileSync(manifest, '{"file":"a.wav"}\n');
    await pack({ inputs: manifest, out, samplesPerShard: 1 });
    expect(['shard_00000', 'shard_00001', 'shard_00002'].map((name) => existsSync(join(out, name)))).toEqual([
      true,
      false,
      false,
    ]);
    expect(existsSync(join(out, 'shard_00009/mine'))).toBe(true);
  });

  test("with keys of the converter's own are sound, in whatever order shards come", async () => {
    const out = join(scratch(), 'ds');
    await pack({
      converter: new Given([
        ['b', { x: 1 }],
        ['a', { x: 2 }],
        ['c', { x: 3 }],
      ]),
      out,
      samplesPerShard: 1,
    });
    const verified = await verify({ inputs: out });
    expect(verified.damagedInputs).toBe(0);
    expect(verified.files[0]).toMatchObject({
      notes: [{ fault: 'key-order', reason: expect.stringContaining('"b"') }],
    });
  });

  test('end with the error of the disk, which is no fault of a sample', async () => {
    const root = scratch();
    const inputs = recordings(root);
    const job = `
      import { pack } from ${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)};
      await pack({ inputs: ${JSON.stringify(inputs)}, out: ${JSON.stringify(join(root, 'ds'))}, onError: 'skip', processor: {
        module: ${JSON.stringify(processor(root, 'return { x: new Uint8Array(8 << 20) }').module)} } }).catch((e) => console.log(e.code, e.message));`;
    const limited = `ulimit -f 4096; exec "${process.execPath}" --input-type=module -e "$JOB"`;
    const told = execFileSync('bash', ['-c', limited], { env: { ...process.env, JOB: job }, encoding: 'utf8' });
    expect(told).toMatch(/^IO Cannot write .*EFBIG/);
  });

  test('of parts that are no list are refused', async () => {
    class Parts extends Given {
      override parts() {
        return 'ab' as unknown as string[];
      }
    }
    const failed = pack({ converter: new Parts([{ a: 1 }]), out: join(scratch(), 'ds') });
    await expect(failed).rejects.toMatchObject({ code: 'USAGE', message: /expected a list from its parts/ });
  });
});

test('the path of a row of a Parquet file does not follow links out of its folder', async () => {
  const root = scratch();
  const inputs = join(root, 'ds');
  mkdirSync(join(inputs, 'sub'), { recursive: true });
  writeFileSync(join(root, 'secret.wav'), wav([1, 2, 3]));
  writeFileSync(join(inputs, 'here.wav'), wav([1, 2, 3, 4]));
  symlinkSync(join(root, 'secret.wav'), join(inputs, 'out.wav'));
  symlinkSync(join(inputs, 'here.wav'), join(inputs, 'in.wav'));
  symlinkSync(root, join(inputs, 'sub', 'up'));
  const found = async (path: string) => findAudio(join(inputs, 'a.parquet'), path);
  expect(await found('here.wav')).toEqual({ uri: join(inputs, 'here.wav') });
  expect(await found('in.wav')).toEqual({ uri: join(inputs, 'in.wav') });
  for (const path of ['out.wav', 'sub/up/secret.wav']) {
    expect(await found(path)).toEqual({ problem: expect.stringContaining('is a link that leads out of the dataset') });
  }
});

test.each([
  ['a sample', "async *samples() { yield { text: 'a' }; await forever; }"],
  ['its parts', 'async parts() { await forever; } async *samples() {}'],
])('an abort ends the wait for a converter that never gives %s', async (_, body) => {
  const root = scratch();
  const module = join(root, 'converter.mjs');
  const name = "get converterName() { return 'c'; } get datasetName() { return 'd'; }";
  writeFileSync(module, `const forever = new Promise(() => {});\nexport default class C { ${name} ${body} }\n`);
  const controller = new AbortController();
  const run = pack({ converter: { module }, out: join(root, 'ds'), signal: controller.signal });
  setTimeout(() => controller.abort(), 50);
  await expect(run).rejects.toMatchObject({ code: 'INTERRUPTED' });
});
