/**
 * Rejected records on their way to rejects.jsonl: every unit keeps its own in a file of the state folder, where a
 * resumed run finds them again; the end of the run joins them in plan order.
 */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { systemError } from '../../errors.ts';
import type { Reject } from '../../on-error.ts';
import { Drafts, removeFile, runTerms, STATE_FOLDER } from '../../storage/drafts.ts';
import { StagedSink } from '../../storage/local/sink.ts';
import { fileNameOf } from '../../storage/uri.ts';
import { localFiles, type StateFiles } from './output.ts';
import type { OutputStamp, Receipt, RowReject, SampleReject } from './types.ts';

export const REJECTS_FOLDER = `${STATE_FOLDER}/rejects`;
export const REJECTS_FILE = 'rejects.jsonl';

/** Relative to the output folder. Ids are any text, also long paths; names are not. */
export function rejectsName(unitId: string): string {
  const readable = fileNameOf(unitId)
    .replace(/[^\w.-]/g, '_')
    .slice(-80);
  const unique = createHash('sha256').update(unitId).digest('hex').slice(0, 16);
  return `${REJECTS_FOLDER}/${readable}-${unique}.jsonl`;
}

/** Takes the rejects of one unit. The file is made at the first one: most units have none. */
export class RejectWriter {
  readonly #outDir: string;
  readonly #name: string;
  readonly #durable: boolean;
  #file: { readonly drafts: Drafts; readonly sink: StagedSink } | undefined;

  constructor(outDir: string, unitId: string, durable: boolean) {
    this.#outDir = outDir;
    this.#name = rejectsName(unitId);
    this.#durable = durable;
  }

  write(reject: Reject | RowReject | SampleReject): void {
    this.#file ??= this.#open();
    this.#file.sink.write(Buffer.from(`${JSON.stringify(reject)}\n`));
  }

  /** To be called before the outputs get their names. Undefined when nothing was rejected. */
  publish(): OutputStamp | undefined {
    if (this.#file === undefined) {
      removeFile(join(this.#outDir, this.#name));
      return undefined;
    }
    const { drafts, sink } = this.#file;
    const written = sink.end();
    drafts.publish();
    return { name: this.#name, ...written };
  }

  discard(): void {
    this.#file?.drafts.discard();
  }

  #open() {
    const path = join(this.#outDir, this.#name);
    const drafts = new Drafts([path], runTerms(this.#durable));
    return { drafts, sink: new StagedSink(path, drafts.fd(0)) };
  }
}

/** Joins the rejects of all units, given in plan order, into one file; removes a stale one when there are none. */
export async function joinRejects(
  outDir: string,
  name: string,
  receipts: readonly Receipt[],
  durable: boolean,
  files: StateFiles = localFiles,
): Promise<void> {
  const path = files.join(outDir, name);
  const parts = receipts.flatMap(({ rejected }) => (rejected === undefined ? [] : [files.join(outDir, rejected.name)]));
  if (parts.length === 0) await files.remove(path);
  else await files.write(path, contents(parts, files), durable);
}

async function* contents(parts: readonly string[], files: StateFiles): AsyncGenerator<Uint8Array> {
  for (const part of parts) {
    try {
      yield* files.read(part);
    } catch (error) {
      throw systemError('read', part, error);
    }
  }
}
