/** `bowerbird repair`: what was kept, what was lost. */

import type { RepairedFile } from '../../index.ts';
import { exit } from '../failure.ts';
import { counted, printable, size } from '../format.ts';
import { facts } from '../layout.ts';
import type { Call } from '../parse.ts';
import type { Outcome, Session } from '../session.ts';
import { damageText } from './damage.ts';
import { asError, exitCodeFor } from './unreadable.ts';

export async function repair({ operands, values }: Call<'repair'>, session: Session): Promise<Outcome> {
  const report = await session.api.repair({
    inputs: operands,
    // parse() refuses a command line without --out.
    out: values.out!,
    ...(values.overwrite && { overwrite: true }),
    async onFile(file) {
      if (file.format === 'unknown') await session.failed(asError(file));
      else if (!values.quiet) await session.print(repairText(file));
    },
    onNotice: session.notice,
    signal: session.signal,
  });
  const isLossy = report.files.some((file) => file.format !== 'unknown' && lostAny(file));
  return { exitCode: exitCodeFor(report.files, isLossy ? exit.rejects : exit.done), report };
}

/** Of an ArrayRecord file what counts is records: its padding, index and footer are made anew. */
function lostAny(report: RepairedFile): boolean {
  return report.format === 'arrayrecord' ? report.lostRecords !== 0 : report.damaged.length > 0;
}

export function repairText(report: RepairedFile): string {
  const places = counted(report.damaged.length, 'damaged place');
  const rows = facts([
    ['read', `${printable(report.source)}, ${size(report.bytesIn)}${compressionText(report)}`],
    [
      'kept',
      `${counted(report.records, 'record')}, ${size(report.bytesOut)} to ${printable(report.out)}, crc32c ${report.crc32c}`,
    ],
    ['lost', report.damaged.length === 0 ? 'nothing' : `${lostText(report)} in ${places}`],
  ]);
  return `${[rows, ...report.damaged.map((range) => `  ${damageText(range)}`)].join('\n')}\n`;
}

function compressionText(report: RepairedFile): string {
  return report.format === 'arrayrecord' || report.compression === 'none' ? '' : `, ${report.compression}`;
}

function lostText(report: RepairedFile): string {
  const bytes = counted(report.lostBytes, 'byte');
  if (report.format !== 'arrayrecord') return bytes;
  const records = report.lostRecords === null ? 'an unknown number of records' : counted(report.lostRecords, 'record');
  return `${records}, ${bytes}`;
}
