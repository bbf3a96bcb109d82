/** pack() where there is no room, or no permission: a sentence says what to do, and nothing half stays. */

import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { wav } from '../../support/labelled.ts';
import { scratch } from '../jobs/folder.ts';

const cli = fileURLToPath(new URL('../../../dist/cli/main.js', import.meta.url));

function rows(): string {
  const root = scratch();
  let manifest = '';
  for (let i = 0; i < 8; i++) {
    writeFileSync(join(root, `${i}.wav`), wav(Array.from({ length: 40_000 }, (_, at) => (at * 7) % 20_000)));
    manifest += `{"audio_filepath":"${i}.wav","text":"x"}\n`;
  }
  writeFileSync(join(root, 'm.jsonl'), manifest);
  mkdirSync(join(root, 'disk'));
  return root;
}

// A file system of its own takes a namespace, which not every machine gives.
const inside =
  'mount -t tmpfs -o size="$SIZE" none "$FOLDER" && "$@"; code=$?; cd "$FOLDER" && find . -type f | sort; exit $code';
const onSmallDisk = (folder: string, size: string, args: readonly string[]) =>
  spawnSync('unshare', ['-rm', 'sh', '-c', inside, 'sh', ...args], {
    encoding: 'utf8',
    env: { ...process.env, FOLDER: folder, SIZE: size },
  });
const canMount = onSmallDisk('/tmp', '1m', ['true']).status === 0;

test.skipIf(!canMount)('a disk that is full is told, and what is done stays (needs unshare)', () => {
  const root = rows();
  const disk = join(root, 'disk');
  // A shard has 330 kB; two of four find room.
  const flags = ['--samples-per-shard', '2', '--workers', '1', '--quiet'];
  const run = onSmallDisk(disk, '900k', [
    process.execPath,
    cli,
    'pack',
    join(root, 'm.jsonl'),
    '--out',
    join(disk, 'ds'),
    ...flags,
  ]);
  expect(run.status).not.toBe(0);
  expect(run.stderr).toMatch(/error IO: Cannot write ".*": ENOSPC: no space left on device; free some space/);
  const left = run.stdout
    .trim()
    .split('\n')
    .filter((name) => !name.includes('/.bowerbird/'));
  expect(left).toEqual(['0', '1'].flatMap((i) => ['data', 'lock'].map((name) => `./ds/shard_0000${i}/${name}.mdb`)));
});

test.skipIf(process.getuid?.() === 0 && !canMount)('a folder that may not be written is told at once', () => {
  const root = rows();
  const disk = join(root, 'disk');
  const args = [process.execPath, cli, 'pack', join(root, 'm.jsonl'), '--out', join(disk, 'ds'), '--quiet'];
  const isRoot = process.getuid?.() === 0;
  if (!isRoot) chmodSync(disk, 0o500);
  // root may write anywhere but on what is mounted to be read.
  const readOnly = ['unshare', '-rm', 'sh', '-c', 'mount -t tmpfs -o ro none "$FOLDER" && exec "$@"', 'sh'];
  const [command = '', ...rest] = isRoot ? [...readOnly, ...args] : args;
  const run = spawnSync(command, rest, { encoding: 'utf8', env: { ...process.env, FOLDER: disk } });
  expect(run).toMatchObject({ stdout: '' });
  expect(run.status).not.toBe(0);
  expect(run.stderr).toMatch(/error (ACCESS|IO): Cannot .*disk\/ds.*(EROFS|EACCES)/);
});
