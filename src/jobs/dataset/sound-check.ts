/** Whether the bytes of a recording are one, and by what extension its readers know which. */

import { bytesSource, latin1, type Stop } from '../../bytes.ts';
import { openAudio } from '../../formats/open-audio.ts';
import { sniffAudio } from '../../formats/sniff-audio.ts';
import { extensionOf, fileNameOf } from '../../storage/uri.ts';
import { openRecording } from '../rows/clips.ts';

export type SoundCheck = 'header' | 'full';

const extensionsOf = {
  mp3: ['.mp3'],
  flac: ['.flac'],
  wav: ['.wav'],
  'ogg-vorbis': ['.ogg', '.oga'],
  opus: ['.opus', '.ogg', '.oga'],
  'flac-in-ogg': ['.oga', '.ogg'],
} as const;

/** Of sound that is known and not decoded here, by the words of the sniffer. */
const otherExtensions: readonly (readonly [words: RegExp, extensions: readonly string[]])[] = [
  [/MPEG-4/, ['.m4a', '.mp4']],
  [/AIFF/, ['.aiff', '.aif']],
  [/AAC/, ['.aac']],
  [/Matroska/, ['.webm', '.mka']],
  [/Core Audio/, ['.caf']],
  [/\.au/, ['.au']],
  [/Windows Media/, ['.wma']],
  [/AMR/, ['.amr']],
  [/Ogg/, ['.ogg']],
];

/**
 * The name that a row gives its recording: that of its file, with the extension of what the bytes are.
 *
 * @throws BowerbirdError UNSUPPORTED, CORRUPT, TRUNCATED, BAD_SCHEMA for what is no recording, or with "full" cannot be decoded
 */
export async function checkedName(uri: string, bytes: Uint8Array, check: SoundCheck, stop: Stop): Promise<string> {
  const source = bytesSource(bytes, uri);
  const sniffed = await sniffAudio(source);
  // What is no audio, or has lost its header, is told by whoever opens audio; so is what only others decode.
  if (
    sniffed.kind === 'unknown' ||
    (sniffed.kind === 'format' && sniffed.isBare) ||
    (sniffed.kind === 'other' && check === 'full')
  ) {
    await openAudio(source);
  }
  if (check === 'full') await decode(uri, bytes, stop);
  const name = fileNameOf(uri);
  const extension = extensionOf(name);
  const fitting = extensionsFor(sniffed, bytes);
  if (fitting.length === 0 || fitting.includes(extension.toLowerCase())) return name;
  return `${name.slice(0, name.length - extension.length)}${fitting[0]}`;
}

function extensionsFor(sniffed: Awaited<ReturnType<typeof sniffAudio>>, bytes: Uint8Array): readonly string[] {
  if (sniffed.kind === 'format') {
    const isOgg = sniffed.format === 'flac' && latin1(bytes, 0, 4) === 'OggS';
    return extensionsOf[isOgg ? 'flac-in-ogg' : sniffed.format];
  }
  if (sniffed.kind === 'unknown') return [];
  return otherExtensions.find(([words]) => words.test(sniffed.name))?.[1] ?? [];
}

/** All samples, of which none is kept. */
async function decode(uri: string, bytes: Uint8Array, stop: Stop): Promise<void> {
  const how = { sampleRate: null, mono: false, windows: null, lenient: false, checkFirst: false, stop } as const;
  // Its header may promise more than there is.
  await openRecording(uri, bytes, { as: 'floats', bytes: 'opened', ...how });
  const reader = await openAudio(bytesSource(bytes, uri));
  for await (const _ of reader.blocks({ stop })) stop.throwIfAborted();
}
