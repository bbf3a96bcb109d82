import { describe, expect, test } from 'vitest';
import { commandNames, commandOf, exitCodes } from '../../src/cli/flags/commands.ts';
import { commandHelp, flagsMarkdown, synopsis } from '../../src/cli/help.ts';
import { styleFor } from '../../src/cli/style.ts';
import { cli } from './harness.ts';

// The texts in test/data/cli are what users see; read them after every change (vitest run -u writes them anew).
const golden = (name: string) => `../data/cli/${name}`;

describe('help', () => {
  test.each([
    ['-h', 'bowerbird-short.txt'],
    ['--help', 'bowerbird.txt'],
    ...commandNames.flatMap((name) => [
      [`${name} -h`, `${name.replace(' ', '-')}-short.txt`],
      [`${name} --help`, `${name.replace(' ', '-')}.txt`],
    ]),
  ])('%s is the text in %s', async (line, file) => {
    const { code, stdout, stderr } = await cli(line!);
    await expect(stdout).toMatchFileSnapshot(golden(file!));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  test('is the same by all three spellings', async () => {
    expect((await cli('help extract')).stdout).toBe((await cli('extract --help')).stdout);
    expect((await cli('--help extract')).stdout).toBe((await cli('extract --help')).stdout);
    expect((await cli('help')).stdout).toBe((await cli('--help')).stdout);
  });

  test('ends with the codes of that command, in order, each of which the first help lists', async () => {
    const codes = (name: (typeof commandNames)[number]) => commandOf(name).exitCodes.map(([code]) => code);
    for (const name of commandNames) {
      const [, section = ''] = (await cli(`${name} --help`)).stdout.split('\nExit codes\n');
      expect([...section.matchAll(/^ {2}(\d+)/gm)].map(([, code]) => Number(code))).toEqual(codes(name));
      expect(exitCodes.map(([code]) => code)).toEqual(expect.arrayContaining(codes(name)));
    }
    // Only verify finds damage, and it leaves nothing out.
    expect(codes('verify')).toEqual([0, 1, 2, 4, 130]);
    expect(codes('inspect')).toEqual([0, 1, 2, 130]);
    for (const name of ['extract', 'ingest', 'convert', 'decode', 'unpack', 'repair'] as const) {
      expect(codes(name)).toEqual([0, 1, 2, 3, 130]);
    }
  });

  test('starts with examples and names every flag', async () => {
    for (const name of commandNames) {
      const { stdout } = await cli(`${name} --help`);
      expect(stdout.split('\n')[2]).toBe('Examples');
      for (const flag of Object.values(commandOf(name).flags)) expect(stdout).toContain(`--${flag.name}`);
    }
  });

  test.each([40, 60, 80, 200])('fits %d columns but for the examples and terms, which are never broken', (columns) => {
    const style = styleFor(
      { isTTY: false, columns, write() {}, send: async () => {}, flushed: async () => undefined },
      {},
    );
    for (const name of commandNames) {
      for (const line of commandHelp(commandOf(name), { style, columns, long: true }).split('\n')) {
        if (/^ {2}\S/.test(line)) continue;
        expect(line.length, line).toBeLessThanOrEqual(Math.min(columns, 80));
      }
    }
  });

  test('has bold headings on a terminal', async () => {
    expect((await cli('-h', { columns: 80 })).stdout).toContain('\n\x1b[1mExamples\x1b[22m\n');
  });
});

describe('the table of flags', () => {
  test('gives no name or other name twice in a command', () => {
    for (const name of commandNames) {
      const flags = Object.values(commandOf(name).flags);
      const names = flags.flatMap((flag) => [
        flag.name,
        ...(flag.short ? [flag.short] : []),
        ...(flag.alsoKnownAs ?? []),
      ]);
      expect(new Set(names).size).toBe(names.length);
    }
  });

  test('has keys that are the names in camel case, as the public functions spell them', () => {
    for (const name of commandNames) {
      for (const [key, flag] of Object.entries(commandOf(name).flags)) {
        expect(key).toBe(flag.name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase()));
      }
    }
  });

  test('holds exactly the options that are promised', () => {
    const spelled = (name: Parameters<typeof commandOf>[0]) =>
      Object.values(commandOf(name).flags).map((flag) => flag.name);
    expect(spelled('extract').join(' ')).toBe(
      'out workers on-error max-rejects channel hop feature names dtype durable dry-run overwrite units progress json quiet',
    );
    expect(spelled('inspect').join(' ')).toBe('all limit stdin-limit json');
    expect(spelled('verify').join(' ')).toBe('proof check viewer workers stdin-limit progress json quiet');
    expect(spelled('repair').join(' ')).toBe('out overwrite json quiet');
    expect(spelled('convert').join(' ')).toBe(
      'to out shards match-inputs match-shards overwrite-extension options compression proof workers on-error max-rejects ' +
        'durable dry-run overwrite units progress json quiet',
    );
    expect(spelled('decode').join(' ')).toBe(
      'out workers channel mono sample-rate from to bits lenient stdin-limit durable dry-run overwrite units progress json quiet',
    );
    expect(spelled('unpack').join(' ')).toBe(
      'out workers on-error max-rejects bits durable dry-run overwrite units progress json quiet',
    );
  });

  test('accepts each of its own choices', () => {
    for (const name of commandNames) {
      for (const flag of Object.values(commandOf(name).flags)) {
        if (flag.kind === 'setting') for (const choice of flag.choices ?? []) expect(flag.parse(choice)).toBeDefined();
      }
    }
  });
});

test('exitCodes lists each code once', () => {
  expect(exitCodes.map(([code]) => code)).toEqual([0, 1, 2, 3, 4, 130]);
});

test('synopsis() shows operands and what is required', () => {
  expect(commandNames.map((name) => synopsis(commandOf(name)))).toEqual([
    'bowerbird extract INPUT... --out DIR [options]',
    'bowerbird ingest [CSV] [options]',
    'bowerbird pack INPUT... --out DIR [options]',
    'bowerbird dataset scan [options]',
    'bowerbird dataset build [options]',
    'bowerbird dataset card [options]',
    'bowerbird inspect INPUT... [options]',
    'bowerbird verify INPUT... [options]',
    'bowerbird repair INPUT... --out FILE|DIR [options]',
    'bowerbird convert INPUT... --to arrayrecord|tfrecord --out PREFIX|DIR [options]',
    'bowerbird decode INPUT... --out X.wav|DIR|- [options]',
    'bowerbird unpack INPUT... --out DIR [options]',
    'bowerbird completions SHELL',
    'bowerbird help [COMMAND]',
    'bowerbird version',
  ]);
});

test('flagsMarkdown() makes the table of the README', async () => {
  await expect(flagsMarkdown(commandOf('extract'))).toMatchFileSnapshot(golden('extract-flags.md'));
  for (const name of commandNames) {
    for (const row of flagsMarkdown(commandOf(name)).trimEnd().split('\n')) {
      expect(row.match(/(?<!\\)\|/g), row).toHaveLength(4);
    }
  }
});
