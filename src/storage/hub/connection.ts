/** How a repository of the Hub is reached, and what its requests have met with. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';
import { bareCause } from '../../secrets.ts';
import { environment } from '../env.ts';
import { AttemptEnded } from './outcomes.ts';
import { type Clock, type CommitQuota, processQuota, usualClock } from './quota.ts';
import { type Attempt, fetchFor, type HubTiming, usualTiming, type XetChoice } from './requests.ts';
import { type HubServer, hubServer } from './server.ts';

export interface HubRepositoryOptions {
  /** OWNER/NAME of a dataset. */
  readonly repo: string;
  /** Default "main". */
  readonly branch?: string | undefined;
  readonly token?: string | undefined;
  readonly endpoint?: string | undefined;
  /** "auto" is what the server offers. Default "auto". */
  readonly xet?: XetChoice | undefined;
  /** Of a repository that ensure() makes. Default: as its owner has it. */
  readonly private?: boolean | undefined;
  /** A file that keeps the times of commits, so that the next run knows of them. */
  readonly quotaFile?: string | undefined;
  readonly stop?: Stop | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
  /** Bytes of content that were sent so far, by all commits of this object. */
  readonly onBytes?: ((sent: number) => void) | undefined;
  readonly timing?: HubTiming | undefined;
  readonly clock?: Clock | undefined;
  readonly quota?: CommitQuota | undefined;
}

/** What a repository object has met with so far. */
export interface HubCounts {
  readonly commits: number;
  /** Requests that were sent again. */
  readonly retries: number;
  /** Commits that somebody else came before. */
  readonly conflicts: number;
  /** Answers that asked to wait. */
  readonly throttled: number;
  /** Commits whose answer was lost. */
  readonly unanswered: number;
}

const noStop: Stop = { throwIfAborted() {} };

export class HubConnection {
  /** OWNER/NAME. */
  readonly repo: string;
  readonly branch: string;
  /** hf://datasets/OWNER/NAME[@BRANCH]. */
  readonly uri: string;
  readonly server: HubServer;
  readonly timing: HubTiming;
  readonly clock: Clock;
  readonly quota: CommitQuota;
  readonly stop: Stop;
  readonly options: HubRepositoryOptions;
  readonly counts = { commits: 0, retries: 0, conflicts: 0, throttled: 0, unanswered: 0 };
  /** Bytes of content. */
  sent = 0;

  constructor(options: HubRepositoryOptions) {
    const { repo, branch = 'main', token, endpoint, timing = usualTiming, stop = noStop } = options;
    if (!/^[\w.-]+\/[\w.-]+$/.test(repo)) {
      throw usage(`Cannot use "${repo}" as a dataset of the Hub: expected OWNER/NAME`);
    }
    this.options = options;
    this.repo = repo;
    this.branch = branch;
    this.timing = timing;
    this.clock = options.clock ?? usualClock;
    this.quota = options.quota ?? processQuota;
    this.stop = stop;
    this.uri = `hf://datasets/${repo}${branch === 'main' ? '' : `@${encodeURIComponent(branch)}`}`;
    this.server = hubServer(environment(), {
      token,
      endpoint,
      patience: timing.patience,
      writes: true,
      limits: { silenceMs: timing.silenceMs, deadlineMs: timing.deadlineMs, stop },
      onRetry: (status) => this.#retried(status),
    });
  }

  /** What the client is given for one call of it. `end` lets go of requests that it began and did not await. */
  attempt(expected: Attempt['expected'], conflicts: readonly number[] = []) {
    const ended = new AbortController();
    const stop: Stop = {
      throwIfAborted: () => {
        this.stop.throwIfAborted();
        ended.signal.throwIfAborted();
      },
    };
    const fetch = fetchFor({
      ...{ uri: this.uri, server: this.server, timing: this.timing, stop, expected, conflicts },
      xet: this.options.xet ?? 'auto',
      onRetry: (status) => this.#retried(status),
      onBytes: (more) => {
        this.sent += more;
        if (more !== 0) this.options.onBytes?.(this.sent);
      },
    });
    return { fetch, end: () => ended.abort() };
  }

  #retried(status: number | undefined): void {
    this.counts.retries++;
    if (status === 429) this.counts.throttled++;
  }

  notice(text: string): void {
    this.options.onNotice?.(`${this.uri}: ${text}`);
  }

  /** The client's own errors hold addresses. */
  words(error: unknown, doing: string): unknown {
    if (error instanceof AttemptEnded) return error.told;
    if (error instanceof BowerbirdError) return error;
    this.stop.throwIfAborted();
    const cause = bareCause(error);
    return new BowerbirdError('IO', `Cannot ${doing} "${this.uri}": ${cause.message}`, { source: this.uri }, { cause });
  }
}
