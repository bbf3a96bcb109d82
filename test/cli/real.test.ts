/** The command line of the built package over the real functions: exit codes, --json, and what lies in the folder then. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { ArrayRecordReader, ArrayRecordWriter } from '../../dist/index.js';
import { hasShared, sharedPath } from '../shared-data.ts';
import { manifestOf, readOutput, rejectsOf } from '../support/extracting.ts';
import { arkaba, flipped, frame, header, join as joined, offsetsOf, record, tfrecord } from '../support/records.ts';
import { main, bowerbird as runBuilt, scratch } from './built.ts';

const bowerbird = (cwd: string, ...args: readonly string[]) => runBuilt(cwd, args);

const good = record();
const bad = record({ filename: 'no date' });
const three = [0, 1, 2].map((i) => record({ seconds: 100 * i, shape: [1, 1, 4] }));
const offsets = offsetsOf(...three);
const damaged = flipped(tfrecord(...three), offsets[1]! + 30);

/** One JSON object and nothing else. */
function onlyJson(stdout: string) {
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout);
}

test('the command is a program, as a link to it expects, also when it was compiled anew', () => {
  const { status, stdout } = spawnSync(main, ['--version'], { encoding: 'utf8' });
  expect({ status, stdout }).toEqual({ status: 0, stdout: expect.stringMatching(/^bowerbird \d+\.\d+\.\d+\n$/) });
});

