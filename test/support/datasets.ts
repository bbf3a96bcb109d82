/** Packed datasets made by hand, in the layout that AudioMDB writes. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LmdbWriter } from '../../src/formats/lmdb/write.ts';

export type Entries = { readonly [key: string]: Uint8Array };

/** An LMDB file. */
export async function writeLmdb(path: string, entries: Entries): Promise<string> {
  const writer = new LmdbWriter(path);
  const keys = Object.keys(entries).sort();
  const values = keys.map((key) => entries[key]!);
  await writer.write(
    keys.map((key) => Buffer.from(key)),
    values,
  );
  await writer.finish();
  await writer.close();
  return path;
}

/** `shards` by their names, in the order of metadata.json; `metadata`: what else it says, or none of it. */
export async function writeDataset(
  folder: string,
  shards: { readonly [name: string]: Entries },
  metadata?: object,
): Promise<string> {
  for (const [name, entries] of Object.entries(shards)) {
    mkdirSync(join(folder, name), { recursive: true });
    await writeLmdb(join(folder, name, 'data.mdb'), entries);
    writeFileSync(join(folder, name, 'lock.mdb'), '');
  }
  if (metadata !== undefined) {
    const listed = Object.keys(shards).map((path, id) => ({ id, path }));
    writeFileSync(join(folder, 'metadata.json'), JSON.stringify({ shards: listed, ...metadata }));
  }
  return folder;
}
