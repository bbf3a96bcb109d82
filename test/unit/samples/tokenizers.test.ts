/** TokenizerProcessor and the tokens of WhisperProcessor against `transformers` (test/data/tokenizers/make.py). */

import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { TokenizerProcessor } from '../../../src/samples/processors/tokenizer.ts';
import { WhisperProcessor } from '../../../src/samples/processors/whisper.ts';
import type { Sample } from '../../../src/samples/sample.ts';

interface Row {
  readonly input_ids: readonly number[];
  readonly attention_mask: readonly number[];
  readonly num_tokens: number;
}

interface Case {
  readonly tokenizer: 'whisper' | 'bert' | 'unigram';
  readonly kind: { readonly language?: string; readonly task?: 'transcribe' | 'translate' };
  readonly options: {
    readonly padding: 'max_length' | false;
    readonly truncation: boolean;
    readonly maxLength: number;
  };
  readonly rows: readonly Row[];
}

const folder = fileURLToPath(new URL('../../data/tokenizers/', import.meta.url));
const { texts, lowered, lengths, cases } = JSON.parse(readFileSync(`${folder}goldens.json`, 'utf8')) as {
  readonly texts: readonly string[];
  readonly lowered: readonly string[];
  readonly lengths: readonly number[];
  readonly cases: readonly Case[];
};
const fileOf = (name: string) => `${folder}${name}/tokenizer.json`;
const sound = { audio: new Float32Array(1600), sample_rate: 16000 };
const context = { sampleRate: 16000 };

function rowOf({ input_ids, attention_mask, num_tokens }: Sample): Row {
  expect(input_ids).toBeInstanceOf(BigInt64Array);
  expect(attention_mask).toBeInstanceOf(BigInt64Array);
  const numbers = (array: unknown) => Array.from(array as BigInt64Array, Number);
  return { input_ids: numbers(input_ids), attention_mask: numbers(attention_mask), num_tokens: num_tokens as number };
}

