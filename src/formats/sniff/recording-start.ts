/** Says whether bytes are the beginning of a recording, whatever stands around them. */

import { latin1 } from '../../bytes.ts';
import { parseMpegHeader } from './mpeg-header.ts';

/** Two frames of MP3, the longest there are, and all else that is looked at. */
export const startBytes = 8192;

/** How containers begin, for who looks for them between other bytes. */
export const recordingSignatures: readonly string[] = ['fLaC', 'OggS', 'RIFF', 'RIFX', 'RF64', 'BW64', 'riff', 'FORM'];

export const mp3Recording = 'an MP3 recording';

/** What it is, with an article; undefined for all else. Give it `startBytes`, or fewer at the end of a file. */
export function recordingThatBegins(bytes: Uint8Array): string | undefined {
  switch (latin1(bytes, 0, 4)) {
    case 'fLaC':
      return 'a FLAC recording';
    case 'OggS':
      return bytes[4] === 0 ? 'an Ogg recording' : undefined;
    case 'RIFF':
    case 'RIFX':
    case 'RF64':
    case 'BW64':
      return latin1(bytes, 8, 12) === 'WAVE' ? 'a WAV recording' : undefined;
    case 'riff':
      return latin1(bytes, 24, 28) === 'wave' ? 'a Wave64 recording' : undefined;
    case 'FORM':
      return latin1(bytes, 8, 11) === 'AIF' ? 'an AIFF recording' : undefined;
    default:
      return hasMp3Frames(bytes) ? mp3Recording : undefined;
  }
}

/** A header is no proof: another one of the same stream stands behind its frame, or the file ends there. */
function hasMp3Frames(bytes: Uint8Array): boolean {
  const first = parseMpegHeader(bytes);
  if (first === undefined || first.bytes === 0) return false;
  if (first.bytes === bytes.length) return true;
  const second = parseMpegHeader(bytes, first.bytes);
  return second !== undefined && second.version === first.version && second.sampleRate === first.sampleRate;
}
