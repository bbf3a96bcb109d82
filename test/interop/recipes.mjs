/**
 * The recipes of docs/recipes/datasets.md that need a server, against real ones on loopback: Redis, SFTP (asyncssh) and WebDAV (WsgiDAV). Part of
 * run.mjs.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RedisRetriever, RedisUploader } from '../data/recipes/redis.mjs';
import { SFTPUploader } from '../data/recipes/sftp.mjs';
import { WebDAVUploader } from '../data/recipes/webdav.mjs';
import { converse } from './environment.mjs';
import { digestOf, localFiles } from './storage-files.mjs';
import { prepareTools } from './tools.mjs';

const startMs = 20_000;
const failing = (promise) =>
  promise.then(
    () => ({ code: 'none', message: 'it did not fail' }),
    (error) => error,
  );

async function startRedis() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  const quiet = ['--save', '', '--appendonly', 'no', '--loglevel', 'warning'];
  const child = spawn('redis-server', ['--bind', '127.0.0.1', '--port', String(port), ...quiet], { stdio: 'ignore' });
  const ended = once(child, 'exit');
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  for (const began = Date.now(); ; await sleep(50)) {
    const socket = createConnection(port, '127.0.0.1');
    const isThere = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (isThere) return { url: `redis://127.0.0.1:${port}`, stop };
    if (child.exitCode !== null || Date.now() - began > startMs) {
      await stop();
      throw new Error('Cannot start redis-server: it does not answer');
    }
  }
}

/** A packed folder, and how to pack the same again and send it on the way. */
async function makeDataset({ pack, writeWav }, folder) {
  const recordings = join(folder, 'recordings');
  await mkdir(recordings, { recursive: true });
  const lines = [];
  for (let i = 0; i < 7; i++) {
    const samples = Float32Array.from({ length: 200_000 }, (_, at) => Math.sin((at * (i + 1)) / 50) / 2);
    await writeWav(join(recordings, `${i}.wav`), { samples, sampleRate: 16_000, channels: 1 });
    lines.push(JSON.stringify({ audio_filepath: `${i}.wav`, text: `word ${i}` }));
  }
  await writeFile(join(recordings, 'manifest.jsonl'), lines.join('\n'));
  const packTo = async (name, options = {}) => {
    const out = join(folder, name);
    await pack({ inputs: join(recordings, 'manifest.jsonl'), out, samplesPerShard: 3, workers: 2, ...options });
    return out;
  };
  return { ds: await packTo('ds'), packTo };
}

const same = (folder, ds) => digestOf(localFiles(folder)) === digestOf(localFiles(ds));

/** Of all samples, in their order. */
async function samplesOf(samples) {
  const found = [];
  for await (const { key, sample } of samples)
    found.push([key, sample.text, Buffer.from(sample.audio).toString('base64')]);
  return JSON.stringify(found);
}

async function checkRedis(report, { readSamples }, ds, work, packTo) {
  const redis = await startRedis();
  try {
    await report.group('recipes: shards in Redis, and samples from there', async (expect) => {
      const options = { url: redis.url, prefix: 'bowerbird' };
      const { files } = await new RedisUploader(options).upload(ds);
      expect(files === localFiles(ds).length, `${files} files were sent`);
      const cacheDir = join(work, 'from-redis');
      const found = await samplesOf(new RedisRetriever({ ...options, cacheDir }).samples());
      expect(found === (await samplesOf(readSamples(ds))), 'other samples came back');
      expect(JSON.parse(found).length === 7, `${JSON.parse(found).length} samples`);
      const packed = { ...options, prefix: 'packed' };
      await packTo('by-redis', { upload: new RedisUploader(packed) });
      const sent = await samplesOf(new RedisRetriever({ ...packed, cacheDir: join(work, 'packed-redis') }).samples());
      expect(sent === found, 'other samples came from pack()');
      // Again: what is there is replaced, not appended to.
      await new RedisUploader(options).upload(ds);
      await rm(cacheDir, { recursive: true });
      expect((await samplesOf(new RedisRetriever({ ...options, cacheDir }).samples())) === found, 'twice is not once');
    });
    await report.group('recipes: a Redis that goes away is told', async (expect) => {
      class Unlucky extends RedisUploader {
        async put(path, name) {
          await super.put(path, name);
          await redis.stop();
        }
      }
      const error = await failing(new Unlucky({ url: redis.url, prefix: 'x' }).upload(ds));
      expect(/^Cannot upload "shard_00000\/lock.mdb": /.test(error.message), error.message);
    });
  } finally {
    await redis.stop();
  }
  await report.group('recipes: a Redis that is away is told', async (expect) => {
    const error = await failing(new RedisUploader({ url: redis.url, prefix: 'x' }).upload(ds));
    expect(/ECONNREFUSED/.test(`${error.message} ${error.code}`), error.message);
  });
}

