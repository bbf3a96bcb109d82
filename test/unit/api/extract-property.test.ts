/** extract() and readEmbeddings() against the slow twin, on records with every freedom and every fault. */

import { existsSync, readFileSync, statSync } from 'node:fs';
import { totalmem } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readEmbeddings } from '../../../src/api/read-embeddings.ts';
import { createShared } from '../../../src/counters.ts';
import { BowerbirdError } from '../../../src/errors.ts';
import { sniffCompression } from '../../../src/formats/records/compression.ts';
import { describeUnknown } from '../../../src/formats/sniff/sniff.ts';
import type { ExtractUnit } from '../../../src/jobs/extract/job.ts';
import { run } from '../../../src/jobs/extract/unit.ts';
import type { Reject } from '../../../src/on-error.ts';
import { rejectsOf, tryExtract, writeInputs } from '../../support/extracting.ts';
import { damagedFiles, intactFiles } from '../../support/random-records.ts';
import {
  type ExtractTwinOptions,
  type ExtractTwinResult,
  extractTwin,
  type TwinDamage,
  type TwinReject,
} from '../../twins/extract.ts';
import { scratch, tree } from '../jobs/folder.ts';

const compressions = { none: (bytes: Uint8Array) => bytes, gzip: gzipSync, zlib: deflateSync } as const;

/** The same pattern for JavaScript and for RE2; Python's spelling of the groups. */
const pattern = /(?<day>\d{8})[A-Z_ ]?(?<time>\d{6})(?<zone>Z|[+-]\d{4})?/;
const python = pattern.source.replaceAll('(?<', '(?P<');

const choices = fc.record({
  channel: fc.constantFrom<number | 'all'>(0, 0, 'all', 4),
  hop: fc.constantFrom(5, 5, 0.3, 1e38),
  names: fc.constantFrom('a2o', 'a2o', 'a2o-strict', 'none', python),
  dtype: fc.constantFrom<'float32' | 'float16'>('float32', 'float32', 'float16'),
});

type Choices = typeof choices extends fc.Arbitrary<infer T> ? T : never;

const inputs = (files: fc.Arbitrary<Uint8Array>) =>
  fc.array(
    fc.record({
      // A file that looks like another format, or like a compressed stream, is rightly taken for it.
      content: files.filter((file) => sniffCompression(file) === 'none' && describeUnknown(file) === undefined),
      compression: fc.constantFrom<keyof typeof compressions>('none', 'none', 'gzip', 'zlib'),
    }),
    { minLength: 1, maxLength: 12 },
  );

type Input = ReturnType<typeof inputs> extends fc.Arbitrary<(infer T)[]> ? T : never;

function twinOf(content: Uint8Array, options: Choices, onError: 'fail' | 'skip' | 'salvage'): ExtractTwinResult {
  const names = (options.names === python ? pattern : options.names) as ExtractTwinOptions['names'] & {};
  return extractTwin(content, { ...options, names, onError });
}

/** Rejects and damage in file order, without the words. */
function findingsOf({ rejects, damaged }: ExtractTwinResult): (TwinReject | TwinDamage)[] {
  return [...rejects, ...damaged].sort((a, b) => a.offset - b.offset);
}

/**
 * A compressed stream does not tell its length: a promise beyond what memory allows is refused as such when the end was not
 * seen yet, and as cut short, which is what the twin says of it, when it was.
 */
function asTwin<T extends { readonly code: string; readonly offset?: number | undefined }>(
  { content, compression }: Input,
  found: T,
): T {
  const { code, offset } = found;
  if (compression === 'none' || code !== 'UNSUPPORTED') return found;
  const promised = new DataView(content.buffer, content.byteOffset).getBigUint64(offset!, true);
  expect(promised + 16n > BigInt(Math.floor(totalmem() / 2))).toBe(true);
  return { ...found, code: 'TRUNCATED' };
}

function withoutWords({ reason, input: _, ...rest }: Reject): object {
  expect(reason).toMatch(/^\S.*[^.\s]$/s);
  return rest;
}

