/** A folder inside of a dataset that may not be listed is no reason to call the rest intact. */

import { execFile } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { speech, writeShard } from '../support/parquet-shards.ts';
import { main, scratch } from './built.ts';

/** Root may read everything: then somebody else runs it. */
const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};

test('verify ends with an error where a folder of the dataset may not be listed', async () => {
  const root = scratch();
  mkdirSync(join(root, 'ds/data/en'), { recursive: true });
  mkdirSync(join(root, 'ds/data/de'));
  await writeShard(join(root, 'ds/data/en/chunk-00000.parquet'), [speech(0)]);
  if (nobody.uid !== undefined)
    for (const name of ['', 'ds', 'ds/data', 'ds/data/en']) chownSync(join(root, name), nobody.uid, nobody.gid);
  chmodSync(join(root, 'ds/data/de'), 0o000);
  onTestFinished(() => chmodSync(join(root, 'ds/data/de'), 0o700));
  const { code, stderr } = await new Promise<{ code: number; stderr: string }>((resolve) => {
    const options = { cwd: root, env: { PATH: process.env['PATH'], HOME: root, NO_COLOR: '1' }, ...nobody };
    execFile(process.execPath, [main, 'verify', 'ds'], options, (error, _, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code), stderr }),
    );
  });
  expect(stderr).toMatch(/Cannot list "ds\/data\/de\/": .*(EACCES|permission)/);
  expect(code).toBe(1);
});
