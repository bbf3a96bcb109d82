/** Damaged stretches in words, the same in verify, inspect and repair. */

import type { DamagedChunk, DamagedPage, DamagedRange, DatasetDamage, RecordingDamage } from '../../index.ts';
import { printable, span } from '../format.ts';

type AnyDamage = DamagedRange | DatasetDamage | DamagedChunk | DamagedPage | RecordingDamage;

/** Plain numbers: they are there to be pasted into dd or a script. */
export function damageText(damage: AnyDamage): string {
  const { offset, length, code, reason } = damage;
  if ('shard' in damage) return `${whatText(damage)}: ${printable(reason)} (${code})`;
  return `${whatText(damage)}, offset ${offset}, length ${length}${whenText(damage)}: ${printable(reason)} (${code})`;
}

function whatText(damage: AnyDamage): string {
  if ('chunk' in damage) return chunkText(damage);
  if ('page' in damage) return pageText(damage);
  if ('shard' in damage) return damage.shard === null ? damage.fault : `${damage.fault} of ${printable(damage.shard)}`;
  return 'record' in damage ? `record ${damage.record}` : damage.fault;
}

function chunkText({ chunk, record, records }: DamagedChunk): string {
  if (records === 0) return 'no record';
  if (records === null) return `chunk ${chunk}, records from ${record} on`;
  return `chunk ${chunk}, ${records === 1 ? `record ${record}` : `records ${record} to ${record + records - 1}`}`;
}

function pageText({ page, key }: DamagedPage): string {
  if (key !== null) return `value of "${printable(key)}"`;
  return page === null ? 'the file' : `page ${page}`;
}

function whenText(damage: AnyDamage): string {
  if (!('fromSeconds' in damage)) return '';
  const { fromSeconds, toSeconds } = damage;
  return toSeconds > fromSeconds ? `, ${span(fromSeconds, toSeconds)}` : '';
}
