/**
 * One entry a flag: the parser, the help, the README's table and the shell completions all read it. Those of options are made of the entries
 * of the jobs' tables; what only a command line has stands in common.ts.
 */

import type { FlagWords, Option, OptionTable } from '../../option-tables.ts';
import type { Check } from '../../options.ts';
import type { CommandName, ExitCodes } from './overview.ts';

/** A switch: given or not. */
export interface Switch {
  readonly kind: 'switch';
  readonly name: string;
  /** What public functions call it, where it is an option of theirs. */
  readonly option?: string;
  readonly short?: string;
  /** One line: what it does. */
  readonly help: string;
  /** What else one should know; shown by --help, not by -h. */
  readonly more?: string;
  /** What other tools call it; typing that suggests this flag. */
  readonly alsoKnownAs?: readonly string[];
}

export interface Setting<T = unknown> {
  readonly kind: 'setting';
  readonly name: string;
  readonly option?: string;
  readonly short?: string;
  readonly placeholder: string;
  readonly help: string;
  readonly more?: string;
  /** In words. */
  readonly byDefault?: string;
  readonly required?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: 'files' | 'folders';
  /** "-" stands for stdout. */
  readonly stdout?: true;
  readonly alsoKnownAs?: readonly string[];
  /** May be given several times: a list of what was typed. */
  readonly repeats?: true;
  /** Completes "Expected ... for --name but received ...". */
  readonly expected: string;
  /** Undefined when the text is not what is expected. */
  readonly parse: (text: string) => T | undefined;
  /** What may have been meant by such text; follows that message. */
  readonly hint?: (text: string) => string | undefined;
}

export type Flag = Switch | Setting;

/** Keys are the names of flags without dashes: `maxRejects` for --max-rejects. */
export type Flags = { readonly [key: string]: Flag };

/** What was typed. A flag that was not given is absent, so that the defaults of the public functions hold. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends Setting<infer T> ? T : true;
};

export interface Operand {
  readonly name: string;
  readonly help: string;
  readonly count: 'none' | 'one' | 'one or more' | 'none or one';
  readonly completes: 'files' | readonly string[];
  /** "-" stands for stdin. */
  readonly stdin?: true;
}

export interface Command<F extends Flags = Flags> {
  readonly name: CommandName;
  /** One line, after the name: "bowerbird extract: ...". */
  readonly summary: string;
  readonly operand: Operand;
  readonly flags: F;
  /** First what is typed, then what it is for. */
  readonly examples: readonly (readonly [string, string])[];
  /** Paragraphs below the options in the long help. */
  readonly notes: readonly string[];
  /** Those that it can end with, and what each means for this one; the long help ends with them. */
  readonly exitCodes: ExitCodes;
}

type Words = Omit<Switch, 'kind' | 'name'>;
type SettingWords = Pick<Setting, 'placeholder' | 'help'> & Partial<Omit<Setting, 'kind' | 'name' | 'parse'>>;

/** What a table tells of flags: operands, and what only code can give, have no words for a command line. */
export type FlagsOf<T extends OptionTable> = {
  readonly [K in keyof T & string as T[K] extends { readonly flag: infer W } ? KeyOf<K, W> : never]: FlagOf<T[K]>;
};
type KeyOf<K, W> = W extends { readonly name: infer N extends string } ? N : K;
type FlagOf<O> = O extends { readonly isSwitch?: boolean } & Check<boolean> ? Switch : SettingOf<O>;
type SettingOf<O> = O extends Check<infer V> ? Setting<V> : never;

/** In the order of the table. */
export function flagsOf<T extends OptionTable>(table: T): FlagsOf<T> {
  const flags = Object.entries(table).flatMap(([option, entry]) => {
    const { flag } = entry;
    return flag === undefined ? [] : [[flag.name ?? option, flagOf(option, entry, flag)] as const];
  });
  return Object.fromEntries(flags) as FlagsOf<T>;
}

function flagOf(option: string, entry: Option, words: FlagWords): Flag {
  const { help, more, short, alsoKnownAs } = words;
  const name = words.name ?? dashed(option);
  const said = {
    name,
    option,
    help,
    ...(short && { short }),
    ...(more && { more }),
    ...(alsoKnownAs && { alsoKnownAs }),
  };
  if (entry.isSwitch) return { kind: 'switch', ...said };
  const choices = words.choices ?? entry.choices;
  const byDefault = words.byDefault ?? shownDefault(entry.fallback);
  const fromText = words.fromText ?? entry.fromText ?? ((text: string) => text);
  return {
    kind: 'setting',
    ...said,
    placeholder: words.placeholder ?? choices?.join('|') ?? '',
    expected: words.expected ?? onTheCommandLine(entry.expected),
    ...(byDefault !== undefined && { byDefault }),
    ...(entry.isRequired && words.variable === undefined && { required: true }),
    ...(choices && { choices }),
    ...(words.completes && { completes: words.completes }),
    ...(words.stdout && { stdout: words.stdout }),
    ...(words.repeats && { repeats: words.repeats }),
    ...(words.hint && { hint: words.hint }),
    parse(text) {
      // Most often a shell variable that was not set.
      const value = text === '' ? undefined : fromText(text);
      return value !== undefined && entry.accepts(value) ? value : undefined;
    },
  };
}

function dashed(option: string): string {
  return option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function shownDefault(fallback: unknown): string | undefined {
  return typeof fallback === 'string' || typeof fallback === 'number' ? String(fallback) : undefined;
}

/** Text has quotes in code only. */
function onTheCommandLine(expected: string): string {
  return expected.replaceAll('"', '');
}

/** The same flags with others listed behind one of them. */
export function listedBehind<F extends Flags, G extends Flags>(flags: F, key: keyof F & string, others: G): F & G {
  const entries = Object.entries(flags).flatMap((entry) =>
    entry[0] === key ? [entry, ...Object.entries(others)] : [entry],
  );
  return Object.fromEntries(entries) as F & G;
}

/** A switch of the API is on or absent: a command line has no way to say "off" that could be forgotten. */
export function toggle(name: string, words: Words): Switch {
  return { kind: 'switch', name, ...words };
}

const sizes: { readonly [suffix: string]: number } = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Bytes, as "16G". */
export function byteCount(name: string, words: SettingWords): Setting<number> {
  return {
    kind: 'setting',
    name,
    expected: 'a number of bytes, such as 500M or 16G',
    ...words,
    parse(text) {
      const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text) ?? [];
      const bytes = Math.floor(Number(digits) * sizes[suffix.toUpperCase()]!);
      return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
    },
  };
}

export function oneOf<const T extends string>(
  name: string,
  choices: readonly T[],
  words: Omit<SettingWords, 'placeholder'>,
): Setting<T> {
  return {
    kind: 'setting',
    name,
    placeholder: choices.join('|'),
    expected: `one of ${choices.join(', ')}`,
    choices,
    ...words,
    parse: (text) => choices.find((choice) => choice === text),
  };
}
