/** What extract() does with bad input under each policy, what stays in the folder, and what it refuses. */

import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, onTestFinished, test } from 'vitest';
import { hasShared, sharedBytes } from '../../shared-data.ts';
import {
  extractFiles,
  floatsOf,
  manifestOf,
  readOutput,
  rejectsOf,
  tryExtract,
  writeInputs,
} from '../../support/extracting.ts';
import { arkaba, flipped, frame, join, offsetsOf, ramp, record, tfrecord } from '../../support/records.ts';
import { scratch, tree } from '../jobs/folder.ts';

const good = record();
const bad = record({ filename: 'no date' });
/** Five records that can be told apart by their second. */
const five = [0, 1, 2, 3, 4].map((i) => record({ seconds: 100 * i, shape: [1, 1, 4] }));
const offsets = offsetsOf(...five);
const isRoot = process.getuid?.() === 0;

const secondsOf = (outDir: string, stem = 'x') =>
  readOutput(outDir, stem).rows.map((row) => row['recording_offset_in_file']);
const visible = (outDir: string) =>
  (existsSync(outDir) ? Object.keys(tree(outDir)) : []).filter((path) => !path.startsWith('.'));

describe('extract() under "fail"', () => {
  test('keeps what is finished and shows nothing half-written', async () => {
    const { outDir, error } = await extractFiles({
      a: tfrecord(good, good),
      b: tfrecord(good, bad, good),
      c: tfrecord(good),
    });
    expect(error).toMatchObject({ code: 'NAME_MISMATCH', record: 1, offset: good.length + 16 });
    expect(visible(outDir)).toEqual(expect.arrayContaining(['embeddings/a.npy', 'metadata/a.json']));
    expect(visible(outDir).filter((path) => /\bb\.|extract\.json|rejects|tmp/.test(path))).toEqual([]);
    expect(Object.keys(tree(outDir)).filter((path) => path.includes('tmp'))).toEqual([]);
    expect(readOutput(outDir, 'a').rows).toHaveLength(4);
  });

  test('goes on under "skip" where it stopped, and the folder ends as if it had been so from the start', async () => {
    const files = { a: tfrecord(good, good), b: tfrecord(good, bad, good), c: tfrecord(good) };
    const { inDir, outDir } = await extractFiles(files);
    const before = statSync(joinPath(outDir, 'embeddings/a.npy'));
    const { report } = await tryExtract({ inputs: [inDir], out: outDir, onError: 'skip', workers: 1 });
    expect(report).toMatchObject({ rejects: 1, records: 6, complete: true });
    expect(report!.skipped).toBeGreaterThan(0);
    expect(statSync(joinPath(outDir, 'embeddings/a.npy')).ino).toBe(before.ino);
    const fresh = joinPath(inDir, '../fresh');
    await tryExtract({ inputs: [inDir], out: fresh, onError: 'skip', workers: 1 });
    const [there, here] = [tree(outDir), tree(fresh)];
    expect(Object.keys(there)).toEqual(Object.keys(here));
    for (const path of visible(outDir)) expect(there[path], path).toBe(here[path]);
  });
});

