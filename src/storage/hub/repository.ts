/** A dataset repository of the Hugging Face Hub, to write to: commits that are made once, whatever the network does. */

import { readFile } from 'node:fs/promises';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError, systemError } from '../../errors.ts';
import { usage } from '../../options.ts';
import { bareCause } from '../../secrets.ts';
import { call, isJson, type Task } from '../client.ts';
import { environment } from '../env.ts';
import { listIn, objectIn, textIn, understood } from '../listing.ts';
import { type Batch, batchOf } from './batches.ts';
import { changesAgainst, type LocalAdd, mostFiles, refuseTooMany, type SmallAdd } from './changes.ts';
import { FileSlice, gitOidOf, sha256Of } from './content.ts';
import { commitOf } from './hub.ts';
import { hubLibrary } from './library.ts';
import { AttemptEnded } from './outcomes.ts';
import { encodedPath } from './place.ts';
import { type Clock, type CommitQuota, commitsAnHour, processQuota, usualClock } from './quota.ts';
import { type Attempt, fetchFor, type HubTiming, usualTiming, type XetChoice } from './requests.ts';
import { explain, type HubServer, hubServer } from './server.ts';
import { isMissingEntry, treePages } from './tree.ts';

export type { XetChoice };

export interface HubFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
  /** Of a large file (LFS) its SHA-256, else git's SHA-1, in hex. */
  readonly oid: string;
  readonly isLarge: boolean;
}

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
  /** Size of the files that were there already. */
  readonly thereBytes: number;
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
const mostConflicts = 10;
const mostUnanswered = 6;
const mostThrottled = 6;
const mostUploads = 5;
/** Longer than the quota's hour is no quota. */
const mostAskedSeconds = 2 * 3600;
const throttledSeconds = 60;
const mostSmallBytes = 16 << 20;

/** Commits to one branch wait for each other, whichever object makes them. */
const lines = new Map<string, Promise<unknown>>();

export class HubRepository {
  /** hf://datasets/OWNER/NAME[@BRANCH]. */
  readonly uri: string;
  readonly #options: HubRepositoryOptions;
  readonly #branch: string;
  readonly #server: HubServer;
  readonly #timing: HubTiming;
  readonly #clock: Clock;
  readonly #stop: Stop;
  readonly #counts = { commits: 0, retries: 0, conflicts: 0, throttled: 0, unanswered: 0 };
  #sent = 0;
  #there: { readonly at: string; readonly files: Map<string, HubFile> } | undefined;

