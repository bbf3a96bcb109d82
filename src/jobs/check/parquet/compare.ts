/** Parquet files that belong together, held against each other: columns, and the parts of chunks that our own shards tell of. */

import { fileNameOf, folderOf } from '../../../storage/uri.ts';
import type { ParquetColumn, ParquetDamage, ParquetFault, ParquetNote, VerifiedParquet } from './types.ts';

/** Files that are read as one table. */
export interface FileSet {
  /** In words that end a sentence: `configuration "en"`. */
  readonly what: string;
  readonly uris: readonly string[];
  /** Whether they are all of the files there, and so meant as one: else what is missing or differs was perhaps only named beside them. */
  readonly isAll: boolean;
}

/** By URI; what is found is added to the file that it is about. */
export type ParquetFiles = Map<string, VerifiedParquet>;

/** One set for each folder. */
export function folderSets(uris: readonly string[], isAll: (folder: string) => boolean): FileSet[] {
  const folders = new Map<string, string[]>();
  for (const uri of uris) {
    const folder = folderOf(uri);
    folders.set(folder, [...(folders.get(folder) ?? []), uri]);
  }
  return [...folders].map(([folder, of]) => ({ what: `folder "${folder}"`, uris: of, isAll: isAll(folder) }));
}

export function compareFiles(files: ParquetFiles, sets: readonly FileSet[]): void {
  for (const set of sets) {
    compareColumns(files, set);
    compareParts(files, set);
  }
}

/** What most of the files have is what the others should have. */
function compareColumns(files: ParquetFiles, { what, uris, isAll }: FileSet): void {
  const kinds = new Map<string, { readonly columns: readonly ParquetColumn[]; readonly uris: string[] }>();
  for (const uri of uris) {
    const file = files.get(uri);
    // Of one whose footer cannot be read nothing is known.
    if (file === undefined || file.columns.length === 0) continue;
    const key = JSON.stringify(file.columns);
    const kind = kinds.get(key);
    if (kind === undefined) kinds.set(key, { columns: file.columns, uris: [uri] });
    else kind.uris.push(uri);
  }
  const [most, ...others] = [...kinds.values()].sort((a, b) => b.uris.length - a.uris.length);
  for (const { columns, uris: differing } of others) {
    const { reason, isFault } = difference(columns, most!.columns);
    const more = most!.uris.length - 1;
    const those = `"${fileNameOf(most!.uris[0]!)}"${more === 0 ? '' : ` and ${more} more`}`;
    const told = `In ${what}, ${reason} (${those})`;
    for (const uri of differing) {
      if (isFault && isAll) addDamage(files, uri, 'differs', told, 'BAD_SCHEMA');
      else addNote(files, uri, { fault: 'differs', reason: told });
    }
  }
}

/** Readers take columns by their names: another order, or that values may be missing, changes nothing for them. */
function difference(
  found: readonly ParquetColumn[],
  expected: readonly ParquetColumn[],
): { readonly reason: string; readonly isFault: boolean } {
  const there = new Map(found.map((column) => [column.name, column]));
  for (const { name, type } of expected) {
    const own = there.get(name);
    if (own === undefined) return { reason: `it lacks column "${name}" (${type}), which others have`, isFault: true };
    if (own.type !== type) {
      return { reason: `column "${name}" is ${own.type}, and ${type} in others`, isFault: true };
    }
  }
  const names = new Set(expected.map(({ name }) => name));
  const extra = found.find(({ name }) => !names.has(name));
  if (extra !== undefined) {
    return { reason: `it has column "${extra.name}" (${extra.type}), which others lack`, isFault: true };
  }
  const optional = expected.find(({ name, optional: may }) => there.get(name)!.optional !== may);
  const reason =
    optional === undefined
      ? 'its columns stand in another order than those of others'
      : `values of column "${optional.name}" may ${optional.optional ? 'not ' : ''}be missing, other than in others`;
  return { reason, isFault: false };
}

/** Parts of one chunk tell the same of it, and all of them are there. */
function compareParts(files: ParquetFiles, { uris, isAll }: FileSet): void {
  const chunks = new Map<string, string[]>();
  for (const uri of uris) {
    const shard = files.get(uri)?.shard;
    if (shard === null || shard === undefined) continue;
    const key = `${shard.config} ${shard.chunk}`;
    chunks.set(key, [...(chunks.get(key) ?? []), uri]);
  }
  for (const parts of chunks.values()) comparePartsOf(files, parts, isAll);
}

function comparePartsOf(files: ParquetFiles, uris: readonly string[], isAll: boolean): void {
  const first = files.get(uris[0]!)!.shard!;
  const seen = new Map<number, string>();
  for (const uri of uris) {
    const { chunk, part, parts, identity } = files.get(uri)!.shard!;
    const name = fileNameOf(uris[0]!);
    if (parts !== first.parts || identity !== first.identity) {
      const what = identity === first.identity ? `of ${parts} parts` : 'made of other episodes or options';
      addDamage(files, uri, 'parts', `It is part ${part + 1} of chunk ${chunk} ${what} than "${name}" says`, 'CORRUPT');
    } else if (seen.has(part)) {
      const told = `It is part ${part + 1} of chunk ${chunk}, and so is "${fileNameOf(seen.get(part)!)}"`;
      addDamage(files, uri, 'parts', told, 'CORRUPT');
    }
    seen.set(part, uri);
  }
  const missing: number[] = [];
  for (let part = 0; part < first.parts && missing.length < mostMissing; part++) {
    if (!seen.has(part)) missing.push(part + 1);
  }
  if (missing.length === 0) return;
  const count = first.parts - seen.size;
  const list = count > missing.length ? `${missing.join(', ')} and others` : missing.join(' and ');
  const reason = `Chunk ${first.chunk} has ${first.parts} parts, and part ${list} is not there`;
  if (isAll) addDamage(files, uris[0]!, 'parts', reason, 'NOT_FOUND');
  else addNote(files, uris[0]!, { fault: 'parts', reason: `${reason}, among the files that were named` });
}

const mostMissing = 10;

export function addDamage(
  files: ParquetFiles,
  uri: string,
  fault: ParquetFault,
  reason: string,
  code: ParquetDamage['code'],
): void {
  const file = files.get(uri)!;
  const damage: ParquetDamage = { fault, group: null, column: null, row: null, offset: 0, length: 0, code, reason };
  files.set(uri, { ...file, ok: false, faults: file.faults + 1, damaged: [...file.damaged, damage] });
}

function addNote(files: ParquetFiles, uri: string, note: ParquetNote): void {
  const file = files.get(uri)!;
  files.set(uri, { ...file, notes: [...file.notes, note] });
}
