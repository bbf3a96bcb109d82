/** Many Examples of one set: a feature is the same kind of list in all of them. */

import { checkObject, show, usage } from '../../options.ts';
import { type ExampleSchema, type FeatureKind, type FeaturesInput, isFeatureKind } from './input.ts';
import { serializeFeatures } from './writer.ts';

/**
 * Serializes Examples that belong together. The first value of a feature decides whether it is bytes, float or int64, unless the schema does;
 * a later one of another kind is refused, for readers (TensorFlow's `parse_example` among them) expect one kind a name. Whole numbers are
 * floats where a feature is float.
 *
 *     const serializer = new ExampleSerializer({ score: 'float' });
 *     await writeTfRecords('a.tfrecord', [{ name: 'frog', score: 1 }, { name: 'owl', score: 0.5 }].map((x) => serializer.serialize(x)));
 */
export class ExampleSerializer {
  readonly #kinds = new Map<string, FeatureKind>();
  #records = 0;

  /** @throws BowerbirdError USAGE */
  constructor(schema: ExampleSchema = {}) {
    checkObject(schema, 'ExampleSerializer', 'an object of kinds by the names of features');
    for (const [name, kind] of Object.entries(schema)) {
      if (!isFeatureKind(kind)) {
        throw usage(`Cannot use ${show(kind)} for feature "${name}" in a schema: expected bytes, float or int64`);
      }
      this.#kinds.set(name, kind);
    }
  }

  /** The kinds so far: a schema for another writer of the same set. */
  get schema(): ExampleSchema {
    return Object.fromEntries(this.#kinds);
  }

  /** @throws BowerbirdError USAGE for what fits no feature, and for another kind than before; nothing is remembered of a record that is refused */
  serialize(features: FeaturesInput): Uint8Array {
    const { bytes, kinds } = serializeFeatures(features, this.#kinds, this.#records);
    for (const [name, kind] of kinds) this.#kinds.set(name, kind);
    this.#records++;
    return bytes;
  }
}
