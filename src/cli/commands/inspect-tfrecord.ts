/** What `bowerbird inspect` prints about a TFRecord file. */

import type { FeatureSummary, InspectedTfRecord } from '../../index.ts';
import { count, counted, exactSize, printable, size } from '../format.ts';
import { facts, fittedTable } from '../layout.ts';
import { damageText } from './damage.ts';

export function tfRecordText(report: InspectedTfRecord, columns?: number): string {
  const rows = facts(
    [
      ['format', `${report.format}${report.compression === 'none' ? '' : `, ${report.compression}`}`],
      ['size', exactSize(report.size)],
      ['records', `${count(report.records)}${report.complete ? '' : ' looked at; --all reads every one'}`],
      ...payloadRows(report, report.records),
      ['damaged', report.damage && damageText(report.damage)],
    ],
    2,
    columns,
  );
  return `${rows}\n${featureTable(report, columns)}`;
}

/** Of the records that were looked at. */
export function payloadRows(
  {
    payloads,
    payloadBytes,
    recordBytes: [least, most],
  }: Pick<InspectedTfRecord, 'payloads' | 'payloadBytes' | 'recordBytes'>,
  records: number,
): (readonly [string, string | undefined])[] {
  const kinds = [
    ...(payloads.example > 0 ? [`tf.train.Example in ${counted(payloads.example, 'record')}`] : []),
    ...(payloads.sequenceExample > 0
      ? [`tf.train.SequenceExample in ${counted(payloads.sequenceExample, 'record')}`]
      : []),
    ...(payloads.other > 0 ? [`something else in ${counted(payloads.other, 'record')}`] : []),
  ];
  const mean = records > 0 ? Math.round(payloadBytes / records) : 0;
  const sizes = `${size(payloadBytes)}; ${count(least)} to ${count(most)} bytes a record, mean ${count(mean)}`;
  return [
    ['payload', records === 0 ? undefined : sizes],
    ['holds', kinds.length === 0 ? undefined : kinds.join(', ')],
  ];
}

export function featureTable(
  { features, moreFeatures }: Pick<InspectedTfRecord, 'features' | 'moreFeatures'>,
  columns?: number,
): string {
  if (features.length === 0) return '';
  return `\n${fittedTable(featureRows(features), 'llrrll', 2, columns)}\n${moreNames(moreFeatures)}`;
}

/** A file may have a new name in every record. */
export function moreNames(more: true | undefined): string {
  return more ? '  there are more names than these thousand, which are left out\n' : '';
}

function featureRows(features: readonly FeatureSummary[]): string[][] {
  const head = ['feature', 'kind', 'records', 'values', 'range', 'example'];
  return [head, ...features.map(featureRow)];
}

function featureRow(feature: FeatureSummary): string[] {
  const { tensor } = feature;
  const kind =
    tensor === undefined ? feature.kind : `${tensor.dtypes.join('|')} tensor ${tensor.shapes.map(shapeText).join(' ')}`;
  const range = tensor === undefined ? feature.range : tensor.range;
  const unit = tensor === undefined && feature.kind === 'bytes' ? ' bytes' : '';
  return [
    printable(feature.name),
    kind,
    count(feature.records),
    rangeText(...feature.count),
    range === undefined ? '' : `${rangeText(...range)}${unit}`,
    printable(feature.example),
  ];
}

/** Of a shape that are printed; the report has all. */
const mostDimensions = 8;

function shapeText(shape: readonly number[]): string {
  const text = shape.slice(0, mostDimensions).join('x') || 'scalar';
  return shape.length > mostDimensions ? `${text}x...` : text;
}

function rangeText(least: number | string, most: number | string): string {
  return least === most ? brief(least) : `${brief(least)} to ${brief(most)}`;
}

/** Seven digits hold a float32; whole numbers stay whole. */
function brief(value: number | string): string {
  return typeof value === 'string' || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}
