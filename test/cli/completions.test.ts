import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { completions } from '../../src/cli/completions.ts';
import { commandNames, commandOf, shells } from '../../src/cli/flags/commands.ts';
import { firstWords } from '../../src/cli/flags/overview.ts';
import { cli } from './harness.ts';

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

test.each(shells)('completions %s prints a script that knows every command and flag', async (shell) => {
  const { code, stdout } = await cli(`completions ${shell}`);
  expect(code).toBe(0);
  expect(stdout).toBe(completions(shell));
  for (const name of commandNames) {
    for (const word of name.split(' ')) expect(stdout).toContain(word);
    for (const flag of Object.values(commandOf(name).flags)) expect(stdout).toContain(flag.name);
  }
});

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['', [...firstWords, '--help', '--version', '-h', '-V']],
  ['dataset ', ['scan', 'build', 'card']],
  ['dataset b', ['build']],
  ['dataset build --che', ['--check']],
  ['dataset build --check ', ['header', 'full']],
  ['--v', ['--version']],
  ['ver', ['verify', 'version']],
  ['veri', ['verify']],
  ['extract --on', ['--on-error']],
  ['extract in --on-error s', ['skip', 'salvage']],
  ['extract in --channel ', ['0', 'all']],
  ['verify in --progress ', ['auto', 'bar', 'plain', 'json', 'none']],
  ['completions ', ['bash', 'zsh', 'fish']],
  ['help re', ['repair']],
  ['verify packa', ['package.json', 'package-lock.json']],
  ['extract in --out sr', ['src']],
  ['extract in --workers ', []],
];

