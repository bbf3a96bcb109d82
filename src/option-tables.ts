/**
 * An option is told once: its entry in the table of its job (jobs/<job>/options.ts) says how it is read, what it decides about, and how it is
 * called and explained on a command line. Flags, help and completions, the tables of the README, the identity in a journal and the options in
 * a manifest are made of these entries; the interface that users see is compared with them by the compiler.
 */

import { type Check, type Options, readOptions, type Shape } from './options.ts';

/**
 * `bytes`: what outputs hold. It is part of the identity of a run, so that outputs of other choices do not mix with these.
 * `policy`: which inputs are used and what else a run has to give. A manifest tells it; whether outputs of another policy may stand is for
 * the job to say (`accepts`).
 * `place`: where inputs are and where outputs go.
 * `course`: how a run goes. Its outputs are the same bytes.
 */
export type Decides = 'bytes' | 'policy' | 'place' | 'course';

/** How an option is called and explained on a command line. */
export interface FlagWords {
  /** Absent: the option's name, with a dash before what was a capital. */
  readonly name?: string;
  /** One letter, for those that are typed daily. */
  readonly short?: string;
  /** Of the value. Absent: its choices, or nothing for a switch. */
  readonly placeholder?: string;
  /** One line: what it does. */
  readonly help: string;
  /** What else one should know; shown by --help, not by -h. */
  readonly more?: string;
  /** The default in words, where the value itself does not say it. */
  readonly byDefault?: string;
  /** Values that a shell completes, where `choices` of the check are not them. */
  readonly choices?: readonly string[];
  readonly completes?: 'files' | 'folders';
  /** "-" stands for stdout. */
  readonly stdout?: true;
  /** A variable of the environment that may give it instead. */
  readonly variable?: string;
  /** What other tools call it; typing that suggests this flag. */
  readonly alsoKnownAs?: readonly string[];
  /** May be given several times: a list of what was typed. */
  readonly repeats?: true;
  /** Completes "Expected ... for --name but received ...", where a command line takes something else than code does. */
  readonly expected?: string;
  /** The same for what is typed. */
  readonly fromText?: (text: string) => unknown;
  /** What may have been meant by text that is not taken; follows the message. */
  readonly hint?: (text: string) => string | undefined;
}

export type Option<T = unknown> = Check<T> & {
  /** For who gives none: `Reader`. */
  readonly fallback?: unknown;
  /** Absent for what is an operand on a command line, or no part of it. */
  readonly flag?: FlagWords;
} & (
    | {
        readonly decides: 'bytes';
        /** The name under which journal and manifest tell it, where several options make one choice. Absent: its own. */
        readonly toldAs?: string;
      }
    | { readonly decides: Exclude<Decides, 'bytes'> }
  );

export type OptionTable = { readonly [name: string]: Option };

/** The names under which the options of these kinds are told. */
export type ToldName<T extends OptionTable, D extends Decides> = {
  [K in keyof T & string]: T[K] extends { readonly decides: D }
    ? T[K] extends { readonly toldAs: infer N extends string }
      ? N
      : K
    : never;
}[keyof T & string];

/**
 * A value for each: who adds an option that decides about bytes and forgets it here is told by the compiler. Never undefined, which JSON does
 * not keep: read again, a journal would be another's.
 */
type Told<T extends OptionTable, D extends Decides> = { readonly [N in ToldName<T, D>]: NonNullable<unknown> | null };

/** Names in the order in which journals and manifests have them; the others follow in the order of the table. */
type Order<T extends OptionTable> = readonly ToldName<T, 'bytes' | 'policy'>[];

/** The choices on which the bytes of every output depend, and nothing else. */
export function identityOf<T extends OptionTable>(table: T, values: Told<T, 'bytes'>, order: Order<T> = []) {
  return told(table, values, order, ['bytes']);
}

/** The choices that a manifest tells. */
export function manifestOptions<T extends OptionTable>(
  table: T,
  values: Told<T, 'bytes' | 'policy'>,
  order: Order<T> = [],
) {
  return told(table, values, order, ['bytes', 'policy']);
}

function told(
  table: OptionTable,
  values: { readonly [name: string]: unknown },
  order: readonly string[],
  kinds: readonly Decides[],
): { readonly [name: string]: unknown } {
  const names = Object.entries(table)
    .filter(([, option]) => kinds.includes(option.decides))
    .map(([name, option]) => ('toldAs' in option && option.toldAs !== undefined ? option.toldAs : name));
  const first = order.filter((name) => names.includes(name));
  return Object.fromEntries([...new Set([...first, ...names])].map((name) => [name, values[name]]));
}

/** What users may write, as the shape reads it. */
type Given<S extends Shape> = Flat<
  {
    readonly [K in keyof S as S[K] extends { readonly isRequired: true } ? K : never]: ValueOf<S[K]>;
  } & {
    readonly [K in keyof S as S[K] extends { readonly isRequired: true } ? never : K]?: ValueOf<S[K]>;
  }
>;
type ValueOf<C> = C extends Check<infer T> ? T : never;
type Flat<T> = { [K in keyof T]: T[K] };

type Same<A, B> = (<X>() => X extends A ? 1 : 2) extends <X>() => X extends B ? 1 : 2 ? true : false;

/** The names that only one of two interfaces has, or has with another type. */
type Differing<A, B> = {
  [K in keyof A | keyof B]-?: Same<Pick<A, K & keyof A>, Pick<B, K & keyof B>> extends true ? never : K;
}[keyof A | keyof B];

/**
 * readOptions() for an interface that users see, which stands written out for the sake of its comments: does not compile unless the interface
 * and what is read agree, name by name and type by type.
 */
export function readPublic<G extends object, S extends Shape>(
  given: G,
  shape: S &
    ([Differing<G, Given<S>>] extends [never]
      ? unknown
      : { readonly 'interface and table differ in': Differing<G, Given<S>> }),
  caller: string,
): Options<S> {
  return readOptions<S>(given, shape, caller);
}
