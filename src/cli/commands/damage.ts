/** Damaged stretches in words, the same in verify, inspect and repair. */

import type {
  CardDamage,
  DamagedChunk,
  DamagedPage,
  DamagedRange,
  DatasetDamage,
  ParquetDamage,
  RecordingDamage,
} from '../../index.ts';
import { printable, span } from '../format.ts';

type AnyDamage =
  | CardDamage
  | DamagedChunk
  | DamagedPage
  | DamagedRange
  | DatasetDamage
  | ParquetDamage
  | RecordingDamage;

/** Plain numbers: they are there to be pasted into dd or a script. */
export function damageText(damage: AnyDamage): string {
  const { offset, length, code, reason } = damage;
  if ('group' in damage) return parquetText(damage);
  if ('shard' in damage || 'config' in damage) return `${whatText(damage)}: ${printable(reason)} (${code})`;
  return `${whatText(damage)}, offset ${offset}, length ${length}${whenText(damage)}: ${printable(reason)} (${code})`;
}

/** A page has a place in the file; what is about the file as a whole has none. */
function parquetText(damage: ParquetDamage): string {
  const { fault, group, column, row, offset, length, code, reason } = damage;
  const place = [
    ...(group === null ? [] : [`row group ${group}`]),
    ...(column === null ? [] : [`column "${printable(column)}"`]),
    ...(row === null ? [] : [`row ${row}`]),
    ...(offset === 0 && length === 0 ? [] : [`offset ${offset}`]),
    ...(length === 0 ? [] : [`length ${length}`]),
  ];
  const where = place.length === 0 ? '' : `, ${place.join(', ')}`;
  return `${fault}${where}: ${printable(reason)} (${code})`;
}

function whatText(damage: Exclude<AnyDamage, ParquetDamage>): string {
  if ('chunk' in damage) return chunkText(damage);
  if ('page' in damage) return pageText(damage);
  if ('config' in damage) return damage.fault;
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
