/** Gaps that a lenient decoder tells of, as findings about the recording. */

import type { AudioGap } from '../../formats/audio.ts';
import type { Findings } from './recording-faults.ts';

/** By what the decoder says: bytes that are there and cannot be used, or bytes that are not there. */
export function addGap(findings: Findings, gap: AudioGap, sampleRate: number): void {
  const { offset, length, code, seconds, frames, record, reason } = gap;
  const fault = code === 'TRUNCATED' ? 'truncated' : length > 0 ? 'damaged-frames' : 'missing-frames';
  const place = { offset, length, fromSeconds: seconds, toSeconds: seconds + frames / sampleRate };
  findings.add(fault, `Frame ${record}: ${reason}`, place);
}
