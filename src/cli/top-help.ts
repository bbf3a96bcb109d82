/** The first help, and what the help of every command is made of. */

import { commandNames, type ExitCodes, exitCodes, summaries } from './flags/overview.ts';
import { definitions, wrap } from './layout.ts';
import type { Style } from './style.ts';

export interface HelpOptions {
  readonly style: Style;
  readonly columns: number | undefined;
  readonly long: boolean;
}

const about = 'large audio collections to training-ready datasets';

export function topHelp({ style, columns, long }: HelpOptions): string {
  const width = pageWidth(columns);
  const sections = [
    title(style, 'bowerbird', about, width),
    section(style, 'Examples', [
      '  bowerbird extract one_percent_data_sample/ --out extracted/',
      '  bowerbird ingest labels.csv --audio recordings/ --out tfrecords/train --shards 64',
      '  bowerbird inspect embeddings-00000-of-00374',
      '  bowerbird verify one_percent_data_sample/',
      '  bowerbird repair damaged.tfrecord --out repaired.tfrecord',
      "  bowerbird convert 'tf/train-*' --to arrayrecord --out ar/train --shards 16",
      '  bowerbird decode recording.flac --out recording.wav',
    ]),
    section(style, 'Commands', [
      definitions(
        commandNames.map((name) => [name, summaries[name]]),
        width,
      ),
    ]),
    ...(long ? [exitCodesSection(style, exitCodes, width)] : []),
    `${wrap('"bowerbird COMMAND --help" explains a command; "bowerbird --version" (-V) prints the version.', width)}\n`,
  ];
  return sections.join('\n\n');
}

/** Lines longer than this are hard to read; narrower terminals get narrower pages. */
export function pageWidth(columns: number | undefined): number {
  return Math.max(40, Math.min(80, columns ?? 80));
}

export function title(style: Style, name: string, text: string, width: number): string {
  return style.bold(name) + wrap(`${name}: ${text}`, width, 2).slice(name.length);
}

export function section(style: Style, heading: string, lines: readonly string[]): string {
  return [style.bold(heading), ...lines].join('\n');
}

export function exitCodesSection(style: Style, codes: ExitCodes, width: number): string {
  return section(style, 'Exit codes', [
    definitions(
      codes.map(([code, text]) => [String(code), text]),
      width,
    ),
  ]);
}
