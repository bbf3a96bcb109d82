import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { localFiles } from '../../../src/jobs/engine/output.ts';
import { type ExtractJobOptions, type ExtractReceipt, extractJob, planExtract } from '../../../src/jobs/extract/job.ts';
import { version } from '../../../src/version.ts';
import { scratch, tree, writeFiles } from './folder.ts';

function stamps(...uris: string[]) {
  return uris.map((uri) => ({ uri, size: 1, version: '1' }));
}

function namesOf(...uris: string[]): string[] {
  return planExtract(stamps(...uris), 'linux').units.map(({ outputs }) => outputs[1]!);
}

/** Names and sizes are enough for this plan. */
const planning = {
  output: { stateDir: '', files: localFiles },
  runUnits: () => expect.fail('No unit is needed'),
};

function options(outDir: string, given: Partial<ExtractJobOptions> = {}): ExtractJobOptions {
  const defaults = {
    onError: 'fail',
    channel: 0,
    hop: 5,
    feature: 'embedding',
    names: 'a2o',
    dtype: 'float32',
  } as const;
  return { inputs: [], outDir, durable: false, ...defaults, ...given };
}

function receipt(uri: string, given: Partial<ExtractReceipt> = {}): ExtractReceipt {
  const [unit] = planExtract(stamps(uri)).units;
  const [metadata, embeddings] = unit!.outputs;
  const outputs = [
    { name: metadata, bytes: 100, crc32c: '00000000' },
    { name: embeddings, bytes: 101, crc32c: '00000001' },
  ] as const;
  return {
    ...{ unit: uri, input: unit!.input, outputs, records: 3, rejects: 1, compression: 'gzip', rows: 36, width: 1280 },
    ...{ assumedUtc: 2, withoutZone: 1, overflowed: 0, onError: 'skip' },
    ...given,
  };
}

describe('planExtract()', () => {
  test('names outputs by the base name up to its first dot, metadata first', () => {
    const { units, notices } = planExtract(stamps('data/a2o-00000-of-00374', 'data/x.tfrecord.gz'));
    expect(notices).toEqual([]);
    expect(units).toEqual([
      {
        id: 'data/a2o-00000-of-00374',
        input: { uri: 'data/a2o-00000-of-00374', size: 1, version: '1' },
        outputs: ['metadata/a2o-00000-of-00374.json', 'embeddings/a2o-00000-of-00374.npy'],
      },
      {
        id: 'data/x.tfrecord.gz',
        input: { uri: 'data/x.tfrecord.gz', size: 1, version: '1' },
        outputs: ['metadata/x.json', 'embeddings/x.npy'],
      },
    ]);
  });

  test('uses whole base names for inputs that share a stem, and only for those', () => {
    expect(namesOf('d/a', 'd/a.1', 'd/a.2.x', 'd/b.1')).toEqual([
      'embeddings/a.npy',
      'embeddings/a.1.npy',
      'embeddings/a.2.x.npy',
      'embeddings/b.npy',
    ]);
    expect(planExtract(stamps('d/a.1', 'e/a.2', 'f/a.3')).notices).toEqual([
      '"d/a.1", "e/a.2" and 1 more would share the output name "a": their whole names are used',
    ]);
  });

  test('uses the whole name when it begins with a dot', () => {
    expect(namesOf('d/.x.tfrecord', 'd/x.tfrecord')).toEqual(['embeddings/.x.tfrecord.npy', 'embeddings/x.npy']);
  });

  test('refuses one base name from two folders, naming both', () => {
    const plan = () => planExtract(stamps('d/a.x', 'e/a.x'));
    expect(plan).toThrow(expect.objectContaining({ code: 'USAGE' }));
    expect(plan).toThrow('"d/a.x" and "e/a.x"');
  });

  test('sees names that differ only in case or in normal form as one where the file system does', () => {
    expect(namesOf('d/A.x', 'd/a.y')).toEqual(['embeddings/A.npy', 'embeddings/a.npy']);
    const mac = planExtract(stamps('d/A.x', 'd/a.y', 'd/\u00e9', 'd/b'), 'darwin');
    expect(mac.units[0]!.outputs[1]).toBe('embeddings/A.x.npy');
    expect(() => planExtract(stamps('d/A.x', 'd/a.x'), 'darwin')).toThrow('"d/A.x" and "d/a.x"');
    expect(() => planExtract(stamps('d/\u00e9', 'd/e\u0301'), 'darwin')).toThrow(
      expect.objectContaining({ code: 'USAGE' }),
    );
  });
});