async function checkSftp(report, servers, ds, home, packTo) {
  const { sftp: port } = servers;
  const args = (key) => [
    ...['-P', String(port), '-i', key, '-o', `UserKnownHostsFile=${join(home, 'known_hosts')}`],
    ...['-o', 'IdentitiesOnly=yes', '-F', 'none'],
  ];
  const options = { host: 'me@127.0.0.1', path: 'data sets/a "b" [c]', args: args(join(home, 'key')) };
  await report.group('recipes: to an SFTP server', async (expect) => {
    const uploader = new SFTPUploader(options);
    const told = await uploader.upload(ds);
    expect(told.files === localFiles(ds).length && told.bytes > 5_000_000, JSON.stringify(told));
    const there = join(home, 'sftp', options.path);
    expect(same(there, ds), () => `there is ${localFiles(there).map(([name]) => name)}`);
    const packed = { ...options, path: 'packed' };
    await packTo('by-sftp', { upload: new SFTPUploader(packed) });
    expect(same(join(home, 'sftp/packed'), ds), 'other files came from pack()');
    // A file that is there already is replaced.
    await writeFile(join(home, 'odd "name" *.txt'), 'odd');
    await uploader.put(join(home, 'odd "name" *.txt'), 'shard_00000/data.mdb');
    const [, bytes] = localFiles(there).find(([name]) => name === 'shard_00000/data.mdb');
    expect(bytes.toString() === 'odd', 'it was not replaced');
  });
  await report.group('recipes: what an SFTP server refuses is told', async (expect) => {
    const other = new SFTPUploader({ ...options, args: args(join(home, 'none')) });
    const error = await failing(other.upload(ds));
    expect(/Permission denied|Connection closed/.test(error.message), error.message);
    const missing = await failing(new SFTPUploader(options).put(join(home, 'none'), 'none'));
    expect(/No such file/i.test(missing.message), missing.message);
  });
}

async function checkWebdav(report, { webdav: port, user, password }, ds, home, packTo) {
  const options = { url: `http://127.0.0.1:${port}/data%20sets` };
  await report.group('recipes: to a WebDAV server', async (expect) => {
    Object.assign(process.env, { WEBDAV_USER: user, WEBDAV_PASSWORD: password });
    const { files } = await new WebDAVUploader(options).upload(ds);
    expect(files === localFiles(ds).length, `${files} files were sent`);
    expect(same(join(home, 'webdav/data sets'), ds), 'other files are there');
    const module = new URL('../data/recipes/webdav.mjs', import.meta.url);
    const packed = { url: options.url.replace('data%20sets', 'packed') };
    await packTo('by-webdav', { upload: { module, export: 'WebDAVUploader', options: packed } });
    expect(same(join(home, 'webdav/packed'), ds), 'other files came from pack()');
    expect((await new WebDAVUploader(options).upload(ds)).files === files, 'not a second time');
    expect(same(join(home, 'webdav/data sets'), ds), 'other files are there');
  });
  await report.group('recipes: what a WebDAV server refuses is told, with the file', async (expect) => {
    process.env.WEBDAV_PASSWORD = 'another';
    const error = await failing(new WebDAVUploader(options).upload(ds));
    expect(/^Cannot upload "shard_00000\/data\.mdb": MKCOL .* 401$/.test(error.message), error.message);
    expect(!`${error.stack}`.includes('another'), 'the password is in the error');
  });
}

export async function checkRecipes(report, { bowerbird, work }) {
  await prepareTools(console.log, ['redis-server', 'sftp']);
  const home = join(work, 'recipes');
  await mkdir(home, { recursive: true });
  const { ds, packTo } = await makeDataset(bowerbird, home);
  const python = await converse('recipe_servers.py', home);
  try {
    const servers = await python.ask({});
    await checkRedis(report, bowerbird, ds, home, packTo);
    await checkSftp(report, servers, ds, home, packTo);
    await checkWebdav(report, servers, ds, home, packTo);
  } finally {
    await python.close();
  }
}
