/** readEmbeddings() as a script uses it; that it equals extract() on anything is in extract-property.test.ts. */

import { readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join as joinPath } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { type EmbeddingBatch, type ReadEmbeddingsOptions, readEmbeddings } from '../../../src/api/read-embeddings.ts';
import { readTfRecords } from '../../../src/api/read-tfrecords.ts';
import type { Reject } from '../../../src/on-error.ts';
import { hasShared, sharedBytes, sharedPath } from '../../shared-data.ts';
import { arkaba, arkabaMetadata, flipped, offsetsOf, ramp, record, text, tfrecord } from '../../support/records.ts';
import { scratch } from '../jobs/folder.ts';

function fileOf(bytes: Uint8Array): string {
  const path = joinPath(scratch(), 'x');
  writeFileSync(path, bytes);
  return path;
}

async function collect(source: string | string[], options?: ReadEmbeddingsOptions): Promise<EmbeddingBatch[]> {
  const batches: EmbeddingBatch[] = [];
  for await (const batch of readEmbeddings(source, options)) batches.push(batch);
  return batches;
}

/** Whether this process has the file open. */
function isOpen(path: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === path;
    } catch {
      return false;
    }
  });
}

const hundred = Array.from({ length: 100 }, (_, i) =>
  record({ seconds: i, shape: [1, 1, 8], values: ramp(1, 1, 8, 100 * i) }),
);