describe('extract() under "skip"', () => {
  test('leaves intact but unusable records out and lists each with its place and reason', async () => {
    const short = record({ shape: [1, 1, 3] });
    const payloads = [good, bad, good, short, bad];
    const { outDir, inDir, report } = await extractFiles(
      { x: tfrecord(...payloads), y: tfrecord(good) },
      { onError: 'skip' },
    );
    expect(report).toMatchObject({ records: 6, rows: 6, rejects: 3 });
    const at = offsetsOf(...payloads);
    const input = joinPath(inDir, 'x');
    const reason = 'expected a name with a readable date, found "no date"';
    expect(rejectsOf(outDir)).toEqual([
      { input, record: 1, offset: at[1], code: 'NAME_MISMATCH', reason },
      {
        input,
        record: 3,
        offset: at[3],
        code: 'BAD_SCHEMA',
        reason: 'expected width 4, as in record 0 of this file, found width 3; one .npy holds one width',
      },
      { input, record: 4, offset: at[4], code: 'NAME_MISMATCH', reason },
    ]);
    expect(manifestOf(outDir).files.map(({ rejects }) => rejects)).toEqual([3, 0]);
    expect(floatsOf(readOutput(outDir, 'x').npy)).toEqual([...ramp(2, 1, 4), ...ramp(2, 1, 4)]);
  });

  test('fails at damage', async () => {
    const { error } = await extractFiles({ x: flipped(tfrecord(...five), offsets[2]! + 40) }, { onError: 'skip' });
    expect(error).toMatchObject({ code: 'CORRUPT_RECORD', record: 2, offset: offsets[2] });
  });

  test('leaves no rejects.jsonl when nothing is rejected, and removes a stale one', async () => {
    const { inDir, outDir } = await extractFiles({ x: tfrecord(good, bad) }, { onError: 'skip' });
    expect(rejectsOf(outDir)).toHaveLength(1);
    writeInputs(inDir, { x: tfrecord(good, good, good) });
    await tryExtract({ inputs: [inDir], out: outDir, onError: 'skip', workers: 1 });
    expect(visible(outDir)).not.toContain('rejects.jsonl');
    expect(manifestOf(outDir)).toMatchObject({ rejects: 0, rows: 6 });
  });

  test('gives an array of no rows when every record is rejected', async () => {
    const { outDir, report } = await extractFiles({ x: tfrecord(bad, bad) }, { onError: 'skip' });
    expect(report!.files[0]).toMatchObject({ records: 2, rows: 0, rejects: 2 });
    const { npy, json } = readOutput(outDir, 'x');
    expect(npy.shape).toEqual([0, 1280]);
    expect(json).toBe('[]');
  });

  test('fails when more than maxRejects are rejected in all files together', async () => {
    const files = { a: tfrecord(good, bad, bad), b: tfrecord(bad, good), c: tfrecord(good) };
    const enough = await extractFiles(files, { onError: 'skip', maxRejects: 3 });
    expect(enough.report).toMatchObject({ rejects: 3, rows: 6 });
    const { error, inDir, outDir } = await extractFiles(files, { onError: 'skip', maxRejects: 2 });
    expect(error).toMatchObject({ code: 'TOO_MANY_REJECTS', source: joinPath(inDir, 'b'), record: 0, offset: 0 });
    expect(error!.message).toBe(
      'Cannot go on: more than 2 record(s) were rejected; raise option "maxRejects" or mend the inputs',
    );
    expect(visible(outDir)).not.toContain('extract.json');
    // What an earlier run rejected counts.
    const again = await tryExtract({ inputs: [inDir], out: outDir, onError: 'skip', maxRejects: 1, workers: 1 });
    expect(again.error).toMatchObject({ code: 'TOO_MANY_REJECTS' });
    expect((await extractFiles({ a: tfrecord(bad) }, { onError: 'skip', maxRejects: 0 })).error?.code).toBe(
      'TOO_MANY_REJECTS',
    );
  });
});

