/** The life of what a unit writes: all open before the input is read, and named together when it is done, or gone. */

import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Drafts, removeFile, runTerms, withDrafts } from '../../storage/drafts.ts';
import { outputsHeldBy, partName, partNames } from './part-names.ts';
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

/** The parts of an output, as they are opened; their names follow from how many there were (part-names.ts). */
export class PartDrafts {
  readonly #output: string;
  readonly #path: string;
  readonly #drafts: Drafts;
  #count = 0;

  /** `path`: of `output`. */
  constructor(output: string, path: string, drafts: Drafts) {
    this.#output = output;
    this.#path = path;
    this.#drafts = drafts;
  }

  /** A new part, open for reading and writing at 0. */
  open(): { readonly fd: number; readonly path: string } {
    // More than one by its name, until it is known to be alone.
    const path = partName(this.#path, this.#count++, Number.POSITIVE_INFINITY);
    return { fd: this.#drafts.fd(this.#drafts.open(path)), path };
  }

  get count(): number {
    return this.#count;
  }

  /** Of all parts, when the last one was opened. */
  names(): readonly string[] {
    if (this.#count === 1) this.#drafts.rename(0, this.#path);
    return partNames(this.#output, this.#count);
  }
}

/** For a job with `hasParts`. What the unit made before and does not make now is removed. */
export async function withParts<R extends Receipt>(
  unit: Unit & { readonly outputs: readonly [string] },
  context: UnitContext,
  durable: boolean,
  make: (parts: PartDrafts, rejects: RejectWriter) => Promise<R>,
): Promise<R> {
  const [output] = unit.outputs;
  const path = join(context.outDir, output);
  const bare = { ...unit, outputs: [] };
  const receipt = await withOutputs(bare, context, durable, (drafts, rejects) =>
    make(new PartDrafts(output, path, drafts), rejects),
  );
  const made = new Set(receipt.outputs.map(({ name }) => basename(name)));
  for (const name of readdirSync(dirname(path))) {
    if (!made.has(name) && outputsHeldBy(name).includes(basename(path))) removeFile(join(dirname(path), name));
  }
  return receipt;
}
