/** One call of commit(): the tree is looked at, what is left is sent, and what went wrong says how to go on. */

import { readFile } from 'node:fs/promises';
import { BowerbirdError } from '../../errors.ts';
import { usage } from '../../options.ts';
import { type Batch, batchOf } from './batches.ts';
import { changesAgainst, type LocalAdd, mostFiles, refuseTooMany, type SmallAdd } from './changes.ts';
import type { HubConnection } from './connection.ts';
import { gitOidOf } from './content.ts';
import { AttemptEnded } from './outcomes.ts';
import { minutes } from './quota.ts';
import { modesOf, sendBatch } from './sending.ts';
import { type HubFile, treeOf } from './tree.ts';

export interface CommitWork {
  readonly summary: string;
  readonly add: readonly LocalAdd[];
  readonly remove?: readonly string[] | undefined;
  /** Small files that depend on what is there: made anew for each head. They come with the last of several commits. */
  readonly amend?: ((at: string) => Promise<readonly SmallAdd[]>) | undefined;
}

export interface CommitResult {
  /** A commit that holds all of it. */
  readonly oid: string;
  /** False when all was there already. */
  readonly isNew: boolean;
  /** Commits that were made. */
  readonly commits: number;
  /** Content that went over the wire, without what failed and was sent again. */
  readonly sentBytes: number;
  /** Files that were there already with the same bytes, and their size. */
  readonly thereFiles: number;
  readonly thereBytes: number;
}

const mostConflicts = 10;
const mostUnanswered = 8;
const mostThrottled = 6;
const mostUploads = 5;
/** Longer than the quota's hour is no quota. */
const mostAskedSeconds = 2 * 3600;
const throttledSeconds = 60;

/** Knows what a repository held last, so that commits in a row need no look in between. */
export class Committing {
  readonly #connection: HubConnection;
  readonly #head: () => Promise<string>;
  #there: { readonly at: string; readonly files: Map<string, HubFile> } | undefined;

  constructor(connection: HubConnection, head: () => Promise<string>) {
    this.#connection = connection;
    this.#head = head;
  }

  async commit({ summary, add, remove = [], amend }: CommitWork): Promise<CommitResult> {
    const connection = this.#connection;
    const { uri, counts } = connection;
    refuseTwice(uri, add);
    const sentBefore = connection.sent;
    const failures = { conflict: 0, unknown: 0, throttled: 0, upload: 0 };
    let [most, commits] = [mostFiles, 0];
    let known: { readonly thereFiles: number; readonly thereBytes: number } | undefined;
    let isUnsure = false;
    const modes = new Map<string, boolean>();
    let at = await this.#head();
    for (;;) {
      connection.stop.throwIfAborted();
      const there = await this.#snapshot(at);
      const small = (await amend?.(at)) ?? [];
      const left = await changesAgainst(there, { files: add, small, remove });
      known ??= {
        thereFiles: add.length - left.files.length,
        thereBytes: bytesOf(add) - bytesOf(left.files),
      };
      if (left.files.length + left.small.length + left.remove.length === 0) {
        const isNew = commits > 0 || isUnsure;
        return {
          oid: at,
          isNew,
          commits: Math.max(commits, Number(isNew)),
          sentBytes: connection.sent - sentBefore,
          ...known,
        };
      }
      refuseTooMany(uri, there, left);
      await modesOf(connection, left.files, modes);
      const batch = batchOf(left, { isLarge: (path) => modes.get(path) === true, most });
      try {
        const oid = await sendBatch(connection, batch, { modes, at, summary });
        commits++;
        counts.commits++;
        await this.#noteCommit(oid, batch, modes);
        for (const kind of ['conflict', 'unknown', 'throttled', 'upload'] as const) failures[kind] = 0;
        if (batch.isLast) {
          return { oid, isNew: true, commits, sentBytes: connection.sent - sentBefore, ...known };
        }
        at = oid;
      } catch (error) {
        if (!(error instanceof AttemptEnded)) throw connection.words(error, 'commit to');
        const { outcome, told } = error;
        switch (outcome.kind) {
          case 'large': {
            const fewer = Math.max(1, Math.floor(batch.count / 2));
            if (fewer >= most) throw told;
            most = fewer;
            break;
          }
          case 'conflict':
            counts.conflicts++;
            await this.#again(told, ++failures.conflict, mostConflicts, 'others committed first');
            break;
          case 'unknown':
            isUnsure = true;
            counts.unanswered++;
            await this.#again(told, ++failures.unknown, mostUnanswered, 'nobody knows whether it took place');
            break;
          case 'upload':
            await this.#again(told, ++failures.upload, mostUploads, 'the upload was begun anew');
            break;
          case 'throttled':
            await this.#asked(told, ++failures.throttled, outcome.seconds);
            break;
          default:
            outcome satisfies never;
        }
        at = await this.#head();
      }
    }
  }

