/** Lists that come page by page, from servers that may be wrong: what says where the next page begins has to move on. */

import { BowerbirdError } from '../errors.ts';
import type { Task } from './client.ts';

/** Pages without a name in a row: servers give such where much was deleted, but not for ever. */
const mostEmpty = 1000;

/** Throws when a list goes in a circle, or brings nothing page after page. */
export class ListingGuard {
  readonly #task: Task;
  readonly #tokens = new Set<string>();
  #empty = 0;

  constructor(task: Task) {
    this.#task = task;
  }

  /** `token`: where the next page begins, undefined after the last. */
  next(token: string | undefined, listed: number): void {
    if (token === undefined) return;
    this.#empty = listed === 0 ? this.#empty + 1 : 0;
    if (this.#tokens.has(token)) throw badAnswer(this.#task, 'the list leads back to a page that was read before');
    if (this.#empty >= mostEmpty) throw badAnswer(this.#task, `${mostEmpty} pages of the list in a row are empty`);
    this.#tokens.add(token);
  }
}

/** Reads an answer. What it does not hold as it should is the server's fault, not ours. */
export function understood<T>(task: Task, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof BowerbirdError) throw error;
    throw badAnswer(task, (error as Error).message);
  }
}

export function badAnswer({ doing, uri }: Task, what: string): BowerbirdError {
  const message = `Cannot ${doing} "${uri}": the server's answer is not as its protocol has it (${what}); check the endpoint`;
  return new BowerbirdError('IO', message, { source: uri });
}

/** A number of bytes, as headers, XML and JSON say it. */
export function sizeOf(said: unknown): number {
  const size = typeof said === 'string' && /^\d+$/.test(said) ? Number(said) : said;
  if (typeof size === 'number' && Number.isSafeInteger(size) && size >= 0) return size;
  throw new Error(`expected a number of bytes, found ${JSON.stringify(said) ?? 'none'}`);
}

export function textIn(said: unknown, what: string): string {
  if (typeof said === 'string') return said;
  throw new Error(`expected ${what}, found ${JSON.stringify(said)?.slice(0, 100) ?? 'none'}`);
}

export function listIn(said: unknown): readonly unknown[] {
  if (Array.isArray(said)) return said;
  throw new Error(`expected a list, found ${JSON.stringify(said)?.slice(0, 100) ?? 'none'}`);
}

export function objectIn(json: unknown): { readonly [name: string]: unknown } {
  if (typeof json === 'object' && json !== null) return json as { readonly [name: string]: unknown };
  throw new Error('expected a JSON object');
}
