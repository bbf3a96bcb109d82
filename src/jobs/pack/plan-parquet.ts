/** The plan of a pack of Parquet files: so many rows of all files behind each other in each shard. */

import { createHash } from 'node:crypto';
import { BowerbirdError } from '../../errors.ts';
import { type ParquetPlan, rangesOf } from '../../samples/parquet/plan.ts';
import { shown } from '../../storage/uri.ts';
import { digitsFor, type PackPlan, packUnit } from './plan.ts';

/** `plan` is of footers: no row was read. */
export function planParquetShards(plan: ParquetPlan, samplesPerShard: number, notices: readonly string[]): PackPlan {
  const { rows, files, columns } = plan;
  if (rows === 0) {
    const [first] = files;
    throw new BowerbirdError('NOT_FOUND', `Cannot pack "${shown(first?.uri ?? '')}": there is no row in it`);
  }
  const digits = digitsFor(rows);
  const units = Array.from({ length: Math.ceil(rows / samplesPerShard) }, (_, shard) => {
    const first = shard * samplesPerShard;
    const count = Math.min(samplesPerShard, rows - first);
    const ranges = rangesOf(files, first, count);
    const known = ranges.map(({ file: { uri, size, version }, ...range }) => ({
      uri: shown(uri),
      size,
      version,
      ...range,
    }));
    const version = createHash('sha256')
      .update(JSON.stringify([known, columns]))
      .digest('hex')
      .slice(0, 32);
    const size = Math.round(
      ranges.reduce((sum, { file, count: some }) => sum + (file.size * some) / rowsOf(files, file.uri), 0),
    );
    return packUnit(shard, { first, digits, from: { kind: 'parquet', ranges }, size, version });
  });
  const counts = { bytes: 0, missing: 0, outside: 0, remote: 0 };
  const findings = { rows, ...counts, left: plan.left, leftOut: [], vocabulary: null };
  return { units, findings, notices: [...notices, ...plan.notices] };
}

function rowsOf(files: ParquetPlan['files'], uri: string): number {
  return files.find((file) => file.uri === uri)?.rows ?? 1;
}
