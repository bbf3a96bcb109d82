/** What users write of further columns that outputs are to hold. */

import type { KeptColumn } from '../../formats/cells.ts';
import { usage } from '../../options.ts';

/** "name", "name:int", "name:float" or "name:text"; what stands behind another colon belongs to the name. */
export function keptColumns(columns: readonly string[], taken: readonly string[], why: string): KeptColumn[] {
  const kept = columns.map((given): KeptColumn => {
    const [, name, as] = /^(.+):(int|float|text)$/.exec(given) ?? [undefined, given, 'text'];
    return { name: name!, as: as as KeptColumn['as'] };
  });
  for (const [i, { name }] of kept.entries()) {
    if (taken.includes(name)) {
      throw usage(`Cannot keep column "${name}": ${why}`);
    }
    if (kept.findIndex((other) => other.name === name) < i) throw usage(`Cannot keep column "${name}" twice`);
  }
  return kept;
}
