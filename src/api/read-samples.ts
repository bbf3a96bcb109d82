/** readSamples(): the samples of packed datasets on this machine, one after the other. */

import { BowerbirdError } from '../errors.ts';
import { pathOf } from '../file-uri.ts';
import { readMsgpack } from '../formats/msgpack/read.ts';
import { readPickle } from '../formats/pickle/read.ts';
import type { PythonData } from '../formats/python/values.ts';
import { checkArgument, type Inputs, isInputs, oneOf, readOptions } from '../options.ts';
import { datasetShards } from '../records/dataset-shards.ts';
import { LmdbReader } from '../records/lmdb-reader.ts';
import { formOf } from '../records/lmdb-value.ts';
import { type PlainData, plainData, plainObject } from '../samples/plain.ts';
import { type InputNotices, noticesShape } from './input-files.ts';
import { signalShape } from './shapes.ts';

export interface ReadSamplesOptions extends InputNotices {
  /** What float16 becomes: a Float32Array, or a Uint16Array of its bits. Default "float32". */
  readonly halves?: 'float32' | 'bits';
  /**
   * "plain": numbers, arrays and objects, as JavaScript has them. "python": Python's ints and floats, lists and tuples stay apart, so that what
   * is written again is the same. Default "plain".
   */
  readonly values?: 'plain' | 'python';
  /** Stops between samples. */
  readonly signal?: AbortSignal;
}

/** A sample, and where it is. */
export interface ReadSample<V = PlainData> {
  /** Such as "sample_00000000". */
  readonly key: string;
  /** Its fields by their names. */
  readonly sample: { readonly [field: string]: V };
  /** The shard as it was named, or found in its dataset: "ds/shard_00000". */
  readonly shard: string;
}

/** What readSamples() yields under these options. */
export type SampleOf<O extends ReadSamplesOptions> = ReadSample<
  O extends { readonly values: 'python' } ? PythonData : PlainData
>;

const caller = 'readSamples()';

const shape = {
  ...signalShape,
  ...noticesShape,
  halves: oneOf(['float32', 'bits'], 'float32'),
  values: oneOf(['plain', 'python'], 'plain'),
};

/**
 * Reads dataset folders as pack() and AudioMDB write them (the shards that metadata.json lists, in its order; without it `shard_*`), single
 * shards, and LMDB files, each in the order of its keys. Values are pickled dicts or maps of MessagePack; a pickle that would run code is refused. Fields are as they are stored: `audio` is bytes, whose `dtype` and `shape` are fields beside it,
 * or the file that `codec` names. Bytes and arrays are views of some megabytes of samples, which are never written again; copy what is kept for
 * long. Objects have fields in the order of the dict, but names that are numbers come first.
 *
 * @throws BowerbirdError with the shard and the key. NOT_FOUND; BAD_SCHEMA for what is no sample; UNSUPPORTED for pickles of more than plain
 * data and for what is on a network; CORRUPT, TRUNCATED, IO
 * @example
 * for await (const { key, sample } of readSamples('ds/')) {
 *   console.log(key, sample.text, sample.duration);
 * }
 */
export async function* readSamples<const O extends ReadSamplesOptions = ReadSamplesOptions>(
  inputs: Inputs,
  options?: O,
): AsyncGenerator<SampleOf<O>> {
  const { halves, values, onNotice, signal } = readOptions(options, shape, caller);
  checkArgument(inputs, isInputs, 'a dataset folder, a shard or a data.mdb file, or a list of them', caller);
  for (const input of typeof inputs === 'string' ? [inputs] : inputs) {
    for (const { shard, path } of await datasetShards(pathOf(input), onNotice)) {
      const reader = await LmdbReader.open(path);
      try {
        for await (const batch of reader.batches({ stop: signal })) {
          for (let i = 0; i < batch.count; i++) {
            signal?.throwIfAborted();
            const key = Buffer.from(batch.key(i)).toString('utf8');
            const fields = fieldsOf(batch.value(i), { shard, key, halves });
            const sample = values === 'plain' ? plainObject(fields, plainData) : plainObject(fields, (value) => value);
            // What the option says that it is.
            yield { key, sample, shard } as SampleOf<O>;
          }
        }
      } finally {
        await reader.close();
      }
    }
  }
}

interface Place {
  readonly shard: string;
  readonly key: string;
  readonly halves: 'float32' | 'bits';
}

function fieldsOf(value: Uint8Array, { shard, key, halves }: Place): ReadonlyMap<string, PythonData> {
  const wrong = (what: string) => {
    const message = `Cannot read sample "${key}" of "${shard}": ${what}`;
    return new BowerbirdError('BAD_SCHEMA', message, { source: shard });
  };
  const form = formOf(value);
  if (form === 'other') throw wrong('expected a pickled dict or a map of MessagePack, found neither');
  let data: PythonData;
  try {
    data = form === 'pickle' ? readPickle(value, { halves }) : readMsgpack(value, { halves });
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    const { code, message, offset } = error;
    const place = { source: shard, ...(offset !== undefined && { offset }) };
    const what = message.replace(/^Cannot read /, '');
    throw new BowerbirdError(code, `Cannot read sample "${key}" of "${shard}": ${what}`, place, { cause: error });
  }
  if (!(data instanceof Map)) throw wrong('expected a dict of fields, found another value');
  for (const name of data.keys())
    if (typeof name !== 'string') throw wrong('expected names of fields, found a key that is no text');
  return data as ReadonlyMap<string, PythonData>;
}
