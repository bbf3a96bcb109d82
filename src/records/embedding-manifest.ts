/** extract.json, and whether the files that it tells of are there. */

import { BowerbirdError } from '../errors.ts';
import { pathOf } from '../file-uri.ts';
import { storageOf } from '../storage/registry.ts';
import type { ObjectStat, ReadableStorage } from '../storage/storage.ts';
import { placeIn } from '../storage/uri.ts';
import { changed } from './metadata-rows.ts';

const manifestName = 'extract.json';
/** Longer texts are none for JavaScript. */
const longestManifest = 2 ** 29 - 24;
const statsAtOnce = 32;

/** A file of the folder, as the manifest has it and as it is now. */
export interface ManifestFile extends ObjectStat {
  /** In the folder. */
  readonly name: string;
  readonly crc32c: string;
}

/** What one input became. */
export interface EmbeddingFiles {
  readonly input: string;
  readonly rows: number;
  readonly width: number;
  readonly embeddings: ManifestFile;
  readonly metadata: ManifestFile;
}

/** Inputs that brought rows, in the order of the manifest. */
export async function readEmbeddingManifest(given: string): Promise<readonly EmbeddingFiles[]> {
  const folder = pathOf(given);
  const place = placeIn(folder, manifestName);
  const storage = await storageOf(place);
  const entries = listIn(await textOf(storage, place), place).map((entry, i) => claimOf(entry, i, place));
  const filled = entries.filter(({ rows }) => rows > 0);
  const width = filled[0]?.width;
  const other = filled.find((entry) => entry.width !== width);
  if (other !== undefined) {
    throw wrong(
      place,
      `rows of "${other.input}" have ${other.width} values, those of "${filled[0]!.input}" ${width}: they are of two models, extract them to two folders`,
    );
  }
  const present = await statsOf(storage, folder, filled);
  const found = (stamp: Claim['embeddings']): ManifestFile => {
    const uri = placeIn(folder, stamp.name);
    const stat = present.get(stamp.name);
    if (stat === undefined) {
      const message = `Cannot find "${uri}", which ${manifestName} tells of: run the same extract again, or fetch the folder anew`;
      throw new BowerbirdError('NOT_FOUND', message, { source: uri });
    }
    if (stat.size !== stamp.bytes) {
      throw changed(uri, `it has ${stat.size} bytes, in ${manifestName} ${stamp.bytes}`);
    }
    return { ...stat, uri, name: stamp.name, crc32c: stamp.crc32c };
  };
  return filled.map((entry) => ({ ...entry, embeddings: found(entry.embeddings), metadata: found(entry.metadata) }));
}

async function textOf(storage: ReadableStorage, place: string): Promise<string> {
  const stat = await storage.stat(place);
  if (stat === undefined) {
    const message = `Cannot find "${place}": expected a folder that extract wrote, and finished`;
    throw new BowerbirdError('NOT_FOUND', message, { source: place });
  }
  if (stat.size > longestManifest) {
    const message = `Cannot read "${place}": it has ${stat.size} bytes, expected at most ${longestManifest}; extract to several folders`;
    throw new BowerbirdError('UNSUPPORTED', message, { source: place });
  }
  const bytes = await storage.read(place, { version: stat.version });
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('utf8');
}

function listIn(text: string, place: string): readonly unknown[] {
  let manifest: unknown;
  try {
    manifest = JSON.parse(text);
  } catch (error) {
    throw wrong(place, `it is no JSON: ${(error as Error).message}`);
  }
  const { job, files: list } = fieldsOf(manifest);
  if (job !== 'extract') throw wrong(place, `expected the manifest of extract, found job ${JSON.stringify(job)}`);
  if (!Array.isArray(list)) throw wrong(place, 'it has no list "files"');
  return list;
}

interface Claim extends Omit<EmbeddingFiles, 'embeddings' | 'metadata'> {
  readonly embeddings: { readonly name: string; readonly bytes: number; readonly crc32c: string };
  readonly metadata: Claim['embeddings'];
}

/** Names lead into the two folders, and nowhere else. */
function claimOf(entry: unknown, i: number, place: string): Claim {
  const { input, rows, width, embeddings, metadata } = fieldsOf(entry);
  const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
  const stamp = (value: unknown, kind: string) => {
    const { name, bytes, crc32c } = fieldsOf(value);
    const isName =
      typeof name === 'string' && name.startsWith(`${kind}/`) && !name.slice(kind.length + 1).includes('/');
    if (isName && isCount(bytes) && typeof crc32c === 'string') return { name, bytes, crc32c };
    throw wrong(place, `file ${i} has no ${kind} of a name, bytes and crc32c`);
  };
  if (typeof input !== 'string' || !isCount(rows) || !isCount(width)) {
    throw wrong(place, `file ${i} has no input, rows and width`);
  }
  return { input, rows, width, embeddings: stamp(embeddings, 'embeddings'), metadata: stamp(metadata, 'metadata') };
}

function fieldsOf(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null ? (value as { readonly [key: string]: unknown }) : {};
}

function wrong(place: string, what: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot read "${place}": ${what}`, { source: place });
}

/** Of what is there, by name in the folder. Folders are listed, which is a request for a thousand files; web servers cannot. */
async function statsOf(
  storage: ReadableStorage,
  folder: string,
  files: readonly Claim[],
): Promise<ReadonlyMap<string, ObjectStat>> {
  const present = new Map<string, ObjectStat>();
  if (storage.scheme !== 'https') {
    for (const kind of ['embeddings', 'metadata']) {
      for await (const page of storage.list(placeIn(folder, `${kind}/`), { delimiter: '/' })) {
        for (const listed of page) {
          if (listed.kind === 'object')
            present.set(`${kind}/${listed.uri.slice(listed.uri.lastIndexOf('/') + 1)}`, listed);
        }
      }
    }
    return present;
  }
  const names = files.flatMap(({ embeddings, metadata }) => [embeddings.name, metadata.name]);
  for (let i = 0; i < names.length; i += statsAtOnce) {
    const some = names.slice(i, i + statsAtOnce);
    const stats = await Promise.all(some.map((name) => storage.stat(placeIn(folder, name))));
    for (const [n, stat] of stats.entries()) if (stat !== undefined) present.set(some[n]!, stat);
  }
  return present;
}
