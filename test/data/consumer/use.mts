// Compiled by test/cli/consumer-types.test.ts, as a project of somebody else would be.
import {
  ArrayRecordReader,
  type EmbeddingSet,
  ExampleSerializer,
  type Feature,
  type NpyFile,
  openEmbeddings,
  openNpy,
  parseExample,
  type Reject,
  readAudio,
  readEmbeddings,
  readExamples,
  readTfRecords,
  writeExamples,
} from 'bowerbird';
import { readAudioWindows } from 'bowerbird/audio';
import { openNpy as openArray, readNpy } from 'bowerbird/npy';
import { readExamples as readRecords } from 'bowerbird/records';

export async function arrays(): Promise<number> {
  const floats = await openNpy('a.npy', { dtype: 'float32' });
  const values: Float32Array = await floats.rows(0, 2);
  const longs: NpyFile<'int64'> = await openArray('a.npy', { dtype: 'int64' });
  const first: bigint | undefined = (await longs.rows(0, 1))[0];
  // @ts-expect-error: rows of int64 are bigints
  const wrong: Float32Array = await longs.rows(0, 1);
  // @ts-expect-error: there is no such dtype
  await openNpy('a.npy', { dtype: 'float33' });
  for await (const { data } of floats.batches({ batchBytes: 1 })) values.set(data);
  await floats[Symbol.asyncDispose]();
  return values.length + Number(first) + wrong.length + (await readNpy('b.npy')).shape.length;
}

export async function records(rejects: Reject[]): Promise<Feature[]> {
  const found: Feature[] = [];
  for await (const example of readExamples('a', { raw: true, onReject: (reject) => rejects.push(reject) })) {
    found.push(...Object.values(example));
  }
  for await (const { source, record, example } of readRecords(['a', 'b'], { withSource: true, text: ['name'] })) {
    const place: string = `${source} ${record}`;
    // @ts-expect-error: a value of a feature, whatever it is
    const name: string = example['name'];
    console_(place, name);
  }
  for await (const { label } of readExamples('a')) if (typeof label === 'number') label.toFixed();
  for await (const { records } of readTfRecords('a')) found.push(...Object.values(parseExample(records[0]!)));
  await writeExamples('x.tfrecord', [
    { label: 1, tensor: { dtype: 'float32', shape: [1], data: new Float32Array(1) } },
  ]);
  new ExampleSerializer({ label: 'int64' }).serialize({ label: [1, 2] });
  return found;
}

export async function sets(): Promise<EmbeddingSet> {
  const set = await openEmbeddings('arrays/');
  const rows: Float32Array = await set.rows(0, 1);
  for await (const { embeddings, metadata } of readEmbeddings('a')) console_(embeddings.length + rows.length, metadata);
  const reader = await ArrayRecordReader.open('a.arrayrecord');
  await reader.close();
  return set;
}

export async function sound(): Promise<Float32Array> {
  for await (const { samples } of readAudioWindows('a.wav', { window: 1 })) console_(samples.length, samples);
  return (await readAudio('a.wav', { mono: true })).samples;
}

declare function console_(...args: unknown[]): void;
