/** What `bowerbird inspect` prints about a dataset in a folder. */

import type { InspectedDataset } from '../../index.ts';
import { count, counted, duration, exactSize, printable, size } from '../format.ts';
import { facts } from '../layout.ts';
import { fieldTable, formsText } from './inspect-lmdb.ts';

export function datasetText(report: InspectedDataset, columns?: number): string {
  const { datasetName, version, samples, totalDuration, processors, shards, records, missing } = report;
  const { inspected, complete, unread, firstKey, unlooked } = report;
  const looked = complete || inspected === 0 ? '' : `; ${count(inspected)} looked at, --all reads every one`;
  const doubt =
    samples === null || samples === records ? '' : `, ${count(samples)} by metadata.json; bowerbird verify says more`;
  const absent =
    missing.length === 0 ? '' : `; missing: ${missing.slice(0, 5).join(', ')}${missing.length > 5 ? ', ...' : ''}`;
  const named = version === null || version === 'unknown' ? '' : `, version ${version}`;
  const rows = facts(
    [
      ['format', 'dataset, LMDB shards and metadata.json (AudioMDB)'],
      ['name', datasetName === null ? undefined : printable(`${datasetName}${named}`)],
      ['size', exactSize(report.size)],
      ['shards', `${counted(shards, 'shard')}${printable(absent)}`],
      ['samples', `${count(records)}${doubt}${looked}`],
      ['sound', totalDuration === null || totalDuration === 0 ? undefined : duration(totalDuration)],
      ['processors', processors.length === 0 ? undefined : printable(processors.join(', '))],
      ['first key', firstKey === null ? undefined : printable(firstKey)],
      ['payload', inspected === 0 ? undefined : size(report.payloadBytes)],
      ['holds', formsText(report.forms)],
      ['unread', unread === 0 ? undefined : `${counted(unread, 'value')}; bowerbird verify says why`],
      ['note', unlooked === undefined ? undefined : printable(unlooked)],
    ],
    2,
    columns,
  );
  return `${rows}\n${fieldTable(report, columns)}`;
}
