/** Gaps that a lenient decoder tells of, as findings about the recording. */

import type { AudioGap, AudioInfo } from './audio.ts';
import type { Findings } from './recording-faults.ts';

type Recording = Pick<AudioInfo, 'format' | 'sampleRate'>;

/** By what the decoder says: bytes that are there and cannot be used, or bytes that are not there. */
export function addGap(findings: Findings, gap: AudioGap, { format, sampleRate }: Recording): void {
  const { offset, length, code, seconds, frames, record, reason, fault: known } = gap;
  const isPaged = format === 'ogg-vorbis' || format === 'opus';
  const lost = isPaged ? 'damaged-pages' : length > 0 ? 'damaged-frames' : 'missing-frames';
  const fault = known ?? (code === 'TRUNCATED' ? 'truncated' : lost);
  const toSeconds = (Math.round(seconds * sampleRate) + frames) / sampleRate;
  const place = { offset, length, fromSeconds: seconds, toSeconds };
  const isCounted = known !== 'other-recording' && format !== 'wav';
  findings.add(fault, isCounted ? `${isPaged ? 'Page' : 'Frame'} ${record}: ${reason}` : reason, place);
}
