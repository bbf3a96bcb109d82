/** Puts rows together out of the values of their columns: the reading half of Dremel (Melnik et al., VLDB 2010). */

import type { SampleValue } from '../sample.ts';
import { Damage } from './faults.ts';
import type { LeafReader } from './leaf-reader.ts';
import type { Field, List, MapField, Struct } from './schema.ts';

/** One value of a field, and on to what follows it. */
export type ReadValue = () => SampleValue;

/** `leaves`: by their numbers. REQUIRES: each of the field's has a whole row. Throws Damage. */
export function valueReader(field: Field, leaves: ReadonlyMap<number, LeafReader>): ReadValue {
  const below = field.leaves.map((number) => leaves.get(number)!);
  switch (field.kind) {
    case 'value': {
      const [leaf] = below;
      return () => leaf!.take();
    }
    case 'struct':
      return structReader(field, below, leaves);
    case 'list':
      return listReader(field, below, leaves);
    case 'map':
      return mapReader(field, below, leaves);
    default:
      return field satisfies never;
  }
}

/** Where something is not there, each leaf below it says so once. */
function passAll(below: readonly LeafReader[]): void {
  for (const leaf of below) leaf.take();
}

function structReader(field: Struct, below: readonly LeafReader[], leaves: ReadonlyMap<number, LeafReader>): ReadValue {
  const first = below[0]!;
  const fields = field.fields.map((child) => [child.name, valueReader(child, leaves)] as const);
  return () => {
    if (field.optional && first.definition < field.definition) {
      passAll(below);
      return null;
    }
    return Object.fromEntries(fields.map(([name, read]) => [name, read()]));
  };
}

/** Calls `each` for what the list holds; false where there is no list. */
function repeating(field: List | MapField, below: readonly LeafReader[]): (each: () => void) => boolean {
  const first = below[0]!;
  return (each) => {
    const isThere = !field.optional || first.definition >= field.definition;
    if (first.definition < field.filled) {
      passAll(below);
      return isThere;
    }
    do each();
    while (first.repetition >= field.repetition);
    return true;
  };
}

function listReader(field: List, below: readonly LeafReader[], leaves: ReadonlyMap<number, LeafReader>): ReadValue {
  const readItem = valueReader(field.item, leaves);
  const repeat = repeating(field, below);
  return () => {
    const items: SampleValue[] = [];
    return repeat(() => items.push(readItem())) ? items : null;
  };
}

function mapReader(field: MapField, below: readonly LeafReader[], leaves: ReadonlyMap<number, LeafReader>): ReadValue {
  const [readKey, readItem] = [valueReader(field.key, leaves), valueReader(field.value, leaves)];
  const repeat = repeating(field, below);
  return () => {
    const entries = new Map<SampleValue, SampleValue>();
    const isThere = repeat(() => {
      const key = readKey();
      if (entries.has(key)) throw new Damage(`the map "${field.name}" holds a key twice`, 'BAD_SCHEMA');
      entries.set(key, readItem());
    });
    return isThere ? (entries as SampleValue) : null;
  };
}