describe('bowerbird extract', () => {
  test('exits 0 and prints a summary', async () => {
    const folder = scratch({ 'in/a': tfrecord(good, good), 'in/b.gz': gzipSync(tfrecord(good)) });
    const { code, stdout, stderr } = await bowerbird(folder, 'extract', 'in/', '--out', 'out', '--workers', '2');
    expect({ code, stderr: stderr.replaceAll(/.*\d+%.*\n/g, '') }).toMatchObject({ code: 0 });
    expect(stdout).toMatch(/^files +2$/m);
    expect(stdout).toMatch(/^records +3$/m);
    expect(stdout).toMatch(/^rows +6$/m);
    expect(readOutput(join(folder, 'out'), 'a').rows).toHaveLength(4);
    const again = await bowerbird(folder, 'extract', 'in/', '--out', 'out');
    expect(again.code).toBe(0);
    expect(again.stdout).toMatch(/^files +2 \(0 now, 2 done already\)$/m);
  });

  test('prints one JSON object under --json, whatever happens', async () => {
    const folder = scratch({
      'in/a': tfrecord(good),
      'in/b.x': tfrecord(good),
      'in/b.y': tfrecord(good),
      'bad/x': tfrecord(bad),
    });
    const done = await bowerbird(folder, 'extract', 'in', '--out', 'out', '--json');
    const report = onlyJson(done.stdout);
    expect(report).toMatchObject({ job: 'extract', inputs: 3, rows: 6, complete: true });
    expect(report.notices).toHaveLength(1);
    expect(report.files.map((file: { embeddings: { name: string } }) => file.embeddings.name)).toEqual([
      'embeddings/a.npy',
      'embeddings/b.x.npy',
      'embeddings/b.y.npy',
    ]);
    const failed = await bowerbird(folder, 'extract', 'bad', '--out', 'out2', '--json');
    expect(failed.code).toBe(1);
    expect(onlyJson(failed.stdout)).toMatchObject({
      error: { code: 'NAME_MISMATCH', record: 0, offset: 0, source: 'bad/x' },
    });
    const missing = await bowerbird(folder, 'extract', 'nowhere', '--out', 'out3', '--json');
    expect(onlyJson(missing.stdout)).toMatchObject({ error: { code: 'NOT_FOUND', source: 'nowhere' } });
    expect(existsSync(join(folder, 'out3'))).toBe(false);
  });

  test('exits 1 at the first bad record and says where', async () => {
    const folder = scratch({ 'in/a': tfrecord(good), 'in/b': tfrecord(good, bad) });
    const { code, stdout, stderr } = await bowerbird(
      folder,
      'extract',
      'in',
      '--out',
      'out',
      '--workers',
      '1',
      '--progress',
      'none',
    );
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toBe(
      `bowerbird: error NAME_MISMATCH: Cannot extract record 1 at byte ${good.length + 16} of "in/b": expected a name with a readable date, found "no date"; try other names (a2o, none, or a regular expression), or --on-error skip, which leaves such records out\n`,
    );
    expect(existsSync(join(folder, 'out/embeddings/a.npy'))).toBe(true);
    expect(existsSync(join(folder, 'out/extract.json'))).toBe(false);
  });

  test('exits 3 when records were left out, and lists them', async () => {
    const folder = scratch({ 'in/a': tfrecord(good, bad), 'damaged/x': damaged });
    const skip = await bowerbird(folder, 'extract', 'in', '--out', 'out', '--on-error', 'skip');
    expect(skip.code).toBe(3);
    expect(skip.stdout).toMatch(/^rejected +1 record, listed in out\/rejects.jsonl$/m);
    expect(rejectsOf(join(folder, 'out'))).toMatchObject([{ input: 'in/a', record: 1, code: 'NAME_MISMATCH' }]);
    const salvage = await bowerbird(folder, 'extract', 'damaged', '--out', 'out2', '--on-error', 'salvage', '--quiet');
    expect(salvage).toMatchObject({ code: 3, stdout: '', stderr: '' });
    expect(readOutput(join(folder, 'out2'), 'x').rows.map((row) => row['recording_offset_in_file'])).toEqual([0, 200]);
    // What is done and had rejects says so again.
    expect((await bowerbird(folder, 'extract', 'in', '--out', 'out', '--on-error', 'skip')).code).toBe(3);
    const most = await bowerbird(folder, 'extract', 'in', '--out', 'out4', '--on-error', 'skip', '--max-rejects', '0');
    expect(most.code).toBe(1);
    expect(most.stderr).toContain('TOO_MANY_REJECTS');
  });

  test('takes options through to the outputs', async () => {
    const folder = scratch({ x: tfrecord(record({ shape: [2, 2, 3] })) });
    const options = [
      '--channel',
      'all',
      '--hop',
      '2.5',
      '--names',
      '_(?P<who>[A-Z]\\w+)',
      '--dtype',
      'float16',
      '--durable',
    ];
    const { code } = await bowerbird(folder, 'extract', 'x', '--out', 'out', ...options);
    expect(code).toBe(0);
    const { npy, rows } = readOutput(join(folder, 'out'), 'x');
    expect([npy.descr, npy.shape]).toEqual(['<f2', [4, 3]]);
    expect(rows).toEqual(
      [
        [60, 0],
        [60, 1],
        [62, 0],
        [62, 1],
      ].map(([recording_offset_in_file, channel]) => ({
        recording_offset_in_file,
        channel,
        who: 'Arkaba',
        filename: arkaba,
      })),
    );
    expect(manifestOf(join(folder, 'out'))['options']).toMatchObject({ channel: 'all', hop: 2.5, dtype: 'float16' });
  });

  test('plans under --dry-run and touches nothing', async () => {
    const folder = scratch({ 'in/a': 'not even a TFRecord' });
    const { code, stdout } = await bowerbird(folder, 'extract', 'in', '--out', 'out', '--dry-run');
    expect(code).toBe(0);
    expect(stdout).toContain('in/a  -> embeddings/a.npy, metadata/a.json');
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('reads quoted globs, and a split run that ends like a whole one', async () => {
    const folder = scratch({ 'in/a-1': tfrecord(good), 'in/a-2': tfrecord(good, good), 'in/b': 'something else' });
    const whole = await bowerbird(folder, 'extract', 'in/a-*', '--out', 'whole');
    expect(whole.code).toBe(0);
    const first = await bowerbird(folder, 'extract', 'in/a-*', '--out', 'parts', '--units', '0/2', '--json');
    expect(onlyJson(first.stdout)).toMatchObject({ complete: false, inputs: 1 });
    const second = await bowerbird(folder, 'extract', 'in/a-*', '--out', 'parts', '--units', '1/2', '--json');
    expect(onlyJson(second.stdout)).toMatchObject({ complete: true, inputs: 1 });
    for (const name of ['extract.json', 'embeddings/a-1.npy', 'embeddings/a-2.npy', 'metadata/a-2.json']) {
      expect(readFileSync(join(folder, 'parts', name)).equals(readFileSync(join(folder, 'whole', name))), name).toBe(
        true,
      );
    }
  });

  test('exits 2 on misuse', async () => {
    const folder = scratch({ x: tfrecord(good) });
    for (const args of [[], ['--names', '('], ['--hop', '0'], ['--workers', 'x'], ['--colour']]) {
      const out = args.length === 0 ? [] : ['--out', 'out'];
      const { code, stdout, stderr } = await bowerbird(folder, 'extract', 'x', ...out, ...args);
      expect([code, stdout], args.join(' ')).toEqual([2, '']);
      expect(stderr).toMatch(/^bowerbird: error USAGE: /);
    }
    expect(existsSync(join(folder, 'out'))).toBe(false);
  });

  test('exits 130 on Ctrl-C, keeps its state, and the same command finishes', async () => {
    const large = tfrecord(...Array.from({ length: 40 }, (_, i) => record({ seconds: i, shape: [12, 1, 64] })));
    const files = Object.fromEntries(Array.from({ length: 400 }, (_, i) => [`in/${i}`, large]));
    const folder = scratch(files);
    const child = spawn(process.execPath, [main, 'extract', 'in', '--out', 'out', '--workers', '1', '--quiet'], {
      cwd: folder,
      stdio: 'ignore',
    });
    const ended = once(child, 'close');
    while (!existsSync(join(folder, 'out/embeddings'))) await sleep(2);
    child.kill('SIGINT');
    expect(await ended).toEqual([130, null]);
    expect(existsSync(join(folder, 'out/extract.json'))).toBe(false);
    const { code, stdout } = await bowerbird(folder, 'extract', 'in', '--out', 'out', '--json');
    expect(code).toBe(0);
    expect(onlyJson(stdout)).toMatchObject({ inputs: 400, rows: 400 * 480, complete: true });
  });
});

describe('bowerbird verify', () => {
  test('exits 0 when all is intact', async () => {
    const folder = scratch({ a: tfrecord(...three) });
    const { code, stdout } = await bowerbird(folder, 'verify', 'a', '--progress', 'none');
    expect(code).toBe(0);
    expect(stdout).toMatch(/^1 file, 3 intact records, .*: all intact\n$/);
  });

  test('exits 4 and lists every damaged range', async () => {
    const folder = scratch({ 'in/a': tfrecord(...three), 'in/b': damaged, 'in/c': tfrecord(...three).slice(0, -5) });
    const { code, stdout } = await bowerbird(folder, 'verify', 'in', '--progress', 'none');
    expect(code).toBe(4);
    const [b, c, verdict] = stdout.trimEnd().split('\n');
    expect(b).toMatch(/^in\/b: damaged: /);
    expect(b).toContain(`${offsets[1]}`);
    expect(c).toMatch(/^in\/c: damaged: /);
    expect(c).toContain(`${offsets[2]}`);
    expect(verdict).toContain('2 files damaged in 2 places');
    const quiet = await bowerbird(folder, 'verify', 'in', '--quiet');
    expect(quiet).toMatchObject({ code: 4, stdout: `${b}\n${c}\n`, stderr: '' });
    const json = await bowerbird(folder, 'verify', 'in', '--json');
    expect(json.code).toBe(4);
    expect(onlyJson(json.stdout)).toMatchObject({
      ok: false,
      damagedInputs: 2,
      files: [
        { ok: true },
        { damaged: [{ record: 1, offset: offsets[1] }] },
        { damaged: [{ record: 2, code: 'TRUNCATED' }] },
      ],
    });
  });

  test('exits 1 for what is no TFRecord, and 4 when something is damaged too', async () => {
    const folder = scratch({ a: '{"a": 1}', b: damaged });
    const alone = await bowerbird(folder, 'verify', 'a', '--progress', 'none');
    expect(alone.code).toBe(1);
    expect(alone.stdout).toContain('found JSON text (UNSUPPORTED)');
    expect((await bowerbird(folder, 'verify', 'a', 'b')).code).toBe(4);
    expect((await bowerbird(folder, 'verify', 'missing')).code).toBe(1);
  });
});

describe('bowerbird inspect', () => {
  test('prints format, compression, records, bytes and features', async () => {
    const folder = scratch({ a: gzipSync(tfrecord(record({ values: [1, 2, 3, 4, 5, 6, 7, 8] }), good)) });
    const { code, stdout, stderr } = await bowerbird(folder, 'inspect', 'a');
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/format +tfrecord, gzip/);
    expect(stdout).toMatch(/records +2$/m);
    expect(stdout).toMatch(/holds +tf\.train\.Example in 2 records/);
    expect(stdout).toMatch(/embedding +float32 tensor 2x1x4 +2 +1 +0\.25 to 8 +1, 2, 3, 4, 5, 6, 7, 8$/m);
    expect(stdout).toMatch(/timestamp_s +float +2 +1 +60 +60$/m);
    expect(stdout).toContain(arkaba);
    const json = await bowerbird(folder, 'inspect', 'a', '--json');
    expect(onlyJson(json.stdout).files[0]).toMatchObject({ compression: 'gzip', records: 2, complete: true });
  });

  test('can be stopped in the middle of a large file', async () => {
    const folder = scratch();
    const one = frame(record({ shape: [100, 1, 256] }));
    writeFileSync(join(folder, 'a'), one);
    writeFileSync(join(folder, 'large'), Buffer.concat(Array.from({ length: 2500 }, () => one)));
    const child = spawn(process.execPath, [main, 'inspect', 'a', 'large', '--all'], { cwd: folder });
    const ended = once(child, 'close');
    // What it says of the first file: it has begun, and the second is in its hands.
    await once(child.stdout, 'data');
    child.stdout.resume();
    child.kill('SIGINT');
    const asked = performance.now();
    expect(await ended).toEqual([130, null]);
    expect(performance.now() - asked).toBeLessThan(1500);
  });

  test('exits 1 for another format', async () => {
    const folder = scratch({ a: 'version https://git-lfs.github.com/spec/v1\n' });
    const { code, stderr } = await bowerbird(folder, 'inspect', 'a');
    expect(code).toBe(1);
    expect(stderr).toContain('Git LFS pointer');
  });

  test.skipIf(!hasShared)('and verify agree with extract on the same real file (needs ../shared)', async () => {
    const path = sharedPath('embeddings/a2o/20200120T043000+1030_Fowlers-Gap-Wet-B_231604.t0.tfrecord');
    const folder = scratch();
    const [inspected, verified, extracted] = await Promise.all([
      bowerbird(folder, 'inspect', path, '--json'),
      bowerbird(folder, 'verify', path, '--json'),
      bowerbird(folder, 'extract', path, '--out', 'out', '--json'),
    ]);
    const bytes = statSync(path).size;
    expect(onlyJson(inspected.stdout).files[0]).toMatchObject({ records: 1, size: bytes });
    expect(onlyJson(verified.stdout)).toMatchObject({ records: 1, bytes, ok: true });
    expect(onlyJson(extracted.stdout)).toMatchObject({ records: 1, bytesIn: bytes, rows: 12 });
  });
});

describe('bowerbird repair', () => {
  test('writes the intact records and tells what was lost', async () => {
    const folder = scratch({ a: gzipSync(damaged) });
    const before = statSync(join(folder, 'a'), { bigint: true });
    const { code, stdout } = await bowerbird(folder, 'repair', 'a', '--out', 'b');
    expect(code).toBe(3);
    const lost = three[1]!.length + 16;
    expect(stdout).toMatch(/^kept +2 records, /m);
    expect(stdout).toMatch(new RegExp(`^lost +${lost} bytes in 1 damaged place$`, 'm'));
    expect(gunzipSync(readFileSync(join(folder, 'b'))).equals(tfrecord(three[0]!, three[2]!))).toBe(true);
    expect(statSync(join(folder, 'a'), { bigint: true }).mtimeNs).toBe(before.mtimeNs);
    expect((await bowerbird(folder, 'verify', 'b')).code).toBe(0);
    const again = await bowerbird(folder, 'repair', 'a', '--out', 'b', '--json');
    expect(again.code).toBe(1);
    expect(onlyJson(again.stdout)).toMatchObject({ error: { code: 'EXISTS' } });
    const json = await bowerbird(folder, 'repair', 'a', '--out', 'c', '--json');
    expect(onlyJson(json.stdout)).toMatchObject({
      records: 2,
      files: [{ records: 2, lostBytes: lost, damaged: [{ record: 1 }] }],
    });
  });

  test('exits 2 when told to write over its input, and 1 when nothing is intact', async () => {
    const folder = scratch({ a: damaged, b: joined(header(5), new Uint8Array(300).fill(7)) });
    expect((await bowerbird(folder, 'repair', 'a', '--out', './a')).code).toBe(2);
    expect(readFileSync(join(folder, 'a')).equals(damaged)).toBe(true);
    const { code, stderr } = await bowerbird(folder, 'repair', 'b', '--out', 'c');
    expect(code).toBe(1);
    expect(stderr).toContain('it holds no intact record');
    expect(existsSync(join(folder, 'c'))).toBe(false);
  });
});

describe('bowerbird on ArrayRecord files', () => {
  test('inspects, verifies and repairs: a writer that died, and a damaged chunk', async () => {
    const folder = scratch();
    const writer = await ArrayRecordWriter.create(join(folder, 'whole.arrayrecord'), 'group_size:2,uncompressed');
    for (const text of ['zero', 'one', 'two', 'three', 'four']) await writer.write(Buffer.from(text));
    await writer.close();
    const whole = readFileSync(join(folder, 'whole.arrayrecord'));
    const inspected = await bowerbird(folder, 'inspect', 'whole.arrayrecord');
    expect(inspected.code).toBe(0);
    expect(inspected.stdout).toMatch(/format +arrayrecord, uncompressed$/m);
    expect(inspected.stdout).toMatch(/records +5$/m);
    expect(inspected.stdout).toMatch(/chunks +3 of 2 records$/m);
    expect((await bowerbird(folder, 'verify', 'whole.arrayrecord')).code).toBe(0);

    // What Google's writer leaves when it is killed: whole chunks, no footer.
    const { footerOffset } = (await ArrayRecordReader.open(join(folder, 'whole.arrayrecord'))).index;
    writeFileSync(join(folder, 'cut.arrayrecord'), whole.subarray(0, footerOffset));
    const refused = await bowerbird(folder, 'inspect', 'cut.arrayrecord');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('"bowerbird repair" rebuilds it');
    const repaired = await bowerbird(folder, 'repair', 'cut.arrayrecord', '--out', 'fixed.arrayrecord');
    expect(repaired.code).toBe(0);
    expect(repaired.stdout).toMatch(/^kept +5 records, /m);
    expect(readFileSync(join(folder, 'fixed.arrayrecord')).equals(whole)).toBe(true);

    const at = whole.indexOf('three');
    writeFileSync(join(folder, 'hit.arrayrecord'), flipped(whole, at));
    const verified = await bowerbird(folder, 'verify', 'hit.arrayrecord', '--progress', 'none');
    expect(verified.code).toBe(4);
    expect(verified.stdout).toMatch(/^hit\.arrayrecord: damaged: chunk 1, records 2 to 3, offset 115, length \d+: /);
    const rest = await bowerbird(folder, 'repair', 'hit.arrayrecord', '--out', 'rest.arrayrecord');
    expect(rest.stdout).toMatch(/^lost +2 records, \d+ bytes in 1 damaged place$/m);
    expect((await bowerbird(folder, 'verify', 'rest.arrayrecord')).stdout).toMatch(/^1 file, 3 intact records/);
  });
});
