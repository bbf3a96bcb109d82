// FLAC decoders for Node, each from bytes in memory to samples in memory: ours, npm's WebAssembly builds of libFLAC, and flac-bindings.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from './bench.mjs';

const require = createRequire(join(root, 'bench/common/npm-reader.mjs'));

/**
 * @typedef {{ name: string, wasm: boolean, decode: (flac: Uint8Array) => Promise<Decoded> }} FlacPeer
 * @typedef {{ frames: number, value: (frame: number, channel: number) => number }} Decoded `value` is in [-1, 1)
 */

/** @param {(words: string) => void} say @returns {Promise<FlacPeer[]>} those that are installed */
export async function flacPeers(say) {
  const peers = [await ours(), await ourPlanes(), await ourIntegers()];
  for (const [name, command, make] of /** @type {const} */ ([
    ['@wasm-audio-decoders/flac', 'npm i --prefix bench', wasmAudioDecoders],
    ['libflacjs, float32', 'npm i --prefix bench', libflacjsFloats],
    ['libflacjs, bytes', 'npm i --prefix bench', libflacjs],
    ['flac-bindings', 'node scripts/flac-bindings.mjs', flacBindings],
  ])) {
    try {
      peers.push(await make());
    } catch (error) {
      say(`Without ${name}: ${/** @type {Error} */ (error).message.split('\n')[0]} (${command})`);
    }
  }
  return peers;
}

async function ours() {
  const { decodeAudio } = await import('../../dist/index.js');
  return {
    name: 'bowerbird, float32',
    wasm: false,
    decode: async (/** @type {Uint8Array} */ flac) => {
      const { samples, frames, channels } = await decodeAudio(flac);
      return { frames, value: (/** @type {number} */ i, /** @type {number} */ c) => samples[i * channels + c] ?? 0 };
    },
  };
}

/** The layout that the WebAssembly decoders give. */
async function ourPlanes() {
  const { decodeAudio } = await import('../../dist/index.js');
  return {
    name: 'bowerbird, float32 planar',
    wasm: false,
    decode: async (/** @type {Uint8Array} */ flac) => {
      const { samples, frames } = await decodeAudio(flac, { layout: 'planar' });
      return { frames, value: (/** @type {number} */ i, /** @type {number} */ c) => samples[c * frames + i] ?? 0 };
    },
  };
}

async function ourIntegers() {
  const { decodeAudio } = await import('../../dist/index.js');
  return {
    name: 'bowerbird, int32',
    wasm: false,
    decode: async (/** @type {Uint8Array} */ flac) => {
      const { samples, frames, channels, integerBits } = await decodeAudio(flac, { dtype: 'int32' });
      const scale = 2 ** (1 - integerBits);
      return {
        frames,
        value: (/** @type {number} */ i, /** @type {number} */ c) => (samples[i * channels + c] ?? 0) * scale,
      };
    },
  };
}

/** Gives float32, a channel at a time. */
async function wasmAudioDecoders() {
  const { FLACDecoder } = await import(pathToFileURL(require.resolve('@wasm-audio-decoders/flac')).href);
  return {
    name: '@wasm-audio-decoders/flac',
    wasm: true,
    decode: async (/** @type {Uint8Array} */ flac) => {
      const decoder = new FLACDecoder();
      await decoder.ready;
      const { channelData, samplesDecoded } = await decoder.decodeFile(flac);
      decoder.free();
      return { frames: samplesDecoded, value: (/** @type {number} */ i, /** @type {number} */ c) => channelData[c][i] };
    },
  };
}

/** Gives a copy of every FLAC frame, a channel at a time, in as many bytes as a sample needs; MD5 off. */
async function libflacjs() {
  const flac = await loadLibflacjs();
  return {
    name: 'libflacjs (wasm), bytes',
    wasm: true,
    decode: async (/** @type {Uint8Array} */ bytes) => {
      const { parts, frames } = decodeParts(flac, bytes);
      return {
        frames,
        value: (/** @type {number} */ i, /** @type {number} */ c) => {
          const part = parts.findLast(({ first }) => first <= i);
          if (part === undefined) return 0;
          const { planes, first, size, bits } = part;
          return Buffer.from(planes[c] ?? []).readIntLE((i - first) * size, size) * 2 ** (1 - bits);
        },
      };
    },
  };
}

