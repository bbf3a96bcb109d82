/** Completion scripts for bash, zsh and fish, made from the table of flags. */

import { commandNames, commandOf, type Shell } from './flags/commands.ts';
import { help as helpFlag } from './flags/common.ts';
import type { Command, Flag } from './flags/flag.ts';
import { type CommandName, firstWords, groups, summaries } from './flags/overview.ts';

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

/** Of a first word: of a group all that it has. */
function summaryOf(word: string): string {
  const members = groups.get(word);
  return members === undefined ? summaries[word as CommandName] : members.join(', ');
}

function flagsOf(command: Command): Flag[] {
  return [...Object.values(command.flags), helpFlag];
}

/** For inside single quotes of a POSIX shell. */
function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** What is typed for a flag: "--out", and "-o" where it has a letter. */
function spellings(flag: Flag): string[] {
  return [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
}

/**
 * For bash 3.2, which macOS has, as for newer ones: it has no mapfile, compopt or associative arrays. Names of files are quoted and ended here,
 * as `compopt -o filenames` would have it; what begins with a quote is left to readline (-o default).
 */
function bash(): string {
  const cases = commandNames.map((name) => {
    const command = commandOf(name);
    const settings = flagsOf(command).flatMap((flag) => {
      if (flag.kind === 'switch') return [];
      return [`      ${spellings(flag).join('|')}) ${bashValues(flag.choices, flag.completes)} return ;;`];
    });
    const { completes } = command.operand;
    return [
      `  ${quoteIfNeeded(name)})`,
      ...(settings.length > 0 ? ['    case "$prev" in', ...settings, '    esac'] : []),
      '    if [[ $cur == -* ]]; then',
      `      _bowerbird_words ${flagsOf(command).flatMap(spellings).map(quoteIfNeeded).join(' ')}`,
      '    else',
      `      ${typeof completes === 'string' ? bashValues(undefined, completes) : bashValues(completes, undefined)}`,
      '    fi ;;',
    ].join('\n');
  });
  return `# bash completion for bowerbird, 3.2 and newer: eval "$(bowerbird completions bash)"

# $cur is what is completed, $lead a "--flag=" in front of it. Readline replaces only what stands behind the last "=" or ":" of them: so
# $keep, which ends there, is taken off.
_bowerbird_words() {
  local word
  for word in "$@"; do
    if [[ $word == "$cur"* ]]; then
      printf -v word '%q' "$word"
      word=$lead$word
      COMPREPLY+=("\${word#"$keep"} ")
    fi
  done
}

# Offers files, or with -d folders, that begin with $cur.
_bowerbird_files() {
  local name quoted
  case $cur in *[\\'\\"\\\\\\\`\\$~]*) return ;; esac
  while IFS= read -r name; do
    printf -v quoted '%q' "$name"
    quoted=$lead$quoted
    if [ -d "$name" ]; then quoted+=/; else quoted+=' '; fi
    COMPREPLY+=("\${quoted#"$keep"}")
  done < <(compgen "$1" -- "$cur")
}

_bowerbird() {
  local glued='' lead='' keep='' breaks='' i word cur prev command
  local -a words
  words=()
  COMPREPLY=()
  # Newer versions cut "--out=a:b" into five words; older ones do not.
  for ((i = 0; i <= COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ''|*[!=:]*) if [[ -n $glued ]]; then words[\${#words[@]}-1]+=$word; else words+=("$word"); fi; glued='' ;;
      *) if ((i > 0)); then words[\${#words[@]}-1]+=$word; else words+=("$word"); fi; glued=1 ;;
    esac
  done
  i=\${#words[@]}
  cur=\${words[i-1]}
  if ((i == 2)); then
    _bowerbird_words ${[...firstWords, '--help', '-h', '--version', '-V'].join(' ')}
    return
  fi
  command=\${words[1]}
  case $command in
${[...groups].map(([first, seconds]) => `  ${first})\n    if ((i == 3)); then _bowerbird_words ${seconds.join(' ')}; return; fi\n    command="$command \${words[2]}" ;;`).join('\n')}
  esac
  prev=\${words[i-2]}
  if [[ $cur == --*=* ]]; then
    prev=\${cur%%=*}
    lead=$prev=
    cur=\${cur#*=}
  fi
  case $COMP_WORDBREAKS in *=*) breaks+='=' ;; esac
  case $COMP_WORDBREAKS in *:*) breaks+=':' ;; esac
  word=$lead$cur
  [[ -z $breaks ]] || keep=\${word%"\${word##*[$breaks]}"}
  case "$command" in
${cases.join('\n')}
  esac
}
complete -o default -o nospace -F _bowerbird bowerbird
`;
}

