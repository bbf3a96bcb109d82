/** TokenizerProcessor: the text of a sample as token numbers, by the fields that AudioMDB's example of a processor of text has. */

import { BowerbirdError } from '../../errors.ts';
import { checkObject, flag, integer, isPath, optional, readOptions, required } from '../../options.ts';
import { type ProcessContext, Processor, type ProcessorOptions } from '../processor.ts';
import type { Sample } from '../sample.ts';
import { TextTokenizer, type TokenizeOptions } from './text-tokenizer.ts';

export interface TokenOptions {
  /** "max_length": every array has `maxLength` numbers. False: as many as the text has tokens. Default "max_length". */
  readonly padding?: 'max_length' | false;
  /** Most tokens of a text, with the special ones. */
  readonly maxLength?: number;
  /** Whether longer texts are cut. False: such a sample is refused. Default true; `num_tokens` tells what there was. */
  readonly truncation?: boolean;
  /** Default what tokenizer_config.json and tokenizer.json say, else one of the usual names that the vocabulary has. */
  readonly padToken?: string;
}

export interface TokenizerProcessorOptions extends ProcessorOptions, TokenOptions {
  /** A tokenizer.json: a path or URI. tokenizer_config.json beside it says which token pads, and on which side. */
  readonly file: string;
  /** Default 256. */
  readonly maxLength?: number;
  /** Make the text lower case and strip blanks at its ends first, as Python's `text.lower().strip()`. Default false. */
  readonly lower?: boolean;
}

/** Shared with Whisper. */
export const tokenShape = (maxLength: number) => ({
  padding: {
    fallback: 'max_length',
    expected: '"max_length" or false',
    accepts: (v: unknown): v is 'max_length' | false => v === 'max_length' || v === false,
  } as const,
  maxLength: integer(1, 1e6, maxLength),
  truncation: flag(true),
  padToken: optional<string>('the text of a token', (v) => typeof v === 'string' && v !== ''),
});

const shape = {
  file: required('a tokenizer.json, as a path or URI', isPath),
  ...tokenShape(256),
  lower: flag(false),
  keepOriginal: flag(false),
};

/**
 * Gives `input_ids` and `attention_mask` (int64, as NumPy has them), `num_tokens` (of the whole text with its special tokens, before it was cut or
 * padded) and `text_length` (characters, as Python counts them). Nothing else is kept, `text` neither, but with `keepOriginal` all of the sample
 * is. Token numbers are those of `transformers` with the same files. Needs @huggingface/tokenizers: `npm install @huggingface/tokenizers@0.2`.
 *
 * @throws BowerbirdError USAGE: an unknown or impossible option, or the package is not installed; NOT_FOUND, BAD_SCHEMA: the file; of a sample
 * BAD_SCHEMA: no text, or too much without `truncation`
 * @example
 * const processor = new TokenizerProcessor({ file: 'tokenizer.json', maxLength: 128, lower: true });
 */
export class TokenizerProcessor extends Processor {
  readonly #file: string;
  readonly #lower: boolean;
  readonly #options: TokenizeOptions;
  #tokenizer: Promise<TextTokenizer> | undefined;

  constructor(options: TokenizerProcessorOptions) {
    const { file, lower, keepOriginal, ...rest } = readOptions(options, shape, 'TokenizerProcessor()');
    super({ keepOriginal });
    this.#file = file;
    this.#lower = lower;
    this.#options = rest;
  }

  override async prepare(): Promise<void> {
    await this.#opened();
  }

  override async process(sample: Sample, context?: ProcessContext): Promise<Sample> {
    const given = textIn(sample);
    const text = this.#lower ? strip(given.toLowerCase()) : given;
    const { ids, mask, count } = (await this.#opened()).encode(text, context);
    return {
      ...(this.keepOriginal ? sample : {}),
      input_ids: ids,
      attention_mask: mask,
      num_tokens: count,
      text_length: [...text].length,
    };
  }

  #opened(): Promise<TextTokenizer> {
    this.#tokenizer ??= TextTokenizer.open(this.#file, this.#options);
    return this.#tokenizer;
  }
}

/** @throws BowerbirdError BAD_SCHEMA */
export function textIn(sample: Sample): string {
  checkObject(sample, 'process()', 'a sample, an object');
  const { text } = sample;
  if (typeof text === 'string') return text;
  const found = text === undefined ? 'no field "text"' : 'something else in its field "text"';
  throw new BowerbirdError('BAD_SCHEMA', `Cannot make tokens of the sample: expected text, found ${found}`);
}

/** As Python's strip(), whose blanks are those of Unicode and four controls; JavaScript's are others. */
function strip(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isBlank(text[start]!)) start++;
  while (end > start && isBlank(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function isBlank(character: string): boolean {
  return /\p{White_Space}/u.test(character) || (character >= '\x1c' && character <= '\x1f');
}
