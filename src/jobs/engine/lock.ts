/**
 * Who may write into an output folder. A whole run holds `<job>.lock` alone. The parts of a split run share it and hold
 * `<job>.<M>-of-<N>.lock` each; they must be parts of the same split with the same options, which the first of them writes
 * into the shared lock. `<job>.gate.lock` is held for moments: by a part while it enters or completes.
 *
 * The locks are flock(2) locks, so that one whose holder died is free; their text only serves messages and parts.
 */

import { ftruncateSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { constants, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { getSystemErrorMap } from 'node:util';
import { interrupted } from '../../counters.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import { native } from '../../native/native.ts';

const GATE_POLL_MS = 20;

/** Every index-th of `of` units. */
export interface Part {
  readonly index: number;
  readonly of: number;
}

export interface OutputLock {
  /** True when no other part was there on entering: the state of earlier runs may then be put in order. */
  readonly alone: boolean;
  release(): Promise<void> | void;
}

/** Where the locks are, and what to call the output in messages. */
export interface LockPlace {
  readonly stateDir: string;
  readonly outDir: string;
  readonly job: string;
}

interface FileLock {
  readonly path: string;
  readonly fd: number;
}

export function lockWhole(place: LockPlace): OutputLock {
  const lock = tryLock(mainPath(place), false);
  if (lock === undefined) throw locked(place, readText(mainPath(place)));
  writeText(lock, {});
  sweep(place);
  return { alone: true, release: () => unlock(lock) };
}

/** To be called inside the gate. `terms` is what parts side by side must agree on besides N. */
export function lockPart(place: LockPlace, part: Part, terms: string): OutputLock {
  const { lock, alone } = joinParts(place, part, terms);
  const path = partLockPath(place, part);
  const own = tryLock(path, false);
  if (own === undefined) {
    unlock(lock);
    throw locked(place, readText(path));
  }
  writeText(own, {});
  return {
    alone,
    release: () => {
      unlock(own);
      unlock(lock);
    },
  };
}

/** The first part makes the rules while it is alone, then shares. A whole run may slip in between; then sharing fails. */
function joinParts(place: LockPlace, part: Part, terms: string): { lock: FileLock; alone: boolean } {
  const path = mainPath(place);
  const first = tryLock(path, false);
  if (first !== undefined) {
    writeText(first, { parts: part.of, terms });
    if (native().shareLock(first.fd) === 0) return { lock: first, alone: true };
    unlock(first);
    throw locked(place, readText(path));
  }
  const lock = tryLock(path, true);
  if (lock === undefined) throw locked(place, readText(path));
  const rules = readText(path);
  if (rules?.parts === part.of && rules.terms === terms) return { lock, alone: false };
  unlock(lock);
  throw locked(place, readText(path));
}

/** Runs `action` while no other part enters or completes. Waits for its turn. */
export async function throughGate<T>(
  place: LockPlace,
  signal: AbortSignal | undefined,
  action: () => Promise<T>,
): Promise<T> {
  const path = join(place.stateDir, `${place.job}.gate.lock`);
  let gate = tryLock(path, false);
  while (gate === undefined) {
    if (signal?.aborted) throw interrupted(signal.reason);
    await sleep(GATE_POLL_MS);
    gate = tryLock(path, false);
  }
  try {
    return await action();
  } finally {
    unlock(gate);
  }
}

/** Whether another process runs this part now. Not to be asked about one's own part. */
export function partIsRunning(place: LockPlace, part: Part): boolean {
  const lock = tryLock(partLockPath(place, part), false);
  if (lock !== undefined) unlock(lock);
  return lock === undefined;
}

/** Lock files of killed parts are harmless, but they are not wanted in a finished folder. */
function sweep({ stateDir, job }: LockPlace): void {
  for (const name of readdirSync(stateDir)) {
    if (!name.startsWith(`${job}.`) || !name.endsWith('.lock') || name === `${job}.lock`) continue;
    const lock = tryLock(join(stateDir, name), false);
    if (lock !== undefined) unlock(lock);
  }
}

function mainPath({ stateDir, job }: LockPlace): string {
  return join(stateDir, `${job}.lock`);
}

function partLockPath({ stateDir, job }: LockPlace, part: Part): string {
  return join(stateDir, `${job}.${part.index}-of-${part.of}.lock`);
}

/** Undefined when another holds it. */
function tryLock(path: string, shared: boolean): FileLock | undefined {
  const fd = native().lockFile(path, shared);
  if (fd >= 0) return { path, fd };
  if (-fd === constants.errno.EWOULDBLOCK) return undefined;
  const [code, text] = getSystemErrorMap().get(fd) ?? [`errno ${-fd}`, 'unknown error'];
  throw systemError('lock', path, Object.assign(new Error(`${code}: ${text}`), { code }));
}

function unlock(lock: FileLock): void {
  native().unlockFile(lock.path, lock.fd);
}

export interface LockText {
  readonly pid: number;
  readonly host: string;
  readonly parts?: number;
  readonly terms?: string;
}

function writeText(lock: FileLock, rules: Pick<LockText, 'parts' | 'terms'>): void {
  const text: LockText = { pid: process.pid, host: hostname(), ...rules };
  try {
    ftruncateSync(lock.fd, 0);
    writeSync(lock.fd, `${JSON.stringify(text)}\n`, 0);
  } catch (error) {
    unlock(lock);
    throw systemError('write', lock.path, error);
  }
}

function readText(path: string): LockText | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as LockText;
  } catch {
    // Gone or half written: whoever holds it is only not named.
    return undefined;
  }
}

/** `text` is what the lock says of its holder. */
export function locked({ outDir }: LockPlace, text: LockText | undefined): BowerbirdError {
  const holder = text === undefined ? 'another run' : `process ${text.pid} on ${text.host}`;
  const kind = text?.parts === undefined ? '' : ` (a part of ${text.parts})`;
  const hint =
    text?.parts === undefined ? '' : '; parts may run side by side when their N and their options are the same';
  const message = `Cannot write to "${outDir}": ${holder}${kind} is working on it; wait for it, or choose another folder${hint}`;
  return new BowerbirdError('LOCKED', message, { source: outDir });
}
