/** One run at a time in a state folder: plan and progress.log have one writer. */

import { join } from 'node:path';
import { systemError } from '../../errors.ts';
import { STATE_FOLDER } from '../../storage/drafts.ts';
import { makeFolders } from '../../storage/local/folders.ts';
import { lockWhole, type OutputLock } from '../engine/lock.ts';

/** @throws BowerbirdError LOCKED; released when the process ends, however it does */
export function holdState(state: string): OutputLock {
  const stateDir = join(state, STATE_FOLDER);
  try {
    makeFolders(stateDir);
  } catch (error) {
    throw systemError('make the folder', stateDir, error);
  }
  return lockWhole({ outDir: state, stateDir, job: 'dataset-state' });
}
