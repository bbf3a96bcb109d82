/** Every way into a local file refuses what is no regular file, at once and by the name of its kind. */

import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createShared } from '../../../src/counters.ts';
import * as bowerbird from '../../../src/index.ts';
import { run as count } from '../../../src/jobs/convert/count.ts';
import { ArrayRecordReader } from '../../../src/records/array-record-reader.ts';
import { openFile } from '../../../src/storage/local/regular-file.ts';
import { storageOf } from '../../../src/storage/registry.ts';

let folder = '';
const server = createServer();

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'bowerbird-kinds-'));
  execFileSync('mkfifo', [join(folder, 'pipe')]);
  mkdirSync(join(folder, 'folder'));
  symlinkSync('pipe', join(folder, 'link'));
  await new Promise<void>((resolve) => server.listen(join(folder, 'socket'), resolve));
});
afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true, force: true });
});

const kinds: readonly [name: string, kind: string][] = [
  ['pipe', 'a named pipe'],
  ['link', 'a named pipe'],
  ['socket', 'a socket'],
  ['folder', 'a folder'],
  ['/dev/null', 'a character device'],
  ['/dev/zero', 'a character device'],
  ['/proc/self/status', 'says that it has none'],
  ['/proc/cpuinfo', 'says that it has none'],
];

async function all(batches: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of batches);
}

type Takes = 'a file' | 'folders too' | 'names in a folder';

/** What takes the path of a file. */
const readers: readonly [name: string, read: (path: string) => unknown, takes: Takes][] = [
  ['openFile()', (path) => openFile(path), 'a file'],
  ['inspect()', (path) => bowerbird.inspect({ inputs: path }), 'folders too'],
  ['verify()', (path) => bowerbird.verify({ inputs: [path], workers: 1 }).then(throwFirst), 'folders too'],
  ['repair()', (path) => bowerbird.repair({ inputs: path, out: join(folder, 'out') }), 'folders too'],
  ['extract()', (path) => bowerbird.extract({ inputs: [path], out: join(folder, 'out'), workers: 1 }), 'folders too'],
  [
    'convert()',
    (path) => bowerbird.convert({ inputs: [path], to: 'tfrecord', out: join(folder, 'out/'), workers: 1 }),
    'folders too',
  ],
  ['decode()', (path) => bowerbird.decode({ inputs: [path], out: join(folder, 'out.wav'), workers: 1 }), 'folders too'],
  ['ingest()', (path) => bowerbird.ingest({ inputs: path, out: join(folder, 'out/'), workers: 1 }), 'folders too'],
  [
    'ingest() of labels',
    (path) => bowerbird.ingest({ inputs: csv(), labels: path, out: join(folder, 'out/'), workers: 1 }),
    'a file',
  ],
  [
    'ingest() of a recording',
    (path) => bowerbird.ingest({ inputs: csv(basename(path)), out: join(folder, 'out/'), workers: 1 }),
    'names in a folder',
  ],
  ['readAudio()', (path) => bowerbird.readAudio(path), 'a file'],
  ['probeAudio()', (path) => bowerbird.probeAudio(path), 'a file'],
  ['readAudioWindows()', (path) => all(bowerbird.readAudioWindows(path, { window: 1 })), 'a file'],
  ['readTfRecords()', (path) => all(bowerbird.readTfRecords(path)), 'folders too'],
  ['readEmbeddings()', (path) => all(bowerbird.readEmbeddings(path)), 'folders too'],
  ['readNpy()', (path) => bowerbird.readNpy(path), 'a file'],
  ['ArrayRecordReader.open()', (path) => ArrayRecordReader.open(path), 'a file'],
  ['ArrayRecordSet', (path) => bowerbird.ArrayRecordSet.open([path]), 'folders too'],
  ['a storage', async (path) => (await storageOf(path)).read(path), 'a file'],
  [
    'a unit that counts',
    (uri) =>
      count(
        { id: uri, input: { uri, size: 0, version: '' } },
        { onError: 'fail' },
        { shared: createShared(), outDir: '' },
      ),
    'a file',
  ],
];

function csv(recording = 'a.wav'): string {
  const path = join(folder, 'labels.csv');
  writeFileSync(path, `Label,Blob Name\n1,${recording}\n`);
  return path;
}

/** Files of a size of 0 are told by the report. */
function throwFirst({ files }: bowerbird.VerifyReport): void {
  const failed = files.find(({ error }) => error !== undefined)?.error;
  if (failed !== undefined) throw new bowerbird.BowerbirdError(failed.code, failed.message);
}

/** What there is of them on this system. */
function kindsFor(takes: Takes): (readonly [string, string])[] {
  return kinds.filter(([name]) => {
    if (name === 'folder') return takes !== 'folders too';
    return !name.startsWith('/') || (takes !== 'names in a folder' && existsSync(name));
  });
}

describe.each(readers)('%s', (_, read, takes) => {
  test.each(kindsFor(takes))('refuses %s: %s', async (name, kind) => {
    const path = name.startsWith('/') ? name : join(folder, name);
    const read_ = (async () => read(path))();
    await expect(read_).rejects.toThrow(bowerbird.BowerbirdError);
    await expect(read_).rejects.toMatchObject({ code: 'UNSUPPORTED', message: expect.stringContaining(kind) });
    await expect(read_).rejects.toThrow(path);
    expect(existsSync(join(folder, 'out.wav'))).toBe(false);
  });
});

test.each(['pipe', 'socket'])('an output does not take the place of a %s', async (name) => {
  const path = join(folder, name);
  const samples = new Float32Array(10);
  const written = bowerbird.writeWav(path, { samples, sampleRate: 8000, channels: 1 }, { overwrite: true });
  await expect(written).rejects.toMatchObject({ code: 'EXISTS', message: expect.stringContaining(name) });
  expect(existsSync(path)).toBe(true);
});
