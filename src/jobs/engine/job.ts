/**
 * The contract of a job: what whoever adds one has to write, on one page. A job is a constant with three steps:
 *
 *   plan(options)    looks at the inputs and says which units of work there are, what each will make, and what else was found
 *   run(unit)        does one of them, in a module of its own that threads, or other machines, load (RunUnit)
 *   finish(receipts) writes the summary, when every unit of the plan is done
 *
 * The rest is the engine's (course.ts): it locks the output folder, refuses files of others, skips what earlier runs have done, hands
 * units to a runner, keeps the journal, joins rejects, removes leftovers, and delivers to object stores. What a job has to keep in return:
 *
 * - Options, units, findings and receipts are plain JSON. Steps know nothing but what they are given: they may be processes apart.
 * - The same options over the same inputs give the same units, and these the same bytes.
 * - A unit may be done again, also after it was killed in the middle: withOutputs() (outputs.ts) opens, names and clears its files.
 * - A unit adds to the shared counters and looks at the stop flag as it goes on (src/counters.ts).
 *
 * What is optional is grouped by what it is about; a job without a group gets what the group says.
 */

import type { Stop } from '../../bytes.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { JsonObject } from './journal.ts';
import type { Output } from './output.ts';
import type { Progress, Receipt, Unit, UnitContext } from './types.ts';

/** What the options of every job hold. */
export interface JobOptions {
  /** A path or a URI. */
  readonly outDir: string;
  readonly durable: boolean;
  readonly maxRejects?: number | undefined;
}

/** A kind of work: of options `O`, in units `U` that give receipts `R`; `F` is what its plan finds out besides. */
export interface Job<O extends JobOptions, U extends Unit, R extends Receipt, F = undefined> {
  readonly name: string;
  /** URL of the module that exports `run`, a RunUnit<U, what unitOptions() gives, R>. */
  readonly module: string;
  /**
   * The files that `finish` writes, by their names without a scope (scope.ts): the manifest, then others, which it may leave out. They are
   * there only while the output is complete, and are no inputs of other runs (isSummary in src/storage/inputs.ts).
   */
  readonly summaries: readonly [manifest: string, ...others: string[]];
  plan(options: O, planning: Planning): Promise<Plan<U, F>>;
  /** The options on which the bytes of every output depend: outputs of others do not mix with these. */
  identity(options: O): JsonObject;
  /** What a unit needs of the options; sent with each. */
  unitOptions(options: O): JsonObject;
  /** Gets the receipts of all units in plan order, and what the plan of this run found. `outDir` is a local folder. */
  finish(options: O, receipts: readonly R[], findings: F): Promise<void>;
  /**
   * What makes a unit done elsewhere, such as a commit: gets each when it has ended, one at a time and in the process of the run, before its
   * receipt is noted. Absent: a unit is done when it ends.
   */
  seal?(options: O, unit: U, receipt: R, place: SealPlace): Promise<R>;
  /** Only the unit finds out in how many files an output comes (part-names.ts, withParts() in outputs.ts), also in none. Absent: in one. */
  readonly hasParts?: true;
  /** For outputs that share a folder with other files. Absent: the folder is this job's. */
  readonly sharing?: Sharing<O>;
  /** What becomes of receipts under other policies. Absent: they all stand. */
  readonly policy?: Policy<O, R>;
  /** How much the units are to a runner. Absent: each keeps a thread busy, and together they are worth some. */
  readonly lightness?: Lightness<O, U>;
}

export interface SealPlace {
  /** Local, where the outputs are. */
  readonly outDir: string;
  readonly stop: Stop;
}

/** Runs of different scopes know nothing of each other, and only files known by name are ever cleaned up. */
export interface Sharing<O> {
  /** How the names of all that it makes begin, '' for none. */
  scope(options: O): string;
  /**
   * Whether an output that an earlier plan made, and this one lacks, is a part of the whole that this one makes: then it must not stay among
   * its parts. Absent: none is.
   */
  isOfSet?(options: O, output: string): boolean;
}

/** Options that are no part of the identity, such as --on-error: a run that failed under one goes on under another. */
export interface Policy<O, R extends Receipt> {
  /** Whether an earlier receipt, good in all else, may stand under these options. */
  accepts(receipt: R, options: O): boolean;
  /** Whether an input is what it was when its unit was done. Absent: when name, size and version are the same. */
  isSameInput?(planned: InputStamp, made: InputStamp): boolean;
  /** Whether the outputs of a receipt were moved elsewhere when they were done, and so are not looked for. Absent: they never are. */
  isAway?(receipt: R): boolean;
}

export interface Lightness<O, U extends Unit> {
  /** Whether these units, should they write to a local folder, cost less than the start of threads. Absent: no. */
  isLight?(options: O, units: readonly U[]): boolean;
  /** HowToRun.unitsAtOnce. */
  unitsAtOnce?(options: O): number;
}

/** What a plan may use when names and sizes do not tell enough. */
export interface Planning {
  readonly runUnits: RunUnits;
  /** Where an earlier run may have kept `Plan.memory`. */
  readonly output: Pick<Output, 'stateDir' | 'files'>;
  readonly onProgress?: ((progress: Progress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface Plan<U extends Unit, F = undefined> {
  readonly units: readonly U[];
  /** For `finish`, and for whoever reports (JobResult): nobody has to look for it again. */
  readonly findings: F;
  /** Things about the plan that a user should know, a sentence each. */
  readonly notices: readonly string[];
  /** What the plan took long to find out: kept in the state folder, for the plan of the next run. */
  readonly memory?: StateFile;
  /** What units look up, in the state folder of the local folder in which they write: every run makes it anew. */
  readonly table?: StateFile;
}

export interface StateFile {
  readonly name: string;
  readonly lines: Iterable<string | Uint8Array>;
}

/** What the module of a unit exports as `run`. */
export type RunUnit<U, O, R> = (unit: U, options: O, context: UnitContext) => Promise<R>;

export type Outcome<U, R> = { readonly unit: U; readonly receipt: R } | { readonly unit: U; readonly error: Error };

/**
 * A runner, all that it has to be: does units in any order, wherever it likes, and yields each when it has ended, well or not. `R` is what the
 * module says. The shared flag makes it end early, but never torn: units that wait are refused. Where `context.upload` is set, what a unit
 * made is delivered (delivery.ts) before it is yielded. `how` is advice.
 */
export type RunUnits = <U extends { readonly id: string; readonly input: InputStamp }, R>(
  module: string,
  units: readonly U[],
  options: unknown,
  context: UnitContext,
  how?: HowToRun,
) => AsyncIterable<Outcome<U, R>>;

/**
 * What all of it is beside the start of threads. "long": much more. "short", some tenths of a second: not so much; the calling thread does units
 * too, and threads stay for the next call. "light": less; the calling thread does one unit after another.
 */
export type WorkLength = 'long' | 'short' | 'light';

export interface HowToRun {
  /** Default "long". */
  readonly work?: WorkLength;
  /** How many units a thread has in hand at once, where they wait for a network: one goes on while another begins or ends. Default 1. */
  readonly unitsAtOnce?: number;
}
