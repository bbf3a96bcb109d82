/** Where a pass puts the records of a file, and how the addon is told. */

import { type ExtractArguments, type PassTargetArguments, passTarget, type RecordWriter } from '../native/native.ts';

export type PassTarget =
  /** Nowhere: that they are intact is what is asked. */
  | { readonly kind: 'check' }
  /** Payloads, handed out in batches of about so many bytes. */
  | { readonly kind: 'collect'; readonly batchBytes: number }
  /** Payloads to a file of records, which stays open. */
  | { readonly kind: 'writer'; readonly writer: RecordWriter }
  /** Rows and metadata, handed out in batches of about so many bytes of rows. */
  | { readonly kind: 'memory'; readonly batchBytes: number; readonly extract: ExtractArguments }
  /** Rows and metadata to files that finish() ends. */
  | {
      readonly kind: 'files';
      readonly npy: TargetFile;
      readonly json: TargetFile;
      /** They will be flushed to the device. */
      readonly flushEarly: boolean;
      readonly extract: ExtractArguments;
    };

/** Open for writing; whoever opened it flushes, closes and names it. */
export interface TargetFile {
  readonly fd: number;
  /** For errors. */
  readonly path: string;
}

export function targetArguments(target: PassTarget): PassTargetArguments {
  switch (target.kind) {
    case 'check':
      return [passTarget.check];
    case 'collect':
      return [passTarget.collect, target.batchBytes];
    case 'writer':
      return [passTarget.writer, target.writer];
    case 'memory':
      return [passTarget.memory, target.batchBytes, ...target.extract];
    case 'files': {
      const { npy, json, flushEarly, extract } = target;
      return [passTarget.files, npy.fd, npy.path, json.fd, json.path, flushEarly, ...extract];
    }
    default:
      return target satisfies never;
  }
}
