/** `bowerbird inspect`: a compact block a file. */

import { BowerbirdError, type SerializedError } from '../../errors.ts';
import type { FeatureSummary, InspectReport } from '../../index.ts';
import { exit, exitCodeOf } from '../failure.ts';
import { count, counted, printable, size } from '../format.ts';
import { facts, table } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import type { Style } from '../style.ts';
import { damageText } from './damage.ts';

type Entry = InspectReport | { readonly source: string; readonly error: SerializedError };

/** One unreadable file of several is told and the others are shown; when all fail, so does the command. */
export async function inspect({ operands, values }: Call<'inspect'>, session: Session): Promise<Outcome> {
  const files: Entry[] = [];
  const failures: BowerbirdError[] = [];
  let shown = 0;
  for (const source of operands) {
    try {
      const report = await session.api.inspect(source, {
        ...(values.all && { all: true }),
        ...(values.limit !== undefined && { limit: values.limit }),
        signal: session.signal,
      });
      session.print(`${shown++ > 0 ? '\n' : ''}${inspectText(report, session.style)}`);
      files.push(report);
    } catch (error) {
      if (!(error instanceof BowerbirdError) || session.signal.aborted || operands.length === 1) throw error;
      failures.push(error);
      // The last straw is told by whoever catches it.
      if (failures.length === operands.length) throw error;
      session.failed(error);
      files.push({ source, error: error.toJSON() });
    }
  }
  return { exitCode: failures.length === 0 ? exit.done : exitCodeOf(failures[0]), report: { files } };
}

export function inspectText(report: InspectReport, style: Style): string {
  const { payloads } = report;
  const kinds = [
    ...(payloads.example > 0 ? [`tf.train.Example in ${counted(payloads.example, 'record')}`] : []),
    ...(payloads.sequenceExample > 0
      ? [`tf.train.SequenceExample in ${counted(payloads.sequenceExample, 'record')}`]
      : []),
    ...(payloads.other > 0 ? [`something else in ${counted(payloads.other, 'record')}`] : []),
  ];
  const mean = report.records > 0 ? Math.round(report.payloadBytes / report.records) : 0;
  const [least, most] = report.recordBytes;
  const rows = facts(
    [
      ['format', `${report.format}${report.compression === 'none' ? '' : `, ${report.compression}`}`],
      ['size', report.size < 1000 ? size(report.size) : `${size(report.size)} (${count(report.size)} bytes)`],
      ['records', `${count(report.records)}${report.complete ? '' : ' looked at; --all reads every one'}`],
      [
        'payload',
        report.records === 0
          ? undefined
          : `${size(report.payloadBytes)}; ${count(least)} to ${count(most)} bytes a record, mean ${count(mean)}`,
      ],
      ['holds', kinds.length === 0 ? undefined : kinds.join(', ')],
      ['damaged', report.damage && damageText(report.damage)],
    ],
    2,
  );
  const features = report.features.length === 0 ? '' : `\n${table(featureRows(report.features), 'llrrll', 2)}\n`;
  return `${style.bold(printable(report.source))}\n${rows}\n${features}`;
}

function featureRows(features: readonly FeatureSummary[]): string[][] {
  const head = ['feature', 'kind', 'records', 'values', 'range', 'example'];
  return [head, ...features.map(featureRow)];
}

function featureRow(feature: FeatureSummary): string[] {
  const { tensor } = feature;
  const kind = tensor === undefined ? feature.kind : `${tensor.dtypes.join('|')} tensor ${tensor.shapes.join(' ')}`;
  const range = tensor === undefined ? feature.range : tensor.range;
  const unit = tensor === undefined && feature.kind === 'bytes' ? ' bytes' : '';
  return [
    printable(feature.name),
    kind,
    count(feature.records),
    span(...feature.count),
    range === undefined ? '' : `${span(...range)}${unit}`,
    printable(feature.example),
  ];
}

function span(least: number | string, most: number | string): string {
  return least === most ? brief(least) : `${brief(least)} to ${brief(most)}`;
}

/** Seven digits hold a float32; whole numbers stay whole. */
function brief(value: number | string): string {
  return typeof value === 'string' || Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(7)));
}
