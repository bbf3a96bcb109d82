/** What tests of builds share: a bucket, a Hub, a state folder, and what a repository holds in the end. Needs a build: units run in threads. */

import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach } from 'vitest';
import { datasetBuild } from '../../../../dist/api/dataset/build.js';
import type { DatasetBuildOptions } from '../../../../src/api/types/dataset-build.ts';
import { Objects } from '../../../support/hub/objects.mjs';
import { fileOf } from '../../../support/hub/reading.mjs';
import { startHub } from '../../../support/hub/server.mjs';
import type { ObjectServer } from '../../../support/object-server.ts';
import { type EpisodeSpec, episodeObjects, planOf } from '../../../support/processed-episodes.ts';
import { scratch } from '../folder.ts';

export type Hub = Awaited<ReturnType<typeof startHub>>;

/** Where hf:// leads from now on. Empty before each test. */
export async function hubStore(): Promise<{ hub: Hub }> {
  const store = { hub: await startHub({ redirects: false }) };
  Object.assign(process.env, { HF_ENDPOINT: store.hub.url, HF_TOKEN: 'any-token' });
  beforeEach(() => {
    store.hub.repos = {};
    store.hub.objects = new Objects(undefined);
    store.hub.faults.length = 0;
    store.hub.seen.length = 0;
  });
  afterAll(() => store.hub.close());
  return store;
}

export function putEpisodes({ objects }: ObjectServer, episodes: readonly EpisodeSpec[]): void {
  for (const [key, bytes] of episodeObjects(episodes)) objects.set(`bucket/${key}`, bytes);
}

/** With a plan in it. */
export function stateFolder(episodes: readonly EpisodeSpec[]): string {
  const state = join(scratch(), 'state');
  mkdirSync(state);
  writePlan(state, episodes);
  return state;
}

export function writePlan(state: string, episodes: readonly EpisodeSpec[]): void {
  writeFileSync(join(state, 'work_plan.json'), JSON.stringify(planOf(episodes)));
}

export function build(options: DatasetBuildOptions) {
  return datasetBuild({
    source: 's3://bucket/processed/',
    episodesPerChunk: 2,
    workers: 2,
    downloadWorkers: 8,
    ...options,
  });
}

/** Path to the SHA-256 of its bytes, of the newest commit. */
export function repositoryOf(hub: Hub, repo = 'org/ds'): { [path: string]: string } {
  const { refs, commits } = hub.repos[repo]!;
  return Object.fromEntries(
    Object.entries(commits[refs['main']!]!)
      .sort()
      .map(([path, entry]) => [path, sha256(bytesOf(hub, entry))]),
  );
}

export function bytesAt(hub: Hub, path: string, repo = 'org/ds'): Buffer {
  const { refs, commits } = hub.repos[repo]!;
  return bytesOf(hub, commits[refs['main']!]![path]!);
}

function bytesOf(hub: Hub, entry: Parameters<typeof fileOf>[1]): Buffer {
  const { size, read } = fileOf(hub, entry);
  return read(0, size);
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** The Parquet files of it alone: the card changes with every commit. */
export function dataOf(hub: Hub): { [path: string]: string } {
  return Object.fromEntries(Object.entries(repositoryOf(hub)).filter(([path]) => path.startsWith('data/')));
}
