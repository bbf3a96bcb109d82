// From TypeScript 5.7 on: what is the caller's own is no shared memory.
import { openNpy, readEmbeddings } from 'bowerbird';

export async function own(): Promise<ArrayBuffer[]> {
  const found: ArrayBuffer[] = [(await (await openNpy('a.npy', { dtype: 'float32' })).rows(0, 1)).buffer];
  for await (const { embeddings } of readEmbeddings('a')) found.push(embeddings.buffer);
  return found;
}
