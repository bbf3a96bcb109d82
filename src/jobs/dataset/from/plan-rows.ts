/** Rows that name recordings, of a manifest, a CSV file or a folder, as chunks. Lives in the process of the run. */

import { createHash, type Hash } from 'node:crypto';
import { tmpdir } from 'node:os';
import type { Stop } from '../../../bytes.ts';
import { pythonJson } from '../../../formats/npy/python-json.ts';
import type { RowFields } from '../../../samples/rows/columns.ts';
import { type RowSource, type SourceRow, someOf } from '../../../samples/rows/source.ts';
import { Spool } from '../../../storage/local/spool.ts';
import { isRemote, shown } from '../../../storage/uri.ts';
import { nothingIn, planTable, type TablePlan } from '../../rows/plan-table.ts';
import { Spill } from '../../rows/spill.ts';
import type { ChunkColumn, ChunkSource, PlannedChunk, PlannedChunks, RowsOptions } from '../chunk-source.ts';
import type { SoundCheck } from '../sound-check.ts';
import { FieldColumns, withAudio } from './columns.ts';
import { fromPlace } from './place.ts';

export interface RowChunksTerms {
  readonly source: RowSource;
  readonly audio: string;
  readonly allowOutside: boolean;
  readonly samplesPerChunk: number;
  readonly samplingRate: number | null;
  readonly check: SoundCheck;
}

const tableName = 'dataset.table';
const labelColumns: readonly ChunkColumn[] = [
  { name: 'label', kind: 'int64' },
  { name: 'label_name', kind: 'string' },
];
/** Of each recording, as far as its header tells. */
const durationColumn: ChunkColumn = { name: 'duration', kind: 'float64' };

export class RowChunks implements ChunkSource {
  readonly name: string;
  readonly #terms: RowChunksTerms;
  #spool: Spool | undefined;

  constructor(terms: RowChunksTerms) {
    this.#terms = terms;
    this.name = terms.source.name;
  }

  async plan(stop: Stop): Promise<PlannedChunks> {
    const { source, audio, allowOutside, samplesPerChunk: rowsPerUnit } = this.#terms;
    this.#spool = new Spool(tmpdir());
    const spill = new Spill();
    const said = new SaidByRows(source.name, rowsPerUnit);
    try {
      const plan = await planTable({
        ...{ source, audio, allowOutside, rowsPerUnit, spool: this.#spool, spill, stop },
        onRow: (row, stamp) => said.add(row, stamp === 'refused' ? stamp : (stamp?.size ?? null)),
      });
      if (plan.rows === 0) throw nothingIn('build a dataset of', source.name);
      return this.#planned(plan, said, this.#spool);
    } finally {
      spill.close();
    }
  }

  close(): void {
    this.#spool?.close();
    this.#spool = undefined;
  }

  #planned({ units, findings, notices }: TablePlan, said: SaidByRows, spool: Spool): PlannedChunks {
    const { samplingRate, audio, allowOutside, check, source } = this.#terms;
    const { vocabulary = null, left, leftOut } = findings;
    const found = said.columns(vocabulary !== null);
    const columns = withAudio(found.columns, samplingRate);
    const labels = createHash('sha256').update(JSON.stringify(vocabulary)).digest('hex');
    const chunks = units.map(({ count, offset, bytes, size, digest, objects }, i): PlannedChunk => {
      return {
        ...fromPlace(i),
        size,
        version: `${said.digests()[i]}-${labels.slice(0, 16)}`,
        stamp: [digest, ...(objects === undefined ? [] : [objects])].join('-'),
        names: [],
        count,
        from: { kind: 'rows', offset, bytes, digest },
      };
    });
    const { name } = source;
    const rows: RowsOptions = {
      ...{ kind: 'rows', source: name, audio, allowOutside, check },
      table: tableName,
      columns,
      labels: vocabulary,
    };
    const none =
      found.notKept.length === 0
        ? []
        : [`Not kept of "${name}": ${someOf(found.notKept)}: no column takes what they hold`];
    return {
      columns,
      chunks,
      table: { name: tableName, lines: spool.blocks() },
      leftOut,
      notKept: [...left, ...found.notKept],
      notices: [...notices, ...none],
      rows,
    };
  }
}

/** What the rows of each chunk say, whatever machine and folder they and their recordings are in. */
class SaidByRows {
  readonly #rowsPerUnit: number;
  readonly #columns: FieldColumns;
  readonly #digests: string[] = [];
  #hash: Hash = createHash('sha256');
  #rows = 0;
  #hasText = false;

  constructor(source: string, rowsPerUnit: number) {
    this.#rowsPerUnit = rowsPerUnit;
    this.#columns = new FieldColumns(source);
  }

  /** `size`: of its recording, in bytes, as far as it is known. */
  add({ row, line, audio, fields, span, problem }: SourceRow, size: number | 'refused' | null): void {
    // A link that was signed anew leads to the same recording.
    const place = isRemote(audio) ? shown(audio) : audio;
    const said = [place, pythonJson(fields as RowFields), span ?? null, problem !== undefined, size];
    this.#hash.update(`${JSON.stringify(said)}\n`);
    if (++this.#rows % this.#rowsPerUnit === 0) this.#end();
    if (problem !== undefined) return;
    const { text = null } = fields;
    this.#hasText ||= text !== null && text !== '';
    const where = line === undefined ? `row ${row}` : `row ${row} (line ${line})`;
    for (const [name, value] of Object.entries(fields)) this.#columns.add(name, value, where);
  }

  #end(): void {
    this.#digests.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
  }

  /** Of each chunk; when all rows were added. */
  digests(): readonly string[] {
    if (this.#digests.length * this.#rowsPerUnit < this.#rows) this.#end();
    return this.#digests;
  }

  columns(isLabelled: boolean): ReturnType<FieldColumns['columns']> {
    const { columns, notKept } = this.#columns.columns();
    const text = columns.filter(({ name }) => name === 'text' && this.#hasText);
    const rest = columns.filter(({ name }) => name !== 'text' && !(isLabelled && name === 'label_name'));
    return { columns: [...text, durationColumn, ...(isLabelled ? labelColumns : []), ...rest], notKept };
  }
}
