/** readExamples(): the records of TFRecord and ArrayRecord files as plain objects. */

import { BowerbirdError, isVerdict } from '../errors.ts';
import type { Features } from '../formats/example/example.ts';
import { type ExampleObject, type FeatureNames, featuresOf, PlainExamples } from '../formats/example/plain.ts';
import type { Reject } from '../on-error.ts';
import { flag, type Inputs, oneOf, type Reader, readOptions, usage } from '../options.ts';
import { type ExampleRecord, exampleRecords } from '../records/example-records.ts';
import { type InputNotices, inputFiles, noticesShape } from './input-files.ts';
import { callback, signalShape } from './shapes.ts';

export interface ReadExamplesOptions extends InputNotices {
  /**
   * Bytes features that are UTF-8 text and become strings: their names, or true for all but those of `tensors`. The others stay bytes, whatever
   * they hold. Default: none.
   */
  readonly text?: FeatureNames;
  /** Features that are lists in every record, however many values they have: their names, or true for all. */
  readonly lists?: FeatureNames;
  /** Bytes features that hold a serialized TensorProto, which becomes `{ dtype, shape, data }`. */
  readonly tensors?: readonly string[];
  /** What int64 becomes. "number" refuses a record whose number a float64 does not hold exactly. Default "number". */
  readonly int64?: 'number' | 'bigint';
  /** Features as parseExample() gives them, in place of plain values. Default false. */
  readonly raw?: boolean;
  /** Yield `{ source, record, example }`, to tell where a record came from. Default false. */
  readonly withSource?: boolean;
  /**
   * "fail": throw at the first record that cannot be used, after those before it. "skip": leave out intact records that do not fit. "salvage":
   * leave out damaged ones, too. Default "fail".
   */
  readonly onError?: 'fail' | 'skip' | 'salvage';
  /** Told of every record, or damaged stretch, that "skip" or "salvage" leaves out. */
  readonly onReject?: (reject: Reject) => void;
  /** Stops between batches. */
  readonly signal?: AbortSignal;
}

/** A record, and where it came from. */
export interface SourcedExample<E = ExampleObject> {
  /** The path as it was given or found; of a URI what may be shown. */
  readonly source: string;
  /** Its index in the file, from 0. */
  readonly record: number;
  readonly example: E;
}

/** What readExamples() yields under these options. */
export type ReadExample<O extends ReadExamplesOptions> = O extends { readonly withSource: true }
  ? SourcedExample<O extends { readonly raw: true } ? Features : ExampleObject>
  : O extends { readonly raw: true }
    ? Features
    : ExampleObject;

const caller = 'readExamples()';

const shape = {
  ...signalShape,
  ...noticesShape,
  text: names('names of features, or true', true),
  lists: names('names of features, or true', true),
  tensors: names('names of features', false) as Reader<readonly string[]>,
  int64: oneOf(['number', 'bigint'], 'number'),
  raw: flag(false),
  withSource: flag(false),
  onError: oneOf(['fail', 'skip', 'salvage'], 'fail'),
  onReject: callback<(reject: Reject) => void>(),
};

/**
 * Reads files, folders, globs and URIs, in the order in which they are named (within a folder or glob in that of their names); the format of each file is found by content, and both checksums of
 * every record are tested. What a feature is does not depend on the record at hand:
 *
 * | feature | one value                             | several                        |
 * | ------- | ------------------------------------- | ------------------------------ |
 * | bytes   | Uint8Array; string under `text`       | a list of these                |
 * | float   | number (a float32)                    | Float32Array                   |
 * | int64   | number; bigint under `int64`          | a list of these                |
 *
 * The first record that has values of a feature decides whether it is a list, unless `lists` does: from then on one value is a list of one
 * where it is a list, and several are refused where it is not, as is another kind than before. A Uint8Array is a view of some megabytes of
 * records, which are never written again; copy what is kept for long.
 *
 * @throws BowerbirdError BAD_SCHEMA for what is no Example or breaks these rules, with the feature and what to do; CORRUPT_RECORD, TRUNCATED,
 * UNSUPPORTED, NOT_FOUND, IO
 * @example
 * for await (const { filename, label } of readExamples('tf/train-*', { text: ['filename'] })) {
 *   console.log(filename, label);
 * }
 */
export async function* readExamples<const O extends ReadExamplesOptions = ReadExamplesOptions>(
  inputs: Inputs,
  options?: O,
): AsyncGenerator<ReadExample<O>> {
  const { onError, onReject, onNotice, signal, raw, withSource, ...rules } = readOptions(options, shape, caller);
  const both = rules.text === true ? undefined : rules.text.find((name) => rules.tensors.includes(name));
  if (both !== undefined) throw usage(`Cannot use option "text" in ${caller}: "${both}" is among "tensors" already`);
  const idle = raw
    ? (['text', 'lists', 'tensors'] as const).find((name) => rules[name] === true || rules[name].length > 0)
    : undefined;
  if (idle !== undefined)
    throw usage(`Cannot use option "${idle}" in ${caller} with "raw": raw features are what parseExample() gives`);
  const rawInt64 = rules.int64 === 'bigint' ? 'bigint' : 'auto';
  const plain = new PlainExamples(rules);
  const reject = (found: Reject) => onReject?.(found);
  for await (const file of inputFiles(inputs, caller, onNotice)) {
    signal?.throwIfAborted();
    for await (const batch of exampleRecords(file, { onError, onReject: reject, stop: signal })) {
      for (const found of batch) {
        const { source, record, bytes } = found;
        let example: Features | ExampleObject;
        try {
          example = raw ? featuresOf(bytes, rawInt64) : plain.read(bytes);
        } catch (error) {
          if (!isVerdict(error)) throw error;
          if (onError === 'fail') throw unusable(found, error);
          const { code, message: reason } = error;
          reject({ input: source, record, offset: found.offset, code, reason });
          continue;
        }
        // What the options say that it is.
        yield (withSource ? { source, record, example } : example) as ReadExample<O>;
      }
    }
  }
}

function unusable({ source, record, offset }: ExampleRecord, { code, message }: BowerbirdError): BowerbirdError {
  return new BowerbirdError(code, `Cannot read record ${record} of "${source}": ${message}`, {
    source,
    record,
    offset,
  });
}

function names(expected: string, orAll: boolean): Reader<FeatureNames> {
  return {
    fallback: [],
    expected,
    accepts: (v): v is FeatureNames =>
      (orAll && v === true) || (Array.isArray(v) && v.every((name) => typeof name === 'string')),
  };
}
