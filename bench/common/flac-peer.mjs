// One FLAC decoder in a process of its own: node flac-peer.mjs NAME FILE MS prints the seconds of a decoding, of CPU and on the clock, measured for MS milliseconds and five times at least.
import { readFileSync } from 'node:fs';
import { flacPeers } from './flac-peers.mjs';
import { median } from './stats.mjs';

const [name, path, ms] = process.argv.slice(2);
const peer = (await flacPeers(() => {})).find((each) => each.name === name);
const flac = new Uint8Array(readFileSync(path ?? ''));
for (let i = 0; i < 3; i++) await peer?.decode(flac);

/** @type {number[]} */
const seconds = [];
/** @type {number[]} */
const walls = [];
const end = performance.now() + Number(ms);
while (seconds.length < 5 || performance.now() < end) {
  const start = process.cpuUsage();
  const began = performance.now();
  await peer?.decode(flac);
  const { user, system } = process.cpuUsage(start);
  seconds.push((user + system) / 1e6);
  walls.push((performance.now() - began) / 1e3);
}
console.log(JSON.stringify({ seconds: median(seconds), wall: median(walls), decodings: seconds.length }));
