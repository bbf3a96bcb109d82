// A process of its own that reads objects of a bucket with Bowerbird's own client, throws the bytes away, or writes each to a file of FOLDER,
// and prints its seconds as JSON:
//
//   download-peer.mjs URI-PREFIX NAMES-FILE THREADS AHEAD [FOLDER]
//
// Every thread keeps AHEAD + 1 objects on their way, as a thread of ingest does. The clock starts when all threads are ready.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { storageOf } from '../../dist/storage/registry.js';

/** @param {{ prefix: string, names: readonly string[], ahead: number, folder?: string }} work */
async function download({ prefix, names, ahead, folder }) {
  const storage = await storageOf(prefix);
  let next = 0;
  let bytes = 0;
  const lane = async () => {
    while (next < names.length) {
      const name = names[next++];
      const content = await storage.read(`${prefix}/${name}`);
      if (folder !== undefined) writeFileSync(join(folder, name), content);
      bytes += content.length;
    }
  };
  await Promise.all(Array.from({ length: ahead + 1 }, lane));
  return bytes;
}

if (parentPort !== null) {
  const port = parentPort;
  await storageOf(workerData.prefix);
  port.postMessage('ready');
  port.once('message', async () => port.postMessage(await download(workerData)));
}

if (isMainThread) {
  const [prefix, list, threads, ahead, folder] = process.argv.slice(2);
  const names = readFileSync(list, 'utf8').trim().split('\n');
  const share = Math.ceil(names.length / Number(threads));
  const workers = Array.from({ length: Number(threads) }, (_, i) => {
    const part = names.slice(i * share, (i + 1) * share);
    return new Worker(new URL(import.meta.url), {
      workerData: { prefix, names: part, ahead: Number(ahead), folder },
    });
  });
  const said = (/** @type {Worker} */ worker) => new Promise((resolve) => worker.once('message', resolve));
  await Promise.all(workers.map(said));
  const start = process.hrtime.bigint();
  const done = workers.map(said);
  for (const worker of workers) worker.postMessage('go');
  const bytes = (await Promise.all(done)).reduce((sum, part) => sum + part, 0);
  console.log(JSON.stringify({ seconds: Number(process.hrtime.bigint() - start) / 1e9, bytes }));
}