async function check(given: readonly Input[], options: Choices, onError: 'fail' | 'skip' | 'salvage'): Promise<void> {
  const root = scratch();
  const files = given.map(({ content, compression }, i) => {
    const name = `f${String(i).padStart(2, '0')}`;
    const path = join(root, 'in', name);
    const twin = twinOf(content, options, onError);
    return {
      name,
      path,
      compression,
      bytes: compressions[compression](content),
      twin,
      given: given[i]!,
      findings: findingsOf(twin),
      failure: twin.failure,
    };
  });
  writeInputs(join(root, 'in'), Object.fromEntries(files.map(({ name, bytes }) => [name, bytes])));
  const good = files.filter(({ failure }) => failure === undefined);

  for (const [i, { name, path, bytes, failure, given }] of files.entries()) {
    if (failure === undefined) continue;
    const outDir = join(root, `failed${i}`);
    const unit: ExtractUnit = { id: path, input: stampOf(path, bytes), outputs: [`${name}.json`, `${name}.npy`] };
    const unitOptions = { ...options, feature: 'embedding', onError, durable: false };
    const error = await run(unit, unitOptions, { shared: createShared(), outDir }).catch((e: unknown) => e);
    expect(error).toBeInstanceOf(BowerbirdError);
    const { record, offset, code } = failure;
    expect(asTwin(given, (error as BowerbirdError).toJSON())).toMatchObject({ source: path, record, offset, code });
    expect((error as Error).message).toContain(`record ${record} at byte ${offset} of "${path}": `);
    expect(Object.values(existsSync(outDir) ? tree(outDir) : {}).filter((it) => it !== '(folder)')).toEqual([]);
  }

  if (good.length > 0) {
    const outDir = join(root, 'out');
    const { report, error } = await tryExtract({
      inputs: good.map(({ path }) => path),
      out: outDir,
      workers: 1,
      onError,
      ...options,
    });
    expect(error).toBeUndefined();
    for (const [i, { name, bytes, compression, twin }] of good.entries()) {
      expect(readFileSync(join(outDir, 'metadata', `${name}.json`), 'latin1')).toBe(twin.json);
      expect(readFileSync(join(outDir, 'embeddings', `${name}.npy`), 'hex')).toBe(
        Buffer.from(twin.npy).toString('hex'),
      );
      expect(report!.files[i]).toMatchObject({
        size: bytes.length,
        compression,
        records: twin.records + twin.rejects.length,
        rows: twin.rows,
        rejects: twin.rejects.length + twin.damaged.length,
        assumedUtc: twin.assumedUtc,
        withoutZone: twin.withoutZone,
      });
    }
    const rejects = rejectsOf(outDir) as unknown as Reject[];
    const byPath = new Map(files.map((file) => [file.path, file.given]));
    expect(rejects.map((reject) => withoutWords(asTwin(byPath.get(reject.input)!, reject)))).toEqual(
      good.flatMap(({ findings }) => findings),
    );
    expect(rejects.map(({ input }) => input)).toEqual(good.flatMap(({ path, findings }) => findings.map(() => path)));
  }
  for (const file of files) await checkReading(file, options, onError);
}

function stampOf(path: string, bytes: Uint8Array) {
  return { uri: path, size: bytes.length, version: String(statSync(path, { bigint: true }).mtimeNs) };
}

interface File {
  readonly path: string;
  readonly given: Input;
  readonly twin: ExtractTwinResult;
  readonly findings: readonly (TwinReject | TwinDamage)[];
  readonly failure: TwinReject | TwinDamage | undefined;
}

async function checkReading(
  { path, given, twin, findings, failure }: File,
  { dtype, ...options }: Choices,
  onError: 'fail' | 'skip' | 'salvage',
): Promise<void> {
  const rejects: Reject[] = [];
  const rows: Buffer[] = [];
  const metadata: unknown[] = [];
  const settings = { ...options, onError, batchBytes: 200, onReject: (reject: Reject) => rejects.push(reject) };
  let error: unknown;
  try {
    for await (const batch of readEmbeddings(path, settings)) {
      expect(batch.embeddings.length).toBe(batch.rows * batch.width);
      expect(batch.metadata.length).toBe(batch.rows);
      rows.push(Buffer.from(batch.embeddings.buffer));
      metadata.push(...batch.metadata);
    }
  } catch (caught) {
    error = caught;
  }
  if (failure !== undefined) {
    const { record, offset, code } = failure;
    expect(error).toBeInstanceOf(BowerbirdError);
    expect(asTwin(given, (error as BowerbirdError).toJSON())).toMatchObject({ record, offset, code });
    return;
  }
  expect(error).toBeUndefined();
  if (dtype === 'float32') expect(Buffer.concat(rows).equals(twin.npy.subarray(128))).toBe(true);
  expect(metadata).toEqual(JSON.parse(twin.json));
  expect(rejects.map((reject) => withoutWords(asTwin(given, reject)))).toEqual(findings);
}

/** BOWERBIRD_TEST_EFFORT=20 looks twenty times as long. */
const effort = Number(process.env['BOWERBIRD_TEST_EFFORT'] ?? 1);

describe('extract() equals its slow twin', () => {
  test.each([
    ['skip', 'intact', intactFiles, 12],
    ['fail', 'intact', intactFiles, 10],
    ['salvage', 'damaged', damagedFiles, 15],
    ['skip', 'damaged', damagedFiles, 10],
    ['fail', 'damaged', damagedFiles, 10],
  ] as const)(
    'under "%s" on %s files',
    async (onError, _, files, numRuns) => {
      const property = fc.asyncProperty(inputs(files), choices, (given, options) => check(given, options, onError));
      // A failure is shrunk until the time is up, and told as far as it came.
      await fc.assert(property, { numRuns: numRuns * effort, interruptAfterTimeLimit: 15_000 * effort });
    },
    30_000 * effort,
  );
});
