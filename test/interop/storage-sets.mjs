/** Jobs that make sets, from bucket to bucket through a proxy that drops and cuts: convert to ArrayRecord and back, and ingest. Part of storage.mjs. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { writeSampleRecords } from '../../scripts/sample-records.mjs';
import { startFaultProxy } from './fault-proxy.mjs';
import { bowerbird, collect, digestOf, localFiles, remoteFiles } from './storage-files.mjs';

const inputs = 12;
const recordings = 90;

/** Some of them compressed; large enough that slices begin in the middle. */
function sampleSets(scratch) {
  return Array.from({ length: inputs }, (_, seed) => {
    const path = join(scratch, `sample-${seed}`);
    writeSampleRecords(path, { records: 100 + 7 * seed, seed, width: 16 });
    const bytes = readFileSync(path);
    return [`set-${String(seed).padStart(2, '0')}.tfrecord`, seed % 4 === 3 ? gzipSync(bytes) : bytes];
  });
}

async function stateOf(storage, prefix) {
  const names = await collect(storage, `${prefix}.bowerbird/`);
  return names.map(({ uri }) => uri.slice(prefix.length)).join();
}

async function sameFiles(storage, prefix, folder) {
  return digestOf(await remoteFiles(storage, prefix)) === digestOf(localFiles(folder));
}

async function checkConvert({ report, name, storage, root, env, scratch }) {
  await report.group(`${name}: convert to ArrayRecord and back through faults, bucket to bucket`, async (expect) => {
    for (const [key, bytes] of sampleSets(scratch)) await storage.write(`${root}/sets/${key}`, bytes);
    const there = ['convert', `${root}/sets`, '--to', 'arrayrecord', '--shards', '7', '--proof'];
    const near = await bowerbird({}, ...there, '--out', join(scratch, 'ar/train'));
    const far = await bowerbird(env, ...there, '--out', `${root}/ar/train`);
    expect(far.complete && far.inputs === inputs && far.outputs === 7, () => JSON.stringify(far));
    expect(far.proof === near.proof, `proofs ${far.proof} and ${near.proof}`);
    expect(await sameFiles(storage, `${root}/ar/`, join(scratch, 'ar')), 'the shards are not those of a local run');
    const state = await stateOf(storage, `${root}/ar/`);
    expect(
      state === '.bowerbird/convert-train.index.jsonl,.bowerbird/convert-train.jsonl',
      () => `left behind: ${state}`,
    );
    const again = await bowerbird(env, ...there, '--out', `${root}/ar/train`);
    expect(again.complete && again.skipped === 7, `${again.skipped} skipped`);

    const back = ['convert', `${root}/ar`, '--to', 'tfrecord', '--shards', '5', '--compression', 'gzip', '--proof'];
    const returned = await bowerbird(env, ...back, '--out', `${root}/back/train`);
    expect(returned.inputs === 7, `${returned.inputs} inputs: its manifest was taken for one`);
    expect(returned.proof === near.proof, `proofs ${returned.proof} and ${near.proof}`);
    const verified = await bowerbird(env, 'verify', `${root}/back`, `${root}/ar`);
    expect(verified.ok && verified.inputs === 12, `${verified.inputs} verified, ok ${verified.ok}`);
  });
}

async function checkIngest({ report, name, storage, root, env, scratch, wav }) {
  await report.group(`${name}: ingest through faults, bucket to bucket`, async (expect) => {
    const rows = ['Label,Blob Name'];
    for (let i = 0; i < recordings; i++) {
      const key = i % 5 === 0 ? `deep/clip ${i}+#%41.wav` : `clip-${i}.wav`;
      rows.push(`bird ${i % 4},${key}`);
      await storage.write(`${root}/sounds/${key}`, wav(i));
    }
    await storage.write(`${root}/sounds/labels.csv`, Buffer.from(`${rows.join('\n')}\n`));
    const common = ['ingest', `${root}/sounds/labels.csv`, '--shards', '6', '--labels', 'string', '--shuffle', '4'];
    await bowerbird({}, ...common, '--out', join(scratch, 'shards/train'));
    const far = await bowerbird(env, ...common, '--out', `${root}/shards/train`);
    expect(far.complete && far.used === recordings, () => JSON.stringify(far));
    expect(
      await sameFiles(storage, `${root}/shards/`, join(scratch, 'shards')),
      'shards, labels or manifest are not those of a local run',
    );
    const state = await stateOf(storage, `${root}/shards/`);
    expect(state === '.bowerbird/ingest-train.jsonl', () => `left behind: ${state}`);
    const again = await bowerbird(env, ...common, '--out', `${root}/shards/train`);
    expect(again.complete && again.skipped === 6, `${again.skipped} skipped`);
  });
}

/** 16 bits, mono, 8 kHz. */
function makeWav(encodeWavHeader) {
  return (number) => {
    const frames = 300 + 41 * number;
    const samples = Int16Array.from({ length: frames }, (_, i) => (i * 7919 * (number + 1)) % 32768);
    return Buffer.concat([
      encodeWavHeader({ sampleRate: 8000, channels: 1, frames, type: 'int16' }),
      Buffer.from(samples.buffer),
    ]);
  };
}

export async function checkSets(report, name, storage, root, envThrough, server) {
  const { encodeWavHeader } = await import('../../dist/formats/wav/writer.js');
  const scratch = mkdtempSync(join(tmpdir(), 'bowerbird-sets-'));
  const proxy = await startFaultProxy(server.url, 1973);
  try {
    const world = { report, name, storage, root, env: envThrough(proxy.url), scratch, wav: makeWav(encodeWavHeader) };
    await checkConvert(world);
    await checkIngest(world);
    console.log(`      ${name}: ${JSON.stringify(proxy.faults)}`);
  } finally {
    await proxy.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}
