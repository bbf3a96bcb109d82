/** Recordings on their way while others are worked on: each in order, with its own bytes as long as they are promised. */

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { inOrder } from '../../../../src/jobs/rows/recordings.ts';

/** `sizes[i]` bytes of value i at "/i"; 404 where there is no size. */
async function serve(sizes: readonly (number | undefined)[]): Promise<string> {
  const server = createServer(({ url }, response) => {
    const i = Number(url!.slice(1));
    const size = sizes[i];
    if (size === undefined) response.writeHead(404).end();
    else if (size === 0) response.writeHead(416).end();
    else {
      const body = Buffer.alloc(size, i);
      const headers = { 'content-range': `bytes 0-${size - 1}/${size}`, 'content-length': size, etag: `"${i}"` };
      // In two pieces, so that several are on their way at once.
      response.writeHead(206, headers).write(body.subarray(0, size >> 1));
      setTimeout(() => response.end(body.subarray(size >> 1)), i % 3);
    }
  });
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test('objects of any sizes, some refused and some not there, in memory that is used again', async () => {
  const ahead = 4;
  const sizes = Array.from({ length: 80 }, (_, i) => (i === 30 ? undefined : i === 40 ? 0 : ((i * 7919) % 50_000) + 1));
  const base = await serve(sizes);
  async function* items() {
    yield sizes.map((_, i) => ({ uri: `${base}/${i}`, isRefused: false }));
  }
  const stop = { stopped: false, throwIfAborted() {} };
  const memories = new Set<unknown>();
  let next = 0;
  for await (const { item, take } of inOrder(items(), ahead, stop)) {
    const i = next++;
    expect(item.uri).toBe(`${base}/${i}`);
    // A row that cannot be used: nobody takes its recording, which may not be there yet.
    if (i % 7 === 3) continue;
    if (i === 30) {
      await expect(Promise.resolve(take())).rejects.toMatchObject({ code: 'NOT_FOUND' });
      continue;
    }
    const { bytes, size } = await take();
    // While it is worked on, others arrive.
    await new Promise((resolve) => setTimeout(resolve, i % 4));
    expect([size, bytes.length]).toEqual([sizes[i], sizes[i]]);
    expect(bytes.every((byte) => byte === i)).toBe(true);
    memories.add(bytes.buffer);
  }
  expect(next).toBe(80);
  // Those that are on their way and the one that is worked on, each replaced a few times by a larger one.
  expect(memories.size).toBeLessThan(30);
});
