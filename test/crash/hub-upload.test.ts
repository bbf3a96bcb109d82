/** `pack --upload hf://` killed while it uploads: what is on the Hub in the end is what one run puts there, and no file was committed twice. */

import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fileOf } from '../support/hub/reading.mjs';
import { startHub } from '../support/hub/server.mjs';
import { wav } from '../support/labelled.ts';
import { randomFrom } from '../support/object-server.ts';
import { scratch } from '../unit/jobs/folder.ts';

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const kills = 12;
const shards = 30;

type Hub = Awaited<ReturnType<typeof startHub>>;

/** At the so-many-th request, or as the Hub gets a commit, which then takes place without anybody to hear of it. */
type Moment = number | 'commit';

/** Runs it once, and kills it. Gives whether it came to its end. */
async function run(hub: Hub, out: string, input: string, moment: Moment): Promise<boolean> {
  const args = [cli, 'pack', input, '--out', out, '--samples-per-shard', '1', '--workers', '2', '--quiet'];
  const env = { ...process.env, HF_ENDPOINT: hub.url, HF_TOKEN: 'hf_x', HF_HOME: '/nonexistent' };
  const child = spawn(process.execPath, [...args, '--upload', 'hf://datasets/org/ds'], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  let requests = 0;
  hub.onRequest = (path) => {
    requests++;
    if (moment === 'commit' ? path.includes('/commit/') : requests === moment) child.kill('SIGKILL');
  };
  const [code, signal] = await new Promise<[number | null, string | null]>((resolve) => {
    child.on('close', (...ended) => resolve(ended));
  });
  hub.onRequest = undefined;
  if (signal === null) expect(`${code} ${said}`).toBe('0 ');
  return signal === null;
}

/** Paths with the hashes of what they hold. */
function held(hub: Hub): { [path: string]: string } {
  const { refs, commits } = hub.repos['org/ds']!;
  const files = Object.entries(commits[refs['main']!]!);
  return Object.fromEntries(files.map(([path, value]) => [path, fileOf(hub, value).oid]));
}

test('pack --upload hf:// killed at random requests ends like a run left alone', async () => {
  const folder = scratch();
  const input = join(folder, 'in', 'manifest.jsonl');
  mkdirSync(join(folder, 'in'));
  const rows = Array.from({ length: shards }, (_, n) => {
    writeFileSync(join(folder, 'in', `${n}.wav`), wav(Array.from({ length: 160 }, (_, i) => (i * (n + 1)) % 1000)));
    return JSON.stringify({ audio_filepath: `${n}.wav`, text: `${n}` });
  });
  writeFileSync(input, `${rows.join('\n')}\n`);
  const out = join(folder, 'out');

  const alone = await startHub();
  expect(await run(alone, out, input, Number.POSITIVE_INFINITY)).toBe(true);
  const want = held(alone);
  const requests = alone.seen.length;
  const commits = alone.repos['org/ds']!.log!.length;
  await alone.close();
  expect([Object.keys(want).length, commits]).toEqual([2 * shards + 3, 2]);

  const random = randomFrom(17);
  for (let killed = 0; killed < kills; ) {
    const hub = await startHub();
    const told: Moment[] = [];
    for (;;) {
      const moment = random() < 0.4 ? 'commit' : 1 + Math.floor(random() * requests);
      told.push(moment);
      if (await run(hub, out, input, moment)) break;
      killed++;
    }
    const { log } = hub.repos['org/ds']!;
    const added = log!.flatMap((commit) => commit.added);
    const round = `killed at ${told.join(', ')}`;
    expect([round, held(hub), hub.complaints]).toEqual([round, want, []]);
    expect([round, log!.length, added.length]).toEqual([round, commits, new Set(added).size]);
    await hub.close();
  }
}, 120_000);
