// pack() in a process of its own, once to warm up and then for the clock:
//   node pack-peer.mjs MANIFEST OUT SAMPLES_PER_SHARD THREADS
import { rmSync } from 'node:fs';
import { pack } from '../../dist/index.js';

const [inputs = '', out = '', samples, workers] = process.argv.slice(2);

async function once() {
  rmSync(out, { recursive: true, force: true });
  const used = process.cpuUsage();
  const start = process.hrtime.bigint();
  await pack({ inputs, out, samplesPerShard: Number(samples), workers: Number(workers), keepColumns: ['*'] });
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(used);
  return { seconds, cpu: (user + system) / 1e6 };
}

await once();
console.log(JSON.stringify(await once()));
