/** HFUploader: the files of a folder to a dataset repository of the Hugging Face Hub, in commits. */

import { createHash } from 'node:crypto';
import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { checkPath, flag, isText, oneOf, optional, readOptions, usage } from '../../options.ts';
import type { LocalAdd } from '../hub/changes.ts';
import { placeOf } from '../hub/place.ts';
import type { HubRepository } from '../hub/repository.ts';
import { blocksOf, openLocal } from '../local/local.ts';
import type { UploadFile } from './files.ts';
import { type Uploaded, Uploader, type UploadOptions } from './uploader.ts';

export interface HFUploaderOptions {
  /** A branch that is there. Default: of the URI, else "main". */
  readonly branch?: string;
  /** Default: HF_TOKEN, HUGGING_FACE_HUB_TOKEN, or what `hf auth login` stored. */
  readonly token?: string;
  /** Default: HF_ENDPOINT, or https://huggingface.co. */
  readonly endpoint?: string;
  /** "auto" is what the server offers, "off" sends files whole or in parts, "on" fails where there is no xet. Default "auto". */
  readonly xet?: 'on' | 'off' | 'auto';
  /** Whether only its owners see a repository that this makes. One that is there stays as it is. Default true. */
  readonly private?: boolean;
}

/** Of one call of upload(), sampled every second. */
export interface HFUploadProgress {
  readonly files: number;
  readonly filesDone: number;
  /** Of files that were sent or were there, and of the one that is on its way. */
  readonly bytes: number;
  readonly bytesTotal: number;
  readonly elapsedSeconds: number;
}

export interface HFUploadOptions extends UploadOptions {
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly onProgress?: ((progress: HFUploadProgress) => void) | undefined;
  /** A file that keeps when commits were made, so that the next process keeps the quota of the Hub too. */
  readonly quotaFile?: string | undefined;
}

export interface HFUploaded extends Uploaded {
  readonly commits: number;
  /** The commit that holds all of it; undefined of an empty folder. */
  readonly oid: string | undefined;
}

const shape = {
  branch: optional<string>('the name of a branch', isText),
  token: optional<string>('a token', isText),
  endpoint: optional<string>('a web address', isText),
  xet: oneOf(['on', 'off', 'auto'], 'auto'),
  private: flag(true),
} as const;

const isFunction = (value: unknown) => typeof value === 'function';
const uploadShape = {
  signal: optional<NonNullable<UploadOptions['signal']>>(
    'an AbortSignal',
    (v) => typeof Object(v).throwIfAborted === 'function',
  ),
  onNotice: optional<NonNullable<HFUploadOptions['onNotice']>>('a function', isFunction),
  onProgress: optional<NonNullable<HFUploadOptions['onProgress']>>('a function', isFunction),
  quotaFile: optional<string>('the path of a file', isText),
};

const ownerAndName = /^[\w.-]+\/[\w.-]+$/;
const filesAtOnce = 50;
const noStop: Stop = { throwIfAborted() {} };

/**
 * To `OWNER/NAME`, or `hf://datasets/OWNER/NAME[@BRANCH][/FOLDER]`, which is made where it is not there. upload() commits up to 50 files at a time, pack.json and metadata.json
 * with the last; what is there with the same bytes is not sent, so that a second upload goes on where the first ended. Commits come one after
 * another and within the quota of the Hub; one whose answer is lost is looked for before it is made again. Needs the package `@huggingface/hub`.
 *
 * @throws BowerbirdError USAGE; UNSUPPORTED without that package; ACCESS, NOT_FOUND, IO
 * @example
 * import { HFUploader } from 'bowerbird';
 *
 * const { files, skipped, commits } = await new HFUploader('org/speech').upload('ds/');
 * console.log(`${files} sent in ${commits} commits, ${skipped} were there`);
 */
export class HFUploader extends Uploader {
  /** hf://datasets/OWNER/NAME[@BRANCH][/FOLDER]. */
  readonly uri: string;
  readonly #repo: string;
  readonly #folder: string;
  readonly #branch: string;
  readonly #options: Omit<HFUploaderOptions, 'branch'>;

