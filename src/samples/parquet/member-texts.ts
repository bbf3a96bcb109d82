/** The texts of one member of a struct column, and no byte of the others: what paths a column of audio names. */

import type { Stop } from '../../bytes.ts';
import { openSource } from '../../storage/source.ts';
import { isRemote } from '../../storage/uri.ts';
import { valueReader } from './assemble.ts';
import { readFooter } from './footer.ts';
import { LeafReader } from './leaf-reader.ts';
import { loadLibrary } from './library.ts';

export interface MemberOptions {
  readonly size?: number | undefined;
  readonly version?: string | undefined;
  readonly stop?: Stop | undefined;
}

/**
 * One for each row; null where there is none. Gives nothing where there is no such column, or its member is no text.
 *
 * @throws BowerbirdError CORRUPT, TRUNCATED, UNSUPPORTED, IO, ACCESS, NOT_FOUND
 */
export async function* memberTexts(
  uri: string,
  column: string,
  member: string,
  options: MemberOptions = {},
): AsyncGenerator<string | null, void, void> {
  const { stop } = options;
  const source = await openSource(uri, options);
  try {
    const [footer, library] = await Promise.all([readFooter(source, uri), loadLibrary()]);
    const found = footer.schema.columns.find(({ name }) => name === column);
    const field = found?.kind === 'struct' ? found.fields.find(({ name }) => name === member) : undefined;
    if (field?.kind !== 'value') return;
    const place = { source, uri, isRemote: isRemote(uri), library, stop, beside: 1 };
    for (const group of footer.groups) {
      const leaf = new LeafReader(field, group, place);
      const read = valueReader(field, new Map([[field.leaves[0]!, leaf]]));
      for (let row = 0; row < group.rows; row++) {
        if (!leaf.hasRow) await leaf.fill();
        const value = read();
        yield typeof value === 'string' ? value : null;
      }
    }
  } finally {
    await source.close();
  }
}
