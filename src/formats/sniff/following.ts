/** Looks at what stands behind the end of a recording: sound that nobody would hear, or what programs and recorders append. */

import type { ByteSource } from '../../bytes.ts';
import { tagLength } from './id3.ts';
import { recordingSignatures, recordingThatBegins, startBytes } from './recording-start.ts';

/** Another recording in the same file. */
export interface Following {
  /** Its first byte, and how many there are from there to the end of the file. */
  readonly offset: number;
  readonly length: number;
  /** With an article: "a FLAC recording". */
  readonly what: string;
}

/** Tags and zeros that are passed over, each with a read of `startBytes`; whoever hides sound behind more of them is not helped. */
const mostLooks = 16;

/** Costs nothing where the file ends at `offset`, else one read, and one more for each tag and each block of zeros. */
export async function lookBehind(source: ByteSource, offset: number): Promise<Following | undefined> {
  let at = offset;
  for (let looks = 0; looks < mostLooks && at < source.byteLength; looks++) {
    const bytes = await source.read(at, startBytes);
    const skipped = zerosOf(bytes) || tagLength(bytes);
    if (skipped > 0) {
      at += skipped;
      continue;
    }
    const what = recordingThatBegins(bytes);
    return what === undefined ? amongOthers(source, at, bytes) : followingAt(source, at, what);
  }
  return undefined;
}

export function followingAt({ byteLength }: ByteSource, offset: number, what: string): Following {
  return { offset, length: byteLength - offset, what };
}

function zerosOf(bytes: Uint8Array): number {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first === -1 ? bytes.length : first;
}

/** Behind a recorder's stray bytes. Two headers of MP3 frames would be too little proof here. */
function amongOthers(source: ByteSource, offset: number, bytes: Uint8Array): Following | undefined {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let first: Following | undefined;
  for (const signature of recordingSignatures) {
    for (let at = all.indexOf(signature, 0, 'latin1'); at >= 0; at = all.indexOf(signature, at + 1, 'latin1')) {
      const what = recordingThatBegins(all.subarray(at));
      if (what === undefined) continue;
      if (first === undefined || offset + at < first.offset) first = followingAt(source, offset + at, what);
      break;
    }
  }
  return first;
}

/** What it is as a gap of the recording before it: no sample of that one is missing. */
export function otherRecording({ offset, length, what }: Following) {
  const reason = `at byte ${offset} another recording begins (${what}, ${length} bytes to the end of the file)`;
  return { offset, length, code: 'CORRUPT', reason, fault: 'other-recording' } as const;
}
