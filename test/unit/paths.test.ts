/** What may be a URI must not be taken apart as a path: `join('s3://bucket', 'x')` is `s3:/bucket/x`. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

/**
 * Modules that may use node:path, since what they work on is never a URI: local files, the local folder in which units write, and names
 * relative to it. Whoever has an input, an output or a folder that a user named asks storage/uri.ts.
 */
const local = new Set([
  ...['storage/uri.ts', 'storage/env.ts', 'storage/local/folders.ts', 'storage/inputs.ts'],
  ...['storage/local/copy.ts', 'storage/local/storage.ts', 'storage/publish.ts', 'storage/local/leftovers.ts'],
  // Copies lie in a local folder.
  'storage/kept/names.ts',
  // Files of credentials.
  ...['storage/hub/server.ts', 'storage/s3/config.ts'],
  ...[
    'jobs/engine/lock.ts',
    'jobs/engine/output.ts',
    'storage/drafts.ts',
    'jobs/engine/recheck.ts',
    'jobs/engine/rejects.ts',
    'jobs/engine/remote-output.ts',
  ],
  ...['jobs/engine/run.ts', 'jobs/engine/session.ts', 'jobs/engine/journal.ts', 'jobs/engine/delivery.ts'],
  ...['jobs/engine/outputs.ts', 'jobs/convert/unit.ts', 'jobs/decode/unit.ts', 'jobs/decode/decode-in-parts.ts'],
  ...['jobs/extract/unit.ts', 'jobs/unpack/unit.ts', 'api/decode.ts'],
  ...['jobs/ingest/rows.ts', 'jobs/ingest/unit.ts'],
  // Where a local recording lies, and what lies beside it.
  ...['jobs/rows/within.ts', 'jobs/rows/similar-names.ts'],
  // Samples of local folders, and what is made of them.
  ...[
    'api/pack.ts',
    'jobs/pack/job.ts',
    'jobs/pack/specs.ts',
    'jobs/pack/unit.ts',
    'jobs/pack/upload.ts',
    'samples/load-class.ts',
  ],
  ...['samples/rows/files.ts', 'samples/parquet/audio-path.ts', 'records/dataset-shards.ts'],
  ...['jobs/pack/empty-folders.ts', 'samples/rows/names-on-disk.ts'],
  ...['storage/local/unnamed.ts', 'storage/uploads/files.ts', 'storage/uploads/storage-uploader.ts'],
  // The state folder of a dataset, and its files on their way to the Hub.
  ...[
    'api/dataset/build.ts',
    'api/dataset/build-target.ts',
    'jobs/dataset/state-lock.ts',
    'jobs/dataset/hub/target.ts',
    'jobs/dataset/built.ts',
  ],
  // The temporary folder of stdin and stdout.
  'cli/spool.ts',
]);

const src = fileURLToPath(new URL('../../src', import.meta.url));
const importing = (text: string) =>
  /^(?:import|export)\b[^;]*?\bfrom\s+['"](?:node:)?path['"]|\bimport\(\s*['"](?:node:)?path/m.test(text);

test('only modules that work on local files import node:path', () => {
  const modules = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  const found = modules.filter((name) => importing(readFileSync(join(src, name), 'utf8')));
  expect(found.filter((name) => !local.has(name))).toEqual([]);
  // No leave that nobody needs.
  expect([...local].filter((name) => !found.includes(name))).toEqual([]);
});

test('the look at imports can fail', () => {
  for (const text of [`import { join } from 'node:path';`, `import path from "path"`, `await import('node:path')`]) {
    expect(importing(text)).toBe(true);
  }
});
