/** Examples as plain objects, by rules that do not change from record to record. */

import { BowerbirdError } from '../../errors.ts';
import { named } from '../../options.ts';
import { type Feature, type Features, parseCounted, payloadKind } from './example.ts';
import { parseTensor, type Tensor } from './tensor.ts';

/** What a feature is in a plain object; readExamples() says when it is which. */
export type ExampleValue =
  | string
  | number
  | bigint
  | Uint8Array
  | Tensor
  | Float32Array
  | readonly string[]
  | readonly number[]
  | readonly bigint[]
  | readonly Uint8Array[]
  | readonly Tensor[];

/** Features by name. One that a record lacks, or that holds no value and is no list, is not there. */
export interface ExampleObject {
  readonly [feature: string]: ExampleValue;
}

/** Names of features, or all of them. */
export type FeatureNames = true | readonly string[];

export interface PlainRules {
  readonly text: FeatureNames;
  readonly lists: FeatureNames;
  readonly tensors: readonly string[];
  readonly int64: 'number' | 'bigint';
}

type Kind = Exclude<Feature['kind'], 'empty'>;

/** What the records so far were. */
interface Form {
  readonly kind: Kind;
  readonly isList: boolean;
}

/** Of one set: what a feature is in the first record that has values of it, it is in all. */
export class PlainExamples {
  readonly #rules: PlainRules;
  readonly #text: ReadonlySet<string>;
  readonly #lists: ReadonlySet<string>;
  readonly #tensors: ReadonlySet<string>;
  readonly #forms = new Map<string, Form>();

  constructor(rules: PlainRules) {
    this.#rules = rules;
    this.#text = new Set(rules.text === true ? [] : rules.text);
    this.#lists = new Set(rules.lists === true ? [] : rules.lists);
    this.#tensors = new Set(rules.tensors);
  }

  /**
   * Nothing is remembered of a record that is refused.
   *
   * @throws BowerbirdError BAD_SCHEMA, UNSUPPORTED: a sentence about "it", the record
   */
  read(record: Uint8Array): ExampleObject {
    const features = featuresOf(record, this.#rules.int64 === 'number' ? 'auto' : 'bigint');
    const object: { [name: string]: ExampleValue } = {};
    const fresh: [string, Form][] = [];
    for (const name in features) {
      const feature = features[name]!;
      const form = this.#formOf(name, feature, fresh);
      const value = form === undefined ? undefined : this.#value(name, feature, form);
      if (value === undefined) continue;
      // The one name that assignment does not make a property of.
      if (name === '__proto__') Object.defineProperty(object, name, { value, enumerable: true });
      else object[name] = value;
    }
    for (const [name, form] of fresh) this.#forms.set(name, form);
    return object;
  }

  /** Undefined while nobody knows what it is. */
  #formOf(name: string, feature: Feature, fresh: [string, Form][]): Form | undefined {
    const before = this.#forms.get(name);
    if (feature.kind === 'empty') return before;
    if (before !== undefined && feature.kind !== before.kind) {
      throw bad(`feature "${name}" is ${feature.kind}, in the records before it was ${before.kind}`);
    }
    if (before !== undefined) return before;
    const isNamed = this.#rules.lists === true || this.#lists.has(name);
    const form = { kind: feature.kind, isList: isNamed || feature.values.length !== 1 };
    if (feature.values.length > 0) fresh.push([name, form]);
    // A feature without values says what it is only where it is asked for as a list.
    return feature.values.length > 0 || isNamed ? form : undefined;
  }

  #value(name: string, feature: Feature, { kind, isList }: Form): ExampleValue | undefined {
    const values = feature.kind === 'empty' ? noValues[kind] : feature.values;
    if (!isList && values.length === 0) return undefined;
    if (!isList && values.length > 1) {
      throw bad(
        `feature "${name}" holds ${values.length} values, in the records before it held one; name it in ${named('lists')} to get a list from every record`,
      );
    }
    if (kind !== 'bytes' && (this.#tensors.has(name) || this.#text.has(name))) {
      throw bad(
        `feature "${name}" is ${kind}, which ${named(this.#tensors.has(name) ? 'tensors' : 'text')} does not read; it takes bytes features`,
      );
    }
    if (values instanceof Float32Array) return isList ? values : values[0];
    const read = values.map((value) => this.#item(name, value));
    return isList ? (read as readonly string[]) : read[0];
  }

  #item(name: string, value: Uint8Array | number | bigint): string | number | bigint | Uint8Array | Tensor {
    if (typeof value === 'number') return value;
    if (typeof value === 'bigint') {
      if (this.#rules.int64 === 'bigint') return value;
      throw bad(
        `feature "${name}" holds ${value}, more than a number holds exactly; ${named('int64', 'bigint')} gives all of them as bigints`,
      );
    }
    if (this.#tensors.has(name)) return tensorOf(name, value);
    return this.#rules.text === true || this.#text.has(name) ? textOf(name, value) : value;
  }
}

const noValues = { bytes: [], float: new Float32Array(0), int64: [] } as const;

/**
 * As protobuf has it, what is unknown is skipped: so another message may look like an Example without features, and a SequenceExample like one
 * without its lists.
 */
export function featuresOf(record: Uint8Array, int64: 'auto' | 'bigint'): Features {
  const { features, unknown } = parseCounted(record, int64);
  if (unknown === 0) return features;
  const kind = payloadKind(record);
  if (kind === 'sequenceExample') throw bad('it is a SequenceExample; parseSequenceExample() reads those');
  for (const _ in features) return features;
  throw bad('it is no tf.train.Example: it has no features, and fields that are none of its own');
}

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function textOf(name: string, bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw bad(`feature "${name}" is not UTF-8; leave it out of ${named('text')} to get its bytes`);
  }
}

function tensorOf(name: string, bytes: Uint8Array): Tensor {
  try {
    return parseTensor(bytes);
  } catch (error) {
    if (!(error instanceof BowerbirdError)) throw error;
    throw new BowerbirdError(error.code, `feature "${name}" is no tensor that is read: ${error.message}`);
  }
}

function bad(what: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', what);
}
