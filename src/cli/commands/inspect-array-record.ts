/** What `bowerbird inspect` prints about an ArrayRecord file. */

import type { InspectedArrayRecord } from '../../index.ts';
import { count, counted, exactSize, printable } from '../format.ts';
import { facts } from '../layout.ts';
import { damageText } from './damage.ts';
import { featureTable, payloadRows } from './inspect-tfrecord.ts';

export function arrayRecordText(report: InspectedArrayRecord, columns?: number): string {
  const { format, compression, transposed, records, inspected, complete, chunks, groupSize, options } = report;
  const looked = complete ? '' : `; ${count(inspected)} looked at, --all reads every one`;
  const left = complete && inspected < records ? `; ${count(inspected)} looked at, the others are damaged` : looked;
  const rows = facts(
    [
      ['format', `${format}, ${compression}${transposed ? ', transposed' : ''}`],
      ['size', exactSize(report.size)],
      ['records', `${count(records)}${left}`],
      ['chunks', `${count(chunks)} of ${counted(groupSize, 'record')}`],
      ['options', options === null ? undefined : printable(options)],
      ...payloadRows(report, inspected),
      ['damaged', report.damage && damageText(report.damage)],
    ],
    2,
    columns,
  );
  return `${rows}\n${featureTable(report, columns)}`;
}
