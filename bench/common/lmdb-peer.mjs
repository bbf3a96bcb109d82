// The LMDB side of `npm run bench -- lmdb-read`, in a process of its own:
//   node lmdb-peer.mjs make FILE ENTRIES BYTES
//   node lmdb-peer.mjs scan|views|get|getNow FILE [COUNT]
// `scan` reads values by their place in the batch, `views` by the view that the batch gives; values are touched as bench/native/lmdb does it.
import { randomFillSync } from 'node:crypto';
import { LmdbWriter } from '../../dist/formats/lmdb/write.js';
import { LmdbReader } from '../../dist/records/lmdb-reader.js';

const [how, path, ...rest] = process.argv.slice(2);

/** @param {number} i */
const keyOf = (i) => `sample_${String(i).padStart(8, '0')}`;

/** @param {Uint8Array} bytes @param {number} begin @param {number} end @returns {number} one byte of each 64 */
function touched(bytes, begin, end) {
  let sum = 0;
  for (let i = begin; i < end; i += 64) sum += bytes[i] ?? 0;
  return sum;
}

/** @param {number} entries @param {number} bytes */
async function make(entries, bytes) {
  const noise = randomFillSync(Buffer.alloc(bytes + 4096));
  const writer = new LmdbWriter(path);
  const most = Math.max(1, Math.min(1000, Math.floor((4 << 20) / bytes)));
  for (let first = 0; first < entries; first += most) {
    const numbers = Array.from({ length: Math.min(most, entries - first) }, (_, i) => first + i);
    await writer.write(
      numbers.map((i) => Buffer.from(keyOf(i))),
      numbers.map((i) => noise.subarray((i * 61) % 4096, ((i * 61) % 4096) + bytes)),
    );
  }
  await writer.finish();
}

/** @param {LmdbReader} reader */
async function scan(reader) {
  let [entries, sum] = [0, 0];
  for await (const batch of reader.batches({ reuse: true })) {
    for (let i = 0; i < batch.count; i++) {
      const begin = batch.valueBegin(i);
      sum += touched(batch.bytes, begin, begin + batch.valueSize(i));
    }
    entries += batch.count;
  }
  return { entries, sum };
}

/** @param {LmdbReader} reader */
async function views(reader) {
  let [entries, sum] = [0, 0];
  for await (const batch of reader.batches({ reuse: true })) {
    for (let i = 0; i < batch.count; i++) {
      const value = batch.value(i);
      sum += touched(value, 0, value.length);
    }
    entries += batch.count;
  }
  return { entries, sum };
}

/** @param {LmdbReader} reader @param {number} count @param {boolean} now */
async function gets(reader, count, now) {
  let [at, sum] = [0, 0];
  for (let n = 0; n < count; n++) {
    at = (at + 7919) % reader.count;
    const value = now ? reader.getNow(keyOf(at)) : await reader.get(keyOf(at));
    if (value !== undefined) sum += touched(value, 0, value.length);
  }
  return { entries: count, sum };
}

if (how === 'make') {
  await make(Number(rest[0]), Number(rest[1]));
} else {
  const work = (/** @type {LmdbReader} */ reader) =>
    how === 'scan' ? scan(reader) : how === 'views' ? views(reader) : gets(reader, Number(rest[0]), how === 'getNow');
  // A few times before, for the compiler.
  for (let pass = 0; pass < 4; pass++) {
    const before = await LmdbReader.open(path);
    await work(before);
    await before.close();
  }
  const reader = await LmdbReader.open(path);
  const used = process.cpuUsage();
  const start = process.hrtime.bigint();
  const told = await work(reader);
  const seconds = Number(process.hrtime.bigint() - start) / 1e9;
  const { user, system } = process.cpuUsage(used);
  console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, ...told }));
}
