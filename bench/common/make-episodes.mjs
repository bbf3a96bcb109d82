// Processed episodes in a folder: LANGUAGE/EPISODE/all_segments.json, and beside it a recording for each segment.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * @typedef {{ language: string, episode: string, segments: number }} Episode
 * @typedef {{ extension: string, bytes: Uint8Array }} Recording
 */

/** What a segment says of itself. @param {Episode} episode @param {number} i */
export function segmentOf({ language, episode }, i) {
  const number = Number(episode);
  return {
    text: `${language} ${episode}, segment ${i}: äöü`,
    speaker: `SPEAKER_0${(number + i) % 3}`,
    start: i * 2,
    end: i * 2 + 1.25 + (i % 4) / 8,
    dnsmos: 2.5 + ((number + i) % 10) / 8,
    language,
  };
}

/** Paths below `folder` by episode. @param {string} folder @param {readonly Episode[]} episodes @param {(episode: Episode, i: number) => Recording} recording */
export function makeEpisodes(folder, episodes, recording) {
  for (const episode of episodes) {
    const place = join(folder, episode.language, episode.episode);
    mkdirSync(place, { recursive: true });
    const segments = Array.from({ length: episode.segments }, (_, i) => segmentOf(episode, i));
    writeFileSync(join(place, 'all_segments.json'), JSON.stringify(segments, null, 2));
    for (let i = 0; i < episode.segments; i++) {
      const { extension, bytes } = recording(episode, i);
      writeFileSync(join(place, `${episode.episode}_${String(i).padStart(6, '0')}.${extension}`), bytes);
    }
  }
}

/** "0000" and so on. @param {string} language @param {number} count @param {number} segments @returns {Episode[]} */
export function episodesOf(language, count, segments) {
  return Array.from({ length: count }, (_, i) => ({ language, episode: String(i).padStart(4, '0'), segments }));
}

/** Frames of MPEG audio as an encoder makes them, and what fills them drawn by lot: the same for the same episode. @param {number} bytes */
export function mp3Noise(bytes) {
  const frame = 417; // 128 kbit/s, 44.1 kHz
  const one = new Uint8Array(Math.ceil(bytes / frame) * frame);
  return (/** @type {Episode} */ { language, episode }, /** @type {number} */ i) => {
    let state = [...`${language}/${episode}/${i}`].reduce(
      (sum, char) => (Math.imul(sum, 31) + char.charCodeAt(0)) | 0,
      7,
    );
    const words = new Uint32Array(one.buffer, 0, one.length >> 2);
    for (let at = 0; at < words.length; at++) {
      state = (Math.imul(state, 1664525) + 1013904223) | 0;
      words[at] = state;
    }
    for (let at = 0; at < one.length; at += frame) one.set([0xff, 0xfb, 0x90, 0x64], at);
    return { extension: 'mp3', bytes: one };
  };
}
