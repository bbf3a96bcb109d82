// How fast does `dataset build` make Parquet files of episodes in a bucket, beside the script that it replaces, and with how much memory?
//
// About 2 GB of recordings of 125 kB on an S3 server of this machine, a process of its own (versitygw, built with Go at the first run), in one
// language; a chunk is 100 episodes of 40 segments, half a gigabyte. The script (bench/peers/dataset_original.py: boto3 in 128 threads,
// `datasets`, pyarrow) is written after its document, and holds a chunk in memory: at its own default of 1000 episodes it would take ten times as
// much. Both plan before the clock, which starts when packages are loaded, write to a folder of the same disk, and upload nothing. That both wrote the
// same rows is looked at. Memory is measured of whole processes: with two threads at the default row groups, over a quarter of the episodes and all.
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startS3 } from '../../scripts/servers.mjs';
import { root } from '../common/bench.mjs';
import { episodesOf, makeEpisodes, mp3Noise } from '../common/make-episodes.mjs';
import { ownPython } from '../common/peers.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';
import { median, table } from '../common/stats.mjs';

const script = join(root, 'bench/peers/dataset_original.py');
const library = join(root, 'bench/common/dataset-peer.mjs');
const segments = 40;
const recordingBytes = 125_000;
const limitMiB = 1024;
/** What was asked for. */
const [fastEnough, lightEnough] = [2, 1 / 4];

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const venv = { name: 'dataset-venv', requirements: 'dataset-requirements.txt' };
  const python = await ownPython(bench, venv, 'the script', 'boto3, datasets, pyarrow');
  const server = await startS3();
  try {
    server.makeBucket('episodes');
    const count = bench.size(400, 8);
    const episodes = episodesOf('en', count, segments);
    bench.progress(`making ${count} episodes`);
    makeEpisodes(join(server.folder, 'data/episodes/processed'), episodes, mp3Noise(recordingBytes));
    const { AWS_ACCESS_KEY_ID: R2_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY: R2_SECRET_ACCESS_KEY, AWS_REGION } = server.env;
    const r2 = {
      R2_ENDPOINT_URL: server.url,
      R2_ACCESS_KEY_ID,
      R2_SECRET_ACCESS_KEY,
      R2_BUCKET: 'episodes',
      R2_REGION: AWS_REGION,
    };
    const env = { ours: { ...process.env, ...server.env }, theirs: { ...process.env, ...r2 } };
    await compare(bench, { python, count, env });
    memory(bench, { count, env });
  } finally {
    await server.stop();
  }
}

/** A plan of the first episodes. @param {string} state @param {number} count */
function plan(state, count) {
  rmSync(state, { recursive: true, force: true });
  mkdirSync(state, { recursive: true });
  const prefixes = episodesOf('en', count, segments).map(({ episode }) => `processed/en/${episode}/`);
  writeFileSync(join(state, 'work_plan.json'), JSON.stringify({ en: prefixes }));
}

/** @param {string} stdout */
function told(stdout) {
  const { seconds, cpu } = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  return { seconds, cpu };
}

/** @param {string} out @returns {Promise<number>} */
async function rowsIn(out) {
  const { readShardFooter } = await import('../../dist/samples/parquet/shard-footer.js');
  const folder = join(out, 'data/en');
  const footers = await Promise.all(readdirSync(folder).map((name) => readShardFooter(join(folder, name))));
  return footers.reduce((sum, { rows }) => sum + rows, 0);
}

/**
 * @param {import('../common/bench.mjs').Bench} bench
 * @param {{ python: string | undefined, count: number, env: { ours: NodeJS.ProcessEnv, theirs: NodeJS.ProcessEnv } }} how
 */
