/** Text to token numbers, padded and cut as `transformers` does it, through @huggingface/tokenizers, an optional package. */

import { BowerbirdError, named } from '../../errors.ts';
import { importOptional } from '../../optional.ts';
import { isRecord, usage } from '../../options.ts';
import type { ProcessContext } from '../processor.ts';
import { readTokenizerFiles, type TokenizerFiles, unfit } from './tokenizer-files.ts';

export interface TokenizeOptions {
  /** "max_length": arrays of `maxLength` numbers, filled up with the padding token. False: as many as there are. */
  readonly padding: 'max_length' | false;
  readonly maxLength: number;
  /** Whether text of more tokens is cut; else it is refused. */
  readonly truncation: boolean;
  /** Default what the files of the tokenizer say. */
  readonly padToken?: string | undefined;
}

export interface Tokens {
  readonly ids: BigInt64Array<ArrayBuffer>;
  /** 1 for a token, 0 for padding. */
  readonly mask: BigInt64Array<ArrayBuffer>;
  /** Of the whole text with the special tokens, before it was cut or padded. */
  readonly count: number;
}

/** What we use of @huggingface/tokenizers 0.2, described by hand since it may be absent. */
interface Engine {
  encode(text: string, options: { readonly add_special_tokens: boolean }): { readonly ids: readonly unknown[] };
  token_to_id(token: string): number | undefined;
}
type EngineClass = new (tokenizer: object, config: object) => Engine;

const packageName = '@huggingface/tokenizers';

export class TextTokenizer {
  readonly #engine: Engine;
  readonly #options: TokenizeOptions;
  readonly #uri: string;
  /** Special tokens in front of every text and behind it. */
  readonly #around: readonly [readonly number[], readonly number[]];
  readonly #pad: number;
  readonly #padsLeft: boolean;
  readonly #cutsLeft: boolean;

  /** `change` of tokenizer.json before it is used. */
  static async open(
    uri: string,
    options: TokenizeOptions,
    change = (tokenizer: TokenizerFiles['tokenizer']) => tokenizer,
  ): Promise<TextTokenizer> {
    const [Tokenizer, files] = await Promise.all([engineClass(), readTokenizerFiles(uri)]);
    const tokenizer = change(files.tokenizer);
    try {
      return new TextTokenizer(new Tokenizer(tokenizer, files.config), uri, { ...files, tokenizer }, options);
    } catch (cause) {
      if (cause instanceof BowerbirdError) throw cause;
      throw unfit(uri, `${packageName} says "${(cause as Error).message}"`);
    }
  }

