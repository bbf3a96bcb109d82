/** The files of a tokenizer: tokenizer.json, and tokenizer_config.json where it stands beside one of that name. */

import { createHash } from 'node:crypto';
import { BowerbirdError } from '../../errors.ts';
import { isRecord } from '../../options.ts';
import { openSource } from '../../storage/source.ts';
import { shown } from '../../storage/uri.ts';

type Json = { readonly [name: string]: unknown };

export interface TokenizerFiles {
  readonly tokenizer: Json;
  /** Padding token and sides, as `transformers` saves them. {} where there is none. */
  readonly config: Json;
  /** Of the bytes of both, for who asks whether a tokenizer is still the same. */
  readonly sha256: string;
}

/** The largest vocabularies take some 30 MB. */
const mostBytes = 1 << 28;

/**
 * @param uri a path, `file:` URI, or any other that is read
 * @throws BowerbirdError NOT_FOUND, IO, ACCESS; BAD_SCHEMA: no JSON object, or larger than 256 MiB
 */
export async function readTokenizerFiles(uri: string): Promise<TokenizerFiles> {
  const hash = createHash('sha256');
  const bytes = await bytesOf(uri);
  hash.update(bytes);
  const beside = /^(.*\/)?tokenizer\.json$/.exec(uri);
  const configUri = beside === null ? undefined : `${beside[1] ?? ''}tokenizer_config.json`;
  const configBytes = configUri === undefined ? undefined : await bytesOf(configUri).catch(absent);
  if (configBytes !== undefined) hash.update('\0').update(configBytes);
  return {
    tokenizer: parse(uri, bytes),
    config: configBytes === undefined ? {} : parse(configUri!, configBytes),
    sha256: hash.digest('hex'),
  };
}

function absent(error: unknown): undefined {
  if (error instanceof BowerbirdError && error.code === 'NOT_FOUND') return undefined;
  throw error;
}

async function bytesOf(uri: string): Promise<Uint8Array> {
  const source = await openSource(uri);
  try {
    const { byteLength } = source;
    if (byteLength > mostBytes) throw unfit(uri, `it has ${byteLength} bytes, expected at most ${mostBytes}`);
    return await source.read(0, byteLength);
  } finally {
    await source.close();
  }
}

function parse(uri: string, bytes: Uint8Array): Json {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw unfit(uri, `it is no JSON (${(cause as Error).message})`);
  }
  if (!isRecord(value)) throw unfit(uri, 'it holds no JSON object');
  return value as Json;
}

export function unfit(uri: string, state: string): BowerbirdError {
  return new BowerbirdError(
    'BAD_SCHEMA',
    `Cannot use "${shown(uri)}" as tokenizer: ${state}; a tokenizer.json is what save_pretrained() of transformers writes`,
    { source: uri },
  );
}
