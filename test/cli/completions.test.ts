import { execFile, spawnSync } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { completions } from '../../src/cli/completions.ts';
import { commandNames, commandOf, shells } from '../../src/cli/flags/commands.ts';
import { cli } from './harness.ts';

const has = (shell: string) => spawnSync(shell, ['-c', 'true']).status === 0;

test.each(shells)('completions %s prints a script that knows every command and flag', async (shell) => {
  const { code, stdout } = await cli(`completions ${shell}`);
  expect(code).toBe(0);
  expect(stdout).toBe(completions(shell));
  for (const name of commandNames) {
    expect(stdout).toContain(name);
    for (const flag of Object.values(commandOf(name).flags)) expect(stdout).toContain(flag.name);
  }
});

const cases: readonly (readonly [string, readonly string[]])[] = [
  ['', [...commandNames, '--help', '--version']],
  ['ver', ['verify']],
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

describe.skipIf(!has('bash'))('completions bash, in bash', () => {
  test.each(cases)('bowerbird %s', async (line, expected) => {
    const words = line.split(' ');
    const script = `${completions('bash')}
      COMP_WORDS=(bowerbird "$@"); COMP_CWORD=$(( \${#COMP_WORDS[@]} - 1 ))
      compopt() { :; }
      _bowerbird; ((\${#COMPREPLY[@]})) && printf '%s\\n' "\${COMPREPLY[@]}"; true`;
    const { stdout } = await promisify(execFile)('bash', ['-c', script, 'bash', ...words]);
    expect(stdout.split('\n').filter(Boolean).sort()).toEqual([...expected].sort());
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
