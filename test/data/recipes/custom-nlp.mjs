// AudioMDB's example of a processor of text: lower case, padded and cut to 256 tokens.
import { readFile } from 'node:fs/promises';
import { Tokenizer } from '@huggingface/tokenizers';
import { Processor } from 'bowerbird';

const maxLength = 256;

export class CustomNLPProcessor extends Processor {
  constructor({ folder, ...options }) {
    super(options);
    this.folder = folder;
  }

  async prepare() {
    const [tokenizer, config] = await Promise.all(
      ['tokenizer.json', 'tokenizer_config.json'].map(async (name) =>
        JSON.parse(await readFile(`${this.folder}/${name}`, 'utf8')),
      ),
    );
    this.tokenizer = new Tokenizer(tokenizer, config);
    this.pad = this.tokenizer.token_to_id(config.pad_token);
  }

  process(sample) {
    const result = this.keepOriginal ? { ...sample } : {};
    if ('text' in sample) {
      const text = sample.text.toLowerCase().trim();
      const { ids } = this.tokenizer.encode(text);
      // The last one, [SEP], stays where a text is cut.
      const kept = ids.length > maxLength ? [...ids.slice(0, maxLength - 1), ids.at(-1)] : ids;
      const padded = [...kept, ...Array(maxLength - kept.length).fill(this.pad)];
      result.input_ids = BigInt64Array.from(padded, BigInt);
      result.attention_mask = BigInt64Array.from(padded, (_, i) => (i < kept.length ? 1n : 0n));
      result.text_length = [...text].length;
    }
    return result;
  }
}
