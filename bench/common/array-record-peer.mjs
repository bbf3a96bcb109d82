// A process of its own that makes an ArrayRecord file, or reads random records of one and prints its seconds, and those of its CPUs, as JSON:
//
//   array-record-peer.mjs make PATH OPTIONS COUNT
//   array-record-peer.mjs single|batch PATH READS THREADS
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { ArrayRecordReader, ArrayRecordWriter } from '../../dist/index.js';

const recordBytes = 60_000;
const batch = 256;

/** @param {string} path @param {string} options @param {number} count */
async function make(path, options, count) {
  const writer = await ArrayRecordWriter.create(path, options);
  const words = new Uint32Array(recordBytes / 4);
  const record = new Uint8Array(words.buffer);
  let state = 1;
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < words.length; k++) {
      state ^= state << 13;
      state ^= state >>> 17;
      state ^= state << 5;
      // As samples are: the high bytes say little.
      words[k] = state & 0x0fff0fff;
    }
    await writer.write(record);
  }
  await writer.close();
}

/** The same indices as array_record_reads.py. @param {number} seed @param {number} length @param {number} reads */
function indices(seed, length, reads) {
  let state = seed;
  return Array.from({ length: reads }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state % length;
  });
}

/** @param {{ how: string, path: string, reads: number, seed: number }} work @returns {Promise<() => Promise<number>>} */
async function prepare({ how, path, reads, seed }) {
  const reader = await ArrayRecordReader.open(path);
  const wanted = indices(seed, reader.length, reads);
  return async () => {
    let bytes = 0;
    if (how === 'single') for (const i of wanted) bytes += (await reader.read(i)).length;
    else {
      for (let at = 0; at < reads; at += batch) {
        for (const record of await reader.readMany(wanted.slice(at, at + batch))) bytes += record.length;
      }
    }
    return bytes;
  };
}

/** @param {string} how @param {string} path @param {number} reads @param {number} threads */
async function read(how, path, reads, threads) {
  const share = reads / threads;
  /** @type {(() => Promise<number>)[]} */
  const works = [];
  /** @type {Worker[]} */
  const workers = [];
  works.push(await prepare({ how, path, reads: share, seed: 1 }));
  for (let seed = 2; seed <= threads; seed++) {
    const worker = new Worker(new URL(import.meta.url), { workerData: { how, path, reads: share, seed } });
    workers.push(worker);
    await new Promise((resolve) => worker.once('message', resolve));
    works.push(() => {
      const done = new Promise((resolve) => worker.once('message', resolve));
      worker.postMessage('go');
      return done;
    });
  }
  const used = process.cpuUsage();
  const start = process.hrtime.bigint();
  const bytes = await Promise.all(works.reverse().map((work) => work()));
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(used);
  if (bytes.some((each) => each !== share * recordBytes)) throw new Error('other records than expected');
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6 }));
  for (const worker of workers) await worker.terminate();
}

const [how, path, third, fourth] = process.argv.slice(2);
if (!isMainThread && parentPort !== null) {
  const port = parentPort;
  const work = await prepare(workerData);
  port.postMessage('ready');
  port.once('message', async () => port.postMessage(await work()));
} else if (how === 'make') await make(path, third, Number(fourth));
else await read(how, path, Number(third), Number(fourth));
