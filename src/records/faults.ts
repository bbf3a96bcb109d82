/** Turns what the cores found (native/core/base/fault.h) into codes and sentences. */

import type { ErrorCode } from '../errors.ts';
import { featureKind, leastUnusable, type NativeFault, recordFault } from '../native/native.ts';

/** DataType numbers of tensorflow/core/framework/types.proto. */
const dtypeNames = [
  'DT_INVALID', 'DT_FLOAT', 'DT_DOUBLE', 'DT_INT32', 'DT_UINT8', 'DT_INT16', 'DT_INT8', 'DT_STRING', 'DT_COMPLEX64', 'DT_INT64',
  'DT_BOOL', 'DT_QINT8', 'DT_QUINT8', 'DT_QINT32', 'DT_BFLOAT16', 'DT_QINT16', 'DT_QUINT16', 'DT_UINT16', 'DT_COMPLEX128', 'DT_HALF',
  'DT_RESOURCE', 'DT_VARIANT', 'DT_UINT32', 'DT_UINT64',
]; // biome-ignore format: a table

const kindNames: { readonly [kind: number]: string } = {
  [featureKind.none]: 'nothing',
  [featureKind.bytes]: 'a bytes_list',
  [featureKind.float]: 'a float_list',
  [featureKind.int64]: 'an int64_list',
  [featureKind.broken]: 'bytes that are no Feature message',
};

/** What a sentence may need to know about the job. */
export interface FaultContext {
  readonly feature: string;
  readonly names: string;
  readonly channel: number | 'all';
}

interface Sentence {
  readonly code: ErrorCode;
  readonly say: (f: NativeFault, context: FaultContext) => string;
}

const hex = (value: number) => `0x${value.toString(16).padStart(8, '0')}`;
const held = (f: NativeFault, wanted: number) =>
  `found ${f.b === wanted ? `${f.a} values` : (kindNames[f.b] ?? 'nothing')}`;

