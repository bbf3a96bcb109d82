/** Settings of the storages: the environment, and behind it a `.env` file in the working directory. */

import { AsyncLocalStorage } from 'node:async_hooks';
import { channel } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { systemError } from '../errors.ts';

/** Undefined when it is not set, or set to nothing. */
export type Env = (name: string) => string | undefined;

export type EnvValues = { readonly [name: string]: string | undefined };

/** Told of a variable whose value was taken from the file at `path`, each time. */
export type OnDotEnv = (name: string, path: string) => void;

/** Who runs a command wants to know what a file that nobody named decides about; the command line listens. */
const taken = channel('bowerbird:dot-env');
const publish: OnDotEnv = (name, path) => taken.publish({ name, path });

/** What a run was given as options stands in the place of variables: for its own work alone, whatever else goes on in the process. */
const given = new AsyncLocalStorage<EnvValues>();

/** Does `work`, and all that follows from it, with these before what the environment has. */
export function withVariables<T>(values: EnvValues | null, work: () => T): T {
  return values === null ? work() : given.run(values, work);
}

/** What tells clients apart that were opened with other values; '' where none are given. Holds secrets. */
export function givenKey(): string {
  const values = given.getStore();
  return values === undefined ? '' : JSON.stringify(values);
}

const files = new Map<string, EnvValues>();

/** What was given wins over what is really set, and that over the file. The file is read once a folder, and process.env is left as it is. */
export function environment(real: EnvValues = process.env, folder = process.cwd(), onDotEnv: OnDotEnv = publish): Env {
  const options = given.getStore();
  return (name) => {
    if (options?.[name]) return options[name];
    if (real[name]) return real[name];
    const value = dotEnv(folder)[name];
    if (!value) return undefined;
    onDotEnv(name, dotEnvPath(folder));
    return value;
  };
}

function dotEnvPath(folder: string): string {
  return join(folder, '.env');
}

function dotEnv(folder: string): EnvValues {
  let values = files.get(folder);
  if (values === undefined) {
    values = readDotEnv(dotEnvPath(folder));
    files.set(folder, values);
  }
  return values;
}

function readDotEnv(path: string): EnvValues {
  try {
    // What editors of Windows put in front is no part of the first name.
    return parseEnv(readFileSync(path, 'utf8').replace(/^\ufeff/, ''));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'EISDIR') return {};
    throw systemError('read', path, error);
  }
}

/** The first that is set. */
export function firstOf(env: Env, ...names: readonly string[]): string | undefined {
  for (const name of names) {
    const value = env(name);
    if (value !== undefined) return value;
  }
  return undefined;
}
