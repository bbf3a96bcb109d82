// With the types of a browser or of Node, which know AbortController.
import { extract, openNpy, type RunOptions, readTfRecords } from 'bowerbird';

export async function stopped(): Promise<void> {
  const { signal, abort } = new AbortController();
  const options: RunOptions = { signal };
  for await (const _ of readTfRecords('a', { signal })) abort();
  const array = await openNpy('a.npy');
  for await (const _ of array.batches({ signal: AbortSignal.timeout(5) })) break;
  // @ts-expect-error: no signal
  readTfRecords('a', { signal: 5 });
  console.log(options, extract);
}
