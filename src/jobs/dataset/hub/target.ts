/** The repository of a build: what it has of the plan, and the commits that bring the rest. Lives in the process of the run. */

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Stop } from '../../../bytes.ts';
import { BowerbirdError, named, systemError } from '../../../errors.ts';
import { readShardFooter } from '../../../samples/parquet/shard-footer.ts';
import type { HubFile, HubRepository } from '../../../storage/hub/repository.ts';
import { outputsHeldBy } from '../../engine/part-names.ts';
import { forgetBuilt } from '../built.ts';
import { type AdoptedChunk, type ChunkChoices, type DatasetUnit, nameInDataset, uploadFolder } from '../choices.ts';
import type { PlannedChunk } from '../chunk-source.ts';
import type { ChunkFile, DatasetReceipt } from '../receipt.ts';
import { filesBeyond, filesOfChunks, refuseOthers, stateOf, type Why } from './chunk-states.ts';
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
   * Looks which chunks are there. `namesOf`: all names of a config, in order. `isWhole`: there are no other chunks in the dataset.
   *
   * @throws BowerbirdError EXISTS: other files stand in the place of a chunk
   */
  async look(
    chunks: readonly { readonly chunk: PlannedChunk; readonly identity: string }[],
    choices: ChunkChoices,
    namesOf: (config: string) => Iterable<string>,
    footers: Footers,
    isWhole = false,
  ): Promise<void> {
    const { repository, overwrite, stop } = this.#options;
    this.#footers = footers;
    const at = await this.#head();
    if (at === undefined) return;
    const tree = await repository.tree(dataFolder, at);
    const files = filesOfChunks(
      chunks.map(({ chunk }) => chunk),
      tree,
    );
    const identities = new Map(chunks.map(({ chunk, identity }) => [chunk.id, identity]));
    const others = new Map<PlannedChunk, Why>();
    await atOnce([...files], footersAtOnce, async ([chunk, of]) => {
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
      if (state.kind === 'other') {
        others.set(chunk, state.why);
        this.#stale.set(chunk.id, of);
      }
    });
    const planned = chunks.map(({ chunk }) => chunk);
    const beyond = isWhole ? await this.#ofEarlierPlan(filesBeyond(planned, tree), planned, at) : [];
    const last = planned.at(-1);
    if (beyond.length > 0 && last !== undefined) {
      // They go with the commit of the last one, which is made for that where nothing else is to be made.
      this.#done.delete(last.id);
      this.#stale.set(last.id, [...(this.#stale.get(last.id) ?? []), ...beyond]);
      const before = others.get(last);
      const more = `"${beyond[0]!.path}" is of an earlier list of rows that was longer, and would stay beside those of now`;
      others.set(last, () => (before === undefined ? more : `${before()}; ${more}`));
    }
    const why = chunks.flatMap(({ chunk }) => others.get(chunk) ?? []);
    if (!overwrite) refuseOthers(this.uri, why);
    // A card that cannot be gone on with is told before the first download.
    if (this.#amend !== undefined)
      await this.#amend(await this.#partsOf(tree, at), (path) => repository.read(path, at));
  }

  /** Those that this builder made of the same kind of source; files of others stay. */
  async #ofEarlierPlan(files: readonly HubFile[], [chunk]: readonly PlannedChunk[], at: string): Promise<HubFile[]> {
    const parts = await this.#partsOf(files, at);
    const ours = parts.filter(
      ({ footer: { facts } }) => facts?.config === chunk?.config && facts?.split === chunk?.split,
    );
    const paths = new Set(ours.map(({ path }) => path));
    return files.filter(({ path }) => paths.has(path));
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
    if (this.#amend === undefined) return [];
    const gone = new Set([...removed, ...added.map(({ path }) => path)]);
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
    await atOnce(shards, footersAtOnce, async (file) => {
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
    const message = `Cannot commit ${id} to "${this.uri}": "${other.path}" was put there while it was built; run the same command again, ${named('overwrite')} replaces it`;
    throw new BowerbirdError('EXISTS', message, { source: this.uri });
  }
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

async function atOnce<T>(items: readonly T[], most: number, work: (item: T) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < items.length) await work(items[next++]!);
  };
  await Promise.all(Array.from({ length: Math.min(most, items.length) }, worker));
}
