/** What `bowerbird inspect` prints about an LMDB file. */

import type { InspectedLmdb } from '../../index.ts';
import { count, counted, exactSize, printable, size } from '../format.ts';
import { facts, fittedTable } from '../layout.ts';
import { damageText } from './damage.ts';
import { moreNames } from './inspect-tfrecord.ts';

export function lmdbText(report: InspectedLmdb, columns?: number): string {
  const { records, inspected, complete, pages, pageSize, depth, transaction, firstKey, forms, unread } = report;
  const looked = complete || inspected === 0 ? '' : `; ${count(inspected)} looked at, --all reads every one`;
  const all = counted(pages.branch + pages.leaf + pages.overflow, 'page');
  const rows = facts(
    [
      ['format', 'lmdb, data format v1 (LMDB 0.9)'],
      ['size', exactSize(report.size)],
      ['records', `${count(records)}${looked}`],
      ['pages', `${all} of ${count(pageSize)} bytes in use; ${counted(depth, 'level')}, transaction ${transaction}`],
      ['first key', firstKey === null ? undefined : printable(firstKey)],
      ['payload', inspected === 0 ? undefined : size(report.payloadBytes)],
      ['holds', formsText(forms)],
      ['unread', unread === 0 ? undefined : `${counted(unread, 'value')}; bowerbird verify says why`],
      ['note', report.unlooked === undefined ? undefined : printable(report.unlooked)],
      ['damaged', report.damage && damageText(report.damage)],
    ],
    2,
    columns,
  );
  return `${rows}\n${fieldTable(report, columns)}`;
}

export function formsText({ pickle, msgpack, other }: InspectedLmdb['forms']): string | undefined {
  const holds = [
    ...(pickle > 0 ? [`pickles in ${counted(pickle, 'value')}`] : []),
    ...(msgpack > 0 ? [`MessagePack in ${counted(msgpack, 'value')}`] : []),
    ...(other > 0 ? [`something else in ${counted(other, 'value')}`] : []),
  ];
  return holds.length === 0 ? undefined : holds.join(', ');
}

export function fieldTable(
  { fields, moreFields }: Pick<InspectedLmdb, 'fields' | 'moreFields'>,
  columns: number | undefined,
): string {
  if (fields.length === 0) return '';
  const body = fields.map(({ name, types, records, range, example }) => [
    printable(name),
    printable(types.join(' or ')),
    count(records),
    range === undefined ? '' : rangeText(...range),
    printable(example),
  ]);
  return `\n${fittedTable([['field', 'type', 'records', 'range', 'example'], ...body], 'llrll', 2, columns)}\n${moreNames(moreFields)}`;
}

function rangeText(least: number, most: number): string {
  return least === most ? brief(least) : `${brief(least)} to ${brief(most)}`;
}

function brief(value: number): string {
  return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}
