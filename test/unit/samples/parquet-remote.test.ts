/** Parquet files of a web server: read by range, and only as they were when the plan was made. */

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { findParquet } from '../../../src/samples/parquet/inputs.ts';
import { planParquet, rangesOf } from '../../../src/samples/parquet/plan.ts';
import { samplesOf } from '../../../src/samples/parquet/samples.ts';
import { type ObjectServer, objectServer } from '../../support/object-server.ts';
import { parquetPath, parquetRows, told } from '../../support/parquet-files.ts';

let server: ObjectServer;
beforeAll(async () => {
  server = await objectServer();
});
afterAll(() => server.close());

/** The file under a URL, and what was asked of it since. */
function served(name: string) {
  const bytes = readFileSync(parquetPath(name));
  server.objects.set(`files/${name}.parquet`, bytes);
  server.seen.length = 0;
  return { bytes, url: `${server.url}/files/${name}.parquet` };
}

function transferred(size: number): number {
  return server.seen.reduce((sum, { headers, method }) => {
    if (method === 'HEAD') return sum;
    const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(headers.range ?? '') ?? [];
    return sum + Math.min(size, to ? Number(to) + 1 : size) - Number(from ?? 0);
  }, 0);
}

async function planned(url: string) {
  return planParquet((await findParquet(url)).files, { audioColumn: 'needed' });
}

test('a plan takes the footer, and a row its pages', async () => {
  const { url, bytes } = served('sounds-index');
  const plan = await planned(url);
  expect(plan.files).toEqual([expect.objectContaining({ uri: url, rows: 24, size: bytes.length })]);
  const ofPlan = transferred(bytes.length);
  // The end of the file, twice: to choose columns, and to count rows.
  expect(ofPlan).toBeLessThan(2 * 70_000);
  for await (const { audio } of samplesOf(rangesOf(plan.files, 23, 1), plan.columns)) {
    expect(told(audio)).toEqual(parquetRows['sounds-index']![23]!['needed']);
  }
  // The footer, the index, and a first read of 128 KiB at the page.
  expect(transferred(bytes.length) - ofPlan).toBeLessThan(bytes.length / 1.5);
});

test('all rows are the values that pyarrow reads', async () => {
  const { url } = served('sounds-v2');
  const plan = await planned(url);
  const found = [];
  for await (const { audio } of samplesOf(rangesOf(plan.files, 0, 24), plan.columns)) found.push(told(audio));
  // The first holds no bytes, and no sound then.
  expect(found.slice(1)).toEqual(parquetRows['sounds-v2']!.slice(1).map((row) => row['needed']));
});

test('another file under the same name is an error', async () => {
  const { url } = served('sounds-v1');
  const plan = await planned(url);
  server.objects.set('files/sounds-v1.parquet', Buffer.concat([readFileSync(parquetPath('sounds-v2'))]));
  const iterate = async () => {
    for await (const _ of samplesOf(rangesOf(plan.files, 0, 1), plan.columns));
  };
  await expect(iterate()).rejects.toMatchObject({ code: 'IO', source: url });
});
