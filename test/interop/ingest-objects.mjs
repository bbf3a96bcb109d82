/** ingest() from real S3 and Google Cloud Storage servers: the same shards as from local files, whatever the names of objects. */

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startGcs, startS3 } from '../../scripts/servers.mjs';

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const names = [
  'plain.wav',
  'with space.wav',
  'plus+hash#percent%41.wav',
  'ünï/cödé 🐦.wav',
  'a"quote,comma.wav',
  'deep/er/x.wav',
];
const count = 60;

/** 16 bits, mono, 8 kHz; sample 0 tells which it is. */
function wav(number) {
  const samples = Int16Array.from({ length: 400 + 37 * number }, (_, i) =>
    i === 0 ? number : (i * 7919 * number) % 32768,
  );
  const head = Buffer.alloc(44);
  head.write('RIFF', 0, 'latin1');
  head.writeUInt32LE(36 + samples.byteLength, 4);
  head.write('WAVEfmt ', 8, 'latin1');
  for (const [at, value] of [
    [16, 16],
    [24, 8000],
    [28, 16_000],
    [40, samples.byteLength],
  ])
    head.writeUInt32LE(value, at);
  for (const [at, value] of [
    [20, 1],
    [22, 1],
    [32, 2],
    [34, 16],
  ])
    head.writeUInt16LE(value, at);
  head.write('data', 36, 'latin1');
  return Buffer.concat([head, Buffer.from(samples.buffer)]);
}

const nameOf = (i) => (i < names.length ? names[i] : `clip-${i}.wav`);
const cell = (text) => `"${text.replaceAll('"', '""')}"`;

