/** An output folder in an object store. Units write into a local folder that lasts as long as the run; what they made is uploaded when they end. */

import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemError } from '../../errors.ts';
import { cleanTemps, removeTemps, STATE_FOLDER } from '../../storage/drafts.ts';
import { makeFolders } from '../../storage/local/folders.ts';
import { writableStorageOf } from '../../storage/registry.ts';
import type { Storage } from '../../storage/storage.ts';
import { joinUri } from '../../storage/uri.ts';
import { WrittenCount } from '../../storage/written.ts';
import { deliverFiles } from './delivery.ts';
import type { Appender, Output, Pieces, StateFiles } from './output.ts';
import { isRunning, RemoteLocks } from './remote-lock.ts';

/** With the name of the machine, since containers may share a temporary folder, but not process ids. */
const STAGING = `bowerbird-upload-${hostname().replace(/[^\w.-]/g, '_')}-`;

export async function remoteOutput(uri: string, job: string): Promise<Output> {
  const storage = await writableStorageOf(uri);
  const root = uri.replace(/\/+$/, '');
  const stateDir = joinUri(root, STATE_FOLDER);
  const workDir = join(tmpdir(), `${STAGING}${process.pid}-${randomBytes(4).toString('hex')}`);
  const locks = new RemoteLocks(storage, { outDir: root, stateDir, job });
  let sizes: ReadonlyMap<string, number> = new Map();
  const refresh = async () => {
    sizes = await sizesBelow(storage, `${root}/`);
  };
  return {
    name: root,
    job,
    stateDir,
    workDir,
    uri: root,
    files: remoteFiles(storage),
    pathOf: (name) => joinUri(root, name),
    async open() {
      sweep();
      try {
        // Nobody else's business: what will be uploaded lies here for a while.
        mkdirSync(workDir, { mode: 0o700 });
      } catch (error) {
        throw systemError('make the folder', workDir, error);
      }
      await refresh();
    },
    refresh,
    sizeOf: (name) => sizes.get(name),
    exists: (name) => sizes.has(name),
    names: (folder) => namesBelow(sizes, folder),
    lockWhole: (onLost) => locks.whole(onLost),
    lockPart: (part, terms, onLost) => locks.part(part, terms, onLost),
    throughGate: (signal, action) => locks.throughGate(signal, action),
    partIsRunning: (part) => locks.partIsRunning(part),
    makeFolders(folders) {
      for (const folder of folders) makeFolders(join(workDir, folder));
    },
    sync: () => {},
    removeTemps: (names) => removeTemps(workDir, names),
    cleanTemps: (folders, start) => cleanTemps(workDir, folders, start),
    deliver: (names) => deliverFiles(names, workDir, root),
    async close() {
      rmSync(workDir, { recursive: true, force: true });
    },
  };
}

/** What killed runs left in the temporary folder. Other people's is not ours to remove, nor can we. */
function sweep(): void {
  for (const name of readdirSync(tmpdir())) {
    const pid = name.startsWith(STAGING) ? /^(\d+)-[0-9a-f]{8}$/.exec(name.slice(STAGING.length))?.[1] : undefined;
    if (pid === undefined || isRunning(Number(pid))) continue;
    try {
      rmSync(join(tmpdir(), name), { recursive: true, force: true });
    } catch {
      // Another user's, under a process id that is free again.
    }
  }
}

function namesBelow(sizes: ReadonlyMap<string, number>, folder: string): string[] {
  const start = folder === '.' ? '' : `${folder.replace(/\/$/, '')}/`;
  const below = [...sizes.keys()].filter((name) => name.startsWith(start)).map((name) => name.slice(start.length));
  return below.filter((name) => !name.includes('/'));
}

async function sizesBelow(storage: Storage, prefix: string): Promise<Map<string, number>> {
  const sizes = new Map<string, number>();
  for await (const page of storage.list(prefix)) {
    for (const one of page) if (one.kind === 'object') sizes.set(one.uri.slice(prefix.length), one.size);
  }
  return sizes;
}

/**
 * An object cannot grow: what is appended to one becomes objects of its own, NAME.d/VERSION/NUMBER, read behind it in order. They are named after
 * the version of the first, so that a new one is not followed by what belonged to the old.
 */
export function remoteFiles(storage: Storage): StateFiles {
  const tailOf = (path: string) => `${path}.d/`;
  const tail = (path: string, version: string) =>
    `${tailOf(path)}${createHash('sha256').update(version).digest('hex').slice(0, 16)}/`;

  // An upload on its way would appear behind what removes its like.
  const appenders = new Map<string, RemoteAppender>();
  const removeTails = async (path: string) => {
    await appenders.get(path)?.close();
    for await (const page of storage.list(tailOf(path))) for (const { uri } of page) await storage.delete(uri);
  };
  return {
    join: joinUri,
    async names(folder) {
      const names: string[] = [];
      for await (const page of storage.list(`${folder}/`, { delimiter: '/' })) {
        for (const one of page) if (one.kind === 'object') names.push(one.uri.slice(folder.length + 1));
      }
      return names;
    },
    async *read(path) {
      const found = await storage.stat(path);
      if (found === undefined) throw Object.assign(new Error('ENOENT: no such object'), { code: 'ENOENT' });
      yield* storage.readStream(path, { version: found.version });
      const more: string[] = [];
      for await (const page of storage.list(tail(path, found.version))) more.push(...page.map(({ uri }) => uri));
      for (const uri of more.sort()) yield storage.read(uri);
    },
    async write(path, pieces) {
      const count = new WrittenCount();
      await storage.write(path, count.through(bytesOf(pieces)));
      await removeTails(path);
      return count.total();
    },
    async append(path) {
      const found = await storage.stat(path);
      const appender = new RemoteAppender(storage, tail(path, found?.version ?? ''));
      appenders.set(path, appender);
      return appender;
    },
    async remove(path) {
      await storage.delete(path);
      await removeTails(path);
    },
  };
}

async function* bytesOf(pieces: Pieces): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) yield typeof piece === 'string' ? Buffer.from(piece) : piece;
}

/** Uploads what has gathered while the last upload was on its way: a run of small units does not wait for each. */
class RemoteAppender implements Appender {
  readonly #storage: Storage;
  readonly #folder: string;
  #count = 0;
  #waiting = '';
  #running: Promise<void> | undefined;
  #failed: { readonly error: unknown } | undefined;

  constructor(storage: Storage, folder: string) {
    this.#storage = storage;
    this.#folder = folder;
  }

  append(text: string): void {
    this.#waiting += text;
    this.#running ??= this.#upload();
  }

  async flush(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
    if (this.#failed !== undefined) throw this.#failed.error;
  }

  /** What cannot be noted is done again by the next run: no reason to fail this one. */
  async close(): Promise<void> {
    while (this.#running !== undefined) await this.#running;
  }

  async #upload(): Promise<void> {
    try {
      while (this.#waiting !== '') {
        const text = this.#waiting;
        this.#waiting = '';
        const number = String(this.#count++).padStart(9, '0');
        await this.#storage.write(`${this.#folder}${number}`, Buffer.from(text));
      }
    } catch (error) {
      this.#failed ??= { error };
      this.#waiting = '';
    } finally {
      this.#running = undefined;
    }
  }
}
