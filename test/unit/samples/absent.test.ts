/** Without @huggingface/tokenizers, which nobody has to install. */

import { fileURLToPath } from 'node:url';
import { expect, test, vi } from 'vitest';
import { TokenizerProcessor } from '../../../src/samples/processors/tokenizer.ts';
import { WhisperProcessor } from '../../../src/samples/processors/whisper.ts';

const thrown = vi.hoisted(() => ({ error: new Error() }));
vi.mock('../../../src/optional.ts', () => ({ importOptional: () => Promise.reject(thrown.error) }));

const file = fileURLToPath(new URL('../../data/tokenizers/whisper/tokenizer.json', import.meta.url));

test('tokens are refused with what to install, before the first sample', async () => {
  // What Node 20.20 throws.
  thrown.error = Object.assign(new Error(`Cannot find package '@huggingface/tokenizers' imported from /a/b.js`), {
    code: 'ERR_MODULE_NOT_FOUND',
  });
  for (const processor of [new TokenizerProcessor({ file }), new WhisperProcessor({ tokenizer: file })]) {
    await expect(processor.prepare()).rejects.toMatchObject({
      code: 'USAGE',
      message:
        'Cannot make tokens: the optional package @huggingface/tokenizers is not installed; run "npm install @huggingface/tokenizers@0.2"',
    });
  }
});

test('one that does not load is told apart', async () => {
  thrown.error = new SyntaxError('Unexpected token\nin line 2');
  await expect(new TokenizerProcessor({ file }).prepare()).rejects.toThrow(
    'the optional package @huggingface/tokenizers does not load (Unexpected token)',
  );
});

test('features need it not', async () => {
  const processor = new WhisperProcessor();
  await processor.prepare();
  const made = await processor.process({ audio: new Float32Array(160) }, { sampleRate: 16000 });
  expect(made).toHaveProperty('input_features');
});
