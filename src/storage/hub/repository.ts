/** A dataset repository of the Hugging Face Hub, to write to: commits that are made once, whatever the network does. */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { call, type Task } from '../client.ts';
import { type CommitResult, Committing, type CommitWork } from './committing.ts';
import { HubConnection, type HubCounts, type HubRepositoryOptions } from './connection.ts';
import { commitOf } from './hub.ts';
import { hubLibrary } from './library.ts';
import { AttemptEnded } from './outcomes.ts';
import { encodedPath } from './place.ts';
import type { XetChoice } from './requests.ts';
import { explain } from './server.ts';
import { type HubFile, isMissingEntry, treeOf } from './tree.ts';

export type { CommitResult, CommitWork, HubCounts, HubFile, HubRepositoryOptions, XetChoice };

const mostSmallBytes = 16 << 20;
const lookAroundMs = 200;

/** Commits to one branch wait for each other, whichever object makes them. */
const lines = new Map<string, Promise<unknown>>();

export class HubRepository {
  readonly #connection: HubConnection;
  readonly #committing: Committing;

  /** @throws BowerbirdError USAGE: no OWNER/NAME */
  constructor(options: HubRepositoryOptions) {
    this.#connection = new HubConnection(options);
    this.#committing = new Committing(this.#connection, () => this.head());
  }

  /** hf://datasets/OWNER/NAME[@BRANCH]. */
  get uri(): string {
    return this.#connection.uri;
  }

  get counts(): HubCounts {
    return { ...this.#connection.counts };
  }

  /** The commit that the branch is now. Makes nothing. @throws BowerbirdError NOT_FOUND when there is no such repository or branch; ACCESS, IO */
  async head(): Promise<string> {
    const { repo, branch, uri, stop, server } = this.#connection;
    return commitOf(server.dialect, server.base, { repo, revision: branch }, { uri, stop });
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
    const connection = this.#connection;
    const { repo, server, options } = connection;
    const { createRepo } = await hubLibrary();
    const isPrivate = options.private;
    const { fetch, end } = connection.attempt({ files: new Map(), others: new Set() }, [409]);
    try {
      await createRepo({
        repo: { type: 'dataset', name: repo },
        hubUrl: server.base,
        fetch,
        ...(isPrivate !== undefined && { visibility: isPrivate ? 'private' : 'public' }),
      });
    } catch (error) {
      // Somebody else made it meanwhile, or the answer to our own request was lost.
      if (!(error instanceof AttemptEnded && error.outcome.kind === 'conflict')) throw connection.words(error, 'make');
    } finally {
      end();
    }
  }

  /** All files below a folder, '' for all, in one commit. A folder that is not there holds none. */
  async tree(folder: string, at: string): Promise<readonly HubFile[]> {
    return treeOf(this.#connection, folder, at);
  }

  /** A small file in one commit; undefined when it is not there. */
  async read(path: string, at: string): Promise<Uint8Array | undefined> {
    const { repo, stop, server } = this.#connection;
    const { base, dialect } = server;
    const uri = `${this.uri}/${path}`;
    const url = new URL(`${base}/datasets/${repo}/resolve/${at}/${encodedPath(path)}`);
    const task: Task = { doing: 'read', uri, stop, accept: [404] };
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
   * Adds and removes files, in as few commits as the Hub takes (50 files, 10 MB of small ones). What is there with the same bytes is not sent;
   * with nothing to do no commit is made. A commit whose answer is lost is looked for before it is made again.
   *
   * @throws BowerbirdError USAGE: too many files; ACCESS; IO; NOT_FOUND; INTERRUPTED
   */
  async commit(work: CommitWork): Promise<CommitResult> {
    const { server, stop } = this.#connection;
    const key = `${server.base} ${this.uri}`;
    const before = lines.get(key);
    const run = (async () => {
      if (before !== undefined) await ended(before, stop);
      stop.throwIfAborted();
      return this.#committing.commit(work);
    })();
    lines.set(key, run);
    try {
      return await run;
    } finally {
      if (lines.get(key) === run) lines.delete(key);
    }
  }
}

/** However it ends. */
async function ended(work: Promise<unknown>, stop: Stop): Promise<void> {
  const end = work.then(
    () => true,
    () => true,
  );
  do stop.throwIfAborted();
  while (!(await Promise.race([end, sleep(lookAroundMs, false)])));
}