  constructor(repo: string, options: HFUploaderOptions = {}) {
    checkPath(repo, 'new HFUploader()', 'OWNER/NAME of a dataset');
    const { branch, ...others } = readOptions(options, shape, 'new HFUploader()');
    // What may be printed holds no token.
    super({});
    const isUri = /^hf:\/\//i.test(repo);
    if (!isUri && !ownerAndName.test(repo)) throw usage(`Cannot use "${repo}": expected OWNER/NAME of a dataset`);
    const place = placeOf(isUri ? repo : `hf://datasets/${repo}`);
    if (!ownerAndName.test(place.repo)) throw usage(`Cannot use "${repo}": expected hf://datasets/OWNER/NAME`);
    this.#repo = place.repo;
    this.#branch = branch ?? place.revision;
    this.#folder = place.path.replace(/\/+$/, '');
    this.#options = others as Omit<HFUploaderOptions, 'branch'>;
    const at = this.#branch === 'main' ? '' : `@${encodeURIComponent(this.#branch)}`;
    this.uri = `hf://datasets/${place.repo}${at}${this.#folder === '' ? '' : `/${this.#folder}`}`;
  }

  /** That the package, the token or the branch is missing is told before the first file. Makes nothing. */
  override async open({ signal }: UploadOptions = {}): Promise<void> {
    const { hubLibrary } = await import('../hub/library.ts');
    await hubLibrary();
    const repository = await this.#repository({ stop: signal });
    await repository.head().catch((error) => {
      if (!isMissingRepository(error)) throw error;
    });
  }

  /** Every file below a folder. */
  override async upload(localDir: string, options: HFUploadOptions = {}): Promise<HFUploaded> {
    const { signal, onNotice, onProgress, quotaFile } = readOptions(options, uploadShape, 'upload()');
    checkPath(localDir, 'upload()', 'a folder');
    const stop = signal ?? noStop;
    const told = { files: 0, skipped: 0, bytes: 0, commits: 0, oid: undefined as string | undefined };
    const watch = new Watch(onProgress);
    for await (const { size } of this.iterFiles(localDir)) watch.expect(size);
    const repository = await this.#repository({
      ...{ stop, onNotice, quotaFile },
      onBytes: (sent) => watch.sent(sent),
    });
    try {
      if (watch.files > 0) await this.#ensure(repository, onNotice);
      for await (const files of this.#batches(localDir)) {
        const add: LocalAdd[] = [];
        for (const file of files) add.push(await this.#added(file, stop));
        const summary = summaryOf(add, this.#folder);
        const { oid, commits, sentBytes, thereFiles, thereBytes } = await repository.commit({ summary, add });
        watch.done(add, sentBytes);
        told.files += add.length - thereFiles;
        told.skipped += thereFiles;
        told.bytes += bytesOf(add) - thereBytes;
        told.commits += commits;
        told.oid = oid;
      }
    } finally {
      watch.end();
    }
    const { toldOf } = await import('../hub/told.ts');
    for (const text of toldOf(this.uri, repository.counts)) onNotice?.(text);
    return told;
  }

  async #ensure(repository: HubRepository, onNotice: HFUploadOptions['onNotice']): Promise<void> {
    try {
      await repository.head();
    } catch (error) {
      if (!isMissingRepository(error)) throw error;
      await repository.ensure();
      const kind = this.#options.private === false ? 'public' : 'private';
      onNotice?.(`${repository.uri} was not there: made as a ${kind} dataset`);
    }
  }

  async *#batches(localDir: string): AsyncGenerator<readonly UploadFile[]> {
    let files: UploadFile[] = [];
    for await (const file of this.iterFiles(localDir)) {
      files.push(file);
      if (files.length < filesAtOnce) continue;
      yield files;
      files = [];
    }
    if (files.length > 0) yield files;
  }

  async #added({ path, name, size }: UploadFile, stop: Stop): Promise<LocalAdd> {
    const file = await openLocal(path);
    try {
      const hash = createHash('sha256');
      for await (const block of blocksOf(file, stop)) hash.update(block);
      const inRepo = this.#folder === '' ? name : `${this.#folder}/${name}`;
      return { path: inRepo, local: path, size, sha256: hash.digest('hex') };
    } finally {
      await file.close();
    }
  }

  async #repository(more: {
    readonly stop: Stop | undefined;
    readonly onNotice?: HFUploadOptions['onNotice'];
    readonly onBytes?: (sent: number) => void;
    readonly quotaFile?: string | undefined;
  }): Promise<HubRepository> {
    const { HubRepository } = await import('../hub/repository.ts');
    return new HubRepository({ ...this.#options, repo: this.#repo, branch: this.#branch, ...more });
  }
}

function isMissingRepository(error: unknown): boolean {
  if (!(error instanceof BowerbirdError) || error.code !== 'NOT_FOUND') return false;
  return !/invalid rev id|revision not found/i.test(error.message);
}

function bytesOf(files: readonly { readonly size: number }[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

function summaryOf(add: readonly LocalAdd[], folder: string): string {
  const place = folder === '' ? '' : ` to ${folder}`;
  return add.length === 1 ? `Upload ${add[0]!.path}` : `Upload ${add.length} files${place}`;
}

const sampleMs = 1000;

/** Tells how far an upload is also while nothing moves: that is what whoever watches has to see. */
class Watch {
  readonly #tell: HFUploadOptions['onProgress'];
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;
  files = 0;
  #total = 0;
  #filesDone = 0;
  #bytesDone = 0;
  #sentBefore = 0;
  #sent = 0;

  constructor(tell: HFUploadOptions['onProgress']) {
    this.#tell = tell;
    if (tell !== undefined) this.#timer = setInterval(() => this.#sample(), sampleMs).unref();
  }

  expect(bytes: number): void {
    this.files++;
    this.#total += bytes;
  }

  sent(all: number): void {
    this.#sent = all;
  }

  done(files: readonly { readonly size: number }[], sent: number): void {
    this.#filesDone += files.length;
    this.#bytesDone += bytesOf(files);
    this.#sentBefore += sent;
    this.#sample();
  }

  end(): void {
    clearInterval(this.#timer);
    this.#sample();
  }

  #sample(): void {
    const bytes = Math.min(this.#total, this.#bytesDone + this.#sent - this.#sentBefore);
    this.#tell?.({
      ...{ files: this.files, filesDone: this.#filesDone, bytes, bytesTotal: this.#total },
      elapsedSeconds: (performance.now() - this.#began) / 1000,
    });
  }
}
