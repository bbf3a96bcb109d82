/** The files that a reader goes through: what its inputs name, one after the other. */

import { BowerbirdError } from '../errors.ts';
import { checkArgument, type Inputs, isInputs } from '../options.ts';
import { type InputFile, leftOutSentence, resolveInputs } from '../storage/inputs.ts';
import { callback } from './shapes.ts';

export interface InputNotices {
  /** Told of what a folder or glob brings that is no regular file, and so not read. */
  readonly onNotice?: (notice: string) => void;
}

export const noticesShape = { onNotice: callback<(notice: string) => void>() };

/** In the order in which they are named, and as often: an epoch may read a file twice. */
export async function* inputFiles(
  inputs: Inputs,
  caller: string,
  onNotice: ((notice: string) => void) | undefined,
): AsyncGenerator<InputFile> {
  checkArgument(inputs, isInputs, 'a file, folder, glob or URI, or a list of them', caller);
  for (const name of typeof inputs === 'string' ? [inputs] : inputs) {
    yield* await resolveInputs(name, undefined, (left) => {
      // What cannot be opened may hold records.
      if (left.isLoss)
        throw new BowerbirdError('UNSUPPORTED', `Cannot read ${leftOutSentence(left)}`, { source: left.path });
      onNotice?.(leftOutSentence(left));
    });
  }
}
