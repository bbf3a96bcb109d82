/** The one error class, and the list of its codes. Everything that reaches a user as a failure is one of these. */

import { bareCause, holdsSecrets, shown, withoutSecrets } from './secrets.ts';

/** Stable: scripts may switch on them. The list in docs/errors.md is made from this one. */
export const errorCodes = {
  CORRUPT_RECORD: 'A checksum does not match: the bytes of a record were changed after it was written',
  CORRUPT: 'A recording is damaged: a checksum differs, or its bytes cannot be decoded',
  TRUNCATED: 'A file ends in the middle of a record or a stream',
  BAD_SCHEMA: 'An intact record does not hold what the job needs (feature, dtype, shape)',
  NAME_MISMATCH: 'A file name inside a record has not the form that was asked for',
  NOT_FOUND: 'An input does not exist, or a pattern matches nothing',
  UNSUPPORTED: 'A format or a variant of it that this version does not read',
  IO: 'The operating system or a storage failed to read or write (disk full, permission, device, network)',
  ACCESS: 'A storage asks for credentials, or does not allow this with those it was given',
  USAGE: 'An option or argument cannot be used',
  LOCKED: 'Another run is working on the same output',
  EXISTS: 'The output holds something that this run did not make and will not overwrite',
  TOO_MANY_REJECTS: 'More records were rejected than the run allows',
  INTERRUPTED: 'The run was stopped; its state is kept and the same command goes on',
  NATIVE: 'The compiled addon cannot be loaded',
} as const;

export type ErrorCode = keyof typeof errorCodes;

/**
 * Where a failure is. `record` counts records (in FLAC its frames) from 0; `offset` is a byte offset in the (uncompressed) stream; `seconds`
 * is the time in a recording.
 */
export interface ErrorPlace {
  readonly source?: string | undefined;
  readonly record?: number | undefined;
  readonly offset?: number | undefined;
  readonly seconds?: number | undefined;
}

export class BowerbirdError extends Error {
  override readonly name = 'BowerbirdError';
  readonly code: ErrorCode;
  // Declared only: a field of its own, without a value, would be shown as undefined wherever an error is printed.
  declare readonly source?: string;
  declare readonly record?: number;
  declare readonly offset?: number;
  declare readonly seconds?: number;

  constructor(code: ErrorCode, message: string, place: ErrorPlace = {}, options?: ErrorOptions) {
    super(withoutSecrets(message), options);
    this.code = code;
    if (place.source !== undefined) this.source = shown(place.source);
    if (place.record !== undefined) this.record = place.record;
    if (place.offset !== undefined) this.offset = place.offset;
    if (place.seconds !== undefined) this.seconds = place.seconds;
  }

  /** What `--json` prints and what crosses from a worker thread. */
  toJSON(): SerializedError {
    return {
      code: this.code,
      message: this.message,
      ...(this.source === undefined ? {} : { source: this.source }),
      ...(this.record === undefined ? {} : { record: this.record }),
      ...(this.offset === undefined ? {} : { offset: this.offset }),
      ...(this.seconds === undefined ? {} : { seconds: this.seconds }),
    };
  }

  static fromJSON(e: SerializedError): BowerbirdError {
    return new BowerbirdError(e.code, e.message, e);
  }
}

/** By which messages end: kept apart, since a list of what happened has no use for them. */
const remedies = new WeakMap<BowerbirdError, string>();

/** An error whose message ends with what can be done about it, which `reasonOf()` leaves out. `remedy`: '; option "x" does it'. */
export function remedied(code: ErrorCode, message: string, remedy: string, place?: ErrorPlace): BowerbirdError {
  const error = new BowerbirdError(code, `${message}${remedy}`, place);
  remedies.set(error, remedy);
  return error;
}

/** What happened, for whoever finds it in a file later. */
export function reasonOf(error: BowerbirdError): string {
  const remedy = remedies.get(error) ?? '';
  return remedy !== '' && error.message.endsWith(remedy) ? error.message.slice(0, -remedy.length) : error.message;
}

/**
 * How messages name an option to somebody who could use it. A command line says its flag instead (src/cli/in-flags.ts): `option "onError" as
 * "skip"` is --on-error skip there.
 */
export function named(option: string, value?: string): string {
  return value === undefined ? `option "${option}"` : `option "${option}" as "${value}"`;
}

export interface SerializedError extends ErrorPlace {
  readonly code: ErrorCode;
  readonly message: string;
}

/** All others are about the machine, the network or the caller, and no verdict on a file. */
const verdicts: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'CORRUPT_RECORD',
  'CORRUPT',
  'TRUNCATED',
  'BAD_SCHEMA',
  'NAME_MISMATCH',
  'UNSUPPORTED',
]);

/** Whether it says what a file holds; else it says that nobody could look. */
export function isVerdict(error: unknown): error is BowerbirdError {
  return error instanceof BowerbirdError && verdicts.has(error.code);
}

const missing: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR']);
/** NOT_FOUND speaks of inputs: where an output cannot be made, nothing was looked for. */
const makes = /^(create|make|write|rename|remove|flush|lock)\b/;

