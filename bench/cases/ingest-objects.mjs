// How much of what a bare downloader reaches is left when ingest makes shards of 2,000 objects of an S3 server on this machine?
//
// The downloader is Bowerbird's own client in as many threads, with about as many objects on their way, and drops what it gets; a second one
// writes each object to a file, as one does who makes shards afterwards. Over bare loopback nothing is waited for and server and clients share
// the cores: each second of CPU that shards cost is a second that ingest is behind. Over a line (bench/common/line.mjs), as to a real bucket,
// downloads and shards can overlap. From ingest the time of a run over no rows is subtracted; the downloader's clock starts when its threads
// are ready. The shards are compared with those made from local files. The server is built with Go at the first run (scripts/servers.mjs).
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { startS3 } from '../../scripts/servers.mjs';
import { root } from '../common/bench.mjs';
import { warm } from '../common/data.mjs';
import { ingestCommand, ingestStart, labelled, sumOfShards } from '../common/labelled.mjs';
import { startLine } from '../common/line.mjs';
import { cost } from '../common/process.mjs';
import { comparison, rounds } from '../common/rounds.mjs';

const workers = 2;
/** The default of --prefetch. */
const ahead = 8;
const asked = 0.8;
const line = { bytesPerSecond: 100e6, latencyMs: 20 };

const sets = /** @type {const} */ ([
  { seconds: 5, rate: 44_100, kind: 'wav' },
  { seconds: 1, rate: 16_000, kind: 'wav' },
]);

/** @param {import('../common/bench.mjs').Bench} bench */
export async function run(bench) {
  const out = bench.out();
  const less = ingestStart(bench, workers);
  const server = await startS3();
  const far = await startLine(server.url, line);
  const ways = [
    { how: 'over loopback', url: server.url },
    { how: `over a line of ${line.bytesPerSecond / 1e6} MB/s and ${line.latencyMs} ms`, url: far.url },
  ];
  try {
    Object.assign(process.env, server.env);
    server.makeBucket('sounds');
    const { storageOf } = await import('../../dist/storage/registry.js');
    const storage = await storageOf('s3://sounds');
    for (const set of sets) {
      const { csv, audio, paths, bytes, what } = labelled(bench, set);
      warm(paths);
      const prefix = `s3://sounds/${set.rate}`;
      bench.progress(`uploading ${what}`);
      for (const path of paths) await storage.write(`${prefix}/${basename(path)}`, readFileSync(path));
      const list = bench.path('names.txt');
      writeFileSync(list, paths.map((path) => basename(path)).join('\n'));
      const before = () => {
        rmSync(out, { recursive: true, force: true });
        mkdirSync(out);
      };
      before();
      cost(ingestCommand({ csv, audio, out, workers }));
      const expected = sumOfShards(out);
      for (const { how, url } of ways) {
        const env = { ...process.env, AWS_ENDPOINT_URL: url };
        const ingest = {
          name: 'ingest from S3',
          bytes,
          before,
          less,
          run: () => cost(ingestCommand({ csv: `${prefix}/labels.csv`, audio: prefix, out, workers }), { env }),
          check: () => {
            if (sumOfShards(out) !== expected) throw new Error('The shards are not those made from local files');
          },
        };
        const downloader = (/** @type {string} */ name, /** @type {readonly string[]} */ ...folder) => ({
          name,
          bytes,
          before,
          run: () => {
            const peer = join(root, 'bench/common/download-peer.mjs');
            const command = [process.execPath, peer, prefix, list, String(workers), String(ahead), ...folder];
            const { stdout, ...rest } = cost(command, { env });
            const told = JSON.parse(stdout);
            if (told.bytes !== bytes) throw new Error(`${told.bytes} bytes were downloaded, not ${bytes}`);
            return { ...rest, seconds: told.seconds };
          },
        });
        const peers = [downloader('bare downloader'), downloader('downloader to files', out)];
        const samples = rounds(bench, [ingest, ...peers], { rounds: bench.rounds(5) });
        const where = bench.options.ram ? 'a RAM disk' : 'disk';
        bench.say(`${what}, from an S3 server ${how}, to shards on ${where} (asked: ${asked}):`);
        bench.say(comparison(samples, ['bare downloader', 'downloader to files']));
      }
    }
  } finally {
    await far.stop();
    await server.stop();
    rmSync(out, { recursive: true, force: true });
  }
}
