// AudioMDB's example of a retriever: a packed dataset in S3, shard by shard to a folder, and its samples.
import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { AwsClient } from 'aws4fetch';
import { readSamples } from 'bowerbird';

export class S3Retriever {
  constructor({ url, cacheDir, accessKeyId, secretAccessKey }) {
    this.url = url; // https://ENDPOINT/BUCKET/PREFIX
    this.cacheDir = cacheDir;
    this.client = new AwsClient({ accessKeyId, secretAccessKey, service: 's3', region: 'us-east-1' });
  }

  async *samples() {
    const { shards } = JSON.parse(await readFile(await this.downloadMetadata(), 'utf8'));
    for (const shard of shards) yield* readSamples(await this.downloadShard(shard));
  }

  async downloadMetadata() {
    return (await this.download('metadata.json')).path;
  }

  async downloadShard({ path, checksum_sha256 }) {
    const data = await this.download(`${path}/data.mdb`);
    if (data.sha256 !== checksum_sha256)
      throw new Error(`Cannot use ${path}: its checksum is not that of metadata.json`);
    return dirname(data.path);
  }

  async download(name) {
    const reply = await this.client.fetch(`${this.url}/${name}`);
    if (!reply.ok) throw new Error(`Cannot get ${name}: the server answered ${reply.status}`);
    const path = join(this.cacheDir, name);
    await mkdir(dirname(path), { recursive: true });
    const hash = createHash('sha256');
    async function* hashed() {
      for await (const block of reply.body) {
        hash.update(block);
        yield block;
      }
    }
    await pipeline(hashed, createWriteStream(path));
    return { path, sha256: hash.digest('hex') };
  }
}
