import { Writable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import type { ExtractOptions, VerifyOptions } from '../../src/api/types.ts';
import type { Api } from '../../src/cli/api.ts';
import { streamSink } from '../../src/cli/io.ts';
import { BowerbirdError, type ErrorCode, errorCodes } from '../../src/errors.ts';
import {
  cli,
  convertReport,
  damagedReport,
  decodeReport,
  extractReport,
  inspectReport,
  repairReport,
  sample,
  unpackReport,
  verifyReport,
} from './harness.ts';

const api: Api = {
  async extract({ onProgress, onNotice }) {
    onProgress?.(sample);
    onNotice?.('two inputs share a stem');
    return extractReport;
  },
  ingest: () => Promise.reject(new Error('ingest() must not be called here')),
  ingestEnvironment: async () => ({ options: {}, notices: [] }),
  pack: () => Promise.reject(new Error('pack() must not be called here')),
  datasetScan: () => Promise.reject(new Error('datasetScan() must not be called here')),
  datasetBuild: () => Promise.reject(new Error('datasetBuild() must not be called here')),
  datasetCard: () => Promise.reject(new Error('datasetCard() must not be called here')),
  datasetEnvironment: async () => ({ options: {} }),
  inspect: async () => inspectReport,
  async verify({ onProgress }) {
    onProgress?.({ ...sample, job: 'verify' });
    return verifyReport;
  },
  repair: async () => repairReport,
  convert: async () => convertReport,
  decode: async () => decodeReport,
  unpack: async () => unpackReport,
};

describe('--json', () => {
  const lines = [
    'extract in --out o',
    'inspect a b',
    'verify in',
    'repair a --out b',
    'decode a --out b',
    'unpack a --out b',
    'convert a --to tfrecord --out b',
  ];
  const reports = [extractReport, inspectReport, verifyReport, repairReport, decodeReport, unpackReport, convertReport];

  test.each(lines.map((line, i) => [line, reports[i]]))(
    'of %s is exactly one JSON object on stdout',
    async (line, report) => {
      for (const columns of [undefined, 80]) {
        for (const progress of ['auto', 'bar', 'plain', 'json', 'none']) {
          const more = /^(extract|verify|decode|unpack|convert)/.test(line as string) ? ` --progress ${progress}` : '';
          const { code, stdout } = await cli(`${line} --json${more}`, { api, ...(columns && { columns }) });
          expect(JSON.parse(stdout)).toEqual(report);
          expect(stdout.indexOf('\n')).toBe(stdout.length - 1);
          // The repair lost something.
          expect(code).toBe(report === repairReport ? 3 : 0);
        }
      }
    },
  );

  test.each([
    ...lines.map((line) => [`${line} --json`, 'IO']),
    ['extract --json', 'USAGE'],
    ['verify in --json --bogus', 'USAGE'],
    ['verfy in --json', 'USAGE'],
  ])('of a failing "%s" is one {"error"} object', async (line) => {
    const fail = () =>
      Promise.reject(new BowerbirdError('IO', 'Cannot read "a": no', { source: 'a', record: 1, offset: 2 }));
    const { stdout, code } = await cli(line!, {
      api: { extract: fail, inspect: fail, verify: fail, repair: fail, convert: fail, decode: fail, unpack: fail },
    });
    const { error } = JSON.parse(stdout) as { error: { code: string } };
    if (error.code === 'IO') {
      expect(error).toEqual({ code: 'IO', message: 'Cannot read "a": no', source: 'a', record: 1, offset: 2 });
      expect(code).toBe(1);
    } else {
      expect(error.code).toBe('USAGE');
      expect(code).toBe(2);
    }
  });

  test('behind -- is an operand, so a failure is told in words only', async () => {
    expect(await cli('repair -- --json', { api })).toMatchObject({ stdout: '', code: 2 });
  });
});

describe('exit codes', () => {
  const expected: Partial<Record<ErrorCode, number>> = { USAGE: 2, INTERRUPTED: 130 };
  test.each(Object.keys(errorCodes) as ErrorCode[])('a failure %s names its code on stderr', async (name) => {
    const fail = () => Promise.reject(new BowerbirdError(name, 'Cannot do it: because'));
    const { code, stdout, stderr } = await cli('verify in', { api: { verify: fail } });
    expect(stderr).toBe(`bowerbird: error ${name}: Cannot do it: because\n`);
    expect(stdout).toBe('');
    expect(code).toBe(expected[name] ?? 1);
  });

  test('1 and a stack for an error that is not ours', async () => {
    const fail = () => Promise.reject(new TypeError('x is not a function', { cause: new Error('deep') }));
    const { code, stdout, stderr } = await cli('verify in --json', { api: { verify: fail } });
    expect(stderr).toMatch(
      /^bowerbird: unexpected error; .*\nTypeError: x is not a function\n {4}at .*\[cause\]: Error: deep/s,
    );
    expect(JSON.parse(stdout)).toEqual({ error: { code: 'UNEXPECTED', message: 'x is not a function' } });
    expect(code).toBe(1);
  });

  test('2 for a misuse, with the way to the help', async () => {
    expect(await cli('verify')).toEqual({
      code: 2,
      stdout: '',
      stderr:
        'bowerbird: error USAGE: Expected at least one INPUT for bowerbird verify\nRun "bowerbird verify --help" for examples and options\n',
      died: [],
    });
    expect((await cli('verfy')).stderr).toMatch(/\nRun "bowerbird --help" for examples and options\n$/);
  });

  test('2 and the short help on stderr without any word', async () => {
    const { code, stdout, stderr } = await cli('');
    expect(stderr).toMatch(/^bowerbird: .*\n\nExamples\n/);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  test('0 when the reader of stdout went away, and the code of the command when there is one', async () => {
    const stdoutFault = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' });
    expect(await cli('--help', { stdoutFault })).toMatchObject({ code: 0, stderr: '' });
    expect(await cli('verify in', { stdoutFault, api: { verify: async () => damagedReport } })).toMatchObject({
      code: 4,
    });
  });

  test('1 when stdout could not be written', async () => {
    const stdoutFault = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    expect(await cli('--help', { stdoutFault })).toMatchObject({
      code: 1,
      stderr: 'bowerbird: error IO: Cannot write the result to stdout: ENOSPC: no space left on device, write\n',
    });
  });
});

describe('signals', () => {
  /** Stops as the real jobs do: when the signal says so, with the reason it gives. */
  const untilStopped = ({ signal }: { readonly signal?: AbortSignal }) =>
    new Promise<never>((_, reject) => signal!.addEventListener('abort', () => reject(signal!.reason)));
  const stopped = { extract: untilStopped, verify: untilStopped };

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('%s stops a run with exit code %d and says how to go on', async (signal, code) => {
    const onListen = (send: (signal: 'SIGINT' | 'SIGTERM', at: number) => void) => setImmediate(() => send(signal, 0));
    expect(await cli('extract in --out o', { api: stopped, onListen })).toEqual({
      code,
      stdout: '',
      stderr: 'bowerbird: stopping; run the same command again to go on\n',
      died: [],
    });
    const json = await cli('verify in --json', { api: stopped, onListen });
    expect(json.stderr).toBe('bowerbird: stopping\n');
    expect(JSON.parse(json.stdout)).toEqual({ error: { code: 'INTERRUPTED', message: `Stopped by ${signal}` } });
    expect(json.code).toBe(code);
  });

  test('a second one ends the process, but not the copy that npm passes on', async () => {
    let finish = () => {};
    const deaf = {
      verify: () => new Promise<typeof verifyReport>((resolve) => (finish = () => resolve(verifyReport))),
    };
    const { died, code } = await cli('verify in', {
      api: deaf,
      onListen: (send) =>
        setImmediate(() => {
          send('SIGINT', 1000);
          send('SIGINT', 1003);
          send('SIGTERM', 1900);
          finish();
        }),
    });
    expect(died).toEqual(['SIGTERM']);
    // Here the fake process lives on; a run that is done in spite of the signal is done.
    expect(code).toBe(0);
  });

  test('a failure while stopping is told as what it is', async () => {
    const full = ({ signal }: ExtractOptions) =>
      new Promise<never>((_, reject) =>
        signal!.addEventListener('abort', () => reject(new BowerbirdError('IO', 'Cannot write "o/x": no space'))),
      );
    const onListen = (send: (signal: 'SIGINT', at: number) => void) => setImmediate(() => send('SIGINT', 0));
    const { code, stderr } = await cli('extract in --out o', { api: { extract: full }, onListen });
    expect(stderr).toContain('bowerbird: error IO: Cannot write "o/x": no space\n');
    expect(code).toBe(1);
  });
});

describe('colour', () => {
  const damaged = { verify: async () => damagedReport };

  test('is on a terminal only, and off under NO_COLOR and TERM=dumb', async () => {
    const shown = async (env: Record<string, string>, columns?: number) => {
      const { stdout } = await cli('verify in', { api: damaged, env, ...(columns && { columns }) });
      return stdout !== stripVTControlCharacters(stdout);
    };
    expect(await shown({}, 80)).toBe(true);
    expect(await shown({ NO_COLOR: '' }, 80)).toBe(true);
    expect(await shown({ NO_COLOR: '1' }, 80)).toBe(false);
    expect(await shown({ TERM: 'dumb' }, 80)).toBe(false);
    expect(await shown({})).toBe(false);
  });

  test('changes no other character', async () => {
    const plain = await cli('verify in', { api: damaged });
    const coloured = await cli('verify in', { api: damaged, columns: 80, env: { CI: '1' } });
    expect(stripVTControlCharacters(coloured.stdout)).toBe(plain.stdout);
  });
});

test('progress after the end of a run is not drawn over the results', async () => {
  let late = () => {};
  const verify = async ({ onProgress }: VerifyOptions) => {
    late = () => onProgress?.({ ...sample, elapsedSeconds: 99 });
    return verifyReport;
  };
  const { stderr } = await cli('verify in', { api: { verify }, columns: 80 });
  late();
  expect(stderr).toBe('');
});

describe('streamSink()', () => {
  test('keeps a closed pipe to itself and reports it once flushed', async () => {
    let writes = 0;
    const stream = new Writable({
      write(_chunk, _encoding, done) {
        writes++;
        done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
      },
    });
    const sink = streamSink(stream);
    sink.write('a');
    expect((await sink.flushed())?.code).toBe('EPIPE');
    sink.write('b');
    expect((await sink.flushed())?.code).toBe('EPIPE');
    expect(writes).toBe(1);
  });

  test('flushed() waits for a slow reader', async () => {
    const got: string[] = [];
    const stream = new Writable({
      write(chunk, _encoding, done) {
        setTimeout(() => {
          got.push(String(chunk));
          done();
        }, 5);
      },
    });
    const sink = streamSink(stream);
    sink.write('a');
    sink.write('b');
    expect(await sink.flushed()).toBeUndefined();
    expect(got.join('')).toBe('ab');
  });
});
