/** Payloads of one file, batch by batch, for everything that reads records one by one. */

import type { Stop } from '../bytes.ts';
import { recordPlaces, stopOn } from '../native/native.ts';
import { FilePass, type Finding, findingError } from './pass.ts';

const defaultBatchBytes = 4 << 20;

export interface RecordBatch {
  readonly records: readonly Uint8Array[];
  /** Index of each record in the file; damaged stretches count as one. */
  readonly indices: Float64Array;
  /** Where each record's header begins in the (uncompressed) stream. */
  readonly offsets: Float64Array;
}

export interface RecordBatchOptions {
  /** Without it the first damage is thrown, after the records before it. */
  readonly onDamage?: ((finding: Finding) => void) | undefined;
  readonly batchBytes?: number | undefined;
  readonly stop?: Stop | undefined;
  /** For messages: "Cannot read record 5 ...". */
  readonly doing: string;
}

/** Batches own their bytes: keep them as long as you like. */
export async function* recordBatches(path: string, options: RecordBatchOptions): AsyncGenerator<RecordBatch, FilePass> {
  const { onDamage, stop, batchBytes = defaultBatchBytes, doing } = options;
  const target = { kind: 'collect', batchBytes } as const;
  const pass = new FilePass(path, { target, stopOn: onDamage === undefined ? stopOn.anyFault : stopOn.nothing, stop });
  try {
    let fatal: Finding | undefined;
    const onFinding = (finding: Finding) => {
      // What is no TFRecord at all has nothing to be salvaged.
      if (onDamage === undefined || finding.foreign === true) fatal ??= finding;
      else onDamage(finding);
    };
    for await (const { rows, places } of pass.run({ onFinding })) {
      if (places.length > 0) yield cut(rows, places);
    }
    if (fatal !== undefined) throw findingError(doing, path, fatal);
    return pass;
  } finally {
    await pass.close();
  }
}

function cut(payloads: Uint8Array, places: Float64Array): RecordBatch {
  const count = recordPlaces.count(places);
  const records: Uint8Array[] = new Array(count);
  const indices = new Float64Array(count);
  const offsets = new Float64Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    indices[i] = recordPlaces.index(places, i);
    offsets[i] = recordPlaces.offset(places, i);
    const length = recordPlaces.length(places, i);
    records[i] = payloads.subarray(at, at + length);
    at += length;
  }
  return { records, indices, offsets };
}
