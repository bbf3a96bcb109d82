/** The parts of the package that can be imported by themselves: what they give, and what they load for it. */

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Files of dist/ that a process has loaded when it has imported these. */
function loadedBy(...names: readonly string[]): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-entries-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const script = names.map((name) => `import '${name}';`).join('\n');
  execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    cwd: root,
    env: { ...process.env, NODE_V8_COVERAGE: folder },
  });
  const urls = readdirSync(folder).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { result: { url: string }[] };
    return result.map(({ url }) => url);
  });
  const dist = join(root, 'dist');
  return urls
    .filter((url) => url.startsWith('file:'))
    .map((url) => relative(dist, fileURLToPath(url)))
    .filter((path) => !path.startsWith('..'))
    .sort();
}

const everything = loadedOnce();
function loadedOnce(): () => string[] {
  let loaded: string[] | undefined;
  return () => {
    loaded ??= loadedBy('bowerbird');
    return loaded;
  };
}

test('the whole package loads what the parts do without', () => {
  expect(everything()).toEqual(
    expect.arrayContaining(['api/ingest.js', 'api/convert.js', 'api/read-audio.js', 'jobs/engine/run.js']),
  );
});

test.each([
  ['npy', /^(api|formats\/(example|npy)|native|records|storage)\/|^[^/]+$/, /^records\/(array-record|batches|pass)/],
  [
    'records',
    /^(api|formats|native|records|storage)\/|^[^/]+$|^jobs\/check\/tfrecord-verify\.js$/,
    /formats\/(npy|flac|wav|lossy)\//,
  ],
  [
    'audio',
    /^(api|formats|native|records|storage|runners|jobs\/decode)\/|^[^/]+$|^jobs\/engine\/options\.js$/,
    /formats\/(npy|example)\//,
  ],
] as const)('bowerbird/%s loads its own and nothing else', (name, own, others) => {
  const loaded = loadedBy(`bowerbird/${name}`);
  expect(loaded).toContain(`${name}.js`);
  expect(loaded.filter((path) => !own.test(path) || others.test(path))).toEqual([]);
  expect(loaded.length).toBeLessThan(everything().length / 2);
});

test.each(['audio', 'npy', 'records'])('bowerbird/%s gives the same functions as the whole', async (name) => {
  const whole: { readonly [key: string]: unknown } = await import('../../dist/index.js');
  const part: { readonly [key: string]: unknown } = await import(join(root, 'dist', `${name}.js`));
  expect(Object.keys(part)).toContain('BowerbirdError');
  for (const [key, value] of Object.entries(part)) expect(whole[key], key).toBe(value);
});
