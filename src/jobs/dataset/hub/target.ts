/** The repository of a build: what it has of the plan, and the commits that bring the rest. Lives in the process of the run. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Stop } from '../../../bytes.ts';
import { BowerbirdError, named, systemError } from '../../../errors.ts';
import { readShardFooter } from '../../../samples/parquet/shard-footer.ts';
import type { HubFile, HubRepository } from '../../../storage/hub/repository.ts';
import { eachAtOnce } from '../../../turns.ts';
import { outputsHeldBy } from '../../engine/part-names.ts';
import { forgetBuilt } from '../built.ts';
import { type AdoptedChunk, type ChunkChoices, type DatasetUnit, nameInDataset, uploadFolder } from '../choices.ts';
import type { PlannedChunk } from '../chunk-source.ts';
import type { ChunkFile, DatasetReceipt } from '../receipt.ts';
import { filesOfChunks, filesOfNoChunk, refuseOthers, stateOf, type Why } from './chunk-states.ts';
import type { Footers, KnownFooter } from './footers.ts';
import { adoptedOriginal } from './original.ts';
import type { ProgressLog } from './progress-log.ts';

export interface HubTargetOptions {
  readonly repository: HubRepository;
  /** OWNER/NAME. */
  readonly repo: string;
  readonly progress: ProgressLog;
  readonly overwrite: boolean;
  readonly stop: Stop;
  /** Of each commit, and of what a user should know of it meanwhile. */
  readonly onCommit?: ((unit: string, bytes: number) => () => void) | undefined;
}

/** What a card is made of (src/samples/card). */
export interface CardPart {
  readonly path: string;
  readonly size: number;
  readonly footer: KnownFooter;
}

/** Small files that go with a commit: what they are made of is all that the repository then holds. */
export type Amend = (
  parts: readonly CardPart[],
  read: (path: string) => Promise<Uint8Array | undefined>,
) => Promise<readonly { readonly path: string; readonly content: Uint8Array }[]>;

/** Footers that are asked for at the same time. */
const footersAtOnce = 8;
const dataFolder = 'data';

export class HubTarget {
  readonly #options: HubTargetOptions;
  readonly #amend: Amend | undefined;
  #footers!: Footers;
  #done = new Map<string, AdoptedChunk>();
  /** Files that stand in the place of a chunk and are not of it, by its id. */
  readonly #stale = new Map<string, readonly HubFile[]>();
  /** Chunks of an earlier plan. */
  #rest: readonly HubFile[] = [];

  constructor(options: HubTargetOptions, amend: Amend | undefined) {
    this.#options = options;
    this.#amend = amend;
  }

  /** Of this run. */
  readonly counts = { adopted: 0, commits: 0, sentBytes: 0, thereBytes: 0 };

  get uri(): string {
    return this.#options.repository.uri;
  }

  get done(): ReadonlyMap<string, AdoptedChunk> {
    return this.#done;
  }

