import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url));
const main = path('../../dist/cli/main.js');
const child = path('child.mjs');

async function text(stream: ChildProcess['stdout']): Promise<string> {
  let all = '';
  stream?.setEncoding('utf8').on('data', (chunk) => {
    all += chunk;
  });
  if (stream) await once(stream, 'end');
  return all;
}

/** Starts the stand-in and waits until its job runs. */
async function start(args: readonly string[], options: SpawnOptions = {}) {
  const process_ = spawn(process.execPath, [child, ...args], { stdio: 'pipe', ...options });
  const ended = once(process_, 'close') as Promise<[number | null, NodeJS.Signals | null]>;
  let stderr = '';
  process_.stderr!.setEncoding('utf8').on('data', (chunk) => {
    stderr += chunk;
  });
  const saw = async (word: string) => {
    while (!stderr.includes(word)) await sleep(5);
  };
  await saw('ready\n');
  return { process: process_, ended, saw, stderr: () => stderr.replace('ready\n', '') };
}

describe('main.js', () => {
  test('prints the version of package.json', async () => {
    const { version } = JSON.parse(readFileSync(path('../../package.json'), 'utf8')) as { version: string };
    const { stdout } = await promisify(execFile)(process.execPath, [main, '--version']);
    expect(stdout).toBe(`bowerbird ${version}\n`);
  });

  test('passes the exit code on', async () => {
    const failure = await promisify(execFile)(process.execPath, [main, 'verify']).catch((error) => error);
    expect(failure).toMatchObject({ code: 2, stdout: '' });
  });

  /** Every module Node loads, seen by a hook of its own loader rather than guessed from the source. */
  async function modulesLoadedBy(args: readonly string[]): Promise<string[]> {
    const folder = mkdtempSync(join(tmpdir(), 'bowerbird-modules-'));
    const list = join(folder, 'modules');
    const hook = `import { appendFileSync } from 'node:fs';
      export async function load(url, context, next) { appendFileSync(${JSON.stringify(list)}, url + '\\n'); return await next(url, context); }`;
    const register = `import { register } from 'node:module'; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
    try {
      await promisify(execFile)(process.execPath, [
        '--import',
        `data:text/javascript,${encodeURIComponent(register)}`,
        main,
        ...args,
      ]);
      return readFileSync(list, 'utf8').trimEnd().split('\n');
    } finally {
      rmSync(folder, { recursive: true });
    }
  }

  test.each([['--help'], ['--version'], ['extract', '--help'], ['help', 'verify'], ['completions', 'bash']])(
    '%s loads nothing but the command line itself: no piscina, re2js, tinyglobby or addon',
    async (...args) => {
      const loaded = await modulesLoadedBy(args);
      const dist = new URL('../../dist/', import.meta.url).href;
      const files = loaded.filter((url) => url.startsWith('file:')).map((url) => url.replace(dist, ''));
      expect(files).toContain('cli/main.js');
      const base = ['errors.js', 'secrets.js'];
      // The first help and the version need no flags; flags are made of the tables of options, and those of the readers of options.
      const isGeneral = args.length === 1;
      const tables = isGeneral ? [] : ['file-uri.js', 'options.js', 'on-error.js', 'quantities.js'];
      const isTable = (file: string) => !isGeneral && /^jobs\/[^/]+\/options(\/[\w-]+)?\.js$/.test(file);
      expect(
        files.filter((file) => !file.startsWith('cli/') && ![...base, ...tables].includes(file) && !isTable(file)),
      ).toEqual([]);
      if (isGeneral) expect(files.filter((file) => file.startsWith('cli/flags/'))).toEqual(['cli/flags/overview.js']);
      expect(files.filter((file) => /^cli\/(commands|perform|progress)/.test(file))).toEqual([]);
      const builtins = loaded.filter((url) => url.startsWith('node:'));
      // Those are there before a program begins, or cost nothing.
      const known = ['node:util', 'node:fs', 'node:module', 'node:stream', 'node:url'];
      expect(builtins.filter((name) => !known.includes(name))).toEqual([]);
    },
  );

  test('a command loads what it needs, not the other jobs, decoders of sound, or readers of CSV', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'bowerbird-modules-'));
    try {
      const input = join(folder, 'a.tfrecord');
      writeFileSync(input, '');
      const loaded = await modulesLoadedBy(['convert', input, '--to', 'arrayrecord', '--out', join(folder, 'out/x')]);
      const files = loaded.filter((url) => /^file:/.test(url));
      // Of the tables of commands its own, and of those of options what it shares with others.
      const tables = files.filter(
        (file) => /\/(cli\/flags|jobs\/\w+)\/\w+\.js$/.test(file) && /flags|options/.test(file),
      );
      expect(tables.map((file) => file.replace(/.*\/dist\//, '')).sort()).toEqual(
        ['common', 'convert', 'flag', 'load', 'overview']
          .map((name) => `cli/flags/${name}.js`)
          .concat('jobs/convert/options.js', 'jobs/engine/options.js'),
      );
      expect(files.filter((file) => /\/jobs\/convert/.test(file))).not.toEqual([]);
      const others =
        /\/(jobs\/(ingest|extract|decode|check)|formats\/(audio|flac|wav|lossy|npy|csv|open-audio))\b|(ingest|extract|decode|verify|csv|npy)[^/]*$/;
      expect(files.filter((file) => others.test(file))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe('stdout', () => {
  test('closed by its reader does not change the exit code, nor print anything', async () => {
    const { process: p, ended, stderr } = await start(['verify', 'a']);
    p.stdout!.destroy();
    await sleep(50);
    p.stdin!.end();
    expect(await ended).toEqual([4, null]);
    expect(stderr()).toBe('');
  });

  test('read slowly arrives whole before the process ends', async () => {
    const { process: p, ended } = await start(['verify', 'a', '--json']);
    p.stdin!.end();
    await sleep(300);
    const { files } = JSON.parse(await text(p.stdout)) as { files: { damaged: unknown[] }[] };
    expect(files[0]!.damaged).toHaveLength(2000);
    expect(await ended).toEqual([4, null]);
  });

  test.skipIf(!existsSync('/dev/full'))('on a full disk is a failure', async () => {
    const p = spawn(process.execPath, [main, '--help'], { stdio: ['ignore', openSync('/dev/full', 'w'), 'pipe'] });
    const [stderr, [code]] = await Promise.all([text(p.stderr), once(p, 'close')]);
    expect(stderr).toMatch(/^bowerbird: error IO: Cannot write the result to stdout: .*ENOSPC/);
    expect(code).toBe(1);
  });
});

describe('signals', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('one %s lets the job stop and exits %d', async (signal, code) => {
    const { process: p, ended, stderr } = await start(['extract', 'in', '--out', 'o']);
    p.kill(signal);
    expect(await ended).toEqual([code, null]);
    expect(stderr()).toBe('bowerbird: stopping; run the same command again to go on\n');
  });

  test('a second SIGINT ends a job that does not stop, at once and with 130 for the shell', async () => {
    const { process: p, ended, saw } = await start(['repair', 'a', '--out', 'b']);
    p.kill('SIGINT');
    await saw('stopping\n');
    await sleep(300);
    expect(p.exitCode).toBeNull();
    const before = performance.now();
    p.kill('SIGINT');
    // A process that dies of signal 2 is "130" in every shell, and a loop in a script stops with it.
    expect(await ended).toEqual([null, 'SIGINT']);
    expect(performance.now() - before).toBeLessThan(2000);
  });

  test('a shell reads the second SIGINT as 130', async () => {
    const p = spawn(
      'sh',
      [
        '-c',
        `"$0" "$1" repair a --out b & pid=$!; read _; kill -INT $pid; sleep 0.5; kill -INT $pid; wait $pid; echo $?`,
        process.execPath,
        child,
      ],
      {
        stdio: 'pipe',
      },
    );
    const out = text(p.stdout);
    p.stderr!.setEncoding('utf8').once('data', () => p.stdin!.end('go\n'));
    expect((await out).trim()).toBe('130');
  });
});
