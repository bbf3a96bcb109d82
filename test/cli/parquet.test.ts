/** What `inspect` and `verify` print of Parquet files, with the real functions. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { inspect } from '../../src/api/inspect.ts';
import { verify } from '../../src/api/verify.ts';
import { speech, speechColumns, writeShard } from '../support/parquet-shards.ts';
import { scratch } from '../unit/jobs/folder.ts';
import { cli } from './harness.ts';

const run = (line: string) => cli(line, { api: { inspect, verify } });

async function shard(rows: readonly { readonly [column: string]: unknown }[] = [speech(0), speech(1)]) {
  const path = join(scratch(), 'x.parquet');
  await writeShard(path, rows, { facts: { part: 0, parts: 2 } });
  return path;
}

test('inspect prints the columns and what is in them', async () => {
  const { code, stdout } = await run(`inspect ${await shard()}`);
  expect(code).toBe(0);
  expect(stdout).toMatch(/rows +2\n/);
  expect(stdout).toMatch(/chunk +chunk en-0, part 1 of 2, 2 rows; configuration en, split train\n/);
  expect(stdout).toMatch(/sound +audio at 16000 Hz: 2 cells, 2 wav/);
  expect(stdout).toMatch(/audio\.bytes +binary\? +uncompressed +PLAIN RLE +2 +yes /);
});

test('names of a file cannot speak to the terminal', async () => {
  const path = join(scratch(), 'x.parquet');
  await writeShard(path, [{ '\u001b[2Jx': 'a' }], { columns: [{ name: '\u001b[2Jx', kind: 'string' }] });
  const { stdout } = await run(`inspect ${path}`);
  expect(stdout).not.toContain('\u001b');
  expect(stdout).toContain('[2Jx');
});

test('verify ends with 0 and a note, with 4 for the viewer, and with 4 for damage by row and column', async () => {
  const unnamed = await shard([speech(0), { ...speech(1), audio: { ...(speech(1)['audio'] as object), path: null } }]);
  const plain = await run(`verify ${unnamed}`);
  expect(plain.code).toBe(0);
  expect(plain.stdout).toMatch(
    /noted: Recordings without a path, .* \(row group 0, column "audio\.path", row 1\) \(viewer\)/,
  );
  expect(plain.stdout).toMatch(/1 file, 2 intact records, .*: all intact\n/);
  const viewer = await run(`verify --viewer ${unnamed}`);
  expect(viewer.code).toBe(4);
  expect(viewer.stdout).toMatch(
    /damaged: viewer, row group 0, column "audio\.path", row 1, offset \d+: Recordings without/,
  );
  const bad = await shard([
    speech(0),
    { ...speech(1), audio: { bytes: Buffer.from('{"error": 404}'), path: 'a.wav' } },
  ]);
  const damaged = await run(`verify ${bad}`);
  expect(damaged.code).toBe(4);
  expect(damaged.stdout).toMatch(/damaged: audio, row group 0, column "audio\.bytes", row 1, .*found JSON text/);
  expect(damaged.stdout).toMatch(/1 file damaged in 1 place\n/);
});

test('verify of a folder names the file that differs, and the card that is wrong', async () => {
  const folder = scratch();
  await writeShard(join(folder, 'data/a.parquet'), [speech(0)]);
  await writeShard(join(folder, 'data/b.parquet'), [speech(1)]);
  await writeShard(join(folder, 'data/c.parquet'), [{ text: 'x' }], { columns: speechColumns.slice(1, 2) });
  const info = 'dataset_info:\n  splits:\n  - name: train\n    num_examples: 4\n';
  writeFileSync(
    join(folder, 'README.md'),
    `---\nconfigs:\n- config_name: default\n  data_files: data/*.parquet\n${info}---\n`,
  );
  const { code, stdout } = await run(`verify ${folder}`);
  expect(code).toBe(4);
  expect(stdout).toContain('README.md: damaged: num-examples: num_examples of split "train"');
  expect(stdout).toMatch(
    /c\.parquet: damaged: differs: In configuration "default", it lacks column "audio\.bytes" \(binary\), which others have \("a\.parquet" and 1 more\)/,
  );
  expect(stdout).toMatch(/4 files, 3 intact records, .*: 2 files damaged in 2 places\n/);
});

test('--json has all of it', async () => {
  const { stdout } = await run(`verify --json ${await shard()}`);
  const [file] = JSON.parse(stdout).files;
  expect(file).toMatchObject({ format: 'parquet', ok: true, rows: 2, sounds: 2, shard: { chunk: 'en-0' } });
});
