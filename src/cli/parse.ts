/** argv to a request: what was typed, checked against the table of flags and free of side effects. */

import { parseArgs } from 'node:util';
import type { commands } from './flags/commands.ts';
import { help as helpFlag } from './flags/common.ts';
import type { Command, Flag, Flags, Setting, Values } from './flags/flag.ts';
import { type CommandName, commandAt, firstWords, groups } from './flags/overview.ts';
import { printable } from './format.ts';
import { type GeneralRequest, generalRequest, operandsAmong } from './general.ts';
import { Misuse } from './misuse.ts';
import { dash, isStdin } from './stdio.ts';
import { suggest } from './suggest.ts';

type Callable = Exclude<CommandName, 'help' | 'version'>;

/** A command with its values: a union over the commands, told apart by `command`. */
export type Call<N extends Callable = Callable> = {
  [K in N]: {
    readonly kind: 'call';
    readonly command: K;
    readonly operands: readonly string[];
    readonly values: Values<(typeof commands)[K]['flags']>;
  };
}[N];

export type Request = GeneralRequest | Call;

/** `tableOf` is asked for the command that is called, and for no other. */
export function parse(argv: readonly string[], tableOf: (name: CommandName) => Command<Flags>): Request {
  const general = generalRequest(argv);
  if (general !== undefined) return general;
  const [first = '', ...rest] = argv;
  if (first === '--help') return { kind: 'help', topic: topicOf(operandsAmong(rest)), long: true };
  if (first.startsWith('-')) {
    throw new Misuse(`Expected a command before "${printable(first)}": one of ${firstWords.join(', ')}`);
  }
  if (first === 'help') return helpRequest(tableOf('help'), rest);
  const name = commandNamed(argv);
  return parseCommand(tableOf(name), argv.slice(name.split(' ').length));
}

function commandNamed(words: readonly string[]): CommandName {
  const name = commandAt(words);
  if (name !== undefined) return name;
  const [first = '', second] = words;
  const members = groups.get(first);
  const [typed, known] = members === undefined ? [first, firstWords] : [second ?? '', members];
  if (members !== undefined && (second === undefined || second.startsWith('-'))) {
    throw new Misuse(`Expected one of ${members.join(', ')} behind bowerbird ${first}`);
  }
  const near = suggest(typed, known);
  const hint = near === undefined ? `; expected one of ${known.join(', ')}` : `; did you mean "${near}"?`;
  const place = members === undefined ? '' : ` behind bowerbird ${first}`;
  throw new Misuse(`Unknown command "${printable(typed)}"${place}${hint}`);
}

function topicOf(operands: readonly string[]): CommandName | undefined {
  return operands[0] === undefined ? undefined : commandNamed(operands);
}

/** A name of two words is one operand. */
function helpRequest(table: Command<Flags>, args: readonly string[]): Request {
  const [first = '', second, ...rest] = args;
  const isTwo = groups.has(first) && second !== undefined && !second.startsWith('-');
  if (!isTwo) return parseCommand(table, args);
  const topic = commandNamed([first, second]);
  const request = parseCommand(table, [first, ...rest]);
  return request.kind === 'help' ? { ...request, topic } : request;
}

type Token = ReturnType<typeof tokenize>[number];

function tokenize(flags: readonly Flag[], args: readonly string[]) {
  const options = Object.fromEntries(
    flags.map((flag) => [
      flag.name,
      {
        type: flag.kind === 'switch' ? ('boolean' as const) : ('string' as const),
        ...(flag.short && { short: flag.short }),
      },
    ]),
  );
  return parseArgs({ args: [...args], options, strict: false, allowPositionals: true, tokens: true }).tokens;
}

function parseCommand(command: Command<Flags>, args: readonly string[]): Request {
  const { name } = command;
  const flags = [...Object.values(command.flags), helpFlag];
  const tokens = tokenize(flags, args);

  // Asking for help wins over every mistake on the same line.
  const help = tokens.find((token) => token.kind === 'option' && token.name === helpFlag.name);
  if (help !== undefined) return { kind: 'help', topic: name, long: help.kind === 'option' && help.rawName !== '-h' };

  const keys = new Map(Object.entries(command.flags).map(([key, flag]) => [flag.name, key]));
  const values: { [key: string]: unknown } = {};
  const operands: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind !== 'option') continue;
    const long = longName(token, keys);
    if (long !== undefined)
      throw new Misuse(`Unknown option "-${long}" for bowerbird ${name}; did you mean "--${long}"?`, name);
    const key = keys.get(token.name);
    if (key === undefined) throw unknownFlag(token.rawName, flags, name);
    const flag = command.flags[key]!;
    const value = readValue(flag, token, flags, name);
    values[key] = flag.kind === 'setting' && flag.repeats ? [...((values[key] as unknown[]) ?? []), value] : value;
  }

  checkOperands(command, operands, name);
  for (const [key, flag] of Object.entries(command.flags)) {
    if (flag.kind === 'setting' && flag.required && values[key] === undefined) {
      throw new Misuse(`Expected --${flag.name} ${flag.placeholder} for bowerbird ${name}`, name);
    }
  }
  if (name === 'help')
    return { kind: 'help', topic: groups.has(operands[0] ?? '') ? undefined : topicOf(operands), long: true };
  if (name === 'version') return { kind: 'version' };
  return { kind: 'call', command: name, operands, values } as Call;
}

