/** The slow twin of the native record stream: TFRecord framing from a stream of blocks, and a policy for damage. */

import type { ByteBlocks, Stop } from '../../src/bytes.ts';
import { BowerbirdError } from '../../src/errors.ts';
import { crc32c, crc32cOf8, maskCrc32c } from '../../src/formats/records/crc32c.ts';
import {
  claimedLength,
  footerBytes,
  frameBytes,
  hasHeader,
  headerBytes,
  loadU32,
} from '../../src/formats/records/tfrecord-frame.ts';
import { Window } from './window.ts';

/** Payloads in file order, views of memory that is never written again: keep them as long as you like. */
export interface TfRecordBatch {
  /** Index of records[0]. Damaged stretches count as one record each. */
  readonly firstRecord: number;
  readonly records: readonly Uint8Array[];
  /** Where each record's header begins in the (uncompressed) stream. */
  readonly offsets: readonly number[];
}

/** A stretch that holds no intact record. */
export interface Damage {
  /** Index of the record that should begin here. */
  readonly record: number;
  readonly offset: number;
  /** 0 when the stream broke off between two records (only compressed streams can tell). */
  readonly length: number;
  readonly code: 'CORRUPT_RECORD' | 'TRUNCATED';
  readonly reason: string;
}

export interface RecordOptions {
  /** Path or URI, for messages. */
  readonly source: string;
  /** "fail" throws at the first damage, after the records before it were delivered; "salvage" reports it and goes on. */
  readonly onError?: 'fail' | 'salvage';
  readonly onDamage?: (damage: Damage) => void;
  readonly stop?: Stop | undefined;
  /** Length of the stream when it is known: a claim beyond it is refused at once, and not after reading to the end. */
  readonly byteLength?: number | undefined;
  /** Bytes gathered before a batch is delivered. Default 4 MiB. */
  readonly batchBytes?: number;
  /** A longer record is refused with UNSUPPORTED. Memory follows what has arrived, never the claim. Default 2 GiB. */
  readonly maxRecordBytes?: number;
  /** A longer record is not found again after damage; this bounds what a search may hold. Default 256 MiB. */
  readonly maxSearchedBytes?: number;
}

/** What is known about the record at a place. */
type Frame =
  | { readonly kind: 'record'; readonly length: number }
  | { readonly kind: 'more' }
  /** With the `extent` of the record where its length can be trusted and only its data cannot. */
  | { readonly kind: 'damage'; readonly code: Damage['code']; readonly reason: string; readonly extent?: number }
  | { readonly kind: 'refused'; readonly error: BowerbirdError };

const more: Frame = { kind: 'more' };

/**
 * Salvage, without regard to records in payloads (that is salvage.ts): where only a payload's checksum fails, and behind the record stands a header whose checksum holds or the end of the
 * stream, that record is the damage and reading goes on behind it. Else, after damage at offset o, the next record is at the first
 * offset p > o where a header's checksum holds, the whole record fits and its payload's checksum holds; [o, p) is one damaged
 * stretch. The search reads every byte once and keeps no more
 * than `maxSearchedBytes` (times four, by doubling), whatever false headers promise: a payload's checksum comes from two prefix
 * checksums, so a false header costs microseconds and not its length.
 */
export async function* recordBatches(blocks: ByteBlocks, options: RecordOptions): AsyncGenerator<TfRecordBatch> {
  const salvage = options.onError === 'salvage';
  const limits = {
    record: options.maxRecordBytes ?? 2 ** 31,
    search: options.maxSearchedBytes ?? 2 ** 28,
    stream: options.byteLength ?? Number.POSITIVE_INFINITY,
  };
  const window = new Window(blocks, options.batchBytes ?? 4 * 1024 * 1024, options.stop);
  let firstRecord = 0;
  let next = 0;
  let records: Uint8Array[] = [];
  let offsets: number[] = [];
  let damage: Omit<Damage, 'length'> | undefined;
  let toldFailure = false;

  const takeBatch = (): TfRecordBatch => {
    const batch = { firstRecord, records, offsets };
    records = [];
    offsets = [];
    firstRecord = next;
    return batch;
  };
  const endDamage = (): void => {
    if (damage === undefined) return;
    options.onDamage?.({ ...damage, length: window.offset - damage.offset });
    damage = undefined;
    next++;
  };

  try {
    for (;;) {
      const frame = damage === undefined ? frameAt(window, limits, options.source, next) : searchStep(window, limits);
      if (frame.kind === 'record') {
        if (damage !== undefined) {
          // Indices run on within a batch, so a gap starts a new one.
          if (records.length > 0) yield takeBatch();
          endDamage();
          firstRecord = next;
        }
        records.push(window.bytes.subarray(window.at + headerBytes, window.at + headerBytes + frame.length));
        offsets.push(window.offset);
        next++;
        window.at += frame.length + frameBytes;
      } else if (frame.kind === 'damage') {
        // A record that is cut short is how a broken stream shows first.
        const broken = frame.code === 'TRUNCATED' ? window.failure : undefined;
        if (!salvage) {
          if (records.length > 0) yield takeBatch();
          throw broken ?? damageError(options.source, next, window.offset, frame.code, frame.reason);
        }
        if (broken !== undefined) toldFailure = true;
        damage = {
          record: next,
          offset: window.offset,
          code: broken === undefined ? frame.code : (broken.code as Damage['code']),
          reason: broken?.message ?? frame.reason,
        };
        if (frame.extent !== undefined && (await isFollowed(window, frame.extent))) {
          if (records.length > 0) yield takeBatch();
          window.at += frame.extent;
          endDamage();
          firstRecord = next;
        } else {
          window.at++;
        }
      } else if (frame.kind === 'refused') {
        if (records.length > 0) yield takeBatch();
        throw frame.error;
      } else if (window.ended) {
        break;
      } else {
        if (records.length > 0 && window.full) yield takeBatch();
        await window.fill();
      }
    }
    if (records.length > 0) yield takeBatch();
    if (damage !== undefined) {
      window.at = window.filled;
      endDamage();
    }
    if (window.failure !== undefined && !toldFailure) {
      if (!salvage) throw window.failure;
      const { code, message } = window.failure;
      options.onDamage?.({
        record: next,
        offset: window.offset,
        length: 0,
        code: code as Damage['code'],
        reason: message,
      });
    }
  } finally {
    await window.close();
  }
}

