/** What inspect() and repair() have in common: one file after the other, and one that cannot be read does not hide the others. */

import { BowerbirdError } from '../errors.ts';
import type { UnreadableFile } from '../jobs/check/registry.ts';
import { type InputFile, type Inputs, leftOutSentence, resolveInputs } from '../storage/inputs.ts';
import { linkOf } from '../storage/links.ts';
import { absolute, isRemote } from '../storage/uri.ts';

export interface EachFileOptions<T> {
  readonly inputs: Inputs;
  readonly onFile?: ((file: T | UnreadableFile) => void | Promise<void>) | undefined;
  readonly onNotice?: ((notice: string) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** What a name stands for, where that is not what resolveInputs() says. */
  readonly expand?: (name: string) => Promise<readonly InputFile[] | undefined>;
}

export interface EachFileResult<T> {
  readonly inputs: number;
  readonly unreadable: number;
  readonly notices: readonly string[];
  readonly files: readonly (T | UnreadableFile)[];
}

/**
 * In the order in which inputs are named. When none of the files can be used, the last one's error is thrown. `check` sees all before any is
 * worked on: what it throws is about the call, and not about a file.
 */
export async function eachFile<T>(
  { inputs, onFile, onNotice, signal, expand }: EachFileOptions<T>,
  work: (input: InputFile) => Promise<T>,
  check: (found: readonly InputFile[]) => void = () => {},
): Promise<EachFileResult<T>> {
  const notices: string[] = [];
  const named = await findEach(typeof inputs === 'string' ? [inputs] : inputs, notices, expand);
  for (const notice of notices) onNotice?.(notice);
  const found = named.filter((input): input is InputFile => !(input instanceof BowerbirdError));
  check(found);
  const files: (T | UnreadableFile)[] = [];
  const failures: BowerbirdError[] = [];
  const failed = (error: unknown, source: string): UnreadableFile => {
    if (!(error instanceof BowerbirdError) || error.code === 'INTERRUPTED' || signal?.aborted) throw error;
    failures.push(error);
    if (failures.length === named.length) throw error;
    return { source, format: 'unknown', error: error.toJSON() };
  };
  for (const input of named) {
    signal?.throwIfAborted();
    const file =
      input instanceof BowerbirdError
        ? failed(input, input.source ?? '')
        : await work(input).catch((error) => failed(error, input.uri));
    files.push(file);
    await onFile?.(file);
  }
  return { inputs: named.length, unreadable: failures.length, notices, files };
}

/** What each name brings, no file twice; its error where it brings none. */
async function findEach(
  names: readonly string[],
  notices: string[],
  expand: EachFileOptions<unknown>['expand'],
): Promise<(InputFile | BowerbirdError)[]> {
  const filesOf = async (name: string) =>
    (await expand?.(name)) ?? resolveInputs(name, undefined, (left) => notices.push(leftOutSentence(left)));
  const seen = new Set<string>();
  const found: (InputFile | BowerbirdError)[] = [];
  for (const name of names) {
    try {
      for (const file of await filesOf(name)) {
        const identity = isRemote(file.uri) ? linkOf(file) : absolute(file.uri);
        if (!seen.has(identity)) found.push(file);
        seen.add(identity);
      }
    } catch (error) {
      if (!(error instanceof BowerbirdError)) throw error;
      found.push(error);
    }
  }
  return found;
}