describe('extract() under "salvage"', () => {
  const file = tfrecord(...five);

  // Every byte of the third record in turn would take minutes; these are the parts that differ.
  test.each([
    ['the length', 0],
    ['the high bytes of the length', 7],
    ["the length's checksum", 9],
    ['the first byte of the data', 12],
    ['the middle of the data', 90],
    ["the data's checksum", five[2]!.length + 13],
  ])('one flipped bit in %s costs one record', async (_, at) => {
    const damaged = flipped(file, offsets[2]! + at, 3);
    const { outDir, inDir, report } = await extractFiles({ x: damaged }, { onError: 'salvage' });
    expect(secondsOf(outDir)).toEqual([0, 100, 300, 400]);
    expect(report).toMatchObject({ records: 4, rows: 4, rejects: 1 });
    expect(rejectsOf(outDir)).toEqual([
      {
        input: joinPath(inDir, 'x'),
        record: 2,
        offset: offsets[2],
        length: five[2]!.length + 16,
        code: expect.stringMatching(/CORRUPT_RECORD|TRUNCATED/),
        reason: expect.stringContaining('checksum'),
      },
    ]);
  });

  test('a truncated tail costs the last record', async () => {
    for (const cut of [1, 4, 16, five[4]!.length, five[4]!.length + 15]) {
      const { outDir } = await extractFiles({ x: file.slice(0, -cut) }, { onError: 'salvage' });
      expect(secondsOf(outDir)).toEqual([0, 100, 200, 300]);
      expect(rejectsOf(outDir)).toMatchObject([
        { record: 4, offset: offsets[4], length: five[4]!.length + 16 - cut, code: 'TRUNCATED' },
      ]);
    }
  });

  test('two damaged records side by side are two', async () => {
    const damaged = flipped(flipped(file, offsets[1]! + 20), offsets[2]! + 20);
    const { outDir } = await extractFiles({ x: damaged }, { onError: 'salvage' });
    expect(secondsOf(outDir)).toEqual([0, 300, 400]);
    expect(rejectsOf(outDir).map(({ record, offset }) => [record, offset])).toEqual([
      [1, offsets[1]],
      [2, offsets[2]],
    ]);
  });

  test('a record inside a damaged record is none of this file', async () => {
    const outer = record({ features: { inner: join(Uint8Array.of(10, 0x7f)), other: frame(five[0]!) } });
    const inside = tfrecord(five[0]!, outer, five[1]!);
    const { outDir } = await extractFiles({ x: flipped(inside, offsets[1]! + 30) }, { onError: 'salvage' });
    expect(secondsOf(outDir)).toEqual([0, 100]);
  });

  test('goes on behind garbage, zeros and a second file', async () => {
    const garbage = Uint8Array.from({ length: 5000 }, (_, i) => (i * 7919) >> 3);
    const damaged = join(tfrecord(five[0]!), garbage, tfrecord(five[1]!), new Uint8Array(4096), tfrecord(five[2]!));
    const { outDir } = await extractFiles({ x: damaged }, { onError: 'salvage' });
    expect(secondsOf(outDir)).toEqual([0, 100, 200]);
    expect(rejectsOf(outDir).map(({ record, length }) => [record, length])).toEqual([
      [1, 5000],
      [3, 4096],
    ]);
  });

  test('reads a cut GZIP or ZLIB stream as far as it goes', async () => {
    const many = Array.from({ length: 400 }, (_, i) =>
      record({ seconds: i, shape: [1, 1, 64], values: Array.from({ length: 64 }, (_, v) => Math.sin(i * 64 + v)) }),
    );
    for (const compress of [gzipSync, deflateSync]) {
      const whole = compress(tfrecord(...many));
      const { outDir } = await extractFiles({ x: whole.subarray(0, whole.length - 3000) }, { onError: 'salvage' });
      const seconds = secondsOf(outDir);
      expect(seconds.length).toBeGreaterThan(100);
      expect(seconds).toEqual(seconds.map((_, i) => i));
      const rejects = rejectsOf(outDir);
      expect(rejects).toHaveLength(1);
      expect(rejects[0]).toMatchObject({ record: seconds.length, code: 'TRUNCATED' });
      expect(rejects[0]!['reason']).toContain('the file ends inside it');
      const { error } = await extractFiles({ x: whole.subarray(0, whole.length - 3000) }, { onError: 'skip' });
      expect(error).toMatchObject({ code: 'TRUNCATED', record: seconds.length });
    }
  });

  test('takes what "fail" and "skip" take and no less', async () => {
    const { outDir, report } = await extractFiles({ x: tfrecord(good, bad, good) }, { onError: 'salvage' });
    expect(report).toMatchObject({ records: 3, rows: 4, rejects: 1 });
    expect(rejectsOf(outDir)).toMatchObject([{ record: 1, code: 'NAME_MISMATCH' }]);
  });
});

