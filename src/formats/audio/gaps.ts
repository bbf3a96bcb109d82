/** What the readers of all formats do about stretches that a recording does not give. */

import { type BowerbirdError, remedied } from '../../errors.ts';
import { named } from '../../options.ts';
import type { AudioGap, Room } from './audio.ts';

/** What a strict read fails with; `place` names what the format counts. */
export function gapError(source: string, gap: AudioGap, place?: string): BowerbirdError {
  const { code, reason, record, offset, seconds } = gap;
  const where = `at ${seconds.toFixed(3)} s (${place === undefined ? '' : `${place}, `}byte ${offset})`;
  const message = `Cannot decode "${source}" ${where}: ${reason}`;
  return remedied(code, message, remedyOf(gap), { source, record, offset, seconds });
}

const lenient = `${named('lenient')} (in ingest and pack: ${named('onError', 'salvage')})`;

/** What a strict read adds to the reason of a gap. */
export function remedyOf({ fault, code }: Pick<AudioGap, 'fault' | 'code'>): string {
  switch (fault) {
    case 'other-recording':
      return `; cut the file there, or leave what follows out with ${lenient}`;
    case 'rate-change':
      return `; ${lenient} takes the samples as they are`;
    case undefined:
      return `; ${wholeAgain(code)}${lenient} puts silence in the place of what is lost`;
    default:
      return fault satisfies never;
  }
}

/** What is cut came so from whoever copied it, more often than not. */
function wholeAgain(code: AudioGap['code']): string {
  return code === 'TRUNCATED' ? 'fetch the file again, or go on without the rest: ' : '';
}

/** A reason of a gap as a note, which is a sentence of its own. */
export function noteOf(reason: string): string {
  return `${reason.charAt(0).toUpperCase()}${reason.slice(1)}`;
}

/** Notes that no gap tells already. */
export function untold(notes: readonly string[], gaps: readonly Pick<AudioGap, 'reason'>[]): string[] {
  const told = new Set(gaps.map(({ reason }) => noteOf(reason)));
  return notes.filter((note) => !told.has(note));
}

export function silence({ array, at: first, plane }: Room, frames: number, channels: number): void {
  if (plane === 0) array.fill(0, first, first + frames * channels);
  else for (let c = 0; c < channels; c++) array.fill(0, first + c * plane, first + c * plane + frames);
}