/** Whether a header or the end stands where the next record should begin. */
async function isFollowed(window: Window, extent: number): Promise<boolean> {
  while (!window.ended && window.filled - window.at < extent + headerBytes) await window.fill();
  const behind = window.at + extent;
  if (behind === window.filled) return true;
  return window.filled - behind >= headerBytes && hasHeader(window.bytes, behind);
}

interface Limits {
  readonly record: number;
  readonly search: number;
  readonly stream: number;
}

function frameAt(window: Window, limits: Limits, source: string, record: number): Frame {
  const { bytes, at } = window;
  const have = window.filled - at;
  if (have < headerBytes) {
    if (!window.ended || have === 0) return more;
    return { kind: 'damage', code: 'TRUNCATED', reason: `only ${have} of the 12 bytes of its header are there` };
  }
  if (!hasHeader(bytes, at)) {
    const found = crc32cOf8(bytes, at);
    const expected = unmask(loadU32(bytes, at + 8));
    const reason = `the CRC-32C of its length is ${hex(found)}, expected ${hex(expected)}`;
    return { kind: 'damage', code: 'CORRUPT_RECORD', reason };
  }
  const length = claimedLength(bytes, at);
  const left = window.ended ? have : limits.stream - window.offset;
  if (length > left - frameBytes) {
    const claim = `its header promises ${exactLength(bytes, at)} bytes`;
    const rest = Math.max(left - headerBytes, 0);
    return { kind: 'damage', code: 'TRUNCATED', reason: `${claim} and a checksum, but only ${rest} bytes follow` };
  }
  if (length > limits.record) {
    const error = new BowerbirdError(
      'UNSUPPORTED',
      `Cannot read record ${record} of "${source}" at byte ${window.offset}: its header promises ${exactLength(bytes, at)} bytes, ` +
        `expected at most ${limits.record} (option maxRecordBytes)`,
      { source, record, offset: window.offset },
    );
    return { kind: 'refused', error };
  }
  if (have < length + frameBytes) return more;
  const found = crc32c(bytes.subarray(at + headerBytes, at + headerBytes + length));
  const stored = loadU32(bytes, at + headerBytes + length);
  if (maskCrc32c(found) === stored) return { kind: 'record', length };
  const reason = `the CRC-32C of its ${length} bytes is ${hex(found)}, expected ${hex(unmask(stored))}`;
  return { kind: 'damage', code: 'CORRUPT_RECORD', reason, extent: length + frameBytes };
}

const maskedCrcOfNoLength = maskCrc32c(crc32cOf8(new Uint8Array(8), 0));

/** Moves the window to the next intact record, or as far as what has arrived allows. */
function searchStep(window: Window, limits: Limits): Frame {
  const { bytes, filled } = window;
  for (; window.at + headerBytes <= filled; window.at++) {
    const at = window.at;
    const length = claimedLength(bytes, at);
    if (length > limits.search || length > limits.stream - window.offset - frameBytes) continue;
    // Zeros are the most common filling of a lost stretch: compare with the one answer instead of computing it.
    if (length === 0 ? loadU32(bytes, at + 8) !== maskedCrcOfNoLength : !hasHeader(bytes, at)) continue;
    const end = at + headerBytes + length;
    if (end + footerBytes > filled) {
      if (window.ended) continue;
      return more;
    }
    if (maskCrc32c(window.crcBetween(at + headerBytes, end)) === loadU32(bytes, end)) return { kind: 'record', length };
  }
  return more;
}

function exactLength(bytes: Uint8Array, at: number): string {
  return ((BigInt(loadU32(bytes, at + 4)) << 32n) | BigInt(loadU32(bytes, at))).toString();
}

function unmask(masked: number): number {
  const rotated = (masked - 0xa282ead8) >>> 0;
  return ((rotated >>> 17) | (rotated << 15)) >>> 0;
}

function hex(crc: number): string {
  return crc.toString(16).padStart(8, '0');
}

export function damageError(
  source: string,
  record: number,
  offset: number,
  code: Damage['code'],
  reason: string,
): BowerbirdError {
  return new BowerbirdError(code, `Cannot read record ${record} of "${source}" at byte ${offset}: ${reason}`, {
    source,
    record,
    offset,
  });
}
