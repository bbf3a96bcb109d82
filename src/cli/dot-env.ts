/** Which variables of `.env` decide about a run: told, since nobody named that file. Names alone: values may be secrets. */

import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { printable } from './format.ts';

/** Where storages tell of it (src/storage/env.ts). */
const channel = 'bowerbird:dot-env';

export interface DotEnvNotices {
  took(name: string, path: string): void;
  /** Tells what was not told yet. */
  tell(): void;
  end(): void;
}

/** Each variable is told once. Those that are taken at one time stand in one notice. */
export function dotEnvNotices(notice: (text: string) => void): DotEnvNotices {
  const told = new Set<string>();
  const waiting = new Map<string, string[]>();
  const tell = () => {
    for (const [path, names] of waiting) notice(`using ${names.join(', ')} of ${printable(path)}`);
    waiting.clear();
  };
  const took = (name: string, path: string) => {
    const key = `${name}\0${path}`;
    if (told.has(key)) return;
    told.add(key);
    if (waiting.size === 0) setImmediate(tell);
    waiting.set(path, [...(waiting.get(path) ?? []), name]);
  };
  const hear = (message: unknown) => {
    const { name, path } = message as { readonly name: string; readonly path: string };
    took(name, path);
  };
  subscribe(channel, hear);
  return { took, tell, end: () => void unsubscribe(channel, hear) };
}