function bashValues(choices: readonly string[] | undefined, files: 'files' | 'folders' | undefined): string {
  if (choices !== undefined) return `_bowerbird_words ${choices.map(quoteIfNeeded).join(' ')};`;
  return files === 'folders' ? '_bowerbird_files -d;' : files === 'files' ? '_bowerbird_files -f;' : ':;';
}

function quoteIfNeeded(word: string): string {
  return /^[\w-]+$/.test(word) ? word : quote(word);
}

function zsh(): string {
  const cases = commandNames.map((name) => {
    const command = commandOf(name);
    const { operand } = command;
    const many = operand.count === 'one or more' ? '*' : '1';
    const action = typeof operand.completes === 'string' ? '_files' : `(${operand.completes.join(' ')})`;
    const operands = operand.count === 'none' ? [] : [quote(`${many}:${operand.name}:${action}`)];
    const specs = [...flagsOf(command).map(zshFlag), ...operands];
    return `    ${quoteIfNeeded(name)})\n      _arguments -s \\\n        ${specs.join(' \\\n        ')} ;;`;
  });
  const list = firstWords.map((word) => `    ${quote(`${word}:${summaryOf(word)}`)}`);
  const seconds = [...groups].map(
    ([first, names]) => `  if [[ $command == ${first} ]]; then
    if ((CURRENT == 2)); then
      compadd ${names.join(' ')}
      return
    fi
    command="$command $words[2]"
    shift words
    ((CURRENT--))
  fi
`,
  );
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
${seconds.join('')}  case "$command" in
${cases.join('\n')}
  esac
}
compdef _bowerbird bowerbird
`;
}

function zshFlag(flag: Flag): string {
  // Brackets end the description and colons the fields of a spec.
  const help = flag.help.replace(/[[\]:\\]/g, '\\$&');
  const { name, short } = flag;
  // Given by one name, it is not offered by the other.
  const both = (forms: string) => (short === undefined ? '' : `${quote(`(-${short} --${name})`)}{${forms}}`);
  if (flag.kind === 'switch')
    return short === undefined ? quote(`--${name}[${help}]`) : `${both(`-${short},--${name}`)}${quote(`[${help}]`)}`;
  const action =
    flag.choices !== undefined
      ? `(${flag.choices.join(' ')})`
      : flag.completes === 'folders'
        ? '_files -/'
        : flag.completes === 'files'
          ? '_files'
          : ' ';
  const value = `[${help}]:${flag.placeholder.replaceAll(':', '\\:')}:${action}`;
  return short === undefined ? quote(`--${name}=${value}`) : `${both(`-${short}+,--${name}=`)}${quote(value)}`;
}

function fish(): string {
  const lines = ['# fish completion for bowerbird: bowerbird completions fish | source'];
  const fishQuote = (text: string) => `'${text.replace(/['\\]/g, '\\$&')}'`;
  const first = 'complete -c bowerbird -n __fish_use_subcommand';
  lines.push(`${first} -l help -s h -d ${fishQuote(summaries.help)}`);
  lines.push(`${first} -l version -s V -d ${fishQuote(summaries.version)}`);
  for (const [word] of groups) lines.push(`${first} -f -a ${word} -d ${fishQuote(summaryOf(word))}`);
  for (const name of commandNames) {
    const command = commandOf(name);
    const [word = name, second] = name.split(' ');
    const seen = `__fish_seen_subcommand_from ${word}`;
    const here = `complete -c bowerbird -n '${second === undefined ? seen : `${seen}; and __fish_seen_subcommand_from ${second}`}'`;
    if (second === undefined) lines.push(`${first} -f -a ${name} -d ${fishQuote(command.summary)}`);
    else
      lines.push(
        `complete -c bowerbird -n '${seen}; and not __fish_seen_subcommand_from ${groups.get(word)!.join(' ')}' -f -a ${second} -d ${fishQuote(command.summary)}`,
      );
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
    if (typeof completes !== 'string' && completes.length > 0)
      lines.push(`${here} -f -a ${fishQuote(completes.join(' '))}`);
  }
  return `${lines.join('\n')}\n`;
}
