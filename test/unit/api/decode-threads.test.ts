/** decode() of one file with several workers: the file and the report that one worker makes. */

import { readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decode } from '../../../src/api/decode.ts';
import type { DecodeOptions, DecodeReport } from '../../../src/api/types.ts';
import { createShared } from '../../../src/counters.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import type { Progress } from '../../../src/index.ts';
import { decodeInParts } from '../../../src/jobs/decode/decode-in-parts.ts';
import type { DecodeUnitOptions } from '../../../src/jobs/decode/job.ts';
import type { RunUnits } from '../../../src/jobs/engine/job.ts';
import type { OneFileUnit } from '../../../src/jobs/engine/types.ts';
import { runUnitsIn } from '../../../src/runners/local.ts';
import { tempPath } from '../../../src/storage/drafts.ts';
import { resolveInputs } from '../../../src/storage/inputs.ts';
import { hasShared, sharedFiles, sharedPath } from '../../shared-data.ts';
import { flacOf, noiseFrames } from '../../support/flac-files.ts';
import { objectServer } from '../../support/object-server.ts';
import { scratch, tree } from '../jobs/folder.ts';

const frames = noiseFrames(1200);
const content = flacOf({ frames: frames.length }, frames);

type Choices = Partial<Omit<DecodeOptions, 'inputs' | 'out'>>;

/** The output file and what is told of it, without the time it took. */
async function decoded(input: string, choices: Choices): Promise<{ file: Buffer; report: Partial<DecodeReport> }> {
  const out = join(scratch(), 'out.wav');
  const { elapsedSeconds: _, out: __, folder: ___, ...report } = await decode({ inputs: [input], out, ...choices });
  expect(Object.keys(tree(join(out, '..')))).toEqual(['out.wav']);
  return { file: readFileSync(out), report };
}

function written(bytes: Uint8Array): string {
  const path = join(scratch(), 'in.flac');
  writeFileSync(path, bytes);
  return path;
}

const whole: DecodeUnitOptions = {
  channel: 'all',
  mono: false,
  sampleRate: null,
  from: 0,
  to: null,
  bits: 'same',
  lenient: false,
  durable: false,
};

/** Undefined where one thread has to do it: then nothing is left of the try. */
async function inParts(
  input: string,
  choices: object,
  leastBytes?: number,
  runUnits: RunUnits = runUnitsIn(2),
): Promise<Buffer | undefined> {
  const outDir = scratch();
  const stamp = (await resolveInputs([input]))[0]!;
  const unit: OneFileUnit = { id: input, input: stamp, outputs: ['out.wav'] };
  const options = { ...whole, ...choices };
  const context = { shared: createShared(), outDir };
  const ended = decodeInParts(unit, options, context, { runUnits, workers: 2, leastBytes });
  const receipt = await ended.finally(() =>
    expect(Object.keys(tree(outDir)).filter((name) => name !== 'out.wav')).toEqual([]),
  );
  expect(Object.keys(tree(outDir))).toEqual(receipt === undefined ? [] : ['out.wav']);
  return receipt && readFileSync(join(outDir, 'out.wav'));
}

function refusedThread(code: string): BowerbirdError {
  const cause = Object.assign(new Error('EAGAIN'), { code });
  return new BowerbirdError('IO', 'Cannot finish "x"', {}, { cause });
}