  /** @throws BowerbirdError USAGE: no OWNER/NAME */
  constructor(options: HubRepositoryOptions) {
    const { repo, branch = 'main', token, endpoint, timing = usualTiming, stop = noStop } = options;
    if (!/^[\w.-]+\/[\w.-]+$/.test(repo))
      throw usage(`Cannot use "${repo}" as a dataset of the Hub: expected OWNER/NAME`);
    this.#options = options;
    this.#branch = branch;
    this.#timing = timing;
    this.#clock = options.clock ?? usualClock;
    this.#stop = stop;
    this.uri = `hf://datasets/${repo}${branch === 'main' ? '' : `@${encodeURIComponent(branch)}`}`;
    this.#server = hubServer(environment(), {
      token,
      endpoint,
      patience: timing.patience,
      writes: true,
      limits: { silenceMs: timing.silenceMs, deadlineMs: timing.deadlineMs, stop },
      onRetry: (status) => this.#retried(status),
    });
  }

  get counts(): HubCounts {
    return { ...this.#counts };
  }

  /** The commit that the branch is now. Makes nothing. @throws BowerbirdError NOT_FOUND when there is no such repository or branch; ACCESS, IO */
  async head(): Promise<string> {
    const { base, dialect } = this.#server;
    return commitOf(
      dialect,
      base,
      { repo: this.#options.repo, revision: this.#branch },
      { uri: this.uri, stop: this.#stop },
    );
  }

  /** As head(), and makes the repository where there is none. */
  async ensure(): Promise<string> {
    try {
      return await this.head();
    } catch (error) {
      const isMissing = error instanceof BowerbirdError && error.code === 'NOT_FOUND';
      if (!isMissing || /invalid rev id|revision not found/i.test(error.message)) throw error;
      await this.#create();
      return await this.head();
    }
  }

  async #create(): Promise<void> {
    const { repo } = this.#options;
    const { createRepo } = await hubLibrary();
    const isPrivate = this.#options.private;
    const { fetch, end } = this.#attempt({ files: new Map(), others: new Set() }, [409]);
    try {
      await createRepo({
        repo: { type: 'dataset', name: repo },
        // The token is added by the fetch: the client takes none but of one form.
        accessToken: undefined as unknown as string,
        hubUrl: this.#server.base,
        fetch,
        ...(isPrivate !== undefined && { visibility: isPrivate ? 'private' : 'public' }),
      });
    } catch (error) {
      // Somebody else made it meanwhile, or the answer to our own request was lost.
      if (!(error instanceof AttemptEnded && error.outcome.kind === 'conflict')) throw this.#words(error, 'make');
    } finally {
      end();
    }
  }

  /** All files below a folder, '' for all, in one commit. A folder that is not there holds none. */
  async tree(folder: string, at: string): Promise<readonly HubFile[]> {
    const { base, dialect } = this.#server;
    const files: HubFile[] = [];
    const of = { base, repo: this.#options.repo, revision: at, folder: folder.replace(/\/+$/, ''), recursive: true };
    for await (const entries of treePages(dialect, of, { uri: this.uri, stop: this.#stop })) {
      for (const { type, path, size, oid, isLarge } of entries) {
        if (type === 'file') files.push({ path, size, oid, isLarge });
      }
    }
    return files;
  }

  /** A small file in one commit; undefined when it is not there. */
  async read(path: string, at: string): Promise<Uint8Array | undefined> {
    const { base, dialect } = this.#server;
    const uri = `${this.uri}/${path}`;
    const url = new URL(`${base}/datasets/${this.#options.repo}/resolve/${at}/${encodedPath(path)}`);
    const task: Task = { doing: 'read', uri, stop: this.#stop, accept: [404] };
    const { status, headers, body } = await call(dialect, task, () => ({ method: 'GET', url, headers: {} }));
    if (status === 404) {
      const said = explain(body.toString('utf8'));
      if (isMissingEntry(headers, said)) return undefined;
      throw new BowerbirdError('NOT_FOUND', `Cannot read "${uri}": ${said}`, { source: uri });
    }
    if (body.length > mostSmallBytes) {
      throw new BowerbirdError(
        'IO',
        `Cannot read "${uri}" whole: expected at most ${mostSmallBytes} bytes, found ${body.length}`,
        { source: uri },
      );
    }
    return body;
  }

  /**
   * Adds and removes files, in as few commits as the Hub takes (50 files, 10 MB of small ones). What is there with the same bytes is not sent; with nothing to do no
   * commit is made. A commit whose answer is lost is looked for before it is made again.
   *
   * @throws BowerbirdError USAGE: too many files; ACCESS; IO; NOT_FOUND; INTERRUPTED
   */
  async commit(work: CommitWork): Promise<CommitResult> {
    const key = `${this.#server.base} ${this.uri}`;
    const before = lines.get(key);
    const run = (async () => {
      await before?.catch(() => {});
      this.#stop.throwIfAborted();
      return this.#commit(work);
    })();
    lines.set(key, run);
    try {
      return await run;
    } finally {
      if (lines.get(key) === run) lines.delete(key);
    }
  }

  async #commit({ summary, add, remove = [], amend }: CommitWork): Promise<CommitResult> {
    refuseTwice(this.uri, add);
    const sentBefore = this.#sent;
    const failures = { conflict: 0, unknown: 0, throttled: 0, upload: 0 };
    let [most, commits, thereBytes] = [mostFiles, 0, -1];
    let isUnsure = false;
    const modes = new Map<string, boolean>();
    let at = await this.head();
    for (;;) {
      this.#stop.throwIfAborted();
      const there = await this.#snapshot(at);
      const small = (await amend?.(at)) ?? [];
      const left = await changesAgainst(there, { files: add, small, remove });
      if (thereBytes < 0) thereBytes = bytesOf(add) - bytesOf(left.files);
      if (left.files.length + left.small.length + left.remove.length === 0) {
        const isNew = commits > 0 || isUnsure;
        return {
          oid: at,
          isNew,
          commits: Math.max(commits, Number(isNew)),
          sentBytes: this.#sent - sentBefore,
          thereBytes,
        };
      }
      refuseTooMany(this.uri, there, left);
      await this.#modes(left.files, modes);
      const batch = batchOf(left, { isLarge: (path) => modes.get(path) === true, most });
      try {
        const oid = await this.#send(batch, modes, at, summary);
        commits++;
        this.#counts.commits++;
        await this.#noteCommit(oid, batch, modes);
        for (const kind of ['conflict', 'unknown', 'throttled', 'upload'] as const) failures[kind] = 0;
        if (batch.isLast) {
          return { oid, isNew: true, commits, sentBytes: this.#sent - sentBefore, thereBytes };
        }
        at = oid;
      } catch (error) {
        if (!(error instanceof AttemptEnded)) throw this.#words(error, 'commit to');
        const { outcome, told } = error;
        switch (outcome.kind) {
          case 'large': {
            const fewer = Math.max(1, Math.floor(batch.count / 2));
            if (fewer >= most) throw told;
            most = fewer;
            break;
          }
          case 'conflict':
            this.#counts.conflicts++;
            await this.#again(told, ++failures.conflict, mostConflicts, 'others committed first');
            break;
          case 'unknown':
            isUnsure = true;
            this.#counts.unanswered++;
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
        at = await this.head();
      }
    }
  }

  /** Of all there is at a commit. What this object committed itself is known without a look. */
  async #snapshot(at: string): Promise<Map<string, HubFile>> {
    if (this.#there?.at !== at) {
      const files = await this.tree('', at);
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
      there.set(path, { path, size, oid: isLarge ? sha256 : await gitOidOfFile(local), isLarge });
    }
    for (const { path, content } of small) {
      there.set(path, { path, size: content.length, oid: gitOidOf(content), isLarge: false });
    }
    this.#there = { at: oid, files: there };
  }

  /** By the Hub's word: whether a file is large, and goes up by its hash. */
  async #modes(given: readonly LocalAdd[], modes: Map<string, boolean>): Promise<void> {
    const files = given.filter(({ path }) => !modes.has(path));
    const { base, dialect } = this.#server;
    const url = new URL(`${base}/api/datasets/${this.#options.repo}/preupload/${encodeURIComponent(this.#branch)}`);
    const task: Task = { doing: 'upload to', uri: this.uri, stop: this.#stop, complete: isJson };
    for (let from = 0; from < files.length; from += mostAsked) {
      const some = files.slice(from, from + mostAsked);
      const asked = await Promise.all(
        some.map(async ({ path, local, size }) => {
          const sample = await (await FileSlice.of(local, size)).slice(0, sampleBytes).arrayBuffer();
          return { path, size, sample: Buffer.from(sample).toString('base64') };
        }),
      );
      const body = Buffer.from(JSON.stringify({ files: asked }));
      const headers = { 'content-type': 'application/json' };
      const answer = await call(dialect, task, () => ({ method: 'POST', url, headers, body }));
      understood(task, () => {
        for (const one of listIn(objectIn(JSON.parse(answer.body.toString('utf8')))['files'])) {
          const { path, uploadMode, shouldIgnore } = objectIn(one);
          if (shouldIgnore === true) throw ignored(this.uri, String(path));
          modes.set(textIn(path, 'a path'), uploadMode === 'lfs');
        }
      });
      for (const { path } of some) if (!modes.has(path)) modes.set(path, false);
    }
  }

  async #send(batch: Batch, modes: ReadonlyMap<string, boolean>, at: string, summary: string): Promise<string> {
    const { commit } = await hubLibrary();
    const content = async ({ local, size, sha256 }: LocalAdd) =>
      (await FileSlice.of(local, size, sha256)) as unknown as Blob;
    const operations = [
      ...(await Promise.all(
        batch.files.map(async (add) => ({
          operation: 'addOrUpdate' as const,
          path: add.path,
          content: await content(add),
        })),
      )),
      ...batch.small.map(({ path, content }) => ({
        operation: 'addOrUpdate' as const,
        path,
        content: new Blob([new Uint8Array(content)]),
      })),
      ...batch.remove.map((path) => ({ operation: 'delete' as const, path })),
    ];
    const large = batch.files.filter(({ path }) => modes.get(path) === true);
    const expected = {
      files: new Map(large.map(({ path, sha256 }) => [path, sha256])),
      others: new Set(batch.small.map(({ content }) => sha256Of(content))),
    };
    const quota = this.#options.quota ?? processQuota;
    await quota.turn({
      file: this.#options.quotaFile,
      stop: this.#stop,
      onWait: (ms) =>
        this.#notice(`the Hub takes ${commitsAnHour} commits an hour: the next one waits ${minutes(ms / 1000)}`),
    });
    const { fetch, end } = this.#attempt(expected);
    try {
      const made = await commit({
        repo: { type: 'dataset', name: this.#options.repo },
        title: summary,
        operations,
        branch: this.#branch,
        parentCommit: at,
        hubUrl: this.#server.base,
        useXet: this.#options.xet !== 'off',
        fetch,
      });
      return made!.commit.oid;
    } finally {
      end();
    }
  }

  #attempt(expected: Attempt['expected'], conflicts: readonly number[] = []) {
    const ended = new AbortController();
    const stop: Stop = {
      throwIfAborted: () => {
        this.#stop.throwIfAborted();
        ended.signal.throwIfAborted();
      },
    };
    const fetch = fetchFor({
      ...{ uri: this.uri, server: this.#server, timing: this.#timing, stop, expected, conflicts },
      xet: this.#options.xet ?? 'auto',
      onRetry: (status) => this.#retried(status),
      onBytes: (more) => {
        this.#sent += more;
        if (more !== 0) this.#options.onBytes?.(this.#sent);
      },
    });
    // The client lets go of what it began when one request fails.
    return { fetch, end: () => ended.abort() };
  }

  #retried(status: number | undefined): void {
    this.#counts.retries++;
    if (status === 429) this.#counts.throttled++;
  }

  async #again(told: BowerbirdError, failed: number, most: number, why: string): Promise<void> {
    if (failed >= most) {
      const { code, source, message } = told;
      const words = `${message}, ${failed} times in a row (${why}); nothing of this commit is known to be there, run the same command again`;
      throw new BowerbirdError(code, words, { source }, { cause: told.cause });
    }
    const { firstWaitMs, mostWaitMs } = this.#timing.patience;
    await this.#clock.sleep(Math.random() * Math.min(mostWaitMs, firstWaitMs * 2 ** failed), this.#stop);
  }

  async #asked(told: BowerbirdError, failed: number, seconds = throttledSeconds * 2 ** (failed - 1)): Promise<void> {
    this.#counts.throttled++;
    if (seconds > mostAskedSeconds || failed > mostThrottled) throw told;
    this.#notice(`the Hub takes no commits at the moment (429): the next try is in ${minutes(seconds)}`);
    await this.#clock.sleep(seconds * 1000 + Math.random() * 1000, this.#stop);
  }

  #notice(text: string): void {
    this.#options.onNotice?.(`${this.uri}: ${text}`);
  }

  /** The client's own errors hold addresses. */
  #words(error: unknown, doing: string): unknown {
    if (error instanceof AttemptEnded) return error.told;
    if (error instanceof BowerbirdError) return error;
    this.#stop.throwIfAborted();
    const cause = bareCause(error);
    return new BowerbirdError('IO', `Cannot ${doing} "${this.uri}": ${cause.message}`, { source: this.uri }, { cause });
  }
}

const mostAsked = 100;
const sampleBytes = 512;

function bytesOf(files: readonly LocalAdd[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

async function gitOidOfFile(path: string): Promise<string> {
  return gitOidOf(
    await readFile(path).catch((error) => {
      throw systemError('read', path, error);
    }),
  );
}

function minutes(seconds: number): string {
  return seconds < 120 ? `${Math.ceil(seconds)} s` : `${Math.ceil(seconds / 60)} min`;
}

function ignored(uri: string, path: string): BowerbirdError {
  const message = `Cannot upload "${path}" to "${uri}": a .gitignore there leaves it out; change that, or the name of the file`;
  return new BowerbirdError('USAGE', message, { source: uri });
}

function refuseTwice(uri: string, add: readonly LocalAdd[]): void {
  const seen = new Set<string>();
  for (const { path } of add) {
    if (seen.has(path)) throw usage(`Cannot commit "${path}" to "${uri}" twice at a time`);
    seen.add(path);
  }
}