  /** Of all there is at a commit. What this object committed itself is known without a look. */
  async #snapshot(at: string): Promise<Map<string, HubFile>> {
    if (this.#there?.at !== at) {
      const files = await treeOf(this.#connection, '', at);
      this.#there = { at, files: new Map(files.map((file) => [file.path, file])) };
    }
    return this.#there.files;
  }

  /** A small file has git's hash here, whatever the Hub makes of it: the bytes are the same. */
  async #noteCommit(oid: string, { files, small, remove }: Batch, modes: ReadonlyMap<string, boolean>): Promise<void> {
    const there = this.#there!.files;
    this.#there = undefined;
    for (const path of remove) there.delete(path);
    for (const { path, size, local, sha256 } of files) {
      const isLarge = modes.get(path) === true;
      const oid = isLarge ? sha256 : await gitOidOfFile(local);
      // It was committed, and is gone here: the tree is looked at again.
      if (oid === undefined) return;
      there.set(path, { path, size, oid, isLarge });
    }
    for (const { path, content } of small) {
      there.set(path, { path, size: content.length, oid: gitOidOf(content), isLarge: false });
    }
    this.#there = { at: oid, files: there };
  }

  async #again(told: BowerbirdError, failed: number, most: number, why: string): Promise<void> {
    if (failed >= most) {
      const { code, source, message } = told;
      const words = `${message}, ${failed} times in a row (${why}); run the same command again: what is there is not sent twice`;
      throw new BowerbirdError(code, words, { source }, { cause: told.cause });
    }
    // A commit may be at work behind a gateway that gave up waiting: it gets some time to be seen.
    const { firstWaitMs, mostWaitMs } = this.#connection.timing.patience;
    const longest = Math.min(mostWaitMs, firstWaitMs * 8 * 2 ** failed);
    await this.#connection.clock.sleep(longest * (0.5 + Math.random() / 2), this.#connection.stop);
  }

  async #asked(told: BowerbirdError, failed: number, seconds = throttledSeconds * 2 ** (failed - 1)): Promise<void> {
    this.#connection.counts.throttled++;
    if (seconds > mostAskedSeconds || failed > mostThrottled) throw told;
    this.#connection.notice(`the Hub takes no commits at the moment (429): the next try is in ${minutes(seconds)}`);
    await this.#connection.clock.sleep(seconds * 1000 + Math.random() * 1000, this.#connection.stop);
  }
}

function bytesOf(files: readonly LocalAdd[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

async function gitOidOfFile(path: string): Promise<string | undefined> {
  return readFile(path).then(gitOidOf, () => undefined);
}

function refuseTwice(uri: string, add: readonly LocalAdd[]): void {
  const seen = new Set<string>();
  for (const { path } of add) {
    if (seen.has(path)) throw usage(`Cannot commit "${path}" to "${uri}" twice at a time`);
    seen.add(path);
  }
}
