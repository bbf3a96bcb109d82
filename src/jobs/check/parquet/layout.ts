/** What a footer says of columns and places, as far as it can be held against itself. */

import type { SchemaElement } from 'hyparquet';
import type { Footer } from '../../../samples/parquet/footer.ts';
import type { Leaf } from '../../../samples/parquet/schema.ts';
import type { FileClaims } from './claims.ts';
import type { ParquetFindings } from './findings.ts';

export function checkLayout({ schema, groups }: Footer, claims: FileClaims, findings: ParquetFindings): void {
  for (const leaf of schema.leaves) {
    const differs = typesDiffer(leaf.element);
    if (differs !== undefined) findings.add('schema', differs, { column: leaf.path }, 'BAD_SCHEMA');
  }
  for (const [number, { chunks }] of groups.entries()) {
    for (const [i, leaf] of schema.leaves.entries()) checkName(leaf, claims, number, i, findings);
    checkPlaces(chunks, schema.leaves, number, findings);
  }
}

function checkName(leaf: Leaf, claims: FileClaims, group: number, i: number, findings: ParquetFindings): void {
  const path = claims.groups[group]?.chunks[i]?.path;
  if (path === undefined || path === leaf.path) return;
  const reason = `Column ${i} of row group ${group} is called "${path}", and "${leaf.path}" by the schema`;
  findings.add('schema', reason, { group, column: leaf.path });
}

/** Two columns cannot share bytes: one of them is read as the other. Row groups follow each other as their writer likes. */
function checkPlaces(
  chunks: Footer['groups'][number]['chunks'],
  leaves: readonly Leaf[],
  group: number,
  findings: ParquetFindings,
): void {
  const places = chunks.flatMap(({ from, to, values }, i) => (values > 0 ? [{ from, to, i }] : []));
  places.sort((a, b) => a.from - b.from);
  for (const [n, { from, i }] of places.entries()) {
    const before = places[n - 1];
    if (before === undefined || before.to <= from) continue;
    const reason = `Its bytes begin at ${from}, within those of column "${leaves[before.i]!.path}"`;
    findings.add('footer', reason, { group, column: leaves[i]!.path, offset: from });
  }
}

const kinds: { readonly [converted: string]: string } = { UTF8: 'STRING', MAP_KEY_VALUE: 'MAP' };

/** A type is told twice, for old readers and for new ones. */
function typesDiffer({
  name,
  converted_type: old,
  logical_type: logical,
  scale,
  precision,
}: SchemaElement): string | undefined {
  if (old !== 'DECIMAL' && logical?.type !== 'DECIMAL' && (precision ?? 0) > 0) {
    return `"${name}" has ${precision} digits, and is no decimal`;
  }
  if (old === undefined || typeof logical?.type !== 'string') return undefined;
  const { type } = logical;
  const expected = kinds[old] ?? old.replace(/^U?INT_\d+$/, 'INTEGER').replace(/^(TIME|TIMESTAMP)_\w+$/, '$1');
  const differ = (a: unknown, b: unknown) =>
    `"${name}" is of type ${a} by its converted type, and ${b} by its logical type`;
  if (expected !== type) return differ(old, type);
  if (logical.type === 'DECIMAL' && (logical.scale !== (scale ?? 0) || logical.precision !== precision)) {
    return differ(`DECIMAL(${precision}, ${scale ?? 0})`, `DECIMAL(${logical.precision}, ${logical.scale})`);
  }
  if (logical.type === 'INTEGER' && old !== `${logical.isSigned ? '' : 'U'}INT_${logical.bitWidth}`) {
    return differ(old, `${logical.isSigned ? '' : 'U'}INT_${logical.bitWidth}`);
  }
  if ((logical.type === 'TIME' || logical.type === 'TIMESTAMP') && old !== `${type}_${logical.unit}`) {
    return differ(old, `${type}_${logical.unit}`);
  }
  return undefined;
}