  private constructor(engine: Engine, uri: string, files: TokenizerFiles, options: TokenizeOptions) {
    this.#engine = engine;
    this.#uri = uri;
    this.#options = options;
    this.#around = this.#specialTokens();
    const special = this.#around[0].length + this.#around[1].length;
    if (options.maxLength <= special) {
      throw usage(
        `Cannot use ${options.maxLength} for ${named('maxLength')}: the tokenizer adds ${special} special tokens, expected more`,
      );
    }
    const sideOf = (name: 'padding' | 'truncation') => sideIn(files, name) === 'left';
    [this.#padsLeft, this.#cutsLeft] = [sideOf('padding'), sideOf('truncation')];
    this.#pad = options.padding === false ? 0 : this.#padding(files);
  }

  /** @throws BowerbirdError BAD_SCHEMA: too long without `truncation`, half a surrogate pair, or a token that the vocabulary lacks */
  encode(text: string, context?: ProcessContext): Tokens {
    if (/\p{Surrogate}/u.test(text)) throw refused('it holds half of a surrogate pair, which is no character');
    const { padding, maxLength, truncation } = this.#options;
    const [before, behind] = this.#around;
    let content = this.#content(text, false);
    const count = before.length + content.length + behind.length;
    if (count > maxLength) {
      if (!truncation) {
        throw refused(`it has ${count} tokens, expected at most ${maxLength} where ${named('truncation')} is false`);
      }
      context?.note?.(`text was cut to ${maxLength} tokens`);
      const most = maxLength - before.length - behind.length;
      content = this.#cutsLeft ? content.slice(-most) : content.slice(0, most);
    }
    const kept = [...before, ...content, ...behind];
    const length = padding === false ? kept.length : maxLength;
    const start = this.#padsLeft ? length - kept.length : 0;
    const ids = new BigInt64Array(length).fill(BigInt(this.#pad));
    const mask = new BigInt64Array(length).fill(1n, start, start + kept.length);
    for (const [i, id] of kept.entries()) ids[start + i] = BigInt(id);
    return { ids, mask, count };
  }

  /** The number of a special token. */
  idOf(token: string): number {
    const id = this.#engine.token_to_id(token);
    if (id === undefined) throw unfit(this.#uri, `it has no token "${token}"`);
    return id;
  }

  #content(text: string, special: boolean): readonly number[] {
    const { ids } = this.#engine.encode(text, { add_special_tokens: special });
    if (ids.every((id): id is number => Number.isSafeInteger(id))) return ids;
    throw refused('a part of it is no token of the vocabulary, which has none for what is unknown');
  }

  /** The package does not cut: what is put around a text has to be known to keep it. */
  #specialTokens(): readonly [number[], number[]] {
    for (const probe of ['a', '1', '.', 'the', '']) {
      const content = this.#content(probe, false);
      const all = this.#content(probe, true);
      const places = Array.from({ length: all.length - content.length + 1 }, (_, at) => at).filter((at) =>
        content.every((id, i) => all[at + i] === id),
      );
      if (all.length === content.length && places.length === 1) return [[], []];
      if (content.length > 0 && places.length === 1) {
        const at = places[0]!;
        return [all.slice(0, at), all.slice(at + content.length)];
      }
    }
    throw unfit(this.#uri, 'what its "post_processor" puts around a text cannot be told from the text');
  }

  #padding(files: TokenizerFiles): number {
    const { padToken } = this.#options;
    const said = padToken ?? padTokenIn(files) ?? usual.find((token) => this.#engine.token_to_id(token) !== undefined);
    if (said !== undefined) return this.idOf(said);
    throw usage(`Cannot pad tokens: the files of the tokenizer name no padding token; set ${named('padToken')}`);
  }
}

/** In vocabularies that say nothing of padding. Whisper's pads with the end of text. */
const usual = ['[PAD]', '<pad>', '<|pad|>', '<|endoftext|>'];

/** In the order of `transformers`: tokenizer_config.json, then tokenizer.json. */
function padTokenIn({ tokenizer, config }: TokenizerFiles): string | undefined {
  const token = config['pad_token'];
  const content = isRecord(token) ? (token as { readonly content?: unknown }).content : token;
  const own = isRecord(tokenizer['padding'])
    ? (tokenizer['padding'] as { readonly pad_token?: unknown }).pad_token
    : null;
  return [content, own].find((name) => typeof name === 'string');
}

function sideIn({ tokenizer, config }: TokenizerFiles, name: 'padding' | 'truncation'): string {
  const own = isRecord(tokenizer[name]) ? (tokenizer[name] as { readonly direction?: unknown }).direction : undefined;
  return String(config[`${name}_side`] ?? own ?? 'right').toLowerCase();
}

function refused(state: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot make tokens of the text: ${state}`);
}

async function engineClass(): Promise<EngineClass> {
  try {
    return ((await importOptional(packageName)) as { readonly Tokenizer: EngineClass }).Tokenizer;
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(`'${packageName}'`);
    const state = isMissing ? 'is not installed' : `does not load (${message.split('\n')[0]})`;
    throw new BowerbirdError(
      'USAGE',
      `Cannot make tokens: the optional package ${packageName} ${state}; run "npm install ${packageName}@0.2"`,
      {},
      { cause },
    );
  }
}
