/** Processed episodes as the builder of datasets finds them in a bucket: LANGUAGE/EPISODE/all_segments.json and a recording for each segment. */

import { readFileSync } from 'node:fs';
import { codecBytes } from './codec-files.ts';
import { wav } from './labelled.ts';
import { randomFrom } from './object-server.ts';

export interface SegmentFields {
  readonly text?: unknown;
  readonly speaker?: unknown;
  readonly start?: unknown;
  readonly end?: unknown;
  readonly dnsmos?: unknown;
  readonly language?: unknown;
}

export interface EpisodeSpec {
  readonly language: string;
  readonly episode: string;
  readonly segments: number;
}

/** "en/0000" and so on: `episodes` of each language. */
export function specs(languages: { readonly [language: string]: number }, segments = 3): EpisodeSpec[] {
  return Object.entries(languages).flatMap(([language, episodes]) =>
    Array.from({ length: episodes }, (_, i) => ({ language, episode: String(i).padStart(4, '0'), segments })),
  );
}

const kinds = ['mp3', 'oga', 'wav', 'opus', 'ogg'] as const;
const flacInOgg = readFileSync(new URL('../data/codecs/tone.oga', import.meta.url));

/** Real files: MP3, Vorbis and Opus of FFmpeg, FLAC in Ogg of it too, WAV of seeded noise. All segments of an episode are of one kind. */
export function recordingOf({ language, episode }: EpisodeSpec, index: number): { extension: string; bytes: Buffer } {
  const seed = [...`${language}/${episode}/${index}`].reduce((sum, char) => (sum * 31 + char.charCodeAt(0)) | 0, 7);
  const kind = kinds[Number(episode) % kinds.length]!;
  switch (kind) {
    case 'mp3':
      return { extension: 'mp3', bytes: Buffer.from(codecBytes('mono.mp3')) };
    case 'oga':
      return { extension: 'oga', bytes: flacInOgg };
    case 'opus':
      return { extension: 'opus', bytes: Buffer.from(codecBytes('stereo.opus')) };
    case 'ogg':
      return { extension: 'ogg', bytes: Buffer.from(codecBytes('stereo.ogg')) };
    case 'wav': {
      const random = randomFrom(seed);
      const samples = Array.from({ length: 400 + (seed & 255) }, () => Math.round((random() - 0.5) * 20_000));
      return { extension: 'wav', bytes: wav(samples) };
    }
    default:
      return kind satisfies never;
  }
}

export function segmentsOf(spec: EpisodeSpec): SegmentFields[] {
  return Array.from({ length: spec.segments }, (_, i) => ({
    text: `${spec.language} ${spec.episode} segment ${i} äöü`,
    speaker: `SPEAKER_0${(Number(spec.episode) + i) % 3}`,
    start: i * 2,
    end: i * 2 + 1.25 + i / 8,
    dnsmos: 2.5 + ((Number(spec.episode) + i) % 10) / 8,
    language: spec.language,
  }));
}

/** Keys below `prefix` and their bytes. */
export function episodeObjects(episodes: readonly EpisodeSpec[], prefix = 'processed/'): Map<string, Buffer> {
  const objects = new Map<string, Buffer>();
  for (const spec of episodes) {
    const folder = `${prefix}${spec.language}/${spec.episode}/`;
    objects.set(`${folder}all_segments.json`, Buffer.from(JSON.stringify(segmentsOf(spec), null, 2)));
    for (let i = 0; i < spec.segments; i++) {
      const { extension, bytes } = recordingOf(spec, i);
      objects.set(`${folder}${spec.episode}_${String(i).padStart(6, '0')}.${extension}`, bytes);
    }
  }
  return objects;
}

/** {language: [prefix, ...]} as a scan writes it. */
export function planOf(episodes: readonly EpisodeSpec[], prefix = 'processed/'): { [language: string]: string[] } {
  const plan: { [language: string]: string[] } = {};
  for (const { language, episode } of episodes) {
    plan[language] ??= [];
    plan[language].push(`${prefix}${language}/${episode}/`);
  }
  return plan;
}