/** What bash 3.2 does not have, or has with faults. */
const newerThanMacos = [
  ...[
    /\bmapfile\b/,
    /\breadarray\b/,
    /\bcompopt\b/,
    /\b(declare|local|typeset) -\w*[Ang]/,
    /\bcoproc\b/,
    /;;?&/,
    /\|&/,
    /&>>/,
  ],
  ...[
    /\$\{\w+(\[[^\]]*\])?(,|\^)/,
    /\$\{\w+@/,
    /\[-\d+\]/,
    /\[\[ -v /,
    /%\(.*\)T/,
    /\{\d+\.\.\d+\.\.\d+\}/,
    /\bshopt -s (globstar|lastpipe)/,
  ],
  // A case in $(...) needs its opening parenthesis there.
  /\$\([^)]*\bcase\b/,
];

test('completions bash uses nothing that bash 3.2 lacks', () => {
  const script = completions('bash');
  for (const construct of newerThanMacos) expect(script).not.toMatch(construct);
  // It sees them.
  const newer = [
    'mapfile -t a',
    'compopt -o x',
    'local -A a',
    `x=\${y,,}`,
    `x=\${y^}`,
    `x=\${a[-1]}`,
    'a |& b',
    `x=\${y@Q}`,
  ];
  for (const text of newer)
    expect(
      newerThanMacos.some((construct) => construct.test(text)),
      text,
    ).toBe(true);
  // There `source <(...)` reads nothing.
  expect(script.split('\n')[0]).toContain('eval "$(bowerbird completions bash)"');
});

describe.skipIf(!has('bash'))('completions bash, in bash', () => {
  /** What readline is given, each with what follows it: a space, or a slash. `words` are cut as bash cuts them at `breaks`. */
  async function offered(words: readonly string[], { cwd = '.', breaks = ` \t\n"'@><=;|&(:`, compat = false } = {}) {
    const cut = words.flatMap((word) =>
      word
        .split(new RegExp(`([${breaks.replace(/[^=:]/g, '') || '\0'}]+)`))
        .filter((part, i, all) => part !== '' || all.length === 1 || (i === all.length - 1 && !/[=:]/.test(breaks))),
    );
    const script = `${completions('bash')}
      COMP_WORDBREAKS=$1; shift
      COMP_WORDS=(bowerbird "$@"); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
      mapfile() { echo forbidden; }; compopt() { echo forbidden; }
      _bowerbird; ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; true`;
    const options = compat ? ['-O', 'compat32'] : [];
    const { stdout } = await promisify(execFile)('bash', [...options, '-c', script, 'bash', breaks, ...cut], { cwd });
    return stdout.split('\n').filter(Boolean).sort();
  }

  test.each(cases)('bowerbird %s', async (line, expected) => {
    for (const compat of [false, true]) {
      const found = await offered(line.split(' '), { compat });
      expect(found.map((word) => word.replace(/[ /]$/, ''))).toEqual([...expected].sort());
    }
  });

  test('completes short flags and what follows them', async () => {
    expect(await offered(['extract', 'in', '-'])).toEqual(
      expect.arrayContaining(['-o ', '-j ', '-f ', '-q ', '--out ']),
    );
    expect(await offered(['extract', 'in', '-o', 'sr'])).toEqual(['src/']);
    expect(await offered(['verify', 'in', '-j', ''])).toEqual([]);
  });

  describe('words with = and :', () => {
    const folder = mkdtempSync(join(tmpdir(), 'bowerbird-completions-'));
    for (const name of ['a:b=c.wav', 'a:d.wav', 'two words.wav', 'x=1.wav', 'plain.wav'])
      writeFileSync(join(folder, name), '');
    mkdirSync(join(folder, 'my folder'));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));

    // Readline replaces what stands behind the last of the breaks, and only that.
    const usual = ` \t\n"'@><=;|&(:`;
    test.each<[typed: string, found: readonly string[], breaks: string]>([
      ['--on-error=s', ['salvage ', 'skip '], usual],
      ['--on-error=', ['fail ', 'salvage ', 'skip '], usual],
      ['--on-error=s', ['--on-error=salvage ', '--on-error=skip '], ' \t\n:'],
      ['--out=my', ['my\\ folder/'], usual],
      ['a:', ['b=c.wav ', 'd.wav '], usual],
      ['a:d', ['d.wav '], usual],
      ['a:d', ['a:d.wav '], ' \t\n'],
      ['a:b=', ['c.wav '], usual],
      ['a:b=', ['b=c.wav '], ' \t\n:'],
      ['x=', ['1.wav '], usual],
      ['two', ['two\\ words.wav '], usual],
      ['my', ['my\\ folder/'], usual],
      ['s3://buck', [], usual],
      // Left to readline.
      ['"two', [], usual],
      ['~', [], usual],
    ])('%s gives %j', async (typed, found, breaks) => {
      expect(await offered(['extract', 'in', typed], { cwd: folder, breaks })).toEqual([...found].sort());
    });

    test('as the one word that bash 3.2 makes of them', async () => {
      const script = `${completions('bash')}
        COMP_WORDS=(bowerbird extract in "$1"); COMP_CWORD=3; _bowerbird; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const words = async (typed: string) =>
        (await promisify(execFile)('bash', ['-c', script, 'bash', typed], { cwd: folder })).stdout
          .split('\n')
          .filter(Boolean)
          .sort();
      expect(await words('--on-error=s')).toEqual(['salvage ', 'skip ']);
      expect(await words('a:')).toEqual(['b=c.wav ', 'd.wav ']);
    });
  });
});

describe.skipIf(!has('fish'))('completions fish, in fish', () => {
  test.each(cases.filter(([line]) => line !== ''))('bowerbird %s', async (line, expected) => {
    const script = `source (echo $argv[1] | psub); complete -C $argv[2]`;
    const { stdout } = await promisify(execFile)('fish', [
      '--no-config',
      '-c',
      script,
      completions('fish'),
      `bowerbird ${line}`,
    ]);
    const words = stdout
      .split('\n')
      .filter(Boolean)
      .map((row) => row.split('\t')[0]!.replace(/\/$/, ''));
    expect(words).toEqual(expect.arrayContaining([...expected]));
    if (!line.startsWith('--')) for (const word of expected) expect(words).toContain(word);
  });
});

describe.skipIf(!has('zsh'))('completions zsh, in zsh', () => {
  test('is a script that zsh can run', async () => {
    const script = `autoload -Uz compinit && compinit -u -D && ${completions('zsh')}\n(( $+functions[_bowerbird] )) && print defined`;
    const { stdout } = await promisify(execFile)('zsh', ['-f', '-c', script]);
    expect(stdout).toBe('defined\n');
  });
});
