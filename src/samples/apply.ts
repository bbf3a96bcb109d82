/** Runs a processor over a sample, whatever its author did. */

import { BowerbirdError, unforeseen } from '../errors.ts';
import { isRecord, show, usage } from '../options.ts';
import type { LoadedProcessor } from './load.ts';
import { said } from './load-class.ts';
import type { ProcessContext } from './processor.ts';
import type { Sample } from './sample.ts';

/**
 * What a processor makes of a sample.
 *
 * @throws BowerbirdError of the processor as it is; IO where the system fails; BAD_SCHEMA for anything else that it throws, which is about the
 * sample; USAGE: it gives no object, for which no sample is to blame
 */
export async function processed(loaded: LoadedProcessor, sample: Sample, context: ProcessContext): Promise<Sample> {
  const { processor, name } = loaded;
  let made: unknown;
  try {
    made = await processor.process(sample, context);
  } catch (cause) {
    // What is not there is for want of the sample; a full disk or a lack of handles is not.
    const isMissing = (cause as NodeJS.ErrnoException | undefined)?.code === 'ENOENT';
    const system = isMissing ? undefined : unforeseen(cause, `run ${name}`);
    if (system !== undefined) throw system;
    throw new BowerbirdError('BAD_SCHEMA', `Cannot process the sample: ${name} threw ${said(cause)}`, {}, { cause });
  }
  if (!isRecord(made))
    throw usage(`Cannot store what ${name} made of a sample: expected an object, found ${show(made)}`);
  return made as Sample;
}

/** Fields of the sample that a processor did not hand on, for a notice: a text that is gone surprises at the end of the training. */
export function leftOut(given: Sample, made: Sample): string[] {
  return Object.keys(given).filter((field) => given[field] !== undefined && made[field] === undefined);
}
