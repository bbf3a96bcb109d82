/** Damaged ranges in words, the same in verify, inspect and repair. */

import type { DamagedRange } from '../../index.ts';
import { printable } from '../format.ts';

/** Plain numbers: they are there to be pasted into dd or a script. */
export function damageText({ record, offset, length, code, reason }: DamagedRange): string {
  return `record ${record}, offset ${offset}, length ${length}: ${printable(reason)} (${code})`;
}
