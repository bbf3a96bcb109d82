/** How many commits the Hub takes in an hour: counted in one place of a process, and kept in a file for the next one. */

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../../bytes.ts';
import { publishFile } from '../drafts.ts';

/** The time, and waiting. Tests have their own. */
export interface Clock {
  /** In ms since 1970: what is kept outlives the process. */
  now(): number;
  sleep(ms: number, stop?: Stop): Promise<void>;
}

const lookAroundMs = 200;

export const usualClock: Clock = {
  now: Date.now,
  async sleep(ms, stop) {
    for (let left = ms; left > 0; left -= lookAroundMs) {
      stop?.throwIfAborted();
      await sleep(Math.min(left, lookAroundMs));
    }
    stop?.throwIfAborted();
  },
};

/** Of the Hub's own, an hour and account. */
export const commitsAnHour = 128;
const hourMs = 3_600_000;

export class CommitQuota {
  readonly #clock: Clock;
  readonly #most: number;
  /** Of the last hour, the oldest first. */
  #times: number[] = [];
  readonly #read = new Set<string>();

  constructor(clock: Clock = usualClock, most = commitsAnHour) {
    this.#clock = clock;
    this.#most = most;
  }

  /**
   * Waits until a commit is within the quota, and counts it. `file` holds the times of a run's commits, for the run after it; one that cannot
   * be read counts for nothing, since the server counts too.
   */
  async turn({
    file,
    stop,
    onWait,
  }: {
    readonly file?: string | undefined;
    readonly stop?: Stop | undefined;
    readonly onWait?: (ms: number) => void;
  } = {}): Promise<void> {
    if (file !== undefined && !this.#read.has(file)) {
      this.#read.add(file);
      this.#times = joined(this.#times, timesIn(file));
    }
    for (;;) {
      const now = this.#clock.now();
      // What lies in the future was counted by a clock that is not this one.
      this.#times = this.#times.filter((time) => time > now - hourMs && time <= now);
      const due = this.#times.at(-this.#most);
      if (due === undefined) break;
      onWait?.(due + hourMs - now);
      await this.#clock.sleep(due + hourMs - now, stop);
    }
    this.#times.push(this.#clock.now());
    if (file !== undefined) await keep(file, this.#times);
  }
}

/** What both know of counts once. In order. */
function joined(ours: readonly number[], others: readonly number[]): number[] {
  const known = new Map<number, number>();
  for (const time of ours) known.set(time, (known.get(time) ?? 0) + 1);
  const more = others.filter((time) => {
    const left = known.get(time) ?? 0;
    known.set(time, left - 1);
    return left <= 0;
  });
  return [...ours, ...more].sort((a, b) => a - b);
}

function timesIn(file: string): number[] {
  try {
    const { commits } = JSON.parse(readFileSync(file, 'utf8')) as { commits?: unknown };
    return Array.isArray(commits) ? commits.filter((time): time is number => Number.isSafeInteger(time)) : [];
  } catch {
    return [];
  }
}

async function keep(file: string, commits: readonly number[]): Promise<void> {
  const text = `${JSON.stringify({ commits: commits.slice(-commitsAnHour) })}\n`;
  const blocks = async function* () {
    yield Buffer.from(text);
  };
  await publishFile(file, blocks(), { overwrite: true });
}

/** Of this process: an account has one quota, however many repositories. */
export const processQuota = new CommitQuota();

/** For people. */
export function minutes(seconds: number): string {
  return seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}