/** Wraps what the operating system says (`ENOSPC`, `EACCES`, ...) in a sentence that names the file and what was tried. */
export function systemError(doing: string, source: string, cause: unknown): BowerbirdError {
  if (cause instanceof BowerbirdError) return cause;
  const system = cause as NodeJS.ErrnoException;
  const code = missing.has(system.code) && !makes.test(doing) ? 'NOT_FOUND' : 'IO';
  const told = holdsSecrets(source) ? bareCause(cause) : cause;
  const message = `Cannot ${doing} "${source}": ${describe(system)}${hintOf(system.code)}`;
  return new BowerbirdError(code, message, { source }, { cause: told });
}

/**
 * What the system refused to someone who did not expect it: Node, when it loads a module, starts a thread or takes memory. Undefined for any
 * other error. `doing`: "finish".
 */
export function unforeseen(error: unknown, doing?: string, source?: string): BowerbirdError | undefined {
  if (error instanceof BowerbirdError) return error;
  if (!(error instanceof Error)) return undefined;
  const { code = '', path } = error as NodeJS.ErrnoException;
  const at = source ?? path;
  const what = `Cannot ${doing ?? (path === undefined ? 'go on' : 'use')}${at === undefined ? '' : ` "${at}"`}: `;
  const made = (text: string, hint: string) =>
    new BowerbirdError('IO', `${what}${text}${hint}`, at === undefined ? {} : { source: at }, { cause: error });
  if (errno.test(code) && !ourFault.has(code)) return made(describe(error), hintOf(code));
  const refused = /\b(E[A-Z0-9]+)$/.exec(error.message)?.[1];
  if (code === 'ERR_WORKER_INIT_FAILED' && refused !== undefined) {
    return made(`the system does not let us start a thread (${refused})`, threadHints[refused] ?? hintOf(refused));
  }
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return made('a thread ran out of memory', `; ${fewerThreads}`);
  if (tellsOfHandles(error)) {
    const cause = Object.assign(new Error(error.message), { code: 'EMFILE' });
    const text = `${error.message.replace(/\.$/, '')}${hintOf('EMFILE')}`;
    return new BowerbirdError('IO', `${what}${text}`, at === undefined ? {} : { source: at }, { cause });
  }
  if (error instanceof RangeError && /^Array buffer allocation failed/.test(error.message)) {
    return made('the system gives us no more memory', hintOf('ENOMEM'));
  }
  return undefined;
}

/** The loaders of modules, Node's and the system's, say it in words alone. */
export function tellsOfHandles({ message }: Error): boolean {
  return /\btoo many open files\b/i.test(message);
}

/** Whether the trouble is the machine's, at this moment, and says nothing about the file. */
export function isShortage({ cause }: BowerbirdError): boolean {
  return shortages.has((cause as NodeJS.ErrnoException | undefined)?.code);
}

/** Whether the system refused a thread, or took one away: fewer may do what so many could not. */
export function isThreadTrouble(error: unknown): boolean {
  if (!(error instanceof BowerbirdError)) return false;
  const { code } = (error.cause ?? {}) as NodeJS.ErrnoException;
  return code === 'ERR_WORKER_INIT_FAILED' || code === 'ERR_WORKER_OUT_OF_MEMORY';
}

/** Descriptors and addresses are ours to keep right. */
const ourFault: ReadonlySet<string> = new Set(['EBADF', 'EFAULT']);
/** Node's own codes begin with ERR_. */
const errno = /^E[A-Z0-9]+$/;
const shortages: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'ENOBUFS']);

function hintOf(code: string | undefined): string {
  return hints[code ?? ''] ?? '';
}

const fewerThreads = `use fewer threads (${named('workers')})`;
const hints: Partial<Record<string, string>> = {
  ENOSPC: '; free some space and run the same command again, it goes on where it stopped',
  EDQUOT: '; free some quota and run the same command again, it goes on where it stopped',
  EACCES: '; check the permissions',
  EPERM: '; check the permissions, and whether the file system allows it',
  EROFS: '; the file system is read-only',
  EMFILE: `; raise the limit of open files (ulimit -n), or ${fewerThreads}`,
  ENFILE:
    '; all programs together have too many files open: close some, or raise the limit of the system (fs.file-max)',
  ENOMEM: `; free some memory, raise the limit (ulimit -v), or ${fewerThreads}`,
  EAGAIN: `; the system is short of threads or memory: raise the limit (ulimit -u), or ${fewerThreads}`,
  ENOTDIR: '; a part of the path is a file, where a folder should be',
  ELOOP: '; links on the way lead in a circle',
  ENAMETOOLONG: '; most file systems take names of up to 255 bytes, and paths of up to 4095: choose a shorter one',
  EFBIG: '; the file system, or a limit (ulimit -f), takes no file of that size',
  ESTALE:
    '; the file was replaced or became shorter while it was read: run the same command again when nothing writes to it',
  EIO: '; the disk or its connection fails: look into the system log',
  EXDEV: '; both names must be on one file system',
  ETXTBSY: '; a program is running from it',
  EBUSY: '; something else uses it',
};
const threadHints: Partial<Record<string, string>> = {
  EAGAIN: `; raise the limit of threads (ulimit -u, or that of the container), or ${fewerThreads}`,
};

function describe(error: NodeJS.ErrnoException): string {
  // Node's own text reads "ENOSPC: no space left on device, write"; keep the part that speaks.
  const text = error.message ?? String(error);
  return text.replace(/, \w+( '.*')?( -> '.*')?$/s, '');
}
