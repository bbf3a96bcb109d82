/** A chunk that the repository has, whoever put it there: its receipt, of what the footers say. */

import type { AdoptedChunk, DatasetOnError, DatasetUnit } from './choices.ts';
import { type DatasetReceipt, stampsOf } from './receipt.ts';

export function adoptedReceipt(
  unit: DatasetUnit,
  { files, rejects }: AdoptedChunk,
  onError: DatasetOnError,
): DatasetReceipt {
  const sum = (of: (file: AdoptedChunk['files'][number]) => number) =>
    files.reduce((total, file) => total + of(file), 0);
  return {
    unit: unit.id,
    input: unit.input,
    outputs: stampsOf(
      unit,
      files.map((file) => ({ ...file, crc32c: '' })),
    ),
    records: sum(({ rows }) => rows),
    rejects,
    files: files.map(({ name, bytes, rows, seconds, arrowBytes }) => ({
      name,
      bytes,
      crc32c: '',
      sha256: '',
      rows,
      groups: 0,
      arrowBytes,
      seconds,
    })),
    config: unit.config,
    split: unit.split,
    sources: unit.sources,
    seconds: sum(({ seconds }) => seconds),
    unknownSeconds: sum(({ unknownSeconds }) => unknownSeconds),
    bytesIn: 0,
    extras: 0,
    notKept: [],
    notes: [],
    onError,
    adopted: true,
    isAway: true,
  };
}
