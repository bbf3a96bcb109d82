/** WhisperProcessor: what Whisper is trained with, features of sound and tokens of text. */

import { logMel } from '../../features/log-mel.ts';
import { presets } from '../../features/presets.ts';
import { PythonTuple } from '../../formats/python/values.ts';
import { flag, integer, isPath, isRecord, isText, optional, readOptions, usage } from '../../options.ts';
import { type ProcessContext, Processor, type ProcessorOptions } from '../processor.ts';
import type { Sample } from '../sample.ts';
import { checkLength, durationOf, signalOf, soundIn } from './signal.ts';
import { TextTokenizer, type TokenizeOptions, type Tokens } from './text-tokenizer.ts';
import { type TokenOptions, textIn, tokenShape } from './tokenizer.ts';

export interface WhisperProcessorOptions extends ProcessorOptions, TokenOptions {
  /** The tokenizer.json of a Whisper model: a path or URI. Without it there are features only. */
  readonly tokenizer?: string;
  /** Default 448, the most that Whisper's decoder takes. */
  readonly maxLength?: number;
  /** Whether longer texts, and sound of more than 30 s, are cut. False: such a sample is refused. Default true. */
  readonly truncation?: boolean;
  /** 80; large-v3 and turbo take 128. Default 80. */
  readonly bins?: 80 | 128;
  /** Take one channel, counted from 0. Default the mean of all. */
  readonly channel?: number;
  /** Such as "en": put `<|en|>` in front of every text, as `set_prefix_tokens(language=...)`. Default what tokenizer.json has. */
  readonly language?: string;
  /** The same of `<|transcribe|>` or `<|translate|>`. */
  readonly task?: 'transcribe' | 'translate';
}

const shape = {
  tokenizer: optional<string>('a tokenizer.json, as a path or URI', isPath),
  ...tokenShape(448),
  bins: {
    fallback: 80,
    expected: '80 or 128',
    accepts: (v: unknown): v is 80 | 128 => v === 80 || v === 128,
  } as const,
  channel: integer(0, 65535, undefined),
  language: optional<string>('the code of a language, such as "en"', isText),
  task: optional<'transcribe' | 'translate'>(
    '"transcribe" or "translate"',
    (v) => v === 'transcribe' || v === 'translate',
  ),
  keepOriginal: flag(false),
};

const { sampleRate: rate, padTo } = presets.whisper;
const startOfTranscript = '<|startoftranscript|>';
/** By which losses in PyTorch pass a place over. */
const ignored = -100n;

/**
 * Gives `input_features` (float32 [bins, 3000], what WhisperFeatureExtractor of `transformers` gives: within 1e-4 of its NumPy path; AudioMDB calls
 * them `audio_features`), their `shape` and `dtype`, `sample_rate` (16000) and `duration` of the sound in seconds. Sound at another rate is resampled.
 *
 * With `tokenizer` also `input_ids` and `attention_mask` (int64 [maxLength]), `labels` (int64, as long: `input_ids` without the first
 * `<|startoftranscript|>`, which models put there themselves, and -100 where there is no token: `model(input_features, labels=labels)`) and
 * `num_tokens`, which counts the tokens of the whole text, before it was cut or padded.
 *
 * Nothing else is kept, but with `keepOriginal` all of the sample is: then `shape`, `dtype` and `sample_rate` stay those of `audio`.
 *
 * @throws BowerbirdError USAGE: an unknown or impossible option, or @huggingface/tokenizers is not installed; NOT_FOUND, BAD_SCHEMA: the tokenizer;
 * of a sample BAD_SCHEMA: no sound or no text, or too much without `truncation`
 * @example
 * const processor = new WhisperProcessor({ bins: 128 });
 * const { input_features } = await processor.process({ audio: new Float32Array(16000) }, { sampleRate: 16000 });
 */
export class WhisperProcessor extends Processor {
  readonly #options: ReturnType<typeof read>;
  #tokenizer: Promise<TextTokenizer> | undefined;

  constructor(options: WhisperProcessorOptions = {}) {
    const complete = read(options);
    super({ keepOriginal: complete.keepOriginal });
    this.#options = complete;
  }

  override async prepare(): Promise<void> {
    await this.#opened();
  }

  override async process(sample: Sample, context: ProcessContext): Promise<Sample> {
    const { bins, channel, truncation } = this.#options;
    const sound = await soundIn(sample, context);
    const signal = signalOf(sound, channel, rate);
    checkLength(signal, { most: padTo, rate, truncation }, context);
    const { data, shape } = logMel(signal, { preset: 'whisper', sampleRate: rate, bins });
    const tokenizer = await this.#opened();
    return {
      ...(this.keepOriginal
        ? { ...sample, sample_rate: sound.sampleRate }
        : { shape: new PythonTuple(shape), dtype: 'float32', sample_rate: rate }),
      input_features: { data, shape },
      duration: durationOf(sound),
      ...(tokenizer === undefined
        ? {}
        : tokenFields(tokenizer.encode(textIn(sample), context), tokenizer.idOf(startOfTranscript))),
    };
  }

  #opened(): Promise<TextTokenizer> | undefined {
    const { tokenizer, padding, maxLength, truncation, padToken, language, task } = this.#options;
    if (tokenizer === undefined) return undefined;
    const options: TokenizeOptions = { padding, maxLength, truncation, padToken };
    this.#tokenizer ??= TextTokenizer.open(tokenizer, options, (json) => withPrefix(json, language, task));
    return this.#tokenizer;
  }
}

function read(options: WhisperProcessorOptions) {
  const caller = 'WhisperProcessor()';
  const complete = readOptions(options, shape, caller);
  if (complete.tokenizer === undefined) {
    const needing = (['language', 'task', 'padToken'] as const).find((name) => complete[name] !== undefined);
    if (needing !== undefined) throw usage(`Cannot use option "${needing}" in ${caller} without option "tokenizer"`);
  }
  return complete;
}

function tokenFields({ ids, mask, count }: Tokens, start: number) {
  const first = mask.indexOf(1n);
  const skipped = ids[first] === BigInt(start) ? 1 : 0;
  const kept = ids.subarray(first + skipped, mask.lastIndexOf(1n) + 1);
  const labels = new BigInt64Array(ids.length).fill(ignored);
  labels.set(kept);
  return { input_ids: ids, attention_mask: mask, labels, num_tokens: count };
}

type Json = { readonly [name: string]: unknown };

/** As set_prefix_tokens() of `transformers` makes it: start, language, task, no time stamps. */
function withPrefix(tokenizer: Json, language: string | undefined, task: string | undefined): Json {
  if (language === undefined && task === undefined) return tokenizer;
  const added = tokenizer['added_tokens'];
  const known = new Set(
    Array.isArray(added)
      ? added.map((token: unknown) => (isRecord(token) ? (token as Json)['content'] : undefined))
      : [],
  );
  const names = [language, task].filter((name) => name !== undefined).map((name) => `<|${name}|>`);
  for (const name of names) {
    if (!known.has(name)) {
      throw usage(
        `Cannot use ${name} in WhisperProcessor(): the tokenizer has no such token; languages are codes such as "en"`,
      );
    }
  }
  const special = (id: string) => ({ SpecialToken: { id, type_id: 0 } });
  const single = [
    ...[startOfTranscript, ...names, '<|notimestamps|>'].map(special),
    { Sequence: { id: 'A', type_id: 0 } },
    special('<|endoftext|>'),
  ];
  return { ...tokenizer, post_processor: { type: 'TemplateProcessing', single, pair: single, special_tokens: {} } };
}
