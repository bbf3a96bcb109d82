/** Where `convert` counts the records of its inputs. */

import { truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ConvertJobOptions, convertJob } from '../../../src/jobs/convert/job.ts';
import type { HowToRun, RunUnits } from '../../../src/jobs/engine/job.ts';
import { localOutput } from '../../../src/jobs/engine/output.ts';
import { scratch } from './folder.ts';

/** How the one unit of counting a file of so many bytes would be run. */
async function counted(bytes: number): Promise<HowToRun | undefined> {
  const folder = scratch();
  const input = join(folder, 'a.tfrecord');
  writeFileSync(input, '');
  truncateSync(input, bytes);
  const options: ConvertJobOptions = {
    inputs: [input],
    outDir: join(folder, 'out'),
    prefix: 'x',
    layout: { kind: 'shards', count: 2 },
    to: 'tfrecord',
    arrayRecord: undefined,
    compression: 'none',
    onError: 'salvage',
    proof: false,
    durable: false,
  };
  let seen: HowToRun | undefined;
  const runUnits: RunUnits = async function* (_module, units, _options, _context, how) {
    seen = how;
    const index = { format: 'tfrecord', compression: 'none', records: 0, stretches: [], leftOut: [] };
    for (const unit of units) yield { unit, receipt: index as never };
  };
  const output = localOutput({ outDir: options.outDir, stateDir: join(options.outDir, '.bowerbird'), job: 'convert' });
  await convertJob.plan(options, { runUnits, output });
  return seen;
}

test('a small file is counted by the calling thread; a large one, all of which may be read, is not', async () => {
  expect(await counted(1 << 20)).toEqual({ work: 'light' });
  expect(await counted(2 ** 30)).toEqual({ work: 'long' });
});