/** The same, and what everyone has to do who wants samples: the bytes as float32, a channel at a time, as the other decoders give them. */
async function libflacjsFloats() {
  const flac = await loadLibflacjs();
  return {
    name: 'libflacjs (wasm), float32',
    wasm: true,
    decode: async (/** @type {Uint8Array} */ bytes) => {
      const { parts, frames } = decodeParts(flac, bytes);
      const channels = Array.from({ length: parts[0]?.planes.length ?? 0 }, () => new Float32Array(frames));
      for (const { first, planes, bits, size } of parts) {
        planes.forEach((plane, c) => {
          toFloats(plane, size, 2 ** (1 - bits), channels[c].subarray(first));
        });
      }
      return { frames, value: (/** @type {number} */ i, /** @type {number} */ c) => channels[c][i] };
    },
  };
}

/** @param {Uint8Array} bytes @param {number} size @param {number} scale @param {Float32Array} out */
function toFloats(bytes, size, scale, out) {
  if (size === 3) {
    for (let i = 0, at = 0; at < bytes.length; i++, at += 3) {
      out[i] = (((bytes[at] << 8) | (bytes[at + 1] << 16) | (bytes[at + 2] << 24)) >> 8) * scale;
    }
    return;
  }
  const Integers = size === 2 ? Int16Array : Int32Array;
  const values = new Integers(bytes.buffer, bytes.byteOffset, bytes.length / size);
  for (let i = 0; i < values.length; i++) out[i] = values[i] * scale;
}

async function loadLibflacjs() {
  // Where there is fetch() it takes itself to be in a browser, and its file for a URL.
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, 'fetch');
  const flac = require('libflacjs')('min.wasm');
  await new Promise((resolve) => (flac.isReady() ? resolve(undefined) : flac.on('ready', resolve)));
  globalThis.fetch = fetch;
  return flac;
}

/** @param {Uint8Array} bytes */
function decodeParts(flac, bytes) {
  const decoder = flac.create_libflac_decoder(false);
  let at = 0;
  let frames = 0;
  /** @type {{ first: number, planes: Uint8Array[], bits: number, size: number }[]} */
  const parts = [];
  const status = flac.init_decoder_stream(
    decoder,
    (/** @type {number} */ size) => {
      const buffer = bytes.subarray(at, at + size);
      at += buffer.length;
      return { buffer, readDataLength: buffer.length, error: false };
    },
    (/** @type {Uint8Array[]} */ planes, /** @type {{ blocksize: number, bitsPerSample: number }} */ info) => {
      const size = (planes[0]?.length ?? 0) / info.blocksize;
      parts.push({ first: frames, planes, bits: info.bitsPerSample, size });
      frames += info.blocksize;
    },
    () => {},
    () => {},
  );
  if (status !== 0 || !flac.FLAC__stream_decoder_process_until_end_of_stream(decoder))
    throw new Error('libflacjs failed');
  flac.FLAC__stream_decoder_finish(decoder);
  flac.FLAC__stream_decoder_delete(decoder);
  return { parts, frames };
}

/** libFLAC itself; its frames are copied, as they live in its memory. MD5 off. */
async function flacBindings() {
  const api = await import('flac-bindings/api');
  return {
    name: 'flac-bindings',
    wasm: false,
    decode: async (/** @type {Uint8Array} */ bytes) => {
      let at = 0;
      let frames = 0;
      /** @type {{ first: number, planes: Int32Array[], bits: number }[]} */
      const parts = [];
      const decoder = new api.DecoderBuilder().buildWithStream(
        (/** @type {Buffer} */ buffer) => {
          const piece = bytes.subarray(at, at + buffer.length);
          buffer.set(piece);
          at += piece.length;
          return { bytes: piece.length, returnValue: piece.length === 0 ? 1 : 0 };
        },
        null,
        null,
        null,
        null,
        (/** @type {any} */ frame, /** @type {Buffer[]} */ channels) => {
          const planes = channels.map(
            (it) => new Int32Array(it.buffer.slice(it.byteOffset, it.byteOffset + it.length)),
          );
          parts.push({ first: frames, planes, bits: frame.header.bitsPerSample });
          frames += frame.header.blocksize;
          return 0;
        },
        null,
        () => {},
      );
      if (!decoder.processUntilEndOfStream()) throw new Error('flac-bindings failed');
      decoder.finish();
      return {
        frames,
        value: (/** @type {number} */ i, /** @type {number} */ c) => {
          const part = parts.findLast(({ first }) => first <= i);
          return part === undefined ? 0 : (part.planes[c]?.[i - part.first] ?? 0) * 2 ** (1 - part.bits);
        },
      };
    },
  };
}
