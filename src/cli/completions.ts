/** Completion scripts for bash, zsh and fish, made from the table of flags. */

import { commandNames, commandOf, type Shell } from './flags/commands.ts';
import { help as helpFlag } from './flags/common.ts';
import type { Command, Flag } from './flags/flag.ts';

export function completions(shell: Shell): string {
  switch (shell) {
    case 'bash':
      return bash();
    case 'zsh':
      return zsh();
    case 'fish':
      return fish();
    default:
      return shell satisfies never;
  }
}

function flagsOf(command: Command): Flag[] {
  return [...Object.values(command.flags), helpFlag];
}

/** For inside single quotes of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function bash(): string {
  const cases = commandNames.map((name) => {
    const command = commandOf(name);
    const settings = flagsOf(command).flatMap((flag) => {
      if (flag.kind === 'switch') return [];
      return [`      --${flag.name}) ${bashValues(flag.choices, flag.completes)} return ;;`];
    });
    const { completes } = command.operand;
    return [
      `  ${name})`,
      ...(settings.length > 0 ? ['    case "$prev" in', ...settings, '    esac'] : []),
      '    if [[ $cur == -* ]]; then',
      `      COMPREPLY=($(compgen -W ${quote(
        flagsOf(command)
          .map((flag) => `--${flag.name}`)
          .join(' '),
      )} -- "$cur"))`,
      '    else',
      `      ${typeof completes === 'string' ? bashValues(undefined, completes) : bashValues(completes, undefined)}`,
      '    fi ;;',
    ].join('\n');
  });
  return `# bash completion for bowerbird: source <(bowerbird completions bash)
_bowerbird() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD-1]}
  if ((COMP_CWORD == 1)); then
    COMPREPLY=($(compgen -W ${quote([...commandNames, '--help', '--version'].join(' '))} -- "$cur"))
    return
  fi
  case "\${COMP_WORDS[1]}" in
${cases.join('\n')}
  esac
}
complete -F _bowerbird bowerbird
`;
}

function bashValues(choices: readonly string[] | undefined, files: 'files' | 'folders' | undefined): string {
  if (choices !== undefined) return `COMPREPLY=($(compgen -W ${quote(choices.join(' '))} -- "$cur"));`;
  // compopt: readline then quotes spaces in names and puts a slash behind folders.
  if (files === 'folders') return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur");';
  if (files === 'files') return 'compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur");';
  return 'COMPREPLY=();';
}

function zsh(): string {
  const cases = commandNames.map((name) => {
    const command = commandOf(name);
    const { operand } = command;
    const many = operand.count === 'one or more' ? '*' : '1';
    const action = typeof operand.completes === 'string' ? '_files' : `(${operand.completes.join(' ')})`;
    const specs = [...flagsOf(command).map(zshFlag), quote(`${many}:${operand.name}:${action}`)];
    return `    ${name})\n      _arguments -s \\\n        ${specs.join(' \\\n        ')} ;;`;
  });
  const list = commandNames.map((name) => `    ${quote(`${name}:${commandOf(name).summary}`)}`);
  return `#compdef bowerbird
# zsh completion for bowerbird: source <(bowerbird completions zsh)
_bowerbird() {
  local -a commands
  commands=(
${list.join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  ((CURRENT--))
  case $command in
${cases.join('\n')}
  esac
}
compdef _bowerbird bowerbird
`;
}

function zshFlag(flag: Flag): string {
  // Brackets end the description and colons the fields of a spec.
  const help = flag.help.replace(/[[\]:\\]/g, '\\$&');
  if (flag.kind === 'switch') return quote(`--${flag.name}[${help}]`);
  const action =
    flag.choices !== undefined
      ? `(${flag.choices.join(' ')})`
      : flag.completes === 'folders'
        ? '_files -/'
        : flag.completes === 'files'
          ? '_files'
          : ' ';
  return quote(`--${flag.name}=[${help}]:${flag.placeholder.replaceAll(':', '\\:')}:${action}`);
}

function fish(): string {
  const lines = ['# fish completion for bowerbird: bowerbird completions fish | source'];
  const fishQuote = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
  for (const name of commandNames) {
    const command = commandOf(name);
    const here = `complete -c bowerbird -n '__fish_seen_subcommand_from ${name}'`;
    lines.push(`complete -c bowerbird -n __fish_use_subcommand -f -a ${name} -d ${fishQuote(command.summary)}`);
    for (const flag of flagsOf(command)) {
      const short = flag.short === undefined ? '' : ` -s ${flag.short}`;
      let value = '';
      if (flag.kind === 'setting') {
        if (flag.choices !== undefined) value = ` -x -a ${fishQuote(flag.choices.join(' '))}`;
        else if (flag.completes === 'folders') value = ` -x -a '(__fish_complete_directories)'`;
        else value = flag.completes === 'files' ? ' -r -F' : ' -x';
      }
      lines.push(`${here} -l ${flag.name}${short}${value} -d ${fishQuote(flag.help)}`);
    }
    const { completes } = command.operand;
    if (typeof completes !== 'string') lines.push(`${here} -f -a ${fishQuote(completes.join(' '))}`);
  }
  return `${lines.join('\n')}\n`;
}
