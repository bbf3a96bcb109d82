/** Every checksum of one TFRecord file. */

import type { SerializedError } from '../../errors.ts';
import type { Compression } from '../../formats/records/compression.ts';
import { stopOn } from '../../native/native.ts';
import type { Damage } from '../../records/damage.ts';
import { FilePass, type Finding } from '../../records/pass.ts';
import { linkOf } from '../../storage/links.ts';
import type { InputStamp } from '../../storage/stamp.ts';
import type { UnitContext } from '../engine/types.ts';
import type { Verified, VerifySettings } from './work.ts';

/** A damaged stretch. Offsets are in the record stream, after decompression. */
export interface DamagedRange extends Damage {
  /** Index of the record that should begin here. */
  readonly record: number;
  readonly offset: number;
  /** 0 where a compressed stream broke off between two records. */
  readonly length: number;
  readonly code: 'CORRUPT_RECORD' | 'TRUNCATED';
}

interface VerifiedRecords extends Verified {
  readonly compression: Compression;
  readonly records: number;
  /** Payload bytes of intact records. */
  readonly payloadBytes: number;
  /** Of the intact records, when asked for. */
  readonly proof?: string;
  readonly damaged: readonly DamagedRange[];
}

export interface VerifiedTfRecord extends VerifiedRecords {
  readonly format: 'tfrecord';
}

/** A file that no format of ours fits; `error` says what it seems to be. */
export interface VerifiedUnknown extends VerifiedRecords {
  readonly format: 'unknown';
}

export async function verify(
  input: InputStamp,
  context: UnitContext,
  { proof }: VerifySettings,
): Promise<VerifiedTfRecord | VerifiedUnknown> {
  const { uri: source, size, version } = input;
  const pass = new FilePass(linkOf(input), {
    target: { kind: 'check' },
    prove: proof,
    stopOn: stopOn.nothing,
    version,
    shared: context.shared,
  });
  try {
    const damaged: DamagedRange[] = [];
    let foreign: Finding | undefined;
    const onFinding = (finding: Finding) => {
      const promised = promiseBeyond(finding, pass.compression, size);
      if (promised !== undefined) damaged.push(rangeOf({ ...finding, code: 'TRUNCATED', reason: promised }));
      else if (finding.code === 'UNSUPPORTED') foreign = finding;
      else damaged.push(rangeOf(finding));
    };
    for await (const _ of pass.run({ onFinding }));
    const { records, payloadBytes } = pass.counts();
    const isForeign = foreign !== undefined && records === 0;
    return {
      source,
      format: isForeign ? 'unknown' : 'tfrecord',
      compression: pass.compression,
      size,
      records,
      payloadBytes,
      ...(proof && !isForeign ? { proof: pass.proof() } : {}),
      ok: damaged.length === 0 && foreign === undefined,
      damaged,
      ...(foreign === undefined ? {} : { error: foreignError(source, foreign) }),
    };
  } finally {
    await pass.close();
  }
}

/** What Deflate makes of a byte at the most: a length of 258 for two bits. */
const mostInflation = 1032;

/** A record that is longer than all that the file can hold is damage; one that is only too long for this machine is not. */
function promiseBeyond({ promised = 0 }: Finding, compression: Compression, size: number): string | undefined {
  const most = size * mostInflation;
  if (promised <= most || compression === 'none') return undefined;
  return `expected a record of ${promised} bytes, found a compressed file of ${size} bytes, which holds no more than ${most}`;
}

export function rangeOf({ record, offset, length, code, reason }: Finding): DamagedRange {
  return { record, offset, length, code: code === 'TRUNCATED' ? code : 'CORRUPT_RECORD', reason };
}

function foreignError(source: string, { code, reason }: Finding): SerializedError {
  return { code, source, message: `Cannot verify "${source}": ${reason}` };
}
