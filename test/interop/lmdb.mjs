/** LMDB: py-lmdb with the oldest and the newest engine that people have reads our files, finds nothing wrong, and writes the same bytes. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment, interpreter } from './environment.mjs';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const golden = join(root, 'test/data/lmdb-write');
/** Beside that of requirements.txt. */
const older = '1.4.1';

/** A folder for PYTHONPATH. */
async function olderLmdb() {
  const folder = join(root, '.cache', `interop-lmdb-${older}`);
  if (!existsSync(folder)) {
    const made = `${folder}.tmp`;
    await rm(made, { recursive: true, force: true });
    const quiet = ['--quiet', '--disable-pip-version-check'];
    await run(interpreter, ['-m', 'pip', 'install', ...quiet, '--target', made, `lmdb==${older}`]);
    await rename(made, folder);
  }
  return folder;
}

/** As entries_of() of make.py, in batches. */
function* batchesOf({ runs }) {
  let number = 0;
  for (const { count, key, value } of runs) {
    for (let at = 0; at < count; at += 100) {
      const keys = Array.from({ length: Math.min(100, count - at) }, () =>
        Buffer.from(`${number++}`.padStart(key, '0')),
      );
      yield { keys, values: keys.map((k) => Buffer.alloc(value, createHash('sha256').update(k).digest())) };
    }
  }
}

async function write(LmdbWriter, folder, entries) {
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'lock.mdb'), '');
  const writer = new LmdbWriter(join(folder, 'data.mdb'));
  for (const { keys, values } of batchesOf(entries)) await writer.write(keys, values);
  await writer.finish();
  return createHash('sha256')
    .update(await readFile(join(folder, 'data.mdb')))
    .digest('hex');
}

export async function checkLmdb(report, { work }) {
  const { LmdbWriter } = await import('../../dist/formats/lmdb/write.js');
  const [cases, expected] = await Promise.all(
    ['cases.json', 'expected.json'].map(async (name) => JSON.parse(await readFile(join(golden, name), 'utf8'))),
  );
  for (const path of [undefined, await olderLmdb()]) {
    const folder = join(work, 'ours/lmdb');
    const sums = {};
    for (const [name, entries] of Object.entries(cases)) {
      sums[name] = await write(LmdbWriter, join(folder, name), entries);
    }
    const { stdout } = await run(
      interpreter,
      [fileURLToPath(new URL('lmdb_files.py', import.meta.url)), golden, folder],
      {
        env: path === undefined ? environment : { ...environment, PYTHONPATH: path },
        maxBuffer: 1 << 26,
      },
    );
    const python = JSON.parse(stdout);
    const engine = python.engine.join('.');
    await report.group(
      `LMDB: py-lmdb ${python.version} (${engine}) reads ours, and writes the same`,
      async (expect) => {
        if (path !== undefined) expect(python.version === older, `it is ${python.version}, not ${older}`);
        for (const [name, found] of Object.entries(python.cases)) {
          const { entries, content } = expected[name];
          expect(found.entries === entries && found.locked === entries, `${name}: ${found.entries} entries`);
          expect(found.content === content, `${name}: other keys or values`);
          expect(found.again === sums[name], `${name}: its file is not ours`);
          if (path === undefined) expect(found.problems?.length === 0, `${name}: ${found.problems}`);
        }
      },
    );
  }
}
