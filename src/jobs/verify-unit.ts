/** The work of one unit of `verify`: every checksum of one file. Writes nothing. Runs in a worker. */

import type { SerializedError } from '../errors.ts';
import type { Compression } from '../formats/compression.ts';
import { stopOn } from '../native.ts';
import { FilePass, type Finding } from './record-pass.ts';
import type { Unit, UnitContext } from './types.ts';

/** A damaged stretch. Offsets are in the record stream, after decompression. */
export interface DamagedRange {
  /** Index of the record that should begin here. */
  readonly record: number;
  readonly offset: number;
  /** 0 where a compressed stream broke off between two records. */
  readonly length: number;
  readonly code: 'CORRUPT_RECORD' | 'TRUNCATED';
  readonly reason: string;
}

export interface VerifyReceipt {
  readonly source: string;
  readonly format: 'tfrecord' | 'unknown';
  readonly compression: Compression;
  readonly size: number;
  readonly records: number;
  /** Payload bytes of intact records. */
  readonly payloadBytes: number;
  readonly ok: boolean;
  readonly damaged: readonly DamagedRange[];
  /** Set when the file is of another format. */
  readonly error?: SerializedError;
}

export async function run(unit: Pick<Unit, 'input'>, _options: unknown, context: UnitContext): Promise<VerifyReceipt> {
  const { uri: source, size } = unit.input;
  const pass = new FilePass(source, { stopOn: stopOn.nothing, shared: context.shared });
  try {
    const damaged: DamagedRange[] = [];
    let foreign: Finding | undefined;
    const onFinding = (finding: Finding) => {
      if (finding.code === 'UNSUPPORTED') foreign = finding;
      else damaged.push(rangeOf(finding));
    };
    for await (const _ of pass.run({ onFinding }));
    const { records, payloadBytes } = pass.native.counts();
    const isForeign = foreign !== undefined && records === 0;
    return {
      source,
      format: isForeign ? 'unknown' : 'tfrecord',
      compression: pass.compression,
      size,
      records,
      payloadBytes,
      ok: damaged.length === 0 && foreign === undefined,
      damaged,
      ...(foreign === undefined ? {} : { error: foreignError(source, foreign) }),
    };
  } finally {
    await pass.close();
  }
}

export function rangeOf({ record, offset, length, code, reason }: Finding): DamagedRange {
  return { record, offset, length, code: code === 'TRUNCATED' ? code : 'CORRUPT_RECORD', reason };
}

function foreignError(source: string, { code, reason }: Finding): SerializedError {
  return { code, source, message: `Cannot verify "${source}": ${reason}` };
}
