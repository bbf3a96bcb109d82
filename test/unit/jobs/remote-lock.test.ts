import { afterEach, beforeEach, expect, test } from 'vitest';
import type { LockPlace } from '../../../src/jobs/engine/lock.ts';
import { RemoteLocks } from '../../../src/jobs/engine/remote-lock.ts';
import { openS3 } from '../../../src/storage/s3/s3.ts';
import type { Storage } from '../../../src/storage/storage.ts';
import { type ObjectServer, objectServer } from '../../support/object-server.ts';

const place: LockPlace = { outDir: 's3://bucket/out', stateDir: 's3://bucket/out/.bowerbird', job: 'copy' };
const pulse = { beatMs: 20, deathMs: 150, lookMs: 10 };
const name = 'bucket/out/.bowerbird/copy.lock';
const isLocked = { code: 'LOCKED' };

let server: ObjectServer;
let storage: Storage;
const never = (error: Error) => {
  throw error;
};

beforeEach(async () => {
  server = await objectServer();
  const values: { [name: string]: string } = { AWS_ENDPOINT_URL: server.url, HOME: '/nonexistent' };
  storage = await openS3((key) => values[key]);
});
afterEach(() => server.close());

const locks = () => new RemoteLocks(storage, place, pulse);

test('whole() refuses a second run while the first lives, names it, and leaves nothing when released', async () => {
  const first = await locks().whole(never);
  await expect(locks().whole(never)).rejects.toMatchObject({
    ...isLocked,
    message: expect.stringContaining(`process ${process.pid} on`),
  });
  await first.release();
  expect(server.objects.size).toBe(0);
  await (await locks().whole(never)).release();
});

test('whole() takes over from a holder that shows no life', async () => {
  server.objects.set(name, Buffer.from(JSON.stringify({ pid: 1, host: 'another-machine', token: 'x', beats: 3 })));
  const began = performance.now();
  const lock = await locks().whole(never);
  expect(performance.now() - began).toBeGreaterThanOrEqual(pulse.deathMs * 0.9);
  await lock.release();
});

test('whole() does not wait for a process of this machine that is gone', async () => {
  const { hostname } = await import('node:os');
  server.objects.set(name, Buffer.from(JSON.stringify({ pid: 2 ** 22 + 1, host: hostname(), token: 'x', beats: 3 })));
  const began = performance.now();
  await (await locks().whole(never)).release();
  expect(performance.now() - began).toBeLessThan(pulse.deathMs);
});

test('of eight that come at once over a dead lock, one goes on', async () => {
  server.objects.set(name, Buffer.from(JSON.stringify({ pid: 1, host: 'another-machine', token: 'x', beats: 3 })));
  const ends = await Promise.allSettled(Array.from({ length: 8 }, () => locks().whole(never)));
  const won = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
  expect(won).toHaveLength(1);
  await won[0]!.release();
});

test('a holder whose lock was taken over is told', async () => {
  const lost = new Promise<Error>((resolve) => {
    void locks().whole(resolve);
  });
  await expect.poll(() => server.objects.has(name)).toBe(true);
  server.objects.set(name, Buffer.from('{"pid":1,"host":"another-machine"}'));
  expect(await lost).toMatchObject(isLocked);
});

test('part() lets parts of one split run side by side, and nobody else', async () => {
  const a = await locks().part({ index: 0, of: 3 }, 'terms', never);
  const b = await locks().part({ index: 2, of: 3 }, 'terms', never);
  expect([a.alone, b.alone]).toEqual([true, false]);
  await expect(locks().part({ index: 0, of: 3 }, 'terms', never)).rejects.toMatchObject(isLocked);
  await expect(locks().part({ index: 1, of: 4 }, 'terms', never)).rejects.toMatchObject(isLocked);
  await expect(locks().part({ index: 1, of: 3 }, 'others', never)).rejects.toMatchObject(isLocked);
  await expect(locks().whole(never)).rejects.toMatchObject(isLocked);
  await Promise.all([a.release(), b.release()]);
  await (await locks().whole(never)).release();
  expect(server.objects.size).toBe(0);
});

test('throughGate() lets one in at a time', async () => {
  let [inside, most] = [0, 0];
  await Promise.all(
    Array.from({ length: 4 }, () =>
      locks().throughGate(undefined, async () => {
        most = Math.max(most, ++inside);
        await new Promise((resolve) => setTimeout(resolve, 5));
        inside--;
      }),
    ),
  );
  expect(most).toBe(1);
});
