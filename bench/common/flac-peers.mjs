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
  const makers = [ours, ourIntegers, wasmAudioDecoders, libflacjs, flacBindings];
  /** @type {FlacPeer[]} */
  const peers = [];
  for (const make of makers) {
    try {
      peers.push(await make());
    } catch (error) {
      say(`Without ${make.name}: ${/** @type {Error} */ (error).message.split('\n')[0]}`);
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
  // Where there is fetch() it takes itself to be in a browser, and its file for a URL.
  const { fetch } = globalThis;
  Reflect.deleteProperty(globalThis, 'fetch');
  const flac = require('libflacjs')('min.wasm');
  await new Promise((resolve) => (flac.isReady() ? resolve(undefined) : flac.on('ready', resolve)));
  globalThis.fetch = fetch;
  return {
    name: 'libflacjs (wasm)',
    wasm: true,
    decode: async (/** @type {Uint8Array} */ bytes) => {
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
          parts.push({
            first: frames,
            planes,
            bits: info.bitsPerSample,
            size: (planes[0]?.length ?? 0) / info.blocksize,
          });
          frames += info.blocksize;
        },
        () => {},
        () => {},
      );
      if (status !== 0 || !flac.FLAC__stream_decoder_process_until_end_of_stream(decoder))
        throw new Error('libflacjs failed');
      flac.FLAC__stream_decoder_finish(decoder);
      flac.FLAC__stream_decoder_delete(decoder);
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
