// Long recordings for the benchmarks of sound, made once through encodeFlac().
import { existsSync } from 'node:fs';
import { encodeFlac } from '../../dist/index.js';

/** Of one piece, which is repeated: frames of FLAC know nothing of each other, so a long recording of it is as hard as any. */
const pieceSeconds = 64;

/**
 * Pink noise with a slowly varying level, chirps with a harmonic and vibrato, and a white floor: 16 bits, compression 5.
 * @param {import('./bench.mjs').Bench} bench @param {{ seconds: number, sampleRate: number, channels: number }} shape
 */
export async function recording(bench, { seconds, sampleRate, channels }) {
  const path = bench.path(`field-${seconds}s-${sampleRate}hz-${channels}ch.flac`);
  if (!existsSync(path)) {
    bench.progress(`making ${path}`);
    await encodeFlac(path, {
      samples: repeated([...sound(pieceSeconds * sampleRate, sampleRate, channels)], seconds * sampleRate * channels),
      sampleRate,
      channels,
    });
  }
  return path;
}

/** @param {readonly Int16Array[]} blocks @param {number} values */
function* repeated(blocks, values) {
  for (let left = values; left > 0; ) {
    for (const block of blocks) {
      if (left > 0) yield block.subarray(0, left);
      left -= block.length;
    }
  }
}

/** @param {number} frames @param {number} rate @param {number} channels */
function* sound(frames, rate, channels) {
  const noises = Array.from({ length: channels }, (_, c) => pinkNoise(88172645 + c));
  const block = 65536;
  let phase = 0;
  for (let at = 0; at < frames; at += block) {
    const samples = new Int16Array(Math.min(block, frames - at) * channels);
    for (let i = 0; i < samples.length / channels; i++) {
      const t = (at + i) / rate;
      const level = 0.01 * (1 + 0.6 * Math.sin(t * 0.31) + 0.3 * Math.sin(t * 1.7));
      const inCall = t % 3.7;
      const envelope = inCall < 0.9 ? Math.sin((inCall / 0.9) * Math.PI) : 0;
      phase += (2 * Math.PI * (2200 + 1500 * inCall + 120 * Math.sin(t * 90))) / rate;
      const call = 0.12 * envelope * (Math.sin(phase) + 0.3 * Math.sin(2 * phase));
      for (let c = 0; c < channels; c++) {
        const value = level * noises[c]() + call * (c === 0 ? 1 : 0.6);
        samples[i * channels + c] = Math.round(32768 * Math.max(-0.99, Math.min(0.99, value)));
      }
    }
    yield samples;
  }
}

const poles = [0.99886, 0.99332, 0.969, 0.8665, 0.55, -0.7616];
const gains = [0.0555179, 0.0750759, 0.153852, 0.3104856, 0.5329522, -0.016898];

/** Paul Kellet's filter, over a generator that gives the same numbers everywhere. @param {number} seed */
function pinkNoise(seed) {
  let state = seed >>> 0;
  const white = () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state | 0) / 2 ** 31;
  };
  const b = new Float64Array(6);
  return () => {
    const w = white();
    let sum = w * 0.5362 + 0.06 * white();
    for (let i = 0; i < 6; i++) sum += b[i] = poles[i] * b[i] + w * gains[i];
    return sum / 5;
  };
}