  /**
   * Looks which chunks are there. `namesOf`: all names of a config, in order. Returns what a user should know, a sentence each.
   *
   * @throws BowerbirdError EXISTS: other files stand in the place of a chunk
   */
  async look(
    chunks: readonly { readonly chunk: PlannedChunk; readonly identity: string }[],
    choices: ChunkChoices,
    namesOf: (config: string) => Iterable<string>,
    footers: Footers,
  ): Promise<readonly string[]> {
    const { repository, overwrite, stop } = this.#options;
    this.#footers = footers;
    const at = await this.#head();
    if (at === undefined) return [];
    const tree = await repository.tree(dataFolder, at);
    const files = filesOfChunks(
      chunks.map(({ chunk }) => chunk),
      tree,
    );
    const identities = new Map(chunks.map(({ chunk, identity }) => [chunk.id, identity]));
    const others = new Map<PlannedChunk, Why>();
    const grown = new Map<PlannedChunk, { readonly length: number; readonly why: Why }>();
    await eachAtOnce([...files], footersAtOnce, async ([chunk, of]) => {
      stop.throwIfAborted();
      const found: { file: HubFile; footer: KnownFooter; uri: string }[] = [];
      for (const file of of) {
        const uri = this.#uriAt(file.path, at);
        found.push({ file, uri, footer: await footers.of(file, uri, stop) });
      }
      let state = stateOf({ chunk, identity: identities.get(chunk.id)!, files: found }, choices, namesOf(chunk.config));
      if (state === undefined) {
        const adopted = await adoptedOriginal(chunk, found, stop);
        state = typeof adopted === 'string' ? { kind: 'other', why: () => adopted } : { kind: 'done', adopted };
      }
      if (state.kind === 'done') this.#done.set(chunk.id, state.adopted);
      if (state.kind === 'other') others.set(chunk, state.why);
      if (state.kind === 'grown') grown.set(chunk, state);
      if (state.kind === 'other' || state.kind === 'grown') this.#stale.set(chunk.id, of);
    });
    this.#rest = filesOfNoChunk(
      chunks.map(({ chunk }) => chunk),
      tree,
    );
    // Chunks of another size begin alike, and their second ones differ: a chunk that has grown is one where no other says so.
    const mixed = new Set([...others.keys()].map(({ config }) => config));
    const why = chunks.flatMap(({ chunk }) => {
      const isMixed = mixed.has(chunk.config);
      return others.get(chunk) ?? (isMixed ? (grown.get(chunk)?.why ?? []) : []);
    });
    const ofNone = this.#rest.map(
      ({ path }) =>
        () =>
          `"${path}" is a chunk that the plan does not have`,
    );
    if (!overwrite) refuseOthers(this.uri, [...why, ...ofNone]);
    // A card that cannot be gone on with is told before the first download.
    if (this.#amend !== undefined)
      await this.#amend(await this.#partsOf(tree, at), (path) => repository.read(path, at));
    const told = [...grown].map(
      ([{ id, names }, { length }]) =>
        `${this.uri} holds ${length} of its ${names.length} episodes of ${id}, which is made anew with all of them`,
    );
    const { length } = this.#rest;
    if (length > 0)
      told.push(`${length} file(s) of an earlier plan are removed from ${this.uri} when all of this one is there`);
    return told;
  }

  /** To be called when every chunk of the plan is there. Nothing to do where nothing is left of an earlier plan. */
  async removeRest(): Promise<void> {
    if (this.#rest.length === 0) return;
    const { repository } = this.#options;
    const remove = this.#rest.map(({ path }) => path);
    const known = new Map(this.#rest.map(({ path, oid }) => [path, oid]));
    const { commits } = await repository.commit({
      summary: `Remove ${remove.length} file(s) of an earlier plan`,
      add: [],
      remove,
      amend: async (at) => {
        const there = await repository.tree(dataFolder, at);
        const changed = there.find(({ path, oid }) => known.has(path) && known.get(path) !== oid);
        if (changed !== undefined) throw putMeanwhile('remove an earlier plan from', this.uri, changed.path);
        return this.#cardOf(there, new Set(remove), [], at);
      },
    });
    this.counts.commits += commits;
    this.#rest = [];
  }

  /** Undefined where there is no repository yet. */
  async #head(): Promise<string | undefined> {
    try {
      return await this.#options.repository.head();
    } catch (error) {
      if (error instanceof BowerbirdError && error.code === 'NOT_FOUND') return undefined;
      throw error;
    }
  }

  #uriAt(path: string, at: string): string {
    return `hf://datasets/${this.#options.repo}@${at}/${path}`;
  }

  /** Brings a chunk into the repository, and then removes its files from this machine. */
  async commit(unit: DatasetUnit, receipt: DatasetReceipt, outDir: string): Promise<DatasetReceipt> {
    const { progress, repository, onCommit } = this.#options;
    const { files } = receipt;
    const stale = this.#stale.get(unit.id) ?? [];
    const kept = new Set(files.map(({ name }) => name));
    const remove = stale.map(({ path }) => path).filter((path) => !kept.has(path));
    let sealed = receipt;
    if (receipt.adopted !== true && (files.length > 0 || remove.length > 0)) {
      const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
      const end = onCommit?.(unit.id, bytes);
      try {
        await repository.ensure();
        const footers = await this.#footersOf(files, outDir);
        const made = await repository.commit({
          summary: `Add ${unit.id}: ${receipt.records} rows`,
          add: files.map(({ name, bytes: size, sha256 }) => ({
            path: name,
            local: localPath(outDir, name),
            size,
            sha256,
          })),
          remove,
          amend: (at) => this.#small(at, unit, files, footers, remove),
        });
        this.counts.commits += made.commits;
        this.counts.sentBytes += made.sentBytes;
        this.counts.thereBytes += made.thereBytes;
        sealed = {
          ...receipt,
          isAway: true,
          sent: { bytes: made.sentBytes, there: made.thereBytes, commits: made.commits },
        };
      } finally {
        end?.();
      }
    }
    if (receipt.adopted === true) this.counts.adopted++;
    // In this order: what the log tells of is there, and what is not there is still here.
    progress.add(unit.id);
    forgetBuilt(outDir, unit.id);
    for (const { name } of receipt.outputs) removeLocal(join(outDir, name));
    return { ...sealed, isAway: true };
  }

  async #footersOf(files: readonly ChunkFile[], outDir: string): Promise<readonly CardPart[]> {
    const parts: CardPart[] = [];
    for (const { name, bytes, sha256 } of files) {
      const footer = this.#footers.add(sha256, await readShardFooter(localPath(outDir, name)));
      parts.push({ path: name, size: bytes, footer });
    }
    return parts;
  }

  /** What is made of all that the commit will hold; refuses where somebody else put other files into the chunk's place meanwhile. */
  async #small(
    at: string,
    unit: DatasetUnit,
    files: readonly ChunkFile[],
    added: readonly CardPart[],
    removed: readonly string[],
  ) {
    const { repository } = this.#options;
    const there = await repository.tree(dataFolder, at);
    this.#refuseOthers(unit, there, files);
    return this.#cardOf(there, new Set([...removed, ...added.map(({ path }) => path)]), added, at);
  }

  /** Of a repository that is like `there`, without `gone` and with `added`. */
  async #cardOf(there: readonly HubFile[], gone: ReadonlySet<string>, added: readonly CardPart[], at: string) {
    if (this.#amend === undefined) return [];
    const { repository } = this.#options;
    const others = await this.#partsOf(
      there.filter(({ path }) => !gone.has(path)),
      at,
    );
    const parts = [...added, ...others].sort((a, b) => (a.path < b.path ? -1 : 1));
    return this.#amend(parts, (path) => repository.read(path, at));
  }

  async #partsOf(files: readonly HubFile[], at: string): Promise<CardPart[]> {
    const { stop } = this.#options;
    const parts: CardPart[] = [];
    const shards = files.filter(({ path }) => path.endsWith('.parquet'));
    await eachAtOnce(shards, footersAtOnce, async (file) => {
      stop.throwIfAborted();
      const { path, size } = file;
      parts.push({ path, size, footer: await this.#footers.of(file, this.#uriAt(path, at), stop) });
    });
    return parts.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  #refuseOthers({ id, outputs: [output] }: DatasetUnit, there: readonly HubFile[], files: readonly ChunkFile[]): void {
    const known = new Set((this.#stale.get(id) ?? []).map(({ path, oid }) => `${path}\0${oid}`));
    const ours = new Map(files.map((file) => [file.name, file]));
    const isOurs = ({ path, oid, size, isLarge }: HubFile) =>
      isLarge ? ours.get(path)?.sha256 === oid : ours.get(path)?.bytes === size;
    const other = there.find(
      (file) =>
        outputsHeldBy(file.path).includes(nameInDataset(output)) &&
        !known.has(`${file.path}\0${file.oid}`) &&
        !isOurs(file),
    );
    if (other === undefined) return;
    throw putMeanwhile(`commit ${id} to`, this.uri, other.path);
  }
}

function putMeanwhile(doing: string, uri: string, path: string): BowerbirdError {
  const message = `Cannot ${doing} "${uri}": "${path}" was put there while this ran; run the same command again, ${named('overwrite')} replaces it`;
  return new BowerbirdError('EXISTS', message, { source: uri });
}

function localPath(outDir: string, name: string): string {
  return join(outDir, uploadFolder, name);
}

function removeLocal(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw systemError('remove', path, error);
  }
}