function temporaryFolder(): string {
  const made = mkdtempSync(join(tmpdir(), 'bowerbird-tokenizers-'));
  onTestFinished(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

describe.each(cases.filter(({ kind }) => Object.keys(kind).length === 0))(
  'TokenizerProcessor() with $tokenizer and $options',
  ({ tokenizer, options, rows }) => {
    test('gives the numbers and masks that transformers gives', async () => {
      const processor = new TokenizerProcessor({ file: fileOf(tokenizer), ...options });
      for (const [i, text] of texts.entries()) {
        expect(rowOf(await processor.process({ text })), JSON.stringify(text)).toEqual(rows[i]);
      }
    });
  },
);

describe.each(cases.filter(({ tokenizer }) => tokenizer === 'whisper'))(
  'WhisperProcessor() with $kind and $options',
  ({ kind, options, rows }) => {
    test('gives the numbers and masks that WhisperTokenizer gives', async () => {
      const processor = new WhisperProcessor({ tokenizer: fileOf('whisper'), ...kind, ...options });
      for (const [i, text] of texts.entries()) {
        expect(rowOf(await processor.process({ ...sound, text }, context)), JSON.stringify(text)).toEqual(rows[i]);
      }
    });
  },
);

test('labels are the ids behind the first start of transcript, and -100 where there is no token', async () => {
  // Of `whisper` in goldens.json, padded to 32: 421 is the start, 420 ends the text and pads.
  const processor = new WhisperProcessor({ tokenizer: fileOf('whisper'), maxLength: 32 });
  const { labels } = await processor.process({ ...sound, text: texts[0]! }, context);
  const ids = [527, 325, 408, 359, 306, 289, 351, 264, 83, 279, 333, 77, 13, 420];
  expect(labels).toEqual(BigInt64Array.from([...ids, ...Array(18).fill(-100)], BigInt));
});

test('lower makes text what Python makes of it, and text_length counts as Python does', async () => {
  const lowering = new TokenizerProcessor({ file: fileOf('whisper'), lower: true });
  const plain = new TokenizerProcessor({ file: fileOf('whisper') });
  for (const [i, text] of texts.entries()) {
    const made = await lowering.process({ text });
    expect(made['text_length'], JSON.stringify(text)).toBe(lengths[i]);
    expect(made['input_ids']).toEqual((await plain.process({ text: lowered[i]! }))['input_ids']);
  }
});

test('keepOriginal hands on what the sample has; without, nothing of it is left', async () => {
  const file = fileOf('bert');
  const sample = { text: 'The bird', speaker: 7 };
  const fields = ['input_ids', 'attention_mask', 'num_tokens', 'text_length'];
  expect(Object.keys(await new TokenizerProcessor({ file }).process(sample))).toEqual(fields);
  const kept = await new TokenizerProcessor({ file, keepOriginal: true }).process(sample);
  expect(Object.keys(kept)).toEqual(['text', 'speaker', ...fields]);
  expect(kept).toMatchObject(sample);
});

test('a file is taken by its URI; the padding token is what the files or the option say', async () => {
  const at = temporaryFolder();
  copyFileSync(fileOf('bert'), join(at, 'tokenizer.json'));
  const file = pathToFileURL(join(at, 'tokenizer.json')).href;
  const lastOf = async (padToken?: string) => {
    const made = await new TokenizerProcessor({ file, ...(padToken === undefined ? {} : { padToken }) }).process({
      text: '',
    });
    return (made['input_ids'] as BigInt64Array).at(-1);
  };
  // No tokenizer_config.json: one of the usual names that the vocabulary has, [PAD], is number 0.
  expect(await lastOf()).toBe(0n);
  expect(await lastOf('[SEP]')).toBe(3n);
  writeFileSync(join(at, 'tokenizer_config.json'), JSON.stringify({ pad_token: { content: '[UNK]' } }));
  expect(await lastOf()).toBe(1n);
  await expect(lastOf('[no]')).rejects.toMatchObject({
    code: 'BAD_SCHEMA',
    message: expect.stringContaining('it has no token "[no]"'),
  });
});

test('a vocabulary without a token that pads is told', async () => {
  const file = join(temporaryFolder(), 'words.json');
  const json = JSON.parse(readFileSync(fileOf('bert'), 'utf8'));
  const { '[PAD]': _, ...vocab } = json.model.vocab;
  const added_tokens = json.added_tokens.filter(({ content }: { content: string }) => content !== '[PAD]');
  writeFileSync(file, JSON.stringify({ ...json, added_tokens, model: { ...json.model, vocab } }));
  await expect(new TokenizerProcessor({ file }).prepare()).rejects.toMatchObject({
    code: 'USAGE',
    message: expect.stringContaining('set option "padToken"'),
  });
  await new TokenizerProcessor({ file, padding: false }).prepare();
});

describe('what is refused', () => {
  test.each([
    ['no text', {}, 'found no field "text"'],
    ['a text that is none', { text: 5 }, 'found something else in its field "text"'],
    ['half a surrogate pair', { text: 'a\ud800b' }, 'half of a surrogate pair'],
  ])('%s', async (_, sample, said) => {
    await expect(new TokenizerProcessor({ file: fileOf('bert') }).process(sample)).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message: expect.stringContaining(said),
    });
  });

  test('a text that is too long where none may be cut', async () => {
    const processor = new TokenizerProcessor({ file: fileOf('bert'), maxLength: 10, truncation: false });
    await expect(processor.process({ text: texts[7]! })).rejects.toMatchObject({
      code: 'BAD_SCHEMA',
      message:
        'Cannot make tokens of the text: it has 62 tokens, expected at most 10 where option "truncation" is false',
    });
    const notes: string[] = [];
    const context = { sampleRate: 16000, note: (what: string) => notes.push(what) };
    for (const maxLength of [62, 61]) {
      await new TokenizerProcessor({ file: fileOf('bert'), maxLength }).process({ text: texts[7]! }, context);
    }
    expect(notes).toEqual(['text was cut to 61 tokens']);
  });

  test('arrays that have no place but for special tokens', async () => {
    await expect(new TokenizerProcessor({ file: fileOf('bert'), maxLength: 2 }).prepare()).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('the tokenizer adds 2 special tokens'),
    });
    await new TokenizerProcessor({ file: fileOf('bert'), maxLength: 3 }).prepare();
  });

  test.each([
    ['{"model": {"type": "BPE"}}', 'BAD_SCHEMA', /as tokenizer: @huggingface\/tokenizers says/],
    ['[1]', 'BAD_SCHEMA', /as tokenizer: it holds no JSON object/],
    ['{', 'BAD_SCHEMA', /as tokenizer: it is no JSON/],
  ])('a file that holds %s', async (content, code, message) => {
    const file = join(temporaryFolder(), 'tokenizer.json');
    writeFileSync(file, content);
    await expect(new TokenizerProcessor({ file }).prepare()).rejects.toMatchObject({
      code,
      message: expect.stringMatching(message),
    });
  });

  test('a file that is not there', async () => {
    const file = join(temporaryFolder(), 'tokenizer.json');
    await expect(new TokenizerProcessor({ file }).prepare()).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  test('a language that the tokenizer does not know, and tokens without a tokenizer', async () => {
    const unknown = new WhisperProcessor({ tokenizer: fileOf('whisper'), language: 'english' });
    await expect(unknown.prepare()).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('Cannot use <|english|> in WhisperProcessor()'),
    });
    expect(() => new WhisperProcessor({ language: 'en' })).toThrow('option "language" in WhisperProcessor() without');
  });
});
