/** Damaged stretches in words, the same in verify, inspect and repair. */

import type { DamagedRange, RecordingDamage } from '../../index.ts';
import { printable, span } from '../format.ts';

/** Plain numbers: they are there to be pasted into dd or a script. */
export function damageText(damage: DamagedRange | RecordingDamage): string {
  const { offset, length, code, reason } = damage;
  const what = 'record' in damage ? `record ${damage.record}` : damage.fault;
  const when = 'record' in damage ? '' : timeText(damage);
  return `${what}, offset ${offset}, length ${length}${when}: ${printable(reason)} (${code})`;
}

function timeText({ fromSeconds, toSeconds }: RecordingDamage): string {
  return toSeconds > fromSeconds ? `, ${span(fromSeconds, toSeconds)}` : '';
}
