/** One entry a flag: the parser, the help, the README's table and the shell completions all read it. */

/** A switch: given or not. */
export interface Switch {
  readonly kind: 'switch';
  readonly name: string;
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
  readonly short?: string;
  readonly placeholder: string;
  readonly help: string;
  readonly more?: string;
  /** For the reader; the value itself stands beside the check in src/api. */
  readonly byDefault?: string;
  readonly required?: boolean;
  readonly choices?: readonly string[];
  readonly completes?: 'files' | 'folders';
  /** "-" stands for stdout. */
  readonly stdout?: true;
  readonly alsoKnownAs?: readonly string[];
  /** Completes "Expected ... for --name but received ...". */
  readonly expected: string;
  /** Undefined when the text is not what is expected. */
  readonly parse: (text: string) => T | undefined;
}

export type Flag = Switch | Setting;

/** Keys are the names the public functions use: `maxRejects` for --max-rejects. */
export type Flags = { readonly [key: string]: Flag };

/** What was typed. A flag that was not given is absent, so that the defaults of the public functions hold. */
export type Values<F extends Flags> = {
  readonly [K in keyof F]?: F[K] extends Setting<infer T> ? T : true;
};

export interface Operand {
  readonly name: string;
  readonly help: string;
  readonly count: 'one' | 'one or more' | 'none or one';
  readonly completes: 'files' | readonly string[];
  /** "-" stands for stdin. */
  readonly stdin?: true;
}

export interface Command<F extends Flags = Flags> {
  readonly name: string;
  /** One line, after the name: "bowerbird extract: ...". */
  readonly summary: string;
  readonly operand: Operand;
  readonly flags: F;
  /** First what is typed, then what it is for. */
  readonly examples: readonly (readonly [string, string])[];
  /** Paragraphs below the options in the long help. */
  readonly notes: readonly string[];
}

type Words = Omit<Switch, 'kind' | 'name'>;
type SettingWords = Pick<Setting, 'placeholder' | 'help'> & Partial<Omit<Setting, 'kind' | 'name' | 'parse'>>;

/** A switch of the API is on or absent: a command line has no way to say "off" that could be forgotten. */
export function toggle(name: string, words: Words): Switch {
  return { kind: 'switch', name, ...words };
}

export function wholeNumber(name: string, least: number, words: SettingWords): Setting<number> {
  return {
    kind: 'setting',
    name,
    expected: `a whole number, ${least} or more`,
    ...words,
    parse: (text) => readWhole(text, least),
  };
}

export function readWhole(text: string, least: number): number | undefined {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(value) && value >= least ? value : undefined;
}

export function positiveNumber(name: string, words: SettingWords): Setting<number> {
  return {
    kind: 'setting',
    name,
    expected: 'a number above 0',
    ...words,
    parse: (text) => {
      const value = readSeconds(text);
      return value !== undefined && value > 0 ? value : undefined;
    },
  };
}

/** A number from 0 on, with a fraction or an exponent if need be. */
export function readSeconds(text: string): number | undefined {
  const value = /^(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

const units: { readonly [suffix: string]: number } = { '': 1, K: 1e3, M: 1e6, G: 1e9, T: 1e12 };

/** Bytes, as "16G". */
export function byteCount(name: string, words: SettingWords): Setting<number> {
  return {
    kind: 'setting',
    name,
    expected: 'a number of bytes, such as 500M or 16G',
    ...words,
    parse(text) {
      const [, digits, suffix = ''] = /^(\d+(?:\.\d+)?)([KMGT]?)B?$/i.exec(text) ?? [];
      const bytes = Math.floor(Number(digits) * units[suffix.toUpperCase()]!);
      return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
    },
  };
}

/** The choices are the placeholder unless there is a better one. */
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

export function words(name: string, given: SettingWords): Setting<string> {
  return {
    kind: 'setting',
    name,
    expected: given.placeholder,
    ...given,
    parse: (text) => (text === '' ? undefined : text),
  };
}
