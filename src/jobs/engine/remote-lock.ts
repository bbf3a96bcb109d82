/**
 * Who may write into an output folder of an object store, with the rules of lock.ts. A lock is an object that is made under the condition that it
 * is not there, and changed every few seconds while its holder lives: one that does not change for a while belongs to nobody, and is taken
 * over under the condition that it still has not changed. No clocks are compared. A whole run and a part each make their own object first and
 * look for the other's afterwards, so that of two at the same moment at most one goes on.
 */

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import type { Storage } from '../../storage/storage.ts';
import { baseOf, joinUri } from '../../storage/uri.ts';
import { type LockPlace, type LockText, locked, type OutputLock, type Part } from './lock.ts';

export interface Pulse {
  /** From one sign of life to the next. */
  readonly beatMs: number;
  /** Without a sign for so long a holder is dead. */
  readonly deathMs: number;
  readonly lookMs: number;
}

const usualPulse: Pulse = { beatMs: 5_000, deathMs: 25_000, lookMs: 1_000 };

interface Held {
  release(): Promise<void>;
}

interface Found {
  readonly version: string;
  readonly text: LockText | undefined;
}

export class RemoteLocks {
  readonly #storage: Storage;
  readonly #place: LockPlace;
  readonly #pulse: Pulse;

  constructor(storage: Storage, place: LockPlace, pulse = usualPulse) {
    this.#storage = storage;
    this.#place = place;
    this.#pulse = pulse;
  }

  async whole(onLost: (error: Error) => void): Promise<OutputLock> {
    const held = await this.#take(this.#uri(''), {}, onLost);
    if ('holder' in held) throw locked(this.#place, held.holder);
    const others = await this.#parts();
    for (const uri of others) await this.#refuseLiving(uri, held);
    return { alone: true, release: () => held.release() };
  }

  /** To be called inside the gate. */
  async part(part: Part, terms: string, onLost: (error: Error) => void): Promise<OutputLock> {
    const own = this.#partUri(part);
    const held = await this.#take(own, { parts: part.of, terms }, onLost);
    if ('holder' in held) throw locked(this.#place, held.holder);
    await this.#refuseLiving(this.#uri(''), held);
    const others = (await this.#parts()).filter((uri) => uri !== own);
    for (const uri of others) {
      const { text } = (await this.#look(uri)) ?? {};
      if (text !== undefined && (text.parts !== part.of || text.terms !== terms)) await this.#refuseLiving(uri, held);
    }
    return { alone: others.length === 0, release: () => held.release() };
  }

  async throughGate<T>(signal: AbortSignal | undefined, action: () => Promise<T>): Promise<T> {
    for (;;) {
      if (signal?.aborted) throw interrupted(signal.reason);
      const gate = await this.#take(this.#uri('gate.'), {}, () => {});
      if ('holder' in gate) continue;
      try {
        return await action();
      } finally {
        await gate.release();
      }
    }
  }

  async partIsRunning(part: Part): Promise<boolean> {
    return (await this.#look(this.#partUri(part))) !== undefined;
  }

  #uri(what: string): string {
    return joinUri(this.#place.stateDir, `${this.#place.job}.${what}lock`);
  }

  #partUri({ index, of }: Part): string {
    return this.#uri(`${index}-of-${of}.`);
  }

  async #parts(): Promise<string[]> {
    const found: string[] = [];
    for await (const page of this.#storage.list(joinUri(this.#place.stateDir, `${this.#place.job}.`), {
      delimiter: '/',
    })) {
      found.push(...page.filter(({ uri }) => /\.\d+-of-\d+\.lock$/.test(baseOf(uri))).map(({ uri }) => uri));
    }
    return found;
  }

  async #look(uri: string): Promise<Found | undefined> {
    const found = await this.#storage.stat(uri);
    if (found === undefined) return undefined;
    try {
      const bytes = await this.#storage.read(uri);
      return { version: found.version, text: JSON.parse(Buffer.from(bytes).toString('utf8')) as LockText };
    } catch {
      // Gone, or no lock of ours: its version says what there is to say.
      return { version: found.version, text: undefined };
    }
  }

  /** What another holds as it was last seen, or nothing when it showed no life and was removed. */
  async #watch(uri: string): Promise<Found | undefined> {
    const { deathMs, lookMs } = this.#pulse;
    const first = await this.#look(uri);
    if (first === undefined) return undefined;
    if (first.text !== undefined && isDead(first.text)) return first;
    for (let waited = 0; waited < deathMs; waited += lookMs) {
      await sleep(lookMs);
      const now = await this.#storage.stat(uri);
      if (now === undefined) return undefined;
      if (now.version !== first.version) return { version: '', text: first.text };
    }
    return first;
  }

  async #refuseLiving(uri: string, held: Held): Promise<void> {
    const seen = await this.#watch(uri);
    if (seen === undefined) return;
    if (seen.version !== '') return this.#storage.delete(uri);
    await held.release();
    throw locked(this.#place, seen.text);
  }

  async #take(
    uri: string,
    rules: Pick<LockText, 'parts' | 'terms'>,
    onLost: (error: Error) => void,
  ): Promise<Held | { readonly holder: LockText | undefined }> {
    const token = randomBytes(8).toString('hex');
    let beats = 0;
    const text = () =>
      Buffer.from(`${JSON.stringify({ pid: process.pid, host: hostname(), ...rules, token, beats: beats++ })}\n`);
    let version = await this.#write(uri, text(), { ifAbsent: true });
    if (version === undefined) {
      const seen = await this.#watch(uri);
      if (seen?.version === '') return { holder: seen.text };
      version = await this.#write(uri, text(), seen === undefined ? { ifAbsent: true } : { ifVersion: seen.version });
      if (version === undefined) return { holder: (await this.#look(uri))?.text };
    }
    let running: Promise<void> = Promise.resolve();
    const timer = setInterval(() => {
      running = running.then(async () => {
        try {
          const next = version === undefined ? undefined : await this.#write(uri, text(), { ifVersion: version });
          if (next === undefined && version !== undefined) onLost(this.#lost());
          version = next;
        } catch {
          // The network: the next beat may come through, and until others give us up nothing is lost.
        }
      });
    }, this.#pulse.beatMs);
    timer.unref();
    return {
      release: async () => {
        clearInterval(timer);
        await running;
        // The work is done: a lock that stays behind does not change any more, and so is taken over after a while.
        if (version !== undefined) await this.#storage.delete(uri).catch(() => {});
        version = undefined;
      },
    };
  }

  /** The version, or nothing when the condition does not hold. */
  async #write(
    uri: string,
    bytes: Uint8Array,
    condition: { ifAbsent?: true; ifVersion?: string },
  ): Promise<string | undefined> {
    try {
      return (await this.#storage.write(uri, bytes, condition)).version;
    } catch (error) {
      if (error instanceof BowerbirdError && error.code === 'EXISTS') return undefined;
      throw error;
    }
  }

  #lost(): BowerbirdError {
    const message = `Cannot go on in "${this.#place.outDir}": another run took over its lock; this one gave no sign of life for too long`;
    return new BowerbirdError('LOCKED', message, { source: this.#place.outDir });
  }
}

/** A process of this machine that is no more need not be waited for. */
function isDead({ pid, host }: LockText): boolean {
  return host === hostname() && !isRunning(pid);
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
