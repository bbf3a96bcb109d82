/** What the checks of storage share: the command line, and what is below a prefix or in a folder. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export const bowerbird = async (env, ...argv) => {
  const options = { env: { ...process.env, ...env }, maxBuffer: 1 << 28 };
  const { stdout } = await promisify(execFile)(process.execPath, [cli, ...argv, '--json'], options);
  return JSON.parse(stdout);
};

export async function collect(storage, prefix, options) {
  const found = [];
  for await (const page of storage.list(prefix, options)) found.push(...page);
  return found;
}

/** Calls `make(i)` for all i, a few at a time. */
export async function inParallel(count, make, lanes = 24) {
  let next = 0;
  const lane = async () => {
    while (next < count) await make(next++);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

export function digestOf(files) {
  const lines = [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, bytes]) => `${name} ${createHash('sha256').update(bytes).digest('hex')}`);
  return lines.join('\n');
}

export function localFiles(folder) {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const paths = names.map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  return paths
    .filter((path) => !path.includes('/.bowerbird/'))
    .map((path) => [path.slice(folder.length + 1), readFileSync(path)]);
}

export async function remoteFiles(storage, prefix) {
  const names = (await collect(storage, prefix)).map(({ uri }) => uri).filter((uri) => !uri.includes('/.bowerbird/'));
  const files = [];
  await inParallel(names.length, async (i) =>
    files.push([names[i].slice(prefix.length), await storage.read(names[i])]),
  );
  return files;
}