async function compare(bench, { python, count, env }) {
  const bytes = count * segments * recordingBytes;
  const perChunk = Math.max(1, count / 4);
  const [out, state] = [bench.out(), bench.path('dataset-state')];
  const before = () => {
    rmSync(out, { recursive: true, force: true });
    plan(state, count);
  };
  /** @type {Map<string, Promise<number>>} */
  const written = new Map();
  /** @param {string} name @param {() => import('../common/process.mjs').Cost} work */
  const contender = (name, work) => ({
    name,
    bytes,
    before,
    run() {
      const { stdout, peakMiB, others } = work();
      return { ...told(stdout), peakMiB, others };
    },
    check: () => void written.set(name, rowsIn(out)),
  });
  const contenders = [1, 2].map((workers) =>
    contender(`datasetBuild(), ${workers} threads`, () =>
      cost([process.execPath, library, 's3://episodes/processed/', out, state, `${perChunk}`, `${workers}`], {
        env: env.ours,
      }),
    ),
  );
  if (python !== undefined) {
    // Its plan and its log lie in the working directory.
    const inState = `cd "$1" && exec "$2" "$3" "$4"`;
    const own = { ...env.theirs, EPISODES_PER_CHUNK: `${perChunk}` };
    contenders.push(
      contender('script', () => cost(['sh', '-c', inState, 'sh', state, python, script, out], { env: own })),
    );
  }
  const samples = rounds(bench, contenders, { rounds: bench.rounds(3) });
  for (const [name, rows] of written) {
    if ((await rows) !== count * segments) throw new Error(`${name} wrote ${await rows} rows of ${count * segments}`);
  }
  rmSync(out, { recursive: true, force: true });
  bench.say(
    `${count} episodes of ${segments} recordings, ${(bytes / 1e9).toFixed(2)} GB, in chunks of ${perChunk} episodes:`,
  );
  bench.say(comparison(samples, ['script']));
  if (python !== undefined) verdict(bench, samples);
}

/** @param {import('../common/bench.mjs').Bench} bench @param {readonly import('../common/rounds.mjs').Sample[]} samples */
function verdict(bench, samples) {
  const of = (/** @type {string} */ name) => samples.filter((sample) => sample.name === name);
  const [ours, theirs] = [of('datasetBuild(), 2 threads'), of('script')];
  const peak = (/** @type {typeof samples} */ some) => median(some.map(({ peakMiB }) => peakMiB ?? Number.NaN));
  const fast = median(
    ours.map(({ seconds, round }) => (theirs.find((each) => each.round === round)?.seconds ?? Number.NaN) / seconds),
  );
  const share = peak(ours) / peak(theirs);
  bench.say(
    table([
      ['two threads beside the script', 'measured', 'asked for'],
      ['throughput', `${fast.toFixed(2)} times`, `${fastEnough} times: ${fast >= fastEnough ? 'held' : 'MISSED'}`],
      ['peak memory', share.toFixed(2), `${lightEnough} at most: ${share <= lightEnough ? 'held' : 'MISSED'}`],
    ]),
  );
}

/** @param {import('../common/bench.mjs').Bench} bench @param {{ count: number, env: { ours: NodeJS.ProcessEnv, theirs: NodeJS.ProcessEnv } }} how */
function memory(bench, { count, env }) {
  const [out, state] = [bench.out(), bench.path('dataset-state')];
  const perChunk = Math.max(1, count / 8);
  const sizes = [count / 4, count];
  const peaks = sizes.map((episodes) => {
    rmSync(out, { recursive: true, force: true });
    plan(state, episodes);
    const { peakMiB, seconds } = cost(
      [process.execPath, library, 's3://episodes/processed/', out, state, `${perChunk}`, '2'],
      { env: env.ours },
    );
    bench.raw({ name: 'memory', episodes, seconds, peakMiB });
    return peakMiB;
  });
  rmSync(out, { recursive: true, force: true });
  rmSync(state, { recursive: true, force: true });
  const gb = (/** @type {number} */ episodes) => (episodes * segments * recordingBytes) / 1e9;
  const [less = 0, more = 0] = peaks;
  const slope = (more - less) / (gb(count) - gb(count / 4));
  bench.say(`Peak resident memory, two threads, two writers; slope ${slope.toFixed(1)} MiB a GB:`);
  bench.say(
    table([
      ['GB', 'MiB', 'limit'],
      ...sizes.map((episodes, i) => {
        const peak = peaks[i] ?? Number.NaN;
        return [gb(episodes).toFixed(2), peak.toFixed(0), `${limitMiB} MiB: ${peak < limitMiB ? 'held' : 'MISSED'}`];
      }),
    ]),
  );
}