describe('extract() on a file that is no TFRecord', () => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 2041\n';

  test.each([
    ['a Git LFS pointer', pointer, 'a Git LFS pointer, not the file itself; run "git lfs pull" where it was cloned'],
    ['JSON', '{"a": [1, 2, 3]}', 'JSON text'],
    ['a .npy', '\x93NUMPY\x01\0v\0{}', 'a NumPy array (.npy)'],
  ])('stops at %s, or leaves it out whole', async (_, content, found) => {
    const files = { a: tfrecord(good), b: Buffer.from(content, 'latin1'), c: tfrecord(good, good) };
    const { error, inDir } = await extractFiles(files);
    const source = joinPath(inDir, 'b');
    expect(error).toMatchObject({ code: 'UNSUPPORTED', source, record: 0, offset: 0 });
    expect(error!.message).toBe(`Cannot extract "${source}": expected a TFRecord file, found ${found}`);
    for (const onError of ['skip', 'salvage'] as const) {
      const { outDir, report } = await extractFiles(files, { onError });
      expect(report!.files.map(({ rows, rejects }) => [rows, rejects])).toEqual([
        [2, 0],
        [0, 1],
        [4, 0],
      ]);
      expect(rejectsOf(outDir)).toMatchObject([
        {
          record: 0,
          offset: 0,
          length: files.b.length,
          code: 'UNSUPPORTED',
          reason: `expected a TFRecord file, found ${found}`,
        },
      ]);
      expect(readOutput(outDir, 'b').npy.shape).toEqual([0, 1280]);
    }
  });

  test.skipIf(!hasShared)('names the pointer of a real archive (needs ../shared)', async () => {
    const name = 'lfs-pointers/20191026T000000+1000_REC.flac';
    const { error } = await extractFiles({ x: sharedBytes(name) });
    expect(error!.message).toContain('a Git LFS pointer');
  });
});

describe('extract() on files without records', () => {
  test('gives shape (0, 1280) and an empty list', async () => {
    const nothing = { plain: '', 'gz.gz': gzipSync(''), zlib: deflateSync('') };
    const zlib8 = hasShared ? { baskerville: sharedBytes('tfrecord/baskerville/mm10-train-7.tfr') } : {};
    if (hasShared) expect(zlib8.baskerville).toHaveLength(8);
    const { outDir, report } = await extractFiles({ ...nothing, ...zlib8 });
    for (const stem of ['plain', 'gz', 'zlib', ...Object.keys(zlib8)]) {
      const { npy, json } = readOutput(outDir, stem);
      expect([npy.descr, ...npy.shape, npy.data.length, json]).toEqual(['<f4', 0, 1280, 0, '[]']);
    }
    expect(report).toMatchObject({ records: 0, rows: 0 });
  });

  test('keeps the width of records that hold no window', async () => {
    const { outDir } = await extractFiles({ x: tfrecord(record({ shape: [0, 1, 1536] })) });
    expect(readOutput(outDir, 'x').npy.shape).toEqual([0, 1536]);
  });
});

