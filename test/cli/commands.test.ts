import { describe, expect, test, vi } from 'vitest';
import type { ConvertOptions, ExtractOptions, VerifiedTfRecord } from '../../src/api/types.ts';
import type { Api } from '../../src/cli/api.ts';
import { BowerbirdError } from '../../src/errors.ts';
import {
  cli,
  convertReport,
  damage,
  damagedReport,
  extractReport,
  inspectedFile,
  inspecting,
  inspectReport,
  repairedFile,
  repairing,
  sample,
  verifiedFile,
  verifyReport,
} from './harness.ts';

describe('extract', () => {
  test('hands over exactly what was typed', async () => {
    const extract = vi.fn(async (_options: ExtractOptions) => extractReport);
    const api = { extract };
    await cli('extract b a --out o --progress none', { api });
    const { signal, onNotice, onProgress: _, ...rest } = extract.mock.lastCall![0];
    expect(rest).toEqual({ inputs: ['b', 'a'], out: 'o' });
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(onNotice).toBeTypeOf('function');

    await cli(
      'extract a --out o --workers 3 --on-error skip --max-rejects 7 --channel all --hop 2.5 --feature f --names none ' +
        '--dtype float16 --durable --dry-run --overwrite --units 1/2 --json --quiet',
      { api },
    );
    const { signal: _signal, onNotice: _onNotice, onProgress: _onProgress, ...full } = extract.mock.lastCall![0];
    expect(full).toEqual({
      inputs: ['a'],
      out: 'o',
      workers: 3,
      onError: 'skip',
      maxRejects: 7,
      channel: 'all',
      hop: 2.5,
      feature: 'f',
      names: 'none',
      dtype: 'float16',
      durable: true,
      dryRun: true,
      overwrite: true,
      units: '1/2',
    });
  });

  test('sums up a plain run and exits 0', async () => {
    const { code, stdout, stderr } = await cli('extract in --out extracted', {
      api: { extract: async () => extractReport },
    });
    expect(stdout).toBe(
      [
        'files    2',
        'records  1,234',
        'rows     14,808',
        'read     76.0 MB',
        'written  75.9 MB to extracted',
        'time     0.1 s, 760 MB/s',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('');
    expect(code).toBe(0);
  });

  test('sums up a resumed part with rejects and exits 3', async () => {
    const report = {
      ...extractReport,
      inputs: 5,
      done: 1,
      skipped: 1,
      complete: false,
      rejects: 2,
      assumedUtc: 1,
      withoutZone: 1200,
      notices: ['seen live', 'only in the report'],
    };
    const { code, stdout, stderr } = await cli('extract in --out extracted --on-error skip --progress none', {
      api: {
        extract: async ({ onNotice, onProgress }) => {
          onNotice?.('seen live');
          onProgress?.({ ...sample, job: 'extract', bytes: 38_000_000 });
          return report;
        },
      },
    });
    expect(stdout).toBe(
      [
        'files         2 (1 now, 1 done already)',
        'records       1,234',
        'rows          14,808',
        'read          38.0 MB now, of 76.0 MB',
        'written       75.9 MB to extracted, with what an earlier run wrote',
        'time          0.1 s',
        'rejected      2 records, listed in extracted/rejects.jsonl',
        'assumed UTC   1 record: their names say "Z", which this archive may not mean',
        'no time zone  1,200 records: their names hold a date but no zone, so no file_timestamp',
        'notices       2',
        'complete      no, files left to other parts',
        '',
      ].join('\n'),
    );
    expect(stderr).toBe('bowerbird: notice: seen live\nbowerbird: notice: only in the report\n');
    expect(code).toBe(3);
  });

  test('--dry-run prints the plan, under --quiet too', async () => {
    const api = { extract: async () => ({ ...extractReport, dryRun: true, done: 0, skipped: 1 }) };
    const { code, stdout } = await cli('extract in --out extracted --dry-run --quiet', { api });
    expect(stdout).toBe(
      [
        '   195 MB  in/a-00000-of-00002  -> embeddings/a-00000-of-00002.npy, metadata/a-00000-of-00002.json',
        '999 bytes  in/b                 -> embeddings/b.npy, metadata/b.json',
        '2 files, 195 MB, to extracted, 1 of them done already; nothing was written (--dry-run)',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('--quiet prints nothing and still exits 3 on rejects', async () => {
    const api = {
      extract: async ({ onNotice, onProgress }: ExtractOptions) => {
        onNotice?.('n');
        onProgress?.(sample);
        return { ...extractReport, rejects: 1, notices: ['n'] };
      },
    };
    expect(await cli('extract in --out o -q', { api, columns: 80 })).toMatchObject({ code: 3, stdout: '', stderr: '' });
  });
});

describe('verify', () => {
  test('says that all is intact and exits 0', async () => {
    const { code, stdout } = await cli('verify in', { api: { verify: async () => verifyReport } });
    expect(stdout).toBe('1 file, 12 intact records, 740 kB in 0.5 s, 1.5 MB/s: all intact\n');
    expect(code).toBe(0);
  });

  test('lists every damaged range and exits 4', async () => {
    const api = { verify: async () => damagedReport };
    const line =
      'in/a: damaged: record 3, offset 184878, length 61626: the checksum of the data is 1b2c3d4e, expected 00112233 (CORRUPT_RECORD)\n';
    const { code, stdout } = await cli('verify in', { api });
    expect(stdout).toBe(`${line}2 files, 11 intact records, 740 kB in 0.5 s, 1.5 MB/s: 1 file damaged in 1 place\n`);
    expect(code).toBe(4);
    expect(await cli('verify in --quiet', { api })).toMatchObject({ code: 4, stdout: line, stderr: '' });
  });

  test('exits 1 when files could only not be read, 4 when one of them is damaged', async () => {
    const unreadable: VerifiedTfRecord = {
      ...verifiedFile,
      source: 'b',
      ok: false,
      error: { code: 'UNSUPPORTED', message: 'Cannot verify "b": expected a TFRecord' },
    };
    const report = { ...damagedReport, files: [unreadable] };
    const only = await cli('verify b', { api: { verify: async () => report } });
    expect(only.stdout).toContain('b: unreadable: Cannot verify "b": expected a TFRecord (UNSUPPORTED)\n');
    expect(only.stdout).toMatch(/: 1 unreadable\n$/);
    expect(only.code).toBe(1);

    const both = { ...damagedReport, files: [unreadable, ...damagedReport.files] };
    const mixed = await cli('verify b', { api: { verify: async () => both } });
    expect(mixed.stdout).toMatch(/: 1 file damaged in 1 place, 1 unreadable\n$/);
    expect(mixed.code).toBe(4);

    // A gzip stream that breaks off cannot be read on, but that is damage.
    const torn: VerifiedTfRecord = { ...unreadable, error: { code: 'TRUNCATED', message: 'm' } };
    const broken = await cli('verify b', { api: { verify: async () => ({ ...damagedReport, files: [torn] }) } });
    expect(broken.stdout).toContain('b: damaged: m (TRUNCATED)\n');
    expect(broken.code).toBe(4);
  });
});

describe('convert', () => {
  test('hands over exactly what was typed', async () => {
    const convert = vi.fn(async (_options: ConvertOptions) => convertReport);
    await cli('convert b a --to tfrecord --out o --progress none', { api: { convert } });
    const { signal, onNotice, onProgress: _, ...rest } = convert.mock.lastCall![0];
    expect(rest).toEqual({ inputs: ['b', 'a'], to: 'tfrecord', out: 'o' });
    expect(signal).toBeInstanceOf(AbortSignal);
    expect(onNotice).toBeTypeOf('function');

    await cli(
      'convert a --to arrayrecord --out o/ --shards 16 --match-inputs --match-shards --overwrite-extension --options group_size:10 ' +
        '--compression gzip --proof --workers 3 --on-error skip --max-rejects 7 --durable --dry-run --overwrite --units 1/2 --json --quiet',
      { api: { convert } },
    );
    const { signal: _signal, onNotice: _onNotice, onProgress: _onProgress, ...full } = convert.mock.lastCall![0];
    expect(full).toEqual({
      inputs: ['a'],
      to: 'arrayrecord',
      out: 'o/',
      shards: 16,
      matchInputs: true,
      matchShards: true,
      overwriteExtension: true,
      options: 'group_size:10',
      compression: 'gzip',
      proof: true,
      workers: 3,
      onError: 'skip',
      maxRejects: 7,
      durable: true,
      dryRun: true,
      overwrite: true,
      units: '1/2',
    });
  });

  test('sums up a plain run and exits 0', async () => {
    const { code, stdout, stderr } = await cli('convert tf/ --to arrayrecord --out ar/train', {
      api: { convert: async () => convertReport },
    });
    expect(stdout).toBe(
      [
        'inputs   2',
        'outputs  1',
        'records  1,234, 74.0 MB',
        'read     76.0 MB',
        'written  75.0 MB to ar',
        'time     2.0 s, 38.0 MB/s',
        '',
      ].join('\n'),
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('prints the proof under --quiet too, and exits 3 with rejects', async () => {
    const proof = '06d06a5c19a37a14a7fb310a176d541e';
    const convert = async () => ({ ...convertReport, proof, rejects: 2 });
    const line = 'convert tf/ --to arrayrecord --out ar/train --proof';
    const quiet = await cli(`${line} --quiet`, { api: { convert } });
    expect(quiet).toMatchObject({ code: 3, stdout: `proof: ${proof}\n`, stderr: '' });
    const { stdout } = await cli(line, { api: { convert } });
    expect(stdout).toContain(`proof     ${proof}\n`);
    expect(stdout).toContain('rejected  2 places, listed in ar/train.rejects.jsonl\n');
  });

  test('prints the plan of a dry run', async () => {
    const convert = async () => ({ ...convertReport, dryRun: true, complete: false, done: 0 });
    const { stdout } = await cli('convert tf/ --to arrayrecord --out ar/train --dry-run --quiet', { api: { convert } });
    expect(stdout).toBe(
      '1,234 records  tf/a.tfrecord and 1 more  -> train-00000-of-00001.arrayrecord\n' +
        '2 inputs, 76.0 MB, to 1 file in ar; nothing was written (--dry-run)\n',
    );
  });
});

describe('inspect', () => {
  const api = inspecting(inspectedFile);

  test('prints a block a file', async () => {
    const { code, stdout } = await cli('inspect in/a', { api });
    expect(stdout).toBe(
      [
        'in/a',
        '  format   tfrecord, gzip',
        '  size     195 MB (195,312,345 bytes)',
        '  records  1,000 looked at; --all reads every one',
        '  payload  61.5 MB; 61,100 to 62,000 bytes a record, mean 61,541',
        '  holds    tf.train.Example in 999 records, something else in 1 record',
        '',
        '  feature      kind                               records  values  range           example',
        '  embedding    float32 tensor 12x1x1280 7x1x1280      999       1  -1.2 to 3.5     0801 1212 0a02 ...',
        '  filename     bytes                                  999       1  40 to 66 bytes  site_0277/x\\x1b[2J.flac',
        '  timestamp_s  float                                  999       1  0 to 7140       0',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('shows damage and an empty file without changing the exit code', async () => {
    const empty = {
      ...inspectedFile,
      compression: 'none' as const,
      size: 0,
      records: 0,
      complete: true,
      payloadBytes: 0,
      payloads: { example: 0, sequenceExample: 0, other: 0 },
      features: [],
    };
    const { code, stdout } = await cli('inspect a b', {
      api: inspecting({ ...empty, source: 'a' }, { ...empty, source: 'b', damage }),
    });
    expect(stdout).toBe(
      [
        'a',
        '  format   tfrecord',
        '  size     0 bytes',
        '  records  0',
        '',
        'b',
        '  format   tfrecord',
        '  size     0 bytes',
        '  records  0',
        '  damaged  record 3, offset 184878, length 61626: the checksum of the data is 1b2c3d4e, expected 00112233 (CORRUPT_RECORD)',
        '',
      ].join('\n'),
    );
    expect(code).toBe(0);
  });

  test('goes on behind a file that cannot be read, and exits 1', async () => {
    const error = { code: 'NOT_FOUND', message: 'Cannot open "x": no such file', source: 'x' } as const;
    const missing = { source: 'x', format: 'unknown', error } as const;
    const { code, stdout, stderr } = await cli('inspect x in/a --json', { api: inspecting(missing, inspectedFile) });
    expect(JSON.parse(stdout)).toMatchObject({ job: 'inspect', inputs: 2, files: [missing, { source: 'in/a' }] });
    expect(stderr).toBe('bowerbird: error NOT_FOUND: Cannot open "x": no such file\n');
    expect(code).toBe(1);

    const failing = { inspect: () => Promise.reject(BowerbirdError.fromJSON(error)) };
    const none = await cli('inspect x y --json', { api: failing });
    expect(JSON.parse(none.stdout)).toMatchObject({ error: { code: 'NOT_FOUND' } });
    expect(none.stderr.split('\n')).toHaveLength(2);
    expect(none.code).toBe(1);
  });

  test('hands over --all and --limit', async () => {
    const seen: object[] = [];
    const spy: Partial<Api> = {
      async inspect({ signal: _signal, onFile: _onFile, onNotice: _onNotice, ...rest }) {
        seen.push(rest);
        return inspectReport;
      },
    };
    await cli('inspect a --all', { api: spy });
    await cli('inspect a --limit 7', { api: spy });
    await cli('inspect a', { api: spy });
    const inputs = ['a'];
    expect(seen).toEqual([{ inputs, all: true }, { inputs, limit: 7 }, { inputs }]);
  });
});

describe('repair', () => {
  test('says what was kept and lost, and exits 3', async () => {
    const api = repairing(repairedFile);
    const repair = vi.spyOn(api, 'repair');
    const { code, stdout } = await cli('repair damaged.tfrecord --out repaired.tfrecord --overwrite', { api });
    expect(stdout).toBe(
      [
        'read  damaged.tfrecord, 740 kB',
        'kept  11 records, 678 kB to repaired.tfrecord, crc32c 1b2c3d4e',
        'lost  61,626 bytes in 1 damaged place',
        '  record 3, offset 184878, length 61626: the checksum of the data is 1b2c3d4e, expected 00112233 (CORRUPT_RECORD)',
        '',
      ].join('\n'),
    );
    expect(code).toBe(3);
    expect(repair.mock.lastCall).toMatchObject([
      { inputs: ['damaged.tfrecord'], out: 'repaired.tfrecord', overwrite: true },
    ]);
  });

  test('of an intact file says that nothing was lost', async () => {
    const api = repairing({ ...repairedFile, compression: 'zlib', damaged: [], lostBytes: 0 });
    const { stdout } = await cli('repair a --out b', { api });
    expect(stdout).toMatch(/^read {2}damaged.tfrecord, 740 kB, zlib\n.*\nlost {2}nothing\n$/);
  });
});
