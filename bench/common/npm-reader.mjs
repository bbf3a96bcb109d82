// Reads TFRecords with a package of npm and prints its seconds: node npm-reader.mjs PACKAGE CHUNK|'' FILE...
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';

const [name, chunk, ...paths] = process.argv.slice(2);
const peer = createRequire(import.meta.url)(name);

/** @param {string} path */
function open(path) {
  if (name === 'tfrecord') return peer.createReader(path);
  return peer.Reader.createFromStream(createReadStream(path, chunk === '' ? {} : { highWaterMark: Number(chunk) }));
}

const start = performance.now();
let records = 0;
for (const path of paths) {
  const reader = await open(path);
  while (await reader.readExample()) records++;
}
console.log(JSON.stringify({ seconds: (performance.now() - start) / 1000, records }));
