// AudioMDB's example of a retriever, and what puts the shards there: a file is a list of blocks, since a value ends at 512 MB.
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createClient, RESP_TYPES } from '@redis/client';
import { readSamples, Uploader } from 'bowerbird';

const blockBytes = 16 << 20;

/** A connection that breaks is an error of the command that was sent; there is no waiting for a server that may not come back. */
const connect = (url) =>
  createClient({ url, socket: { reconnectStrategy: false } })
    .on('error', () => {})
    .connect();

export class RedisUploader extends Uploader {
  static module = import.meta.url;

  async open() {
    this.client = await connect(this.options.url);
  }

  async put(path, name) {
    const key = `${this.options.prefix}:${name}`;
    const part = `${key}.part`;
    await this.client.del(part);
    // Redis has no empty lists.
    await this.client.rPush(part, '');
    for await (const block of createReadStream(path, { highWaterMark: blockBytes })) {
      await this.client.rPush(part, block);
    }
    await this.client.rename(part, key);
  }

  async close() {
    this.client.destroy();
  }
}

export class RedisRetriever {
  constructor({ url, prefix, cacheDir }) {
    Object.assign(this, { url, prefix, cacheDir });
  }

  async *samples() {
    const client = await connect(this.url);
    this.client = client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer });
    try {
      const { shards } = JSON.parse(await this.downloadMetadata());
      for (const { path } of shards) yield* readSamples(await this.downloadShard(path));
    } finally {
      client.destroy();
    }
  }

  async downloadMetadata() {
    const blocks = await this.client.lRange(`${this.prefix}:metadata.json`, 0, -1);
    return Buffer.concat(blocks).toString();
  }

  async downloadShard(shard) {
    const { client } = this;
    const key = `${this.prefix}:${shard}/data.mdb`;
    async function* blocks() {
      const count = await client.lLen(key);
      for (let i = 0; i < count; i++) yield client.lIndex(key, i);
    }
    const path = join(this.cacheDir, shard, 'data.mdb');
    await mkdir(dirname(path), { recursive: true });
    await pipeline(blocks, createWriteStream(path));
    return dirname(path);
  }
}