const sentences: { readonly [fault: number]: Sentence } = {
  [recordFault.lengthCrc]: {
    code: 'CORRUPT_RECORD',
    say: (f) => `the length's checksum does not match: stored ${hex(f.a)}, computed ${hex(f.b)}`,
  },
  [recordFault.dataCrc]: {
    code: 'CORRUPT_RECORD',
    say: (f) => `the data's checksum does not match: stored ${hex(f.a)}, computed ${hex(f.b)}`,
  },
  [recordFault.truncatedHeader]: {
    code: 'TRUNCATED',
    say: (f) => `expected a 12-byte record header, found the end of the file after ${f.a} bytes`,
  },
  [recordFault.truncatedRecord]: {
    code: 'TRUNCATED',
    say: (f) => `expected a record of ${f.b} bytes, found the end of the file after ${f.a} bytes`,
  },
  [recordFault.recordTooLarge]: {
    code: 'UNSUPPORTED',
    say: (f) => `the record takes ${f.a} bytes, and this machine's memory allows ${f.b} bytes a record`,
  },
  [recordFault.notExample]: {
    code: 'BAD_SCHEMA',
    say: () => 'expected a tf.train.Example, found bytes that do not parse as one',
  },
  [recordFault.noFilename]: {
    code: 'BAD_SCHEMA',
    say: (f) => `expected feature "filename" with one bytes value, ${held(f, featureKind.bytes)}`,
  },
  [recordFault.nameNotUtf8]: {
    code: 'NAME_MISMATCH',
    say: (f) => `expected feature "filename" in UTF-8, found "${f.text}"`,
  },
  [recordFault.nameMismatch]: {
    code: 'NAME_MISMATCH',
    say: (f, c) => `expected ${namesWanted[c.names] ?? `a name that matches "${c.names}"`}, found "${f.text}"`,
  },
  [recordFault.noTimestamp]: {
    code: 'BAD_SCHEMA',
    say: (f) => `expected feature "timestamp_s" with one float value, ${held(f, featureKind.float)}`,
  },
  [recordFault.badTimestamp]: {
    code: 'BAD_SCHEMA',
    say: () => 'expected feature "timestamp_s" to be a finite number of seconds',
  },
  [recordFault.noTensor]: {
    code: 'BAD_SCHEMA',
    say: (f, c) =>
      `expected feature "${c.feature}" with one bytes value (a serialized TensorProto), ${held(f, featureKind.bytes)}`,
  },
  [recordFault.notTensorProto]: {
    code: 'BAD_SCHEMA',
    say: (_, c) => `expected feature "${c.feature}" to hold a TensorProto, found bytes that do not parse as one`,
  },
  [recordFault.dtype]: {
    code: 'BAD_SCHEMA',
    say: (f) =>
      `expected a tensor of DT_FLOAT, DT_HALF, DT_BFLOAT16 or DT_DOUBLE, found ${dtypeNames[f.a] ?? `DataType ${f.a}`}`,
  },
  [recordFault.rank]: {
    code: 'BAD_SCHEMA',
    say: (f) => `expected a tensor of shape [windows, channels, width], found ${f.text}`,
  },
  [recordFault.channel]: {
    code: 'BAD_SCHEMA',
    say: (f, c) => `expected channel ${c.channel === 'all' ? 0 : c.channel}, found ${f.a} channels`,
  },
  [recordFault.widthZero]: {
    code: 'BAD_SCHEMA',
    say: () => 'expected embeddings of at least one value, found a tensor of width 0',
  },
  [recordFault.widthChanged]: {
    code: 'BAD_SCHEMA',
    say: (f) =>
      `expected width ${f.b}, as in record ${f.text} of this file, found width ${f.a}; one .npy holds one width`,
  },
  [recordFault.shapeFeature]: {
    code: 'BAD_SCHEMA',
    say: (f, c) => {
      const [tensor, told] = f.text.split(' ');
      return `the TensorProto of "${c.feature}" has shape ${tensor}, but feature "${c.feature}_shape" says ${told}`;
    },
  },
  [recordFault.shapeFeatureKind]: {
    code: 'BAD_SCHEMA',
    say: (f, c) => `expected feature "${c.feature}_shape" to be an int64_list, found ${kindNames[f.a] ?? 'nothing'}`,
  },
  [recordFault.contentSize]: {
    code: 'BAD_SCHEMA',
    say: (f) => {
      const [size, shape] = f.text.split(' ');
      return `expected tensor_content for ${shape} values of ${size} bytes, found ${f.a} bytes`;
    },
  },
  [recordFault.tooManyElements]: {
    code: 'BAD_SCHEMA',
    say: (f) => `the tensor declares ${f.text} values and holds ${f.a}; at most 1048576 may be repetitions of the last`,
  },
};

const namesWanted: { readonly [names: string]: string } = {
  a2o: 'a name with a readable date',
  'a2o-strict': 'a name such as "site_0285/20201014T010000+1030_Arkaba-Dry-A_49500.flac"',
};

const noContext: FaultContext = { feature: 'embedding', names: 'none', channel: 0 };

/** The stream ended too early: a compressed one that broke off knows the better reason. */
export const truncationFaults: ReadonlySet<number> = new Set([
  recordFault.truncatedHeader,
  recordFault.truncatedRecord,
]);

export interface Explained {
  readonly code: ErrorCode;
  readonly reason: string;
  /** Bytes were changed or are missing; otherwise the record is intact but unusable. */
  readonly damage: boolean;
}

export function explain(fault: NativeFault, context: FaultContext = noContext): Explained {
  const sentence = sentences[fault.fault];
  if (sentence === undefined)
    throw new Error(`The addon reported fault ${fault.fault}, which this version does not know`);
  return { code: sentence.code, reason: sentence.say(fault, context), damage: fault.fault < leastUnusable };
}