describe('extract() names outputs', () => {
  test('by the whole base name where stems are the same, and says so', async () => {
    const notices: string[] = [];
    const files = {
      'x.tfrecord': tfrecord(good),
      'x.tfrecord.gz': gzipSync(tfrecord(good, good)),
      'y.b.c': tfrecord(good),
      'sub/x': tfrecord(good, good, good),
    };
    const root = scratch();
    writeInputs(root, files);
    const inputs = ['x.tfrecord', 'x.tfrecord.gz', 'y.b.c', 'sub/x'].map((name) => joinPath(root, name));
    const outDir = joinPath(root, 'out');
    const { report } = await tryExtract({ inputs, out: outDir, onNotice: (text) => notices.push(text), workers: 2 });
    expect(readdirSync(joinPath(outDir, 'embeddings'))).toEqual([
      'x.npy',
      'x.tfrecord.gz.npy',
      'x.tfrecord.npy',
      'y.npy',
    ]);
    expect(['x', 'x.tfrecord.gz', 'x.tfrecord', 'y'].map((stem) => readOutput(outDir, stem).rows.length)).toEqual([
      6, 4, 2, 2,
    ]);
    expect(notices).toEqual(report!.notices);
    expect(notices).toHaveLength(1);
    expect(notices[0]).toMatch(
      /^"\S*sub\/x", "\S*x\.tfrecord" and 1 more would share the output name "x": their whole names are used$/,
    );
  });

  test('refuses two inputs that even their whole names do not tell apart', async () => {
    const { error, outDir } = await extractFiles({}, { inputs: ['a/x', 'b/x'].map((name) => writeOne(name)) });
    expect(error).toMatchObject({ code: 'USAGE' });
    expect(existsSync(outDir)).toBe(false);
  });

  const shared = { root: '' };
  function writeOne(name: string): string {
    if (shared.root === '') shared.root = scratch();
    writeInputs(shared.root, { [name]: tfrecord(good) });
    return joinPath(shared.root, name);
  }
});

describe('extract() and the file system', () => {
  test('plans in a dry run and touches nothing', async () => {
    const root = scratch();
    writeInputs(root, { 'in/a': tfrecord(good), 'in/b': 'not looked into' });
    const before = tree(root);
    const outDir = joinPath(root, 'out');
    const { report } = await tryExtract({ inputs: [joinPath(root, 'in')], out: outDir, dryRun: true });
    expect(report).toMatchObject({ dryRun: true, inputs: 2, done: 0, rows: 0 });
    expect(tree(root)).toEqual(before);
  });

  test('never changes its inputs', async () => {
    const { inDir } = await extractFiles({ a: tfrecord(good) });
    const path = joinPath(inDir, 'a');
    const before = statSync(path, { bigint: true });
    await tryExtract({ inputs: [inDir], out: joinPath(inDir, '../again'), workers: 1 });
    const after = statSync(path, { bigint: true });
    expect([after.mtimeNs, after.ctimeNs, after.ino]).toEqual([before.mtimeNs, before.ctimeNs, before.ino]);
    expect(Buffer.from(tfrecord(good)).equals(readFileSync(path))).toBe(true);
  });

  test('does again what changed since, and nothing else', async () => {
    const { inDir, outDir } = await extractFiles({ a: tfrecord(good), b: tfrecord(good) });
    const inode = (name: string) => statSync(joinPath(outDir, 'embeddings', name)).ino;
    const [a, b] = [inode('a.npy'), inode('b.npy')];
    writeInputs(inDir, { b: tfrecord(good, good) });
    const { report } = await tryExtract({ inputs: [inDir], out: outDir, workers: 1 });
    expect(report).toMatchObject({ done: 1, skipped: 1, rows: 6 });
    expect(inode('a.npy')).toBe(a);
    expect(inode('b.npy')).not.toBe(b);
    expect(manifestOf(outDir).files.map(({ rows }) => rows)).toEqual([2, 4]);
  });

  test.skipIf(isRoot)('tells of a file that may not be read', async () => {
    const { inDir, outDir } = await extractFiles({ a: tfrecord(good) });
    chmodSync(joinPath(inDir, 'a'), 0);
    const { error } = await tryExtract({ inputs: [inDir], out: `${outDir}2`, workers: 1 });
    expect(error).toMatchObject({ code: 'IO', source: joinPath(inDir, 'a') });
    expect(error!.message).toContain('check the permissions');
  });

  test('tells of an output folder that cannot be made', async () => {
    const root = scratch();
    writeInputs(root, { 'in/a': tfrecord(good), file: '' });
    for (const outDir of [joinPath(root, 'file'), joinPath(root, 'file/below')]) {
      const { error } = await tryExtract({ inputs: [joinPath(root, 'in')], out: outDir, workers: 1 });
      expect(error?.code).toBe('IO');
      expect(error!.message).toMatch(/^Cannot /);
      expect(error!.message).toContain(outDir);
    }
  });

  test.skipIf(!isRoot || process.platform !== 'linux' || !canMount())(
    'keeps finished outputs on a full disk, and finishes when there is room (needs root)',
    async () => {
      const root = scratch();
      const disk = joinPath(root, 'disk');
      mkdirSync(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', disk]);
      onTestFinished(() => void execFileSync('umount', ['-l', disk]));
      const values = ramp(1, 1, 100_000);
      const large = tfrecord(record({ shape: [1, 1, 100_000], values }));
      writeInputs(root, { 'in/a': large, 'in/b': large, 'in/c': large });
      const options = { inputs: [joinPath(root, 'in')], out: joinPath(disk, 'out'), workers: 1 };
      const { error } = await tryExtract(options);
      expect(error).toMatchObject({ code: 'IO' });
      expect(error!.message).toContain('free some space and run the same command again');
      expect(visible(options.out)).toEqual([
        'embeddings/a.npy',
        'embeddings/b.npy',
        'metadata/a.json',
        'metadata/b.json',
      ]);
      expect(Object.keys(tree(disk)).filter((path) => path.includes('tmp'))).toEqual([]);
      execFileSync('mount', ['-o', 'remount,size=4m', disk]);
      const { report } = await tryExtract(options);
      expect(report).toMatchObject({ done: 1, skipped: 2, rows: 3, complete: true });
      expect(floatsOf(readOutput(options.out, 'c').npy)).toEqual(values.map(Math.fround));
    },
  );
});

/** Root in a container often may not. */
function canMount(): boolean {
  const at = mkdtempSync(joinPath(tmpdir(), 'bowerbird-mount-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', 'tmpfs', at], { stdio: 'ignore' });
    execFileSync('umount', [at]);
    return true;
  } catch {
    return false;
  } finally {
    rmSync(at, { recursive: true });
  }
}

