/** AudioMDB's two examples of processors, as users write them here (test/data/recipes), loaded from their files as pack does it. */

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { processed } from '../../../src/samples/apply.ts';
import { loadProcessor } from '../../../src/samples/load.ts';
import type { NdArray } from '../../../src/samples/sample.ts';
import { goldens, readGolden, sound } from '../features/golden-files.ts';

const dataAt = (name: string) => fileURLToPath(new URL(`../../data/${name}`, import.meta.url));
const recipe = (name: string) => dataAt(`recipes/${name}`);

test.each([
  ['samples', () => sound],
  ['an array', () => ({ data: sound, shape: [sound.length] })],
  ['the bytes of a file', () => readFileSync(dataAt('features/sound.wav'))],
])('MelSpectrogramProcessor gives the powers of torchaudio, of %s', async (_, audio) => {
  const { picked } = goldens.find(({ name }) => name === 'torchaudio-db')!;
  const loaded = await loadProcessor({
    module: recipe('mel-spectrogram.mjs'),
    export: 'MelSpectrogramProcessor',
    options: { nMels: 128 },
  });
  const made = await processed(loaded, { audio: audio(), text: 'a tone' }, { sampleRate: 16000 });
  expect(Object.keys(made).sort()).toEqual(['mel_shape', 'mel_spectrogram', 'sample_rate']);
  const { data, shape } = made['mel_spectrogram'] as NdArray & { readonly data: Float32Array };
  const [bins = 0, frames = 0] = shape;
  expect([loaded.name, bins, made['mel_shape'], made['sample_rate']]).toEqual([
    'MelSpectrogramProcessor',
    128,
    [128, frames],
    16000,
  ]);
  for (const [i, row] of readGolden('torchaudio-db').entries()) {
    for (const [b, decibels] of row.entries()) {
      // AmplitudeToDB's floor is 1e-10.
      const power = Math.max(1e-10, data[b * frames + picked[i]!]!);
      expect(10 * Math.log10(power)).toBeCloseTo(decibels, 2);
    }
  }
});

test('CustomNLPProcessor gives the numbers of transformers, in lower case and padded to 256', async () => {
  const { texts, cases } = JSON.parse(readFileSync(dataAt('tokenizers/goldens.json'), 'utf8'));
  const { rows } = cases.find((each: { tokenizer: string }) => each.tokenizer === 'bert');
  const loaded = await loadProcessor({
    module: recipe('custom-nlp.mjs'),
    export: 'CustomNLPProcessor',
    options: { folder: dataAt('tokenizers/bert'), keepOriginal: true },
  });
  for (const i of [0, 1, 4, 5]) {
    const made = await processed(loaded, { text: texts[i], speaker: 'x' }, { sampleRate: 16000 });
    expect(Object.keys(made)).toEqual(['text', 'speaker', 'input_ids', 'attention_mask', 'text_length']);
    const { input_ids, attention_mask } = rows[i];
    const numbers = Array.from(made['input_ids'] as BigInt64Array, Number);
    expect(numbers).toHaveLength(256);
    expect(numbers.slice(0, 32)).toEqual(input_ids);
    expect(Array.from(made['attention_mask'] as BigInt64Array, Number).slice(0, 32)).toEqual(attention_mask);
    expect(made['text_length']).toBe(texts[i].length);
  }
});