async function bowerbird(args, env, cwd) {
  const run = promisify(execFile)(process.execPath, [main, ...args], { env: { ...process.env, ...env }, cwd });
  return run.then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

async function shards(folder) {
  const found = (await readdir(folder)).filter((name) => name.endsWith('.tfrecord')).sort();
  return Promise.all(found.map(async (name) => `${name} ${(await readFile(join(folder, name))).toString('base64')}`));
}

async function checkServer(report, work, name, scheme, start) {
  const server = await start();
  const folder = `${work}/objects-${scheme}`;
  try {
    await rm(folder, { recursive: true, force: true });
    await mkdir(folder, { recursive: true });
    await server.makeBucket('sounds');
    const rows = ['Label,Blob Name'];
    for (let i = 0; i < count; i++) {
      const bytes = wav(i);
      rows.push(`${i % 4},${cell(nameOf(i))}`);
      await mkdir(dirname(join(folder, 'audio', nameOf(i))), { recursive: true });
      await writeFile(join(folder, 'audio', nameOf(i)), bytes);
      await server.put('sounds', nameOf(i), bytes);
    }
    const csv = `${rows.join('\n')}\n`;
    await writeFile(join(folder, 'labels.csv'), csv);
    await server.put('sounds', 'labels.csv', Buffer.from(csv));
    const common = ['--shards', '7', '--json'];

    await report.group(`ingest() from ${name} makes the shards that local files make`, async (expect) => {
      const local = await bowerbird(
        ['ingest', 'labels.csv', '--audio', 'audio', '--out', 'local/train', ...common],
        {},
        folder,
      );
      expect(local.code === 0, () => `local: ${local.stderr}`);
      const want = await shards(`${folder}/local`);
      expect(want.length === 7, 'seven shards');
      for (const [out, more] of [
        ['one', ['--workers', '1']],
        ['two', ['--workers', '2', '--prefetch', '3']],
        ['none', ['--prefetch', '0']],
      ]) {
        const args = ['ingest', `${scheme}://sounds/labels.csv`, '--out', `${out}/train`, ...common, ...more];
        const remote = await bowerbird(args, server.env, folder);
        expect(remote.code === 0, () => `${out}: ${remote.stdout}${remote.stderr}`);
        const got = await shards(`${folder}/${out}`).catch(() => []);
        expect(JSON.stringify(got) === JSON.stringify(want), `${out}: other shards`);
        expect(JSON.parse(remote.stdout).requests === count, `${out}: ${JSON.parse(remote.stdout).requests} requests`);
      }
      const shuffled = ['ingest', '--out', 'x/train', ...common, '--shuffle', '3'];
      await bowerbird([...shuffled, 'labels.csv', '--audio', 'audio', '--out', 'near/train'], {}, folder);
      await bowerbird([...shuffled, `${scheme}://sounds/labels.csv`, '--out', 'far/train'], server.env, folder);
      const [near, far] = await Promise.all(['near', 'far'].map((out) => shards(`${folder}/${out}`)));
      expect(JSON.stringify(near) === JSON.stringify(far), 'shuffled: other shards');
      expect(JSON.stringify(near) !== JSON.stringify(want), 'shuffled: the same order');

      // Out into the bucket, and once more: nothing is left to do.
      const up = ['ingest', `${scheme}://sounds/labels.csv`, '--out', `${scheme}://sounds/made/train`, ...common];
      const first = await bowerbird([...up, '--shuffle', '3', '--labels', 'string'], server.env, folder);
      expect(first.code === 0, () => `out: ${first.stdout}${first.stderr}`);
      const again = await bowerbird([...up, '--shuffle', '3', '--labels', 'string'], server.env, folder);
      expect(JSON.parse(again.stdout).skipped === 7, () => `again: ${again.stdout}${again.stderr}`);
      const { files: made } = JSON.parse(first.stdout);
      const check = ['verify', ...made.map((shard) => `${scheme}://sounds/made/${shard.name}`), '--json'];
      const verified = await bowerbird(check, server.env, folder);
      expect(verified.code === 0, () => `verify: ${verified.stdout}${verified.stderr}`);
      const crcs = new Set(
        JSON.parse(await readFile(`${folder}/near/train.ingest.json`, 'utf8')).files.map((shard) => shard.crc32c),
      );
      expect(
        made.every((shard) => crcs.has(shard.crc32c)),
        'out: other bytes than local ones',
      );
    });

    await report.group(`ingest() lists what ${name} does not have`, async (expect) => {
      await writeFile(join(folder, 'more.csv'), `${csv}3,missing.wav\n2,gone/too.wav\n`);
      const args = ['ingest', 'more.csv', '--audio', `${scheme}://sounds`, '--out', 'more/train', ...common];
      const strict = await bowerbird(args, server.env, folder);
      expect(strict.code === 1, `strict: exit code ${strict.code}`);
      expect(JSON.parse(strict.stdout).error?.code === 'NOT_FOUND', () => strict.stdout);
      const { code, stdout } = await bowerbird([...args, '--on-error', 'skip'], server.env, folder);
      expect(code === 3, `exit code ${code}`);
      const { used, rejects } = JSON.parse(stdout);
      expect(used === count && rejects === 2, () => stdout);
      const lines = (await readFile(join(folder, 'more/train.rejects.jsonl'), 'utf8'))
        .trim()
        .split('\n')
        .map(JSON.parse);
      const found = lines.map(({ row, input, code: why }) => `${row} ${input} ${why}`).join();
      expect(
        found === `60 ${scheme}://sounds/missing.wav NOT_FOUND,61 ${scheme}://sounds/gone/too.wav NOT_FOUND`,
        () => found,
      );
    });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

export async function checkIngestObjects(report, { work }) {
  await checkServer(report, work, 'an S3 server', 's3', async () => {
    const server = await startS3();
    const { AwsClient } = await import('aws4fetch');
    const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = server.env;
    const client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' });
    const put = async (bucket, key, body) => {
      const path = key
        .split('/')
        .map((part) => encodeURIComponent(part))
        .join('/');
      const reply = await client.fetch(`${server.url}/${bucket}/${path}`, { method: 'PUT', body });
      if (!reply.ok) throw new Error(`Cannot write "${key}": ${reply.status} ${await reply.text()}`);
    };
    return { ...server, put };
  });
  await checkServer(report, work, 'a Google Cloud Storage server', 'gs', async () => {
    const server = await startGcs();
    const put = async (bucket, key, body) => {
      const url = `${server.url}/upload/storage/v1/b/${bucket}/o?uploadType=media&name=${encodeURIComponent(key)}`;
      const reply = await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/octet-stream' } });
      if (!reply.ok) throw new Error(`Cannot write "${key}": ${reply.status}`);
    };
    return { ...server, put };
  });
}
