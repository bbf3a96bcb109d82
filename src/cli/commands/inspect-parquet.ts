/** What `bowerbird inspect` prints about a Parquet file. Names and texts are the file's, and may hold anything. */

import type { InspectedAudio, InspectedColumn, InspectedParquet } from '../../index.ts';
import { count, counted, exactSize, printable, size } from '../format.ts';
import { facts, fittedTable } from '../layout.ts';
import { damageText } from './damage.ts';

/** More columns, keys and features are in the report (--json). */
const mostRows = 200;
const mostNames = 20;

export function parquetText(report: InspectedParquet, columns?: number): string {
  const { version, createdBy, rows, rowGroups, largestGroup, keyValues, features, shard, audio, damage } = report;
  const facts_ = facts(
    [
      ['format', version === null ? 'parquet' : `parquet, version ${version}`],
      ['size', exactSize(report.size)],
      ['rows', count(rows)],
      ['row groups', groupsText(rowGroups, largestGroup)],
      ['made by', createdBy === null ? undefined : printable(createdBy)],
      ['keys', listText(keyValues.map(({ key, bytes }) => `${printable(key)} (${size(bytes)})`))],
      ['features', listText(Object.entries(features).map(([name, type]) => `${printable(name)} ${printable(type)}`))],
      ['chunk', shard === null ? undefined : chunkText(shard)],
      ['identity', shard === null ? undefined : printable(shard.identity)],
      ...audio.map((each): [string, string] => ['sound', audioText(each)]),
      ['damaged', damage && damageText(damage)],
    ],
    2,
    columns,
  );
  return `${facts_}\n${columnTable(report.columns, rowGroups, columns)}`;
}

function groupsText(groups: number, largest: InspectedParquet['largestGroup']): string {
  if (largest === null) return '0';
  return `${count(groups)}; the largest, ${largest.group}, takes ${size(largest.bytes)} in ${counted(largest.rows, 'row')}`;
}

function listText(names: readonly string[]): string | undefined {
  if (names.length === 0) return undefined;
  const more = names.length > mostNames ? ` and ${count(names.length - mostNames)} more (--json)` : '';
  return `${names.slice(0, mostNames).join(', ')}${more}`;
}

function chunkText({ chunk, part, parts, rows, config, split }: NonNullable<InspectedParquet['shard']>): string {
  const which = `chunk ${chunk}, part ${part + 1} of ${parts}, ${counted(rows, 'row')}`;
  return printable(`${which}; configuration ${config}, split ${split}`);
}

function audioText(audio: InspectedAudio): string {
  const { column, samplingRate, isTold, cells, complete, nulls, formats, largest } = audio;
  const { withoutPath, withoutExtension, otherExtension } = audio;
  const kinds = Object.entries(formats).map(([format, times]) => `${count(times)} ${printable(format)}`);
  const parts = [
    `${counted(cells, 'cell')}${complete ? '' : ' looked at, --all reads every one'}`,
    ...kinds,
    ...(nulls > 0 ? [`${count(nulls)} without bytes`] : []),
    ...(withoutPath > 0 ? [`${count(withoutPath)} without path`] : []),
    ...(withoutExtension > 0 ? [`${count(withoutExtension)} whose path has no extension`] : []),
    ...(otherExtension > 0 ? [`${count(otherExtension)} whose path ends as another format`] : []),
    ...(largest > 0 ? [`the largest ${size(largest)}`] : []),
    ...(isTold ? [] : ['not called Audio by the features']),
  ];
  return `${printable(column)}${samplingRate === null ? '' : ` at ${samplingRate} Hz`}: ${parts.join(', ')}`;
}

function columnTable(all: readonly InspectedColumn[], groups: number, width: number | undefined): string {
  if (all.length === 0) return '';
  const body = all
    .slice(0, mostRows)
    .map((column) => [
      printable(column.name),
      printable(`${column.type}${column.optional ? '?' : ''}`),
      column.codecs.join(' ').toLowerCase(),
      column.encodings.join(' '),
      column.pages === null ? '?' : count(column.pages),
      column.indexed === groups ? 'yes' : column.indexed === 0 ? 'no' : `${column.indexed} of ${groups}`,
      size(column.packedBytes),
      column.nulls === null ? '?' : count(column.nulls),
      rangeText(column),
    ]);
  const head = ['column', 'type', 'codec', 'encodings', 'pages', 'index', 'size', 'nulls', 'range'];
  const more = all.length > mostRows ? `\n  and ${counted(all.length - mostRows, 'more column')} (--json)` : '';
  return `\n${fittedTable([head, ...body], 'llllrlrrl', 2, width)}${more}\n`;
}

function rangeText({ min, max }: InspectedColumn): string {
  if (min === null || max === null) return '';
  return printable(min === max ? min : `${min} to ${max}`);
}
