/**
 * Builds of a dataset, killed at random moments over scan, downloads and uploads: the repository in the end is that of a run left alone, byte for
 * byte, and no chunk was committed twice. BOWERBIRD_KILLS says how many kills there are, 20 by default.
 */

import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type ObjectServer, objectServer, randomFrom } from '../support/object-server.ts';
import { planOf, specs } from '../support/processed-episodes.ts';
import { hubStore, putEpisodes, repositoryOf } from '../unit/jobs/dataset/building.ts';
import { scratch, tree } from '../unit/jobs/folder.ts';

const script = fileURLToPath(new URL('dataset/build.mjs', import.meta.url));
const kills = Number(process.env['BOWERBIRD_KILLS'] ?? 20);
const random = randomFrom(Number(process.env['BOWERBIRD_SEED'] ?? 17));
const episodes = specs({ de: 3, en: 6 }, 3);
const store = await hubStore();

interface Bucket {
  readonly server: ObjectServer;
  /** Told of each request, of both servers. */
  onRequest: () => void;
}

async function bucketOf(): Promise<Bucket> {
  const server = await objectServer();
  putEpisodes(server, episodes);
  const bucket: Bucket = { server, onRequest() {} };
  server.fault = () => {
    bucket.onRequest();
    return false;
  };
  const push = store.hub.seen.push.bind(store.hub.seen);
  store.hub.seen.push = (...items) => {
    bucket.onRequest();
    return push(...items);
  };
  return bucket;
}

function start({ server }: Bucket, state: string): ChildProcess {
  const options = {
    source: 's3://bucket/processed/',
    state,
    repo: 'org/ds',
    episodesPerChunk: 2,
    workers: 2,
    downloadWorkers: 4,
    parquetMaxBytes: 9000,
  };
  const env = {
    ...process.env,
    AWS_ENDPOINT_URL: server.url,
    AWS_ACCESS_KEY_ID: 'id',
    AWS_SECRET_ACCESS_KEY: 'secret',
  };
  return spawn(process.execPath, [script, JSON.stringify(options)], { env, stdio: ['ignore', 'ignore', 'pipe'] });
}

async function endOf(child: ChildProcess): Promise<{ code: number | null; signal: string | null; text: string }> {
  let text = '';
  child.stderr!.on('data', (data) => {
    text += data;
  });
  return new Promise((resolve) => child.once('close', (code, signal) => resolve({ code, signal, text })));
}

async function toTheEnd(bucket: Bucket, state: string): Promise<void> {
  expect(await endOf(start(bucket, state))).toMatchObject({ code: 0, text: '' });
}

/** Without a plan: that is made first. */
const emptyState = () => join(scratch(), 'state');

const parquetHere = (state: string) => Object.keys(tree(state)).filter((path) => path.endsWith('.parquet'));

test(`${kills} kills of a build leave the repository of a run left alone`, async () => {
  const bucket = await bucketOf();
  try {
    let requests = 0;
    bucket.onRequest = () => requests++;
    await toTheEnd(bucket, emptyState());
    const want = repositoryOf(store.hub);
    const all = requests;
    let [killed, rounds] = [0, 0];
    while (killed < kills) {
      store.hub.repos = {};
      const state = emptyState();
      const before = killed;
      for (let again = 1 + Math.floor(random() * 4); again > 0; again--) {
        const child = start(bucket, state);
        // At one of the requests, or somewhat behind it: while it is answered, or what came of it is noted.
        let left = 1 + Math.floor(random() * all * 0.9);
        const wait = random() < 0.5 ? 0 : random() * 30;
        bucket.onRequest = () => {
          if (--left === 0) void sleep(wait).then(() => child.kill('SIGKILL'));
        };
        const { code, signal, text } = await endOf(child);
        bucket.onRequest = () => {};
        if (signal === null) expect({ code, text }).toEqual({ code: 0, text: '' });
        else killed++;
      }
      await toTheEnd(bucket, state);
      rounds++;
      const told = `round ${rounds}, kills ${before} to ${killed}`;
      expect(repositoryOf(store.hub), told).toEqual(want);
      const added = store.hub.repos['org/ds']!.log!.flatMap((commit) => commit.added).filter((path) =>
        path.endsWith('.parquet'),
      );
      expect(new Set(added).size, told).toBe(added.length);
      expect(JSON.parse(readFileSync(join(state, 'work_plan.json'), 'utf8')), told).toEqual(planOf(episodes));
      expect(parquetHere(state), told).toEqual([]);
      expect(existsSync(join(state, 'dataset.json')), told).toBe(true);
      const ids = readFileSync(join(state, 'progress.log'), 'utf8').trim().split('\n');
      expect(ids.toSorted(), told).toEqual(['de-0', 'de-1', 'en-0', 'en-1', 'en-2']);
      // And so it stays.
      const commits = store.hub.repos['org/ds']!.log!.length;
      await toTheEnd(bucket, state);
      expect(store.hub.repos['org/ds']!.log!.length, told).toBe(commits);
    }
  } finally {
    await bucket.server.close();
  }
}, 600_000);
