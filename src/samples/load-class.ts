/** Loads a class from a user's module, in the thread that needs it, and makes an object of it. */

import { createHash } from 'node:crypto';
import { readFile, realpath } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { extname, isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { BowerbirdError, systemError } from '../errors.ts';
import { isObject, isRecord, isText, show, usage } from '../options.ts';
import type { ModuleClass } from './module-class.ts';

export type PlainOptions = { readonly [name: string]: unknown };

/** A {@link ModuleClass} whose parts were looked at. */
export interface AskedClass {
  readonly href: string;
  readonly path: string;
  readonly exported: string;
  readonly options: PlainOptions;
  /** In messages: "processor". */
  readonly what: string;
}

/** @throws BowerbirdError USAGE */
export function readModuleClass(spec: ModuleClass, what: string): AskedClass {
  const { module, export: exported = 'default', options } = spec;
  if (!isText(exported)) {
    throw usage(`Cannot use ${show(exported)} for the export of a ${what}: expected the name of one`);
  }
  return { ...moduleAt(module, what), exported, options: plainOptions(options, what), what };
}

/** Threads, journals and identities hold JSON: what would change on the way is refused. */
export function plainOptions(options: unknown, what: string): PlainOptions {
  if (options === undefined) return {};
  if (isRecord(options) && isPlain(options)) return options as PlainOptions;
  throw usage(
    `Cannot use the options of a ${what}: expected an object of text, finite numbers, true, false, null, lists and objects`,
  );
}

function isPlain(value: unknown, depth = 0): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (depth > 100 || typeof value !== 'object') return false;
  if (Array.isArray(value)) return value.every((item) => isPlain(item, depth + 1));
  return isRecord(value) && Object.values(value).every((item) => isPlain(item, depth + 1));
}

const endings = ['.js', '.mjs', '.cjs', '.ts', '.mts', '.cts'];

function moduleAt(module: unknown, what: string): { readonly href: string; readonly path: string } {
  const text = isObject(module) ? (module as { readonly href?: unknown }).href : module;
  const fail = (expected: string) => usage(`Cannot use ${show(text)} as the module of a ${what}: expected ${expected}`);
  if (!isText(text)) throw fail('an absolute path or a file: URL');
  let path = text;
  if (/^file:\/\//i.test(text)) {
    try {
      path = fileURLToPath(text);
    } catch {
      throw fail('file:///PATH');
    }
  } else if (!isAbsolute(text)) throw fail('an absolute path or a file: URL, such as import.meta.url');
  if (!endings.includes(extname(path))) throw fail(`a name that ends in ${endings.join(', ')}`);
  return { href: pathToFileURL(path).href, path };
}

/** Of the module's file. What it imports is not looked at. */
export async function moduleSha256({ path, what }: AskedClass): Promise<string> {
  const bytes = await readFile(path).catch((cause) => Promise.reject(systemError(`load the ${what}`, path, cause)));
  return createHash('sha256').update(bytes).digest('hex');
}

/** Under which content a module was loaded first in this thread. */
const contents = new Map<string, string>();

/** Node keeps what it has loaded: a file that was changed since is asked for by another name. */
async function importAsIs(asked: AskedClass): Promise<PlainOptions> {
  const content = await moduleSha256(asked);
  const first = contents.get(asked.href) ?? content;
  contents.set(asked.href, first);
  if (first === content) return import(asked.href);
  // CommonJS is kept by its file, whatever the name was.
  delete createRequire(import.meta.url).cache[await realpath(asked.path)];
  return import(`${asked.href}?sha256=${content}`);
}

/**
 * Whatever has the method is taken, by no instanceof: users bundle, and then there are two classes of one name.
 *
 * @param method its name, and what it is given, for messages: `process(sample, { sampleRate })`
 * @throws BowerbirdError USAGE: no such export, no class with that method, or the module or the constructor throws; NOT_FOUND: no such file
 */
export async function instanceOf(
  asked: AskedClass,
  method: string,
): Promise<{ readonly made: object; readonly name: string }> {
  const Class = await classOf(asked);
  let made: object;
  try {
    made = Reflect.construct(Class, [asked.options]);
  } catch (cause) {
    const state = isConstructor(Class) ? `its constructor threw ${said(cause)}` : `"${asked.exported}" is no class`;
    throw unusable(asked, state, cause);
  }
  const name = method.slice(0, method.indexOf('('));
  if (typeof Reflect.get(made, name) !== 'function') {
    throw unusable(asked, `"${asked.exported}" is no class with a method ${method}`);
  }
  return { made, name: Class.name || asked.exported };
}

/** Without calling it. */
function isConstructor(value: object): boolean {
  try {
    Reflect.construct(Object, [], value as new () => unknown);
    return true;
  } catch {
    return false;
  }
}

type Class = (new (options: PlainOptions) => object) & { readonly name: string };

/** Whether it can be constructed is seen when it is. */
function isCallable(value: unknown): value is Class {
  return typeof value === 'function';
}

async function classOf(asked: AskedClass): Promise<Class> {
  let exports: PlainOptions;
  try {
    exports = await importAsIs(asked);
  } catch (cause) {
    const state =
      (cause as NodeJS.ErrnoException).code === 'ERR_UNKNOWN_FILE_EXTENSION'
        ? `Node ${process.versions.node} does not load TypeScript; compile it to JavaScript, or run Node 22.18 or newer`
        : `it does not load: ${said(cause)}`;
    throw unusable(asked, state, cause);
  }
  // Of a CommonJS module, Node tells only those exports that it finds without running it.
  const whole = exports['default'];
  const all: PlainOptions = isRecord(whole) ? { ...(whole as PlainOptions), ...exports } : exports;
  const found = all[asked.exported];
  if (isCallable(found)) return found;
  const names = Object.keys(all)
    .filter((name) => !/^(__esModule|module\.exports)$/.test(name))
    .sort();
  const state =
    found === undefined
      ? `it exports ${names.join(', ') || 'nothing'}, and no "${asked.exported}"`
      : `"${asked.exported}" is ${show(found)}, expected a class`;
  throw unusable(asked, state);
}

/** Errors of ours say enough. */
export function unusable({ path, what }: AskedClass, state: string, cause?: unknown): BowerbirdError {
  if (cause instanceof BowerbirdError) return cause;
  const options = cause === undefined ? undefined : { cause };
  return new BowerbirdError('USAGE', `Cannot use the ${what} of "${path}": ${state}`, { source: path }, options);
}

/** The first line of what was thrown. */
export function said(cause: unknown): string {
  const text = cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
  return text.split('\n')[0]!;
}
