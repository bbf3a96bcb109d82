/** ingest() again after a recording has become another one: what the other shards hold is not made again. */

import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ingest } from '../../../src/api/ingest.ts';
import { wav } from '../../support/labelled.ts';
import { scratch } from '../jobs/folder.ts';

const rows = 12;

function labelled(): string {
  const root = scratch();
  let csv = 'Label,Blob Name\n';
  for (let i = 0; i < rows; i++) {
    writeFileSync(join(root, `${i}.wav`), wav(Array.from({ length: 100 + 7 * i }, (_, at) => at)));
    csv += `${i % 3},${i}.wav\n`;
  }
  writeFileSync(join(root, 'labels.csv'), csv);
  return root;
}

const shardsIn = (folder: string) =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.tfrecord'))
    .sort()
    .map((name) => ({ name, made: statSync(join(folder, name)).ino, bytes: readFileSync(join(folder, name)) }));

test.each([
  ['in order', {}],
  ['shuffled', { shuffle: 7 }],
])('a recording of another size makes its own shard anew, and no other (rows %s)', async (_, choices) => {
  const root = labelled();
  const options = { inputs: join(root, 'labels.csv'), audio: root, shards: 4, workers: 1, ...choices } as const;
  const out = join(root, 'out');
  await ingest({ ...options, out: `${out}/x` });
  expect(shardsIn(out)).toHaveLength(4);
  for (const samples of [5000, 10]) {
    const before = shardsIn(out);
    writeFileSync(join(root, '3.wav'), wav(Array.from({ length: samples }, (_, at) => -at)));
    expect(await ingest({ ...options, out: `${out}/x` })).toMatchObject({ done: 1, skipped: 3, complete: true });
    expect(shardsIn(out).filter(({ made }, i) => made !== before[i]!.made)).toHaveLength(1);
  }
  await ingest({ ...options, out: join(root, 'alone/x') });
  const bytesOf = (folder: string) => shardsIn(folder).map(({ name, bytes }) => [name, bytes.toString('base64')]);
  expect(bytesOf(out)).toEqual(bytesOf(join(root, 'alone')));
  expect(await ingest({ ...options, out: `${out}/x` })).toMatchObject({ done: 0, skipped: 4 });
});
