/**
 * Object storage against real servers on loopback (scripts/servers.mjs): everything that a storage promises, and jobs from a bucket to a
 * bucket through a proxy that drops and cuts. Part of run.mjs; alone: `node test/interop/storage.mjs`.
 */

import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { writeSampleRecords } from '../../scripts/sample-records.mjs';
import { startGcs, startS3 } from '../../scripts/servers.mjs';
import { startFaultProxy } from './fault-proxy.mjs';
import { makeReport } from './report.mjs';
import { bowerbird, collect, digestOf, inParallel, localFiles, remoteFiles } from './storage-files.mjs';
import { checkSets } from './storage-sets.mjs';
import { checkUploads } from './uploads.mjs';

const many = 5200;
/** The whole number under --full: some seventeen thousand requests a server. */
const objectsUnderFaults = process.argv.includes('--full') ? 2000 : 300;
const MIB = 1 << 20;
const largeBytes = 200 * MIB;

/** What the file system behind the S3 server cannot hold: it takes slashes for folders. Such keys are tested in process. */
const oddKeys = [
  'with space',
  'a+b',
  'a#b',
  'a%b',
  'a%20b',
  'a%2Fb',
  'ünï-çödé/日本',
  'q?x=1&y=2',
  "it's(1)!*",
  '<&>"',
  'new\nline',
  '.hidden',
];
const doubledSlashes = ['/leading', 'a//b'];

const failing = async (promise) =>
  promise.then(
    () => ({ code: 'none', message: 'it did not fail' }),
    (error) => error,
  );

function pseudoRandom(length) {
  const bytes = Buffer.allocUnsafe(length);
  for (let i = 0; i < length; i += 4) bytes.writeInt32LE(Math.imul(i + 1, 0x9e3779b1) ^ (i >>> 7), i);
  return bytes;
}

