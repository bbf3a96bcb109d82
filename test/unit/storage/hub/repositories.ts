/** A repository on the Hub of the tests, with files to commit, and no patience. */

import { createCipheriv, createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LocalAdd } from '../../../../src/storage/hub/changes.ts';
import { type Clock, CommitQuota } from '../../../../src/storage/hub/quota.ts';
import { HubRepository, type HubRepositoryOptions } from '../../../../src/storage/hub/repository.ts';
import type { HubTiming } from '../../../../src/storage/hub/requests.ts';
import { startHub } from '../../../support/hub/server.mjs';

export const impatient: HubTiming = {
  patience: { tries: 4, firstWaitMs: 1, mostWaitMs: 2 },
  silenceMs: 10_000,
  workMs: 10_000,
  deadlineMs: 20_000,
};

/** Time passes when somebody waits for it. */
export function clockOf(waits: number[]): Clock {
  let now = 1_000_000_000_000;
  return {
    now: () => now,
    async sleep(ms, stop) {
      stop?.throwIfAborted();
      waits.push(ms);
      now += ms;
    },
  };
}

export async function hubWith(options: Parameters<typeof startHub>[0] = {}) {
  const hub = await startHub(options);
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-hub-'));
  onTestFinished(async () => {
    await hub.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const waits: number[] = [];
  const notices: string[] = [];
  const clock = clockOf(waits);
  const repository = (more: Partial<HubRepositoryOptions> = {}) =>
    new HubRepository({
      repo: 'org/ds',
      token: 'any-token',
      endpoint: hub.url,
      timing: impatient,
      clock,
      quota: new CommitQuota(clock),
      onNotice: (notice) => notices.push(notice),
      ...more,
    });
  // Bytes that nothing packs, the same each time.
  const random = (seed: string, size: number) =>
    createCipheriv('aes-128-ctr', createHash('md5').update(seed).digest(), Buffer.alloc(16)).update(Buffer.alloc(size));
  const written = (path: string, bytes: Buffer): LocalAdd => {
    const local = join(folder, path.replaceAll('/', '_'));
    writeFileSync(local, bytes);
    return { path, local, size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') };
  };
  const file = (path: string, size: number, seed = path) => written(path, random(seed, size));
  const text = (path: string, content: string) => written(path, Buffer.from(content));
  const log = () => (hub.repos['org/ds']?.log ?? []).filter(({ summary }) => summary !== 'by somebody else');
  return { hub, repository, file, written, text, log, waits, notices, folder };
}
