/** The life of what a unit writes: all open before the input is read, and named together when it is done, or gone. */

import { join } from 'node:path';
import { type Drafts, runTerms, withDrafts } from '../../storage/drafts.ts';
import { RejectWriter } from './rejects.ts';
import type { Receipt, Unit, UnitContext } from './types.ts';

/** The n-th of `drafts` is the n-th output of the unit. */
export async function withOutputs<R extends Receipt>(
  unit: Unit,
  { outDir }: UnitContext,
  durable: boolean,
  make: (drafts: Drafts, rejects: RejectWriter) => Promise<R>,
): Promise<R> {
  const paths = unit.outputs.map((name) => join(outDir, name));
  const rejects = new RejectWriter(outDir, unit.id, durable);
  try {
    return await withDrafts(paths, runTerms(durable), async (drafts) => {
      const receipt = await make(drafts, rejects);
      // Before the outputs: what is there has its rejects told.
      const rejected = rejects.publish();
      return rejected === undefined ? receipt : { ...receipt, rejected };
    });
  } finally {
    rejects.discard();
  }
}
