// datasetBuild() in a process of its own, with the clock started when the package is loaded:
//   node dataset-peer.mjs SOURCE OUT STATE EPISODES_PER_CHUNK WORKERS
import { datasetBuild } from '../../dist/api/dataset/build.js';

const [source = '', out = '', state = '', episodes, workers] = process.argv.slice(2);
const used = process.cpuUsage();
const start = process.hrtime.bigint();
const { records } = await datasetBuild({
  source,
  out,
  state,
  episodesPerChunk: Number(episodes),
  workers: Number(workers),
});
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, rows: records }));
