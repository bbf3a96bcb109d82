/** Turns what the cores find in an ArrayRecord file (native/core/records/riegeli.h) into codes and sentences. */

import { BowerbirdError, type ErrorCode } from '../../errors.ts';
import { chunkFault, codecType, type NativeFinding } from '../../native/native.ts';

interface Sentence {
  readonly code: ErrorCode;
  readonly say: (f: NativeFinding) => string;
}

const codecNames: { readonly [type: number]: string } = {
  [codecType.zstd]: 'Zstandard',
  [codecType.brotli]: 'Brotli',
  [codecType.snappy]: 'Snappy',
};

const footerWord = 'was the writer closed, and is the file whole? "bowerbird repair" rebuilds it';

const sentences: { readonly [fault: number]: Sentence } = {
  [chunkFault.truncated]: { code: 'TRUNCATED', say: (f) => `expected a chunk of ${f.a} bytes, found the end of the file after ${f.b} bytes` },
  [chunkFault.boundary]: { code: 'CORRUPT_RECORD', say: () => 'no chunk can begin here, right behind a block header' },
  [chunkFault.blockHash]: { code: 'CORRUPT_RECORD', say: (f) => `the hash of the block header at byte ${f.a} does not match` },
  [chunkFault.blockPlace]: { code: 'CORRUPT_RECORD', say: (f) => `the block header at byte ${f.a} belongs to another chunk` },
  [chunkFault.headerHash]: { code: 'CORRUPT_RECORD', say: () => "the hash of the chunk's header does not match" },
  [chunkFault.dataHash]: { code: 'CORRUPT_RECORD', say: () => "the hash of the chunk's data does not match" },
  [chunkFault.padding]: { code: 'CORRUPT_RECORD', say: (f) => `expected zeros behind the chunk's data, found others from byte ${f.a} on` },
  [chunkFault.signature]: { code: 'CORRUPT_RECORD', say: (f) => (f.offset === 0 ? 'the file does not open with the signature of Riegeli' : 'a signature chunk stands inside the file') },
  [chunkFault.chunkType]: { code: 'UNSUPPORTED', say: (f) => `expected a chunk of records, found one of type ${type(f.a)}` },
  [chunkFault.compression]: { code: 'UNSUPPORTED', say: (f) => `compression type ${type(f.a)} is not known` },
  [chunkFault.decompress]: { code: 'CORRUPT_RECORD', say: () => 'the chunk does not decompress to what it promises' },
  [chunkFault.sizes]: { code: 'CORRUPT_RECORD', say: () => 'the lengths of the records do not add up' },
  [chunkFault.transposed]: { code: 'CORRUPT_RECORD', say: () => 'the state machine of a transposed chunk is not sound' },
  [chunkFault.tooLarge]: { code: 'UNSUPPORTED', say: (f) => `the chunk takes ${f.a} bytes of memory, more than half of this machine's, or than 4 GiB` },
  [chunkFault.noCodec]: {
    code: 'UNSUPPORTED',
    say: (f) =>
      `the chunk is compressed with ${codecNames[f.a] ?? type(f.a)}, which neither this Node (${process.version}) nor the system brings; ` +
      'install the library (libzstd, libbrotli) or use Node 22.15 or later',
  },
  [chunkFault.postscript]: { code: 'TRUNCATED', say: () => `expected the postscript of an ArrayRecord file in its last 64 KiB; ${footerWord}` },
  [chunkFault.footerPlace]: { code: 'CORRUPT_RECORD', say: (f) => `the postscript says that the footer is at byte ${f.a}, where it cannot be` },
  [chunkFault.footer]: { code: 'UNSUPPORTED', say: (f) => (f.a > 1 ? `version ${f.a} of ArrayRecord is not known` : 'the footer does not parse') },
  [chunkFault.index]: { code: 'CORRUPT_RECORD', say: (f) => `entry ${f.a} of the footer's index cannot be` },
  [chunkFault.indexMismatch]: {
    code: 'CORRUPT_RECORD',
    say: (f) => `the chunk is not what the index says: ${f.a} records there, ${f.b} here`,
  },
  [chunkFault.needBytes]: { code: 'TRUNCATED', say: () => 'the file ends inside the chunk' },
}; // biome-ignore format: a table

function type(byte: number): string {
  return `0x${byte.toString(16).padStart(2, '0')}`;
}

export interface ExplainedFinding {
  readonly code: ErrorCode;
  readonly reason: string;
}

export function explainFinding(finding: NativeFinding): ExplainedFinding {
  const sentence = sentences[finding.fault];
  if (sentence === undefined)
    throw new Error(`The addon reported fault ${finding.fault}, which this version does not know`);
  return { code: sentence.code, reason: sentence.say(finding) };
}

/** A library that decompresses is not there: nothing is known of what the chunk holds. */
export function lacksCodec({ fault }: NativeFinding): boolean {
  return fault === chunkFault.noCodec;
}

/** `doing` is "read record 5", "open". */
export function chunkError(doing: string, source: string, finding: NativeFinding, record?: number): BowerbirdError {
  const { code, reason } = explainFinding(finding);
  const message = `Cannot ${doing} of "${source}", chunk at byte ${finding.offset}: ${reason}`;
  return new BowerbirdError(code, message, { source, offset: finding.offset, record });
}