async function checkPromises(report, name, storage, root, keys, lanes) {
  await report.group(`${name}: lists ${many} objects, in order, once`, async (expect) => {
    const names = Array.from({ length: many }, (_, i) => `${root}/many/${String(i).padStart(6, '0')}`);
    await inParallel(many, (i) => storage.write(names[i], Buffer.from(String(i))), lanes);
    const found = (await collect(storage, `${root}/many/`)).map(({ uri }) => uri);
    expect(found.join() === names.join(), () => `${found.length} listed, expected ${many}`);
    const folders = await collect(storage, `${root}/`, { delimiter: '/' });
    expect(
      folders.some(({ kind, uri }) => kind === 'prefix' && uri === `${root}/many/`),
      'the folder is not listed',
    );
  });

  await report.group(`${name}: ${largeBytes / MIB} MiB in parts, back, and by ranges`, async (expect) => {
    const bytes = pseudoRandom(largeBytes);
    async function* pieces() {
      for (let at = 0; at < bytes.length; at += 300_001) yield bytes.subarray(at, at + 300_001);
    }
    const began = performance.now();
    const written = await storage.write(`${root}/large`, pieces());
    const uploaded = performance.now();
    const back = await storage.read(`${root}/large`);
    const rate = (ms) => `${Math.round((largeBytes / MIB / ms) * 1000)} MiB/s`;
    console.log(`      ${name}: up ${rate(uploaded - began)}, down ${rate(performance.now() - uploaded)}`);
    expect(written.size === bytes.length && bytes.equals(back), 'what came back is not what was sent');
    for (const [at, length] of [
      [0, 1],
      [8 * MIB - 3, 7],
      [largeBytes - 5, 100],
      [123_456_789, 65_536],
    ]) {
      const part = Buffer.from(await storage.readRange(`${root}/large`, at, length, { version: written.version }));
      expect(part.equals(bytes.subarray(at, at + length)), `range ${at}+${length} differs`);
    }
    const copied = await storage.copy(`${root}/large`, `${root}/copy of large`);
    expect(copied.size === bytes.length, `the copy has ${copied.size} bytes`);
    await storage.delete(`${root}/large`);
    expect((await storage.stat(`${root}/large`)) === undefined, 'it is still there');
    async function* breaking() {
      yield bytes.subarray(0, 30 * MIB);
      throw new Error('the source broke');
    }
    const error = await failing(storage.write(`${root}/broken`, breaking()));
    expect(error.message === 'the source broke', error.message);
    expect((await storage.stat(`${root}/broken`)) === undefined, 'half an object is there');
  });

  await report.group(`${name}: odd keys, taken literally`, async (expect) => {
    for (const key of keys) {
      await storage.write(`${root}/odd/${key}`, Buffer.from(key));
      const back = Buffer.from(await storage.read(`${root}/odd/${key}`)).toString();
      expect(back === key, `${JSON.stringify(key)} gave ${JSON.stringify(back)}`);
    }
    const found = (await collect(storage, `${root}/odd/`)).map(({ uri }) => uri.slice(`${root}/odd/`.length));
    expect(found.sort().join('|') === [...keys].sort().join('|'), () => `listed ${found.join('|')}`);
  });

  await report.group(`${name}: conditional create, and only if unchanged`, async (expect) => {
    const race = await Promise.allSettled(
      Array.from({ length: 16 }, (_, i) =>
        storage.write(`${root}/once`, Buffer.from(`writer ${i}`), { ifAbsent: true }),
      ),
    );
    const won = race.filter(({ status }) => status === 'fulfilled');
    expect(won.length === 1, `${won.length} of 16 made it`);
    expect(
      race.every((end) => end.status === 'fulfilled' || end.reason.code === 'EXISTS'),
      'another error than EXISTS',
    );
    const { version } = won[0].value;
    const next = await storage.write(`${root}/once`, Buffer.from('second'), { ifVersion: version });
    expect(
      (await failing(storage.write(`${root}/once`, Buffer.from('third'), { ifVersion: version }))).code === 'EXISTS',
      'an old version was replaced',
    );
    expect((await failing(storage.read(`${root}/once`, { version }))).code === 'IO', 'an old version was read');
    expect(
      Buffer.from(await storage.read(`${root}/once`, { version: next.version })).toString() === 'second',
      'not what was written last',
    );
  });

  await report.group(`${name}: what is not there is said to be not there`, async (expect) => {
    const none = `${root.split('://')[0]}://no-such-bucket-here`;
    for (const attempt of [
      () => storage.read(`${none}/x`),
      () => storage.write(`${none}/x`, Buffer.from('x')),
      () => collect(storage, `${none}/`),
    ]) {
      const error = await failing(attempt());
      expect(error.code === 'NOT_FOUND', `${error.code}: ${error.message}`);
    }
    expect((await failing(storage.read(`${root}/no such key`))).code === 'NOT_FOUND', 'a missing key');
    expect((await storage.stat(`${root}/no such key`)) === undefined, 'stat of a missing key');
  });
}

