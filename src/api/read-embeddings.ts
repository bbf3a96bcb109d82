/** readEmbeddings(): what `extract` writes to files, handed to a script batch by batch. */

import { extractArguments, nameReader } from '../jobs/extract/names.ts';
import { extractChoices, extractOptions } from '../jobs/extract/options.ts';
import type { Reject } from '../on-error.ts';
import { readPublic } from '../option-tables.ts';
import { integer } from '../options.ts';
import type { EmbeddingMetadata } from '../records/metadata-rows.ts';
import { isFatal, stopFor } from '../records/on-error.ts';
import { FilePass, type Finding, findingError, type PassSettings } from '../records/pass.ts';
import type { Inputs } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';
import { type InputNotices, inputFiles, noticesShape } from './input-files.ts';
import { callback, signalShape } from './shapes.ts';
import type { ExtractOptions } from './types.ts';

export interface ReadEmbeddingsOptions
  extends InputNotices,
    Pick<ExtractOptions, 'channel' | 'hop' | 'feature' | 'names' | 'onError'> {
  /** Told of every record that "skip" or "salvage" leaves out. */
  readonly onReject?: (reject: Reject) => void;
  /** Bytes of embeddings in a batch, about. Default 4 MiB. */
  readonly batchBytes?: number;
  /** Stops between batches. */
  readonly signal?: AbortSignal;
}

export type { EmbeddingMetadata };

export interface EmbeddingBatch {
  /** The path as it was named, below a folder with that in front; of a URI what may be shown. */
  readonly source: string;
  /** rows x width values, row by row. Yours to keep. */
  readonly embeddings: Float32Array<ArrayBuffer>;
  readonly rows: number;
  readonly width: number;
  /** One entry a row. */
  readonly metadata: readonly EmbeddingMetadata[];
}

/**
 * Reads the embeddings of TFRecord files as extract() would write them.
 *
 * @throws BowerbirdError CORRUPT_RECORD, TRUNCATED, BAD_SCHEMA, NAME_MISMATCH, UNSUPPORTED, NOT_FOUND, IO
 * @example
 * for await (const { embeddings, width, metadata } of readEmbeddings('a2o_sample_embeddings-00000-of-00374')) {
 *   metadata.forEach((row, i) => console.log(row['filename'], embeddings.subarray(i * width, (i + 1) * width)));
 * }
 */
export async function* readEmbeddings(
  inputs: Inputs,
  options: ReadEmbeddingsOptions = {},
): AsyncGenerator<EmbeddingBatch> {
  const { dtype: _, ...choices } = extractChoices;
  const read = readPublic(
    options,
    {
      ...choices,
      ...signalShape,
      ...noticesShape,
      onError: extractOptions.onError,
      onReject: callback<(reject: Reject) => void>(),
      batchBytes: integer(1, 2 ** 30, 4 << 20),
    },
    'readEmbeddings()',
  );
  const onName = await nameReader(read.names);
  const settings: PassSettings = {
    target: {
      kind: 'memory',
      batchBytes: read.batchBytes,
      extract: extractArguments({ ...read, dtype: 'float32' }),
    },
    stopOn: stopFor[read.onError],
    stop: read.signal,
    context: read,
  };
  for await (const file of inputFiles(inputs, 'readEmbeddings()', read.onNotice)) {
    const source = file.uri;
    const pass = new FilePass(linkOf(file), settings);
    try {
      let fatal: Finding | undefined;
      const onFinding = (finding: Finding) => {
        if (isFatal(finding, read.onError)) fatal ??= finding;
        else read.onReject?.(rejectOf(source, finding));
      };
      for await (const { rows: bytes, json } of pass.run({ onFinding, onName })) {
        const metadata = entries(json);
        const { width } = pass.counts();
        if (metadata.length === 0) continue;
        yield { source, embeddings: new Float32Array(bytes.buffer), rows: metadata.length, width, metadata };
      }
      if (fatal !== undefined) throw findingError('extract', source, fatal);
    } finally {
      await pass.close();
    }
  }
}

/** The text is a piece of one long list: it begins with "[" or ", " and ends, at the end, with "]". */
function entries(piece: string): EmbeddingMetadata[] {
  const begin = piece.startsWith('[') ? 1 : piece.startsWith(', ') ? 2 : 0;
  const end = piece.endsWith(']') ? piece.length - 1 : piece.length;
  return JSON.parse(`[${piece.slice(begin, end)}]`) as EmbeddingMetadata[];
}

export function rejectOf(input: string, { record, offset, length, code, reason }: Finding): Reject {
  return { input, record, offset, ...(length === 0 ? {} : { length }), code, reason };
}
