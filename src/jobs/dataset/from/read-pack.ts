/** The rows of a chunk of a packed dataset: its samples, shard after shard in the order of their keys. Runs in a thread. */

import { BowerbirdError, isVerdict, reasonOf } from '../../../errors.ts';
import { keyText } from '../../../formats/lmdb/key-text.ts';
import { LmdbReader } from '../../../records/lmdb-reader.ts';
import { checkUnchanged } from '../../../records/unit-input.ts';
import type { ChunkInput, ChunkRow, PackOptions, PackRange, RowsContext, RowsOf } from '../chunk-source.ts';
import { rowOf } from './row.ts';
import { fieldsOf, soundOfSample, storageFields } from './sample.ts';

type PackInput = Extract<ChunkInput, { kind: 'pack' }>;

export const packChunkRows: RowsOf<PackInput, PackOptions> = async function* (from, options, context) {
  for (const range of from.ranges) yield* rowsOfRange(range, options, context);
};

async function* rowsOfRange(
  range: PackRange,
  options: PackOptions,
  context: RowsContext,
): AsyncGenerator<ChunkRow, void, void> {
  const { uri, start, from, to } = range;
  const { stop, countBytes } = context;
  checkUnchanged(range, 'read');
  const reader = await LmdbReader.open(uri);
  let record = from;
  try {
    for await (const batch of reader.batches({ from: Buffer.from(start, 'base64'), reuse: true, stop })) {
      for (let i = 0; i < batch.count && record < to; i++, record++) {
        stop.throwIfAborted();
        const [key, value] = [batch.key(i), batch.value(i)];
        countBytes(value.length);
        const row = await sampleRow(keyText(key), value, record, uri, options, context);
        if (row !== undefined) yield row;
      }
      if (record === to) break;
    }
  } finally {
    await reader.close();
  }
  checkUnchanged(range, 'read');
  if (record === to) return;
  const message = `Cannot read all samples of "${uri}": expected ${to - from} from number ${from} on, found ${record - from}`;
  throw new BowerbirdError('CORRUPT', message, { source: uri });
}

async function sampleRow(
  key: string,
  value: Uint8Array,
  record: number,
  uri: string,
  { columns, notKept, check }: PackOptions,
  { reject, note, notKept: tellNotKept, stop }: RowsContext,
): Promise<ChunkRow | undefined> {
  try {
    const fields = fieldsOf(value, uri);
    for (const name of fields.keys()) {
      if (columns.some((column) => column.name === name) || notKept.includes(name)) continue;
      if (storageFields.has(name)) {
        tellNotKept([name]);
        continue;
      }
      const message = `It has a field ${JSON.stringify(name)}, which the first samples of the shards do not have`;
      throw new BowerbirdError('BAD_SCHEMA', message, { source: uri });
    }
    const name = key.replaceAll(/[/\\\0]/g, '_');
    const sound = await soundOfSample(fields, { source: uri, name, check, stop });
    const audio = sound === undefined ? null : { bytes: sound.bytes, path: sound.path };
    const row = rowOf(columns, Object.fromEntries(fields), { audio, name: key, seconds: sound?.seconds ?? Number.NaN });
    note(key, sound === undefined ? ['It has no sound: its audio is null'] : sound.notes);
    return row;
  } catch (error) {
    if (!isVerdict(error)) throw error;
    reject({ input: uri, record, key, code: error.code, reason: reasonOf(error) });
    return undefined;
  }
}