async function checkJobs(report, name, storage, root, envThrough, server) {
  const scratch = mkdtempSync(join(tmpdir(), 'bowerbird-storage-'));
  await report.group(`${name}: ${objectsUnderFaults} objects through faults, from bucket to bucket`, async (expect) => {
    mkdirSync(join(scratch, 'in'));
    const samples = Array.from({ length: 20 }, (_, seed) => {
      const path = join(scratch, `sample-${seed}`);
      writeSampleRecords(path, { records: 1 + (seed % 3), seed, width: 16 });
      return readFileSync(path);
    });
    await inParallel(objectsUnderFaults, (i) =>
      storage.write(`${root}/in/f${String(i).padStart(4, '0')}`, samples[i % 20]),
    );
    await bowerbird({}, 'extract', `${root}/in`, '--out', join(scratch, 'out'));

    const proxy = await startFaultProxy(server.url, 2026);
    try {
      const env = envThrough(proxy.url);
      const began = performance.now();
      const verified = await bowerbird(env, 'verify', `${root}/in`);
      expect(verified.ok && verified.inputs === objectsUnderFaults, `${verified.inputs} verified, ok ${verified.ok}`);
      const extracted = await bowerbird(env, 'extract', `${root}/in`, '--out', `${root}/out`);
      expect(extracted.complete && extracted.done === objectsUnderFaults, `${extracted.done} done`);
      const again = await bowerbird(env, 'extract', `${root}/in`, '--out', `${root}/out`);
      expect(again.complete && again.skipped === objectsUnderFaults, `${again.skipped} skipped`);
      const seconds = ((performance.now() - began) / 1000).toFixed(0);
      console.log(`      ${name}: ${JSON.stringify(proxy.faults)} in ${seconds} s`);
      expect(Math.min(...Object.values(proxy.faults)) > 0, 'some kind of fault did not happen');
    } finally {
      await proxy.stop();
    }
    const [ours, expected] = [
      digestOf(await remoteFiles(storage, `${root}/out/`)),
      digestOf(localFiles(join(scratch, 'out'))),
    ];
    expect(ours === expected, 'the outputs are not those of a local run');
    const left = (await collect(storage, `${root}/out/.bowerbird/`)).map(({ uri }) => uri.slice(root.length));
    expect(left.join() === '/out/.bowerbird/extract.jsonl', `left behind: ${left.join()}`);
  });
  rmSync(scratch, { recursive: true, force: true });
}

export async function checkStorage(report) {
  const { openS3 } = await import('../../dist/storage/s3/s3.js');
  const { openGcs } = await import('../../dist/storage/gcs/gcs.js');
  const [s3, gcs] = await Promise.all([startS3(), startGcs()]);
  const envOf = (values) => (name) => ({ HOME: '/nonexistent', ...values })[name];
  try {
    Object.assign(process.env, s3.env, gcs.env);
    for (const server of [s3, gcs]) await server.makeBucket('bucket');
    const inS3 = await openS3(envOf(s3.env));
    const inGcs = await openGcs(envOf(gcs.env));
    await checkPromises(report, 'S3', inS3, 's3://bucket', oddKeys, 24);
    await report.group('S3: wrong credentials are refused at once, and not told', async (expect) => {
      const secret = 'not-the-secret-of-the-server';
      for (const wrong of [{ AWS_SECRET_ACCESS_KEY: secret }, { AWS_ACCESS_KEY_ID: 'nobody' }]) {
        const stranger = await openS3(envOf({ ...s3.env, ...wrong }));
        for (const attempt of [
          () => stranger.read('s3://bucket/once'),
          () => stranger.write('s3://bucket/x', Buffer.from('x')),
          () => collect(stranger, 's3://bucket/'),
        ]) {
          const error = await failing(attempt());
          expect(error.code === 'ACCESS', `${error.code}: ${error.message}`);
          expect(!`${error.stack}${JSON.stringify(error)}`.includes(secret), 'the secret is in the error');
        }
      }
    });
    await checkPromises(report, 'GCS', inGcs, 'gs://bucket', [...oddKeys, ...doubledSlashes], 4);
    await checkUploads(report, 'S3', inS3, 's3://bucket');
    await checkUploads(report, 'GCS', inGcs, 'gs://bucket');
    const throughS3 = (url) => ({ ...s3.env, AWS_ENDPOINT_URL: url });
    const throughGcs = (url) => ({ STORAGE_EMULATOR_HOST: url });
    await checkSets(report, 'S3', inS3, 's3://bucket', throughS3, s3);
    await checkSets(report, 'GCS', inGcs, 'gs://bucket', throughGcs, gcs);
    await checkJobs(report, 'S3', inS3, 's3://bucket', throughS3, s3);
    await checkJobs(report, 'GCS', inGcs, 'gs://bucket', throughGcs, gcs);
  } finally {
    await Promise.all([s3.stop(), gcs.stop()]);
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const report = makeReport();
  await checkStorage(report).catch((error) => report.group('storage servers', () => Promise.reject(error)));
  process.exitCode = report.close();
}