describe('readEmbeddings()', () => {
  test('yields rows and their metadata', async () => {
    const path = fileOf(tfrecord(record()));
    const [batch, ...more] = await collect(path);
    expect(more).toEqual([]);
    expect(batch).toMatchObject({ source: path, rows: 2, width: 4 });
    expect(batch!.embeddings).toEqual(Float32Array.from(ramp(2, 1, 4)));
    expect(batch!.metadata).toEqual([
      { ...arkabaMetadata, recording_offset_in_file: 60, filename: arkaba },
      { ...arkabaMetadata, recording_offset_in_file: 65, filename: arkaba },
    ]);
  });

  test.skipIf(!hasShared)('gives the archive its own vectors back (needs ../shared)', async () => {
    const name = 'embeddings/a2o/site_0285_20201014T010000+1030_Arkaba-Dry-A_49500.t6480.tfrecord';
    const [batch] = await collect([sharedPath(`${name}.gz`)]);
    // The values of the tensor are the last bytes but few of its message; TensorFlow's hash of them is in extract-golden.test.ts.
    const values = Buffer.from(batch!.embeddings.buffer);
    expect(values.length).toBe(12 * 1280 * 4);
    expect(Buffer.from(sharedBytes(name)).indexOf(values)).toBeGreaterThan(0);
  });

  test('gives batches that stay as they are while later ones are read', async () => {
    const kept: EmbeddingBatch[] = [];
    for await (const batch of readEmbeddings(fileOf(tfrecord(...hundred)), { batchBytes: 64 })) {
      kept.push(batch);
      expect(batch.embeddings.byteOffset).toBe(0);
      expect(batch.embeddings.buffer.byteLength).toBe(batch.rows * batch.width * 4);
    }
    expect(kept.length).toBeGreaterThan(20);
    expect(kept.flatMap(({ embeddings }) => [...embeddings])).toEqual(
      hundred.flatMap((_, i) => ramp(1, 1, 8, 100 * i)),
    );
    expect(kept.flatMap(({ metadata }) => metadata.map((row) => row['recording_offset_in_file']))).toEqual(
      hundred.map((_, i) => i),
    );
  });

  test.skipIf(process.platform !== 'linux')(
    'closes its file when the caller leaves early, or an error ends it',
    async () => {
      for (const bytes of [tfrecord(...hundred), gzipSync(tfrecord(...hundred))]) {
        const path = fileOf(bytes);
        for await (const _ of readEmbeddings(path, { batchBytes: 64 })) {
          expect(isOpen(path)).toBe(true);
          break;
        }
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(isOpen(path)).toBe(false);
        for await (const _ of readTfRecords(path)) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
        expect(isOpen(path)).toBe(false);
      }
      const bad = fileOf(tfrecord(hundred[0]!, text('?')));
      await expect(collect(bad)).rejects.toMatchObject({ code: 'BAD_SCHEMA', record: 1, source: bad });
      expect(isOpen(bad)).toBe(false);
    },
  );

  test('stops between batches when told to', async () => {
    for (const bytes of [tfrecord(...hundred), gzipSync(tfrecord(...hundred))]) {
      const stop = new AbortController();
      let batches = 0;
      const reading = (async () => {
        for await (const _ of readEmbeddings(fileOf(bytes), { batchBytes: 64, signal: stop.signal })) {
          if (++batches === 3) stop.abort();
        }
      })();
      await expect(reading).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
      expect(batches).toBe(3);
    }
  });

  test('delivers what comes before an error first', async () => {
    const seen: number[] = [];
    const path = fileOf(tfrecord(...hundred.slice(0, 3), text('?'), hundred[4]!));
    const reading = (async () => {
      for await (const { rows } of readEmbeddings(path)) seen.push(rows);
    })();
    await expect(reading).rejects.toMatchObject({ code: 'BAD_SCHEMA', record: 3 });
    expect(seen.reduce((sum, rows) => sum + rows, 0)).toBe(3);
  });

  test('tells of every record that it leaves out', async () => {
    const payloads = [...hundred.slice(0, 2), text('?'), ...hundred.slice(3, 6)];
    const offsets = offsetsOf(...payloads);
    const path = fileOf(flipped(tfrecord(...payloads), offsets[4]! + 20));
    const rejects: Reject[] = [];
    const onReject = (reject: Reject) => rejects.push(reject);
    const batches = await collect(path, { onError: 'salvage', onReject });
    expect(batches.flatMap(({ metadata }) => metadata.map((row) => row['recording_offset_in_file']))).toEqual([
      0, 1, 3, 5,
    ]);
    expect(rejects).toMatchObject([
      { input: path, record: 2, offset: offsets[2], code: 'BAD_SCHEMA' },
      { input: path, record: 4, offset: offsets[4], length: payloads[4]!.length + 16, code: 'CORRUPT_RECORD' },
    ]);
    await expect(collect(path, { onError: 'skip' })).rejects.toMatchObject({ code: 'CORRUPT_RECORD', record: 4 });
    await expect(collect(path)).rejects.toMatchObject({ code: 'BAD_SCHEMA', record: 2 });
  });

  test('leaves a file of another format out under "skip", as extract() does', async () => {
    const pointer = fileOf(text('version https://git-lfs.github.com/spec/v1\n'));
    const rejects: Reject[] = [];
    const options = { onReject: (reject: Reject) => rejects.push(reject), onError: 'skip' } as const;
    expect(await collect([pointer, fileOf(tfrecord(record()))], options)).toHaveLength(1);
    expect(rejects).toMatchObject([{ input: pointer, record: 0, offset: 0, code: 'UNSUPPORTED' }]);
  });

  test('reads several files in the order given', async () => {
    const paths = [3, 1, 2].map((rows) => fileOf(tfrecord(record({ shape: [rows, 1, 4] }))));
    const batches = await collect(paths);
    expect(batches.map(({ source, rows }) => [source, rows])).toEqual([
      [paths[0], 3],
      [paths[1], 1],
      [paths[2], 2],
    ]);
  });

  test('fails with USAGE for what it cannot use, and NOT_FOUND for what is not there', async () => {
    const path = fileOf(tfrecord(record()));
    for (const options of [
      { dtype: 'float32' },
      { batchBytes: 0 },
      { onError: 'x' },
      { names: '(' },
      { onReject: 1 },
    ]) {
      await expect(collect(path, options as ReadEmbeddingsOptions)).rejects.toMatchObject({ code: 'USAGE' });
    }
    await expect(collect(joinPath(path, '../no'))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(collect(7 as unknown as string)).rejects.toMatchObject({ code: 'USAGE' });
  });

  test('works while another one is read, file by file and side by side', async () => {
    const [a, b] = [fileOf(tfrecord(...hundred)), fileOf(gzipSync(tfrecord(...hundred)))];
    const both = await Promise.all([collect(a, { batchBytes: 99 }), collect(b, { batchBytes: 333 })]);
    for (const batches of both) {
      expect(batches.flatMap(({ embeddings }) => [...embeddings])).toEqual(
        hundred.flatMap((_, i) => ramp(1, 1, 8, 100 * i)),
      );
    }
    expect(readFileSync(a).equals(tfrecord(...hundred))).toBe(true);
  });
});
