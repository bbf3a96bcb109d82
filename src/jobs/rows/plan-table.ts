/** Rows that name recordings, cut into units: a table of them, and by what a later run knows whether a unit would hold the same. */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError, named } from '../../errors.ts';
import type { RowFindings, RowSource, SourceRow } from '../../samples/rows/source.ts';
import type { Spool } from '../../storage/local/spool.ts';
import { recordingUri, shown } from '../../storage/uri.ts';
import { binOf, hash53 } from './hash.ts';
import { type LookCounts, RecordingLook } from './look.ts';
import { listObjects, sightingWidth, statesOfRows } from './objects.ts';
import type { RecordingStamp } from './recordings.ts';
import { Bins, type Spill } from './spill.ts';
import { digestOf, eachOf, rowStamp } from './stamps.ts';
import { cellsOf, type TableRange, tableLine, tableRow } from './table.ts';

export interface TablePlanning {
  readonly source: RowSource;
  /** Where the paths of rows begin. */
  readonly audio: string;
  readonly allowOutside: boolean;
  readonly rowsPerUnit: number;
  /** Takes the table. */
  readonly spool: Spool;
  /** Open as long as the plan is made. */
  readonly spill: Spill;
  readonly stop: Stop;
  /** Gets each row in order. `stamp`: what its recording is now, as RecordingLook tells it. */
  readonly onRow?: (row: SourceRow, stamp: RecordingStamp | 'refused' | undefined) => void;
}

/** Rows of one unit. */
export interface PlannedRows extends TableRange {
  /** Number of its first row in all. */
  readonly first: number;
  readonly count: number;
  /** Of its local recordings, in bytes. */
  readonly size: number;
  /** Of the rows, and of what their local recordings are: whoever has read them all can check it (StampDigest). */
  readonly digest: string;
  /** Of what their objects are, as a list tells it; undefined where nobody lists them. */
  readonly objects: string | undefined;
}

export interface TablePlan {
  readonly rows: number;
  readonly units: readonly PlannedRows[];
  readonly findings: RowFindings;
  readonly counts: LookCounts;
  readonly notices: readonly string[];
}

/** Rows between two looks at the signal; looking at files blocks. */
const rowsATurn = 1024;
/** Bins are blocks of numbers: rows of every unit by their order, without an order to keep. */
const only = 0;

/** One pass over the rows. `rows` of the result may be 0. */
export async function planTable(planning: TablePlanning): Promise<TablePlan> {
  const { source, rowsPerUnit, spool, spill, audio, stop, onRow } = planning;
  const look = new RecordingLook(audio, planning.allowOutside);
  const stamps = new Bins(spill, 1);
  const sightings = new Bins(spill, sightingWidth);
  const starts: { readonly offset: number; readonly bytes: number }[] = [];
  let rows = 0;
  const take = (found: SourceRow) => {
    const uri = found.audio === '' ? '' : recordingUri(audio, found.audio);
    const row = tableRow(found, uri);
    if (rows % rowsPerUnit === 0) starts.push({ offset: spool.length, bytes: look.counts.bytes });
    spool.append(Buffer.from(tableLine(row)));
    const stamp = uri === '' ? undefined : look.at(uri);
    stamps.add(only, rowStamp(uri, cellsOf(row), stamp));
    const path = hash53(uri === '' ? `${rows}\0` : uri);
    sightings.add(binOf(path), path, rows, 0);
    onRow?.(found, stamp);
    rows++;
  };
  for await (const batch of source.rows(stop)) {
    for (const row of batch) {
      take(row);
      if (rows % rowsATurn === 0) await breathe(stop);
    }
  }
  const findings = source.findings();
  const { counts } = look;
  const breathing = () => breathe(stop);
  const listed = counts.remote === 0 ? undefined : await listObjects(audio, rows, spill, stop);
  const states = listed && (await statesOfRows(sightings, listed, (row) => row, spill, breathing)).blocks(rows);
  const [ofRows, ofObjects] = [eachOf(stamps.blocks(only)), states && eachOf(states)];
  const end = { offset: spool.length, bytes: counts.bytes };
  const units = starts.map(({ offset, bytes: before }, i): PlannedRows => {
    const first = i * rowsPerUnit;
    const count = Math.min(rowsPerUnit, rows - first);
    const next = starts[i + 1] ?? end;
    return {
      first,
      count,
      offset,
      bytes: next.offset - offset,
      size: next.bytes - before,
      digest: digestOf(ofRows, count),
      objects: ofObjects && digestOf(ofObjects, count).slice(0, 16),
    };
  });
  return { rows, units, findings, counts, notices: [...findings.notices, ...noticesOf(rows, counts, audio)] };
}

async function breathe(stop: Stop): Promise<void> {
  stop.throwIfAborted();
  await new Promise((resolve) => setImmediate(resolve));
}

/** `doing`: "pack". */
export function nothingIn(doing: string, name: string): BowerbirdError {
  return new BowerbirdError('NOT_FOUND', `Cannot ${doing} "${name}": it has no row`, { source: name });
}

function noticesOf(rows: number, { missing, outside }: LookCounts, audio: string): string[] {
  const notices: string[] = [];
  if (outside > 0) {
    notices.push(
      `${outside} of ${rows} rows name a recording outside of "${shown(audio)}"; ${named('allowOutside')} reads them`,
    );
  }
  if (missing > 0) {
    const hint = missing === rows ? `; is "${shown(audio)}" where their paths begin (${named('audio')})?` : '';
    notices.push(`${missing} of ${rows} rows name a recording that is not there${hint}`);
  }
  return notices;
}
