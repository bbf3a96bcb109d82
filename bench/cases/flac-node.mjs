// How fast is FLAC decoded from Node, from bytes in memory to samples in memory, beside npm's WebAssembly decoders and flac-bindings?
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeFlac } from '../../dist/index.js';
import { root } from '../common/bench.mjs';
import { fieldRecording } from '../common/field-recording.mjs';
import { flacPeers } from '../common/flac-peers.mjs';
import { comparison } from '../common/rounds.mjs';

/** @type {readonly [name: string, sampleRate: number, channels: number, bits: number, level: number, seconds: number][]} */
const materials = [
  ['mono-22k-5', 22050, 1, 16, 5, 120],
  ['stereo-44k-5', 44100, 2, 16, 5, 60],
  ['stereo-44k-8', 44100, 2, 16, 8, 60],
  ['stereo-96k-24bit-5', 96000, 2, 24, 5, 20],
];

const child = join(root, 'bench/common/flac-peer.mjs');

/**
 * Times are CPU times of the whole process, the collector's threads included, of a decoding in the middle of many (a machine with
 * neighbours disturbs them less than the clock), and the clock's in a second table.
 *
 * @param {import('../common/bench.mjs').Bench} bench
 */
export async function run(bench) {
  const peers = await flacPeers((words) => bench.say(words));
  for (const [name, sampleRate, channels, bits, level, full] of materials) {
    const seconds = bench.size(full, 2);
    const path = bench.path(`${name}.flac`);
    if (!existsSync(path)) {
      const samples = fieldRecording({ sampleRate, channels, seconds });
      await encodeFlac(path, { samples, sampleRate, channels }, { bits, compression: level });
    }
    const flac = new Uint8Array(readFileSync(path));
    const frames = sampleRate * seconds;
    await check(peers, flac, frames, channels);
    const samples = rounds(bench, peers, path, frames * channels * 4);
    bench.say(`\n${name}: ${seconds} s, ${(flac.length / 1e6).toFixed(1)} MB; GB/s of samples of 4 bytes, CPU time`);
    const others = peers.filter(({ name }) => !name.startsWith('bowerbird')).map(({ name }) => name);
    bench.say(comparison(samples, others));
    bench.say('On the clock:');
    const byTheClock = samples.map((sample) => ({ ...sample, seconds: sample.wall }));
    bench.say(comparison(byTheClock, others));
  }
}

/** All give the same samples, or there is nothing to compare. One of them divides by 2^(bits - 1) - 1: a step of 16 bits is allowed. */
async function check(peers, flac, frames, channels) {
  const decoded = await Promise.all(peers.map(({ decode }) => decode(flac)));
  const first = decoded[0];
  for (const [i, peer] of peers.entries()) {
    const own = decoded[i];
    if (own.frames !== frames) throw new Error(`${peer.name} gives ${own.frames} frames, expected ${frames}`);
    for (let at = 0; at < frames; at += 997) {
      const c = at % channels;
      if (Math.abs(own.value(at, c) - first.value(at, c)) > 2 ** -15)
        throw new Error(`${peer.name} differs at frame ${at}`);
    }
  }
}

/** Each in a process of its own, so that nobody pays for the garbage of another. */
function rounds(bench, peers, path, bytes) {
  const count = bench.rounds(9);
  const samples = [];
  for (let round = 0; round < count; round++) {
    for (let i = 0; i < peers.length; i++) {
      const { name } = peers[(i + round) % peers.length];
      const said = execFileSync(process.execPath, [child, name, path, String(bench.size(400, 0))], {
        encoding: 'utf8',
      });
      const sample = { name, round, bytes, ...JSON.parse(said) };
      samples.push(sample);
      bench.raw(sample);
      bench.progress(
        `round ${round + 1}/${count}  ${name.padEnd(26)} ${(bytes / sample.seconds / 1e9).toFixed(3)} GB/s`,
      );
    }
  }
  return samples;
}
