/** What one commit takes, by way of the client of the Hub. */

import { BowerbirdError } from '../../errors.ts';
import { Turns } from '../../turns.ts';
import { call, isJson, type Task } from '../client.ts';
import { listIn, objectIn, textIn, understood } from '../listing.ts';
import type { Batch } from './batches.ts';
import type { LocalAdd } from './changes.ts';
import type { HubConnection } from './connection.ts';
import { FileSlice, sha256Of } from './content.ts';
import { hubLibrary } from './library.ts';
import { commitsAnHour, minutes } from './quota.ts';

const mostAsked = 100;
const sampleBytes = 512;
/** Of those that the client hashes, or cuts for xet. Parts and whole files are sent as many at a time as it likes. */
const filesAtOnce = 2;

/** By the Hub's word: whether a file is large, and goes up by its hash. */
export async function modesOf(
  connection: HubConnection,
  given: readonly LocalAdd[],
  modes: Map<string, boolean>,
): Promise<void> {
  const files = given.filter(({ path }) => !modes.has(path));
  const { base, dialect } = connection.server;
  const url = new URL(`${base}/api/datasets/${connection.repo}/preupload/${encodeURIComponent(connection.branch)}`);
  const task: Task = { doing: 'upload to', uri: connection.uri, stop: connection.stop, complete: isJson };
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
        if (shouldIgnore === true) throw ignored(connection.uri, String(path));
        modes.set(textIn(path, 'a path'), uploadMode === 'lfs');
      }
    });
    // Nothing is not large, whatever the Hub says: its store refuses empty objects.
    for (const { path, size } of some) if (size === 0 || !modes.has(path)) modes.set(path, false);
  }
}

/** Gives the commit. @throws AttemptEnded */
export async function sendBatch(
  connection: HubConnection,
  batch: Batch,
  {
    modes,
    at,
    summary,
  }: { readonly modes: ReadonlyMap<string, boolean>; readonly at: string; readonly summary: string },
): Promise<string> {
  const { commit } = await hubLibrary();
  const turns = new Turns(filesAtOnce);
  const content = ({ local, size, sha256 }: LocalAdd) =>
    FileSlice.of(local, size, { sha256, stop: connection.stop, turns });
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
  await connection.quota.turn({
    file: connection.options.quotaFile,
    stop: connection.stop,
    onWait: (ms) =>
      connection.notice(`the Hub takes ${commitsAnHour} commits an hour: the next one waits ${minutes(ms / 1000)}`),
  });
  const { fetch, end } = connection.attempt(expected);
  try {
    const made = await commit({
      repo: { type: 'dataset', name: connection.repo },
      title: summary,
      operations,
      branch: connection.branch,
      parentCommit: at,
      hubUrl: connection.server.base,
      useXet: connection.options.xet !== 'off',
      fetch,
    });
    return made!.commit.oid;
  } finally {
    end();
  }
}

function ignored(uri: string, path: string): BowerbirdError {
  const message = `Cannot upload "${path}" to "${uri}": a .gitignore there leaves it out; change that, or the name of the file`;
  return new BowerbirdError('USAGE', message, { source: uri });
}
