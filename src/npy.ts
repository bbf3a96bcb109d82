/** `bowerbird/npy`: NumPy arrays, and the folders of them that `extract` writes, without the rest. */

import './globals.ts';

export { type ReadNpyOptions, readNpy, type WriteNpyOptions, writeNpy } from './api/npy-files.ts';
export { type OpenEmbeddingsOptions, openEmbeddings } from './api/open-embeddings.ts';
export { type OpenNpyOptions, openNpy } from './api/open-npy.ts';
export { BowerbirdError, type ErrorCode, type ErrorPlace, type SerializedError } from './errors.ts';
export type { TypedArray } from './formats/example/dtypes.ts';
export type { NpyArray } from './formats/npy/npy.ts';
export type { EmbeddingRows, EmbeddingSet, EmbeddingSource } from './records/embedding-set.ts';
export type { EmbeddingMetadata } from './records/metadata-rows.ts';
export type { NpyArrays, NpyBatch, NpyDType, NpyFile } from './records/npy-file.ts';
export type { RowBatchesOptions } from './records/row-batches.ts';
export type { Written } from './storage/written.ts';
