/** The schema of a file as a tree: what is a list, a map, a structure or a value, and from which levels on each is there. */

import type { SchemaElement } from 'hyparquet';
import { Damage } from './faults.ts';

interface FieldBase {
  readonly name: string;
  readonly optional: boolean;
  /** The definition level from which on it is there, and not null. */
  readonly definition: number;
  /** Numbers of the leaves below it, in the order of the file's columns. */
  readonly leaves: readonly number[];
}

export interface Leaf extends FieldBase {
  readonly kind: 'value';
  readonly element: SchemaElement;
  /** How many repeated fields it is below. */
  readonly repetition: number;
  /** As column chunks name it: "audio.bytes". */
  readonly path: string;
}

export interface Struct extends FieldBase {
  readonly kind: 'struct';
  readonly fields: readonly Field[];
}

/** https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists */
export interface List extends FieldBase {
  readonly kind: 'list';
  /** The level of the repeated field: from this definition on the list holds something, and by this repetition another element. */
  readonly filled: number;
  readonly repetition: number;
  readonly item: Field;
}

export interface MapField extends FieldBase {
  readonly kind: 'map';
  readonly filled: number;
  readonly repetition: number;
  readonly key: Field;
  readonly value: Field;
}

export type Field = Leaf | Struct | List | MapField;

export interface Schema {
  readonly columns: readonly Field[];
  readonly leaves: readonly Leaf[];
}

/** Levels are bytes where they are kept. */
const mostLevels = 200;
const mostDepth = 64;

interface Above {
  readonly definition: number;
  readonly repetition: number;
  readonly path: readonly string[];
}

/** Throws Damage where the elements are no tree. */
export function schemaOf(elements: readonly SchemaElement[]): Schema {
  const root = elements[0];
  if (root === undefined || root.type !== undefined) throw new Damage('the schema has no root');
  const builder = new Builder(elements);
  const columns = builder.children(root, { definition: 0, repetition: 0, path: [] });
  builder.finish();
  return { columns, leaves: builder.leaves };
}

class Builder {
  readonly leaves: Leaf[] = [];
  readonly #elements: readonly SchemaElement[];
  #next = 1;

  constructor(elements: readonly SchemaElement[]) {
    this.#elements = elements;
  }

  finish(): void {
    if (this.#next !== this.#elements.length) throw new Damage('the schema holds elements that belong to nothing');
  }

  children({ num_children: count = 0 }: SchemaElement, above: Above): Field[] {
    if (count > this.#elements.length - this.#next) throw new Damage('the schema lacks elements');
    if (above.path.length > mostDepth) throw new Damage(`the schema is more than ${mostDepth} deep`, 'UNSUPPORTED');
    const fields: Field[] = [];
    const names = new Set<string>();
    for (let i = 0; i < count; i++) {
      const field = this.#field(above);
      if (names.has(field.name)) throw new Damage(`two fields are called "${field.name}"`, 'UNSUPPORTED');
      names.add(field.name);
      fields.push(field);
    }
    return fields;
  }

  #take(): SchemaElement {
    const element = this.#elements[this.#next++];
    if (element === undefined) throw new Damage('the schema lacks elements');
    if (typeof element.name !== 'string') throw new Damage('a field of the schema has no name');
    return element;
  }

  /** The next field; a repeated one that nothing says to be a list is one all the same. */
  #field(above: Above): Field {
    const element = this.#take();
    if (element.repetition_type !== 'REPEATED') return this.#of(element, above, element.repetition_type === 'OPTIONAL');
    return this.#repeated(element.name, false, above, (inner) => this.#of(element, inner, false));
  }

  /** What `element` holds, when it is there. */
  #of(element: SchemaElement, above: Above, optional: boolean): Field {
    const { name } = element;
    const here: Above = {
      definition: above.definition + (optional ? 1 : 0),
      repetition: above.repetition,
      path: [...above.path, name],
    };
    if (here.definition > mostLevels) throw new Damage(`"${name}" is too deep`, 'UNSUPPORTED');
    if (element.type !== undefined && !element.num_children) return this.#leaf(element, here, optional);
    const kind = element.converted_type ?? element.logical_type?.type;
    if (kind === 'LIST' && element.num_children === 1) return this.#list(name, optional, here);
    if ((kind === 'MAP' || kind === 'MAP_KEY_VALUE') && element.num_children === 1)
      return this.#map(name, optional, here);
    if (kind === 'VARIANT')
      throw new Damage(`column "${name}" is of the type VARIANT, which is not read`, 'UNSUPPORTED');
    const first = this.leaves.length;
    const fields = this.children(element, here);
    if (fields.length === 0) throw new Damage(`the group "${name}" holds no field`, 'UNSUPPORTED');
    return { kind: 'struct', name, optional, definition: here.definition, leaves: this.#from(first), fields };
  }

  #leaf(element: SchemaElement, { definition, repetition, path }: Above, optional: boolean): Leaf {
    const leaves = [this.leaves.length];
    const { name } = element;
    const leaf: Leaf = {
      kind: 'value',
      name,
      optional,
      definition,
      leaves,
      element,
      repetition,
      path: path.join('.'),
    };
    this.leaves.push(leaf);
    return leaf;
  }

  #list(name: string, optional: boolean, here: Above): Field {
    const repeated = this.#take();
    if (repeated.repetition_type !== 'REPEATED') throw new Damage(`the list "${name}" repeats nothing`);
    // Older writers leave the group between list and element out; these are the rules by which the format tells.
    const isElement =
      repeated.type !== undefined ||
      repeated.num_children !== 1 ||
      repeated.name === 'array' ||
      repeated.name === `${name}_tuple`;
    return this.#repeated(name, optional, here, (inner) => {
      if (isElement) return this.#of(repeated, inner, false);
      return this.#field({ ...inner, path: [...inner.path, repeated.name] });
    });
  }

  #repeated(name: string, optional: boolean, here: Above, itemOf: (inner: Above) => Field): List {
    const first = this.leaves.length;
    const { definition } = here;
    const inner: Above = { definition: definition + 1, repetition: here.repetition + 1, path: here.path };
    const item = itemOf(inner);
    const levels = { definition, filled: inner.definition, repetition: inner.repetition };
    return { kind: 'list', name, optional, ...levels, leaves: this.#from(first), item };
  }

  #map(name: string, optional: boolean, here: Above): Field {
    const repeated = this.#take();
    if (repeated.repetition_type !== 'REPEATED') throw new Damage(`the map "${name}" repeats nothing`);
    const first = this.leaves.length;
    const inner: Above = {
      definition: here.definition + 1,
      repetition: here.repetition + 1,
      path: [...here.path, repeated.name],
    };
    const [key, value, ...rest] = this.children(repeated, inner);
    if (key === undefined || rest.length > 0) throw new Damage(`the map "${name}" has not a key and a value`);
    const levels = { definition: here.definition, filled: inner.definition, repetition: inner.repetition };
    // A map without values is a set of keys; it is given as the list of them.
    if (value === undefined) {
      return { kind: 'list', name, optional, ...levels, leaves: this.#from(first), item: key };
    }
    return { kind: 'map', name, optional, ...levels, leaves: this.#from(first), key, value };
  }

  #from(first: number): readonly number[] {
    return Array.from({ length: this.leaves.length - first }, (_, i) => first + i);
  }
}
