/** `@huggingface/hub`, the client of the Hub: an optional peer, loaded when the first commit is made. */

import type { commit, createRepo } from '@huggingface/hub';
import { BowerbirdError } from '../../errors.ts';
import { importOptional } from '../../optional.ts';

export interface HubLibrary {
  readonly commit: typeof commit;
  /** The token is added by our fetch: the client takes none but of one form. */
  readonly createRepo: (
    given: Omit<Parameters<typeof createRepo>[0], 'accessToken' | 'credentials'>,
  ) => ReturnType<typeof createRepo>;
}

const packageName = '@huggingface/hub';

/** @throws BowerbirdError UNSUPPORTED when it is not installed */
export async function hubLibrary(): Promise<HubLibrary> {
  try {
    return (await importOptional(packageName)) as HubLibrary;
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND';
    const state = isMissing ? 'is not installed' : 'cannot be loaded';
    throw new BowerbirdError(
      'UNSUPPORTED',
      `Cannot write to the Hugging Face Hub: the optional package ${packageName} ${state}; run "npm install ${packageName}@2"`,
      {},
      { cause },
    );
  }
}