describe('decode() of one file with workers', () => {
  test.each<[string, Choices]>([
    ['whole', {}],
    ['a range of it', { from: 3.00001, to: 99.9 }],
    ['an odd number of bytes', { bits: 24, to: 99 + 1 / 48000 }],
    ['floats', { bits: 'float' }],
    ['durable', { durable: true }],
  ])('writes the same bytes and report as one thread: %s', async (_, choices) => {
    const path = written(content);
    const one = await decoded(path, { workers: 1, ...choices });
    for (const workers of [2, 3]) {
      const many = await decoded(path, { workers, ...choices });
      expect(many.file.equals(one.file)).toBe(true);
      expect(many.report).toEqual(one.report);
    }
    const { durable: __, ...shape } = choices;
    expect((await inParts(path, shape))?.equals(one.file)).toBe(true);
  });

  test('does so when the header does not say how long the recording is', async () => {
    const path = written(flacOf({ frames: 0 }, frames));
    const one = await decoded(path, { workers: 1 });
    expect((await inParts(path, {}))?.equals(one.file)).toBe(true);
  });

  test('leaves damage to one thread: the same error, or the same silence', async () => {
    const bad = content.slice();
    bad.fill(0, 5_000_000, 5_020_000);
    const path = written(bad);
    expect(await inParts(path, {})).toBeUndefined();
    const errorOf = (workers: number) =>
      decoded(path, { workers }).catch(({ code, message, record, offset }) => ({ code, message, record, offset }));
    expect(await errorOf(1)).toMatchObject({ code: 'CORRUPT', record: expect.any(Number) });
    expect(await errorOf(2)).toEqual(await errorOf(1));
    const one = await decoded(path, { workers: 1, lenient: true });
    const two = await decoded(path, { workers: 2, lenient: true });
    expect(one.report.gaps).toBe(1);
    expect(two.report).toEqual(one.report);
    expect(two.file.equals(one.file)).toBe(true);
  });

  test.each<[string, Error, boolean]>([
    ['a verdict on the file', new BowerbirdError('CORRUPT', 'Cannot decode "x"'), true],
    ['a thread that is refused', refusedThread('ERR_WORKER_INIT_FAILED'), true],
    ['a thread without memory', refusedThread('ERR_WORKER_OUT_OF_MEMORY'), true],
    ['a full disk', new BowerbirdError('IO', 'Cannot write "out.wav": no space left on device'), false],
    ['a run that was stopped', new BowerbirdError('INTERRUPTED', 'Stopped'), false],
    ['a bug', new TypeError('undefined is not a function'), false],
  ])('leaves to one thread what it may do better, and tells all else: %s', async (_, error, isForOne) => {
    const runUnits: RunUnits = async function* (_module, units) {
      for (const unit of units) yield { unit, error };
    };
    const ended = inParts(written(content), {}, undefined, runUnits);
    if (isForOne) expect(await ended).toBeUndefined();
    else await expect(ended).rejects.toBe(error);
  });

  test('names the output, not the file that becomes it, when a part cannot write', async () => {
    const [out, outDir] = ['out.wav', scratch()];
    const input = (await resolveInputs([written(content)]))[0]!;
    const unit: OneFileUnit = { id: 'x', input, outputs: [out] };
    const spoiling: RunUnits = (module, units, given, context, how) => {
      // Nobody may write through a link in its place.
      rmSync(tempPath(join(outDir, out)));
      symlinkSync(join(outDir, 'victim'), tempPath(join(outDir, out)));
      return runUnitsIn(2)(module, units, given, context, how);
    };
    const context = { shared: createShared(), outDir };
    const ended = decodeInParts(unit, whole, context, { runUnits: spoiling, workers: 2 });
    await expect(ended).rejects.toMatchObject({ code: 'IO', source: join(outDir, out) });
    expect(tree(outDir)).toEqual({});
  });

  test('leaves what is resampled, mixed or short to one thread', async () => {
    const path = written(content);
    expect(await inParts(path, { sampleRate: 24000, to: 20 })).toBeUndefined();
    expect(await inParts(written(flacOf({ frames: 100 }, frames.slice(0, 100))), {})).toBeUndefined();
  });

  test('tells of every byte once, and stops when it is told to', async () => {
    const path = written(content);
    const seen: Progress[] = [];
    await decoded(path, { workers: 2, onProgress: (progress) => seen.push(progress) });
    const { bytes, bytesTotal, units, unitsDone } = seen.at(-1)!;
    expect([bytes, bytesTotal, units, unitsDone]).toEqual([content.length, content.length, 1, 1]);
    const out = scratch();
    const stopped = decode({
      inputs: [path],
      out: join(out, 'o.wav'),
      workers: 2,
      signal: AbortSignal.timeout(5),
    });
    await expect(stopped).rejects.toMatchObject({ code: 'INTERRUPTED' });
    expect(tree(out)).toEqual({});
  });

  test('reads an object and writes one', async () => {
    const server = await objectServer();
    Object.assign(process.env, { AWS_ENDPOINT_URL: server.url, AWS_ACCESS_KEY_ID: 'id', AWS_SECRET_ACCESS_KEY: 'key' });
    try {
      server.objects.set('bucket/in.flac', Buffer.from(content));
      const one = await decoded(written(content), { workers: 1 });
      const report = await decode({ inputs: ['s3://bucket/in.flac'], out: 's3://bucket/out.wav', workers: 2 });
      expect(server.objects.get('bucket/out.wav')?.equals(one.file)).toBe(true);
      expect(report.files[0]!.output).toEqual(one.report.files![0]!.output);
    } finally {
      await server.close();
    }
  });
});

test.skipIf(!hasShared)(
  'decode() in parts writes what one thread writes of files by others (needs ../shared)',
  async () => {
    const files = [...sharedFiles('flac/'), ...sharedFiles('bird-audio/')].filter(
      ({ name }) => name.endsWith('.flac') && !name.includes('-fuzz/'),
    );
    let cut = 0;
    for (const { name } of files) {
      const parts = await inParts(sharedPath(name), {}, 5_000);
      if (parts === undefined) continue;
      cut += 1;
      const one = await decoded(sharedPath(name), { workers: 1 });
      expect(parts.equals(one.file), basename(name)).toBe(true);
    }
    expect(cut).toBeGreaterThan(25);
  },
);