describe('extractJob', () => {
  test('leaves out what it wrote itself when the output is the data folder', async () => {
    const folder = writeFiles(scratch(), {
      ...{ a: '', b: '', 'extract.json': '', 'rejects.jsonl': '', 'metadata/a.json': '', 'embeddings/a.npy': '' },
      ...{ 'embeddings/other.tfrecord': '', '.bowerbird/extract.jsonl': '' },
    });
    const uris = async (inputs: readonly string[], outDir: string) =>
      (await extractJob.plan(options(outDir, { inputs }), planning)).units.map(({ id }) => id.slice(folder.length + 1));
    expect(await uris([folder], folder)).toEqual(['a', 'b']);
    expect(await uris([`${folder}/**`], folder)).toEqual(['a', 'b', 'embeddings/other.tfrecord']);
    expect(await uris([folder], join(folder, 'out'))).toEqual(['a', 'b']);
    expect(await uris([`${folder}/*/*`], join(folder, 'out'))).toEqual([
      'embeddings/a.npy',
      'embeddings/other.tfrecord',
      'metadata/a.json',
    ]);
  });

  test('lets a looser policy go on from a stricter one, and a stricter one only from what has no rejects', () => {
    const accepts = (made: ExtractReceipt['onError'], rejects: number, onError: ExtractReceipt['onError']) =>
      extractJob.policy?.accepts(receipt('a', { onError: made, rejects }), options('out', { onError }));
    for (const made of ['fail', 'skip', 'salvage'] as const) {
      for (const now of ['fail', 'skip', 'salvage'] as const) expect(accepts(made, 0, now)).toBe(true);
    }
    expect(accepts('skip', 1, 'fail')).toBe(false);
    expect(accepts('skip', 1, 'skip')).toBe(true);
    expect(accepts('skip', 1, 'salvage')).toBe(true);
    expect(accepts('salvage', 1, 'skip')).toBe(false);
  });

  test('sends units nothing but what they need', () => {
    const unitOptions = extractJob.unitOptions(options('out', { inputs: ['a'.repeat(10)], maxRejects: 3 }));
    expect(Object.keys(unitOptions).sort()).toEqual([
      'channel',
      'dtype',
      'durable',
      'feature',
      'hop',
      'maxRejects',
      'names',
      'onError',
    ]);
  });

  test.each([0, 1, 2])(
    'writes the manifest of %i inputs as JSON with two spaces, keys in fixed order',
    async (count) => {
      const out = scratch();
      const receipts = ['d/a', 'd/b'].slice(0, count).map((uri) => receipt(uri));
      await extractJob.finish(options(out, { channel: 'all', onError: 'skip' }), receipts, { leftOut: [] });
      const text = tree(out)['extract.json']!;
      const files = ['a', 'b'].slice(0, count).map((name) => ({
        input: `d/${name}`,
        size: 1,
        compression: 'gzip',
        records: 3,
        rows: 36,
        width: 1280,
        rejects: 1,
        assumedUtc: 2,
        withoutZone: 1,
        overflowed: 0,
        embeddings: { name: `embeddings/${name}.npy`, bytes: 101, crc32c: '00000001' },
        metadata: { name: `metadata/${name}.json`, bytes: 100, crc32c: '00000000' },
      }));
      const manifest = {
        job: 'extract',
        version,
        options: { feature: 'embedding', channel: 'all', hop: 5, names: 'a2o', dtype: 'float32', onError: 'skip' },
        inputs: count,
        records: 3 * count,
        rows: 36 * count,
        rejects: count,
        assumedUtc: 2 * count,
        withoutZone: count,
        overflowed: 0,
        bytesIn: count,
        bytesOut: 201 * count,
        files,
      };
      expect(text).toBe(`${JSON.stringify(manifest, null, 2)}\n`);
    },
  );
});
