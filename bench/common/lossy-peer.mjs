// One decoder of MP3, Vorbis or Opus in a process of its own: node lossy-peer.mjs FILE ROAD SECONDS decodes the packets of a short recording again and again, in windows of five seconds.
import { readFileSync } from 'node:fs';
import { bytesSource } from '../../dist/bytes.js';
import { mpegDecoder } from '../../dist/formats/lossy/codec-decoders.js';
import { Mp3Walk } from '../../dist/formats/lossy/mp3-frames.js';
import { readOpusHead, readVorbisHead } from '../../dist/formats/lossy/ogg-head.js';
import { OggStream } from '../../dist/formats/lossy/ogg-pages.js';

/** @typedef {(packets: readonly Uint8Array[]) => readonly Float32Array[] | Promise<readonly Float32Array[]>} Decode of a page, or one frame of MP3 */
/** @typedef {{ sampleRate: number, channels: number, pages: Uint8Array[][], ours: () => Promise<Decode>, theirs: () => Promise<Decode> }} Material */

const [path = '', road, seconds] = process.argv.slice(2);
const source = bytesSource(new Uint8Array(readFileSync(path)), path);
const material = path.endsWith('.mp3') ? await ofMp3() : path.endsWith('.opus') ? await ofOpus() : await ofVorbis();
const decode = await (road === 'ours' ? material.ours() : material.theirs());
console.log(JSON.stringify(await windows(decode, material, Number(seconds))));

/** What a reader of windows does: copies samples into memory of its own. @param {Decode} decode @param {Material} material @param {number} wanted */
async function windows(decode, { sampleRate, channels, pages }, wanted) {
  const window = new Float32Array(5 * sampleRate * channels);
  let [frames, at, loud] = [0, 0, 0];
  while (frames < wanted * sampleRate) {
    for (const page of pages) {
      const planes = await decode(page);
      const count = planes[0]?.length ?? 0;
      for (let i = 0; i < count; i++) {
        for (let c = 0; c < channels; c++) window[at++] = planes[c][i];
        if (at === window.length) {
          at = 0;
          if (window.some((sample) => Math.abs(sample) > 0.05)) loud++;
        }
      }
      frames += count;
    }
  }
  return { frames, loud };
}

/** @returns {Promise<Material>} */
async function ofMp3() {
  const walk = new Mp3Walk(source, 0);
  const pages = [];
  let header;
  for (let found = await walk.next(); found !== undefined; found = await walk.next()) {
    if (found.kind !== 'frame') continue;
    ({ header } = found);
    pages.push([found.bytes.slice()]);
  }
  if (header === undefined) throw new Error(`${path} holds no frame of MP3`);
  const { sampleRate, channels } = header;
  return {
    sampleRate,
    channels,
    pages,
    ours: async () => {
      const decoder = await mpegDecoder(channels);
      return ([frame]) => decoder.decode(frame, channels);
    },
    theirs: async () => {
      const { MPEGDecoder } = await import('mpg123-decoder');
      const decoder = new MPEGDecoder({ enableGapless: false });
      await decoder.ready;
      return ([frame]) => decoder.decode(frame).channelData.slice(0, channels);
    },
  };
}

/** @param {Awaited<ReturnType<typeof readOpusHead>>} head @returns {Promise<Uint8Array[][]>} */
async function pagesOf({ serial, headers }) {
  const stream = new OggStream(source, 0);
  const pages = [];
  let skip = headers;
  for (let page = await stream.next(); page !== undefined; page = await stream.next()) {
    if (page.kind === 'hole' || page.serial !== serial) continue;
    const packets = page.packets.slice(skip).map((packet) => packet.slice());
    skip = Math.max(0, skip - page.packets.length);
    if (packets.length > 0) pages.push(packets);
  }
  return pages;
}

/** @param {Awaited<ReturnType<typeof readOpusHead>>} head @returns {Promise<Decode>} */
async function ourDecode(head) {
  const decoder = await head.open();
  return (packets) => decoder.decode(packets);
}

/** @returns {Promise<Material>} */
async function ofOpus() {
  const head = await readOpusHead(source, 0);
  const { sampleRate, channels } = head;
  return {
    sampleRate,
    channels,
    pages: await pagesOf(head),
    ours: () => ourDecode(head),
    theirs: async () => {
      const { OpusDecoder } = await import('opus-decoder');
      const decoder = new OpusDecoder({ sampleRate, channels, preSkip: 0 });
      await decoder.ready;
      return (packets) => decoder.decodeFrames([...packets]).channelData;
    },
  };
}

/** @returns {Promise<Material>} */
async function ofVorbis() {
  const head = await readVorbisHead(source, 0);
  const { sampleRate, channels } = head;
  return {
    sampleRate,
    channels,
    pages: await pagesOf(head),
    ours: () => ourDecode(head),
    theirs: async () => {
      const { OggVorbisDecoder } = await import('@wasm-audio-decoders/ogg-vorbis');
      const [id, , setup] = await headersOf();
      const decoder = new OggVorbisDecoder();
      await decoder.ready;
      // What its own parser of pages hands on: with that, bytes of the file would go through a second parser.
      await decoder.decodeOggPages([{ data: id, codecFrames: [], isLastPage: false }]);
      return async (packets) => {
        const codecFrames = packets.map((data) => ({ data, header: { vorbisSetup: setup } }));
        return (await decoder.decodeOggPages([{ data: [], codecFrames, isLastPage: false }])).channelData;
      };
    },
  };
}

/** The three header packets of Vorbis. */
async function headersOf() {
  const stream = new OggStream(source, 0);
  /** @type {Uint8Array[]} */
  const packets = [];
  for (let page = await stream.next(); page !== undefined && packets.length < 3; page = await stream.next()) {
    if (page.kind !== 'hole') packets.push(...page.packets.map((packet) => packet.slice()));
  }
  return packets;
}