/** Of "-out", which would be "-o ut" and is meant as "--out". */
function longName(token: Extract<Token, { kind: 'option' }>, known: ReadonlyMap<string, unknown>): string | undefined {
  if (token.rawName.startsWith('--') || token.inlineValue !== true) return undefined;
  const word = `${token.rawName.slice(1)}${token.value}`;
  return known.has(word) ? word : undefined;
}

function readValue(flag: Flag, token: Extract<Token, { kind: 'option' }>, flags: readonly Flag[], name: CommandName) {
  if (flag.kind === 'switch') {
    if (token.value === undefined) return true;
    throw new Misuse(`Expected no value for --${flag.name} but received "${printable(String(token.value))}"`, name);
  }
  if (token.value === undefined)
    throw new Misuse(`Expected ${flag.expected} for --${flag.name} but received nothing`, name);
  const text = typedValue(token);
  if (!token.inlineValue && swallowsFlag(text, flags)) {
    throw new Misuse(
      `Expected ${flag.expected} for --${flag.name} but received the option "${printable(text)}"; ` +
        `write --${flag.name}=${printable(text)} if it is meant as the value`,
      name,
    );
  }
  const { completes, stdout } = flag as Setting;
  if (text === dash && completes !== undefined && stdout !== true) throw noStream(`--${flag.name}`, 'stdout', name);
  const value = (flag as Setting).parse(text);
  if (value === undefined) throw new Misuse(unfit(flag, text), name);
  return value;
}

/** "-o=x" is "-o x", as in most tools: a file whose name begins with "=" is rarer. */
function typedValue({ value, rawName, inlineValue }: Extract<Token, { kind: 'option' }>): string {
  const text = String(value);
  return inlineValue === true && !rawName.startsWith('--') ? text.replace(/^=/, '') : text;
}

function unfit(flag: Setting, text: string): string {
  const near = flag.choices === undefined || text === '' ? undefined : suggest(text, flag.choices);
  const hint = flag.hint?.(text) ?? (near === undefined ? undefined : `did you mean "${near}"?`);
  const more = hint === undefined ? '' : `; ${hint}`;
  return `Expected ${flag.expected} for --${flag.name} but received "${printable(text)}"${more}`;
}

/** "--out --json" forgot a folder. "--hop -5" did not forget a number: it gave a wrong one. */
function swallowsFlag(text: string, flags: readonly Flag[]): boolean {
  return text.startsWith('--') || flags.some((flag) => flag.short !== undefined && text === `-${flag.short}`);
}

function unknownFlag(typed: string, flags: readonly Flag[], name: CommandName): Misuse {
  const word = typed.replace(/^-+/, '');
  const known = flags.map((flag) => flag.name);
  const near = flags.find((flag) => flag.alsoKnownAs?.includes(word.toLowerCase()))?.name ?? suggest(word, known);
  const hint = near === undefined ? '' : `; did you mean "--${near}"?`;
  return new Misuse(`Unknown option "${printable(typed)}" for bowerbird ${name}${hint}`, name);
}

function checkOperands(command: Command<Flags>, operands: readonly string[], name: CommandName): void {
  const { operand } = command;
  if (operands.length > 0 && operand.count === 'none') {
    throw new Misuse(`Expected nothing behind bowerbird ${name} but received "${printable(operands[0]!)}"`, name);
  }
  if (operands.length === 0 && (operand.count === 'one' || operand.count === 'one or more')) {
    const many = operand.count === 'one' ? 'one' : 'at least one';
    throw new Misuse(`Expected ${many} ${operand.name} for bowerbird ${name}`, name);
  }
  if (operands.length > 1 && operand.count !== 'one or more') {
    const extra = operands.slice(1).map((text) => `"${printable(text)}"`);
    throw new Misuse(`Expected one ${operand.name} for bowerbird ${name} but received also ${extra.join(', ')}`, name);
  }
  // Most often a shell variable that was not set.
  if (operands.includes('')) throw new Misuse(`Expected ${operand.name} for bowerbird ${name} but received ""`, name);
  const streams = operands.filter(isStdin);
  if (operand.stdin !== true && operand.completes === 'files' && operands.includes(dash)) {
    throw noStream(operand.name, 'stdin', name);
  }
  if (operand.stdin === true && streams.length > 1) {
    throw new Misuse(`Expected stdin once but received ${streams.map((text) => `"${text}"`).join(', ')}`, name);
  }
  if (typeof operand.completes !== 'string' && name !== 'help') {
    const wrong = operands.find((text) => !operand.completes.includes(text));
    if (wrong === undefined) return;
    const near = suggest(wrong, operand.completes);
    const hint = near === undefined ? '' : `; did you mean "${near}"?`;
    throw new Misuse(`Expected one of ${operand.completes.join(', ')} but received "${printable(wrong)}"${hint}`, name);
  }
}

function noStream(what: string, stream: 'stdin' | 'stdout', name: CommandName): Misuse {
  const where = stream === 'stdin' ? 'inspect, verify and decode read it' : 'decode writes one WAV to it';
  return new Misuse(
    `Expected a file for ${what} of bowerbird ${name} but received "-", which stands for ${stream}: only ${where}; a file of that name is ./-`,
    name,
  );
}