test('extract() escapes names as json.dumps does', async () => {
  const filename = '20201014T010000Z_"\\\u0000\b\t\n\u000b\f\r\u001f ~\u007f\u0080é\u2028😀_1.flac';
  const { outDir } = await extractFiles({ x: tfrecord(record({ filename })) }, { names: 'none' });
  // What CPython 3.11 prints for that name.
  expect(readOutput(outDir, 'x').json).toContain(
    String.raw`"filename": "20201014T010000Z_\"\\\u0000\b\t\n\u000b\f\r\u001f ~\u007f\u0080\u00e9\u2028\ud83d\ude00_1.flac"}`,
  );
});

test('extract() assumes UTC for "Z" and counts it, and takes names without a zone', async () => {
  const names = [arkaba, '20211109T053052Z_Tumbarumba-Wet-Eucalypt-Dry-A_895869.flac', 'S4A03895_20190522_050000.wav'];
  const { outDir, report } = await extractFiles({
    x: tfrecord(...names.map((filename) => record({ filename, shape: [1, 1, 2] }))),
  });
  expect(report).toMatchObject({ assumedUtc: 1, withoutZone: 1 });
  // 1636435852: shared/data/names, from the archive's own database. No zone, so no instant.
  expect(
    readOutput(outDir, 'x').rows.map((row) => [row['file_timestamp'], row['file_seconds_since_midnight']]),
  ).toEqual([
    [1602599400, 3600],
    [1636435852, 19852],
    [null, 18000],
  ]);
});
