/** Tokens beside tiktoken and transformers with Whisper's own vocabulary, features beside WhisperFeatureExtractor. */

import { execFile } from 'node:child_process';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment, makeEnvironment } from './environment.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
/** Its dependencies are torch and more; the source package alone has the vocabulary and the code that reads it. */
const source = 'openai-whisper==20250625';
const [startOfTranscript, noTimestamps, endOfText] = [50258, 50363, 50257];
/** Resamplers that differ in their last digits, seen through a logarithm; without resampling 1e-4. */
const resampled = 2e-3;

async function sourcePackage(python, folder) {
  const pip = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--no-binary', ':all:'];
  await run(python, [...pip, source, '-d', folder], { env: environment, maxBuffer: 1 << 26 });
  const [name] = (await readdir(folder)).filter((each) => each.endsWith('.tar.gz'));
  return `${folder}/${name}`;
}

const numbers = (array) => Array.from(array, Number);
const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);

async function floats(path) {
  const bytes = await readFile(path);
  return new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
}

export async function checkTokens(report, { bowerbird, work }) {
  const folder = `${work}/tokens`;
  await mkdir(folder, { recursive: true });
  const python = await makeEnvironment('interop-tokens-venv', `${here}tokens-requirements.txt`, console.log);
  const archive = await sourcePackage(python, folder);
  await run(python, [`${here}tokens.py`, archive, folder], { env: environment, maxBuffer: 1 << 26 });
  const file = `${folder}/tokenizer/tokenizer.json`;
  const lines = (await readFile(`${folder}/texts.jsonl`, 'utf8')).trim().split('\n');
  const rows = lines.map((line) => JSON.parse(line));

  await report.group("TokenizerProcessor gives tiktoken's numbers with Whisper's vocabulary", async (expect) => {
    const processor = new bowerbird.TokenizerProcessor({ file, padding: false, maxLength: 100000 });
    for (const { text, tiktoken } of rows) {
      const { input_ids, num_tokens } = await processor.process({ text });
      const expected = [startOfTranscript, noTimestamps, ...tiktoken, endOfText];
      const found = numbers(input_ids);
      expect(same(found, expected), () => `${JSON.stringify(text)}: ${found}, expected ${expected}`);
      expect(num_tokens === expected.length, () => `${JSON.stringify(text)}: ${num_tokens} tokens`);
    }
  });

  await report.group('WhisperProcessor gives ids, masks and labels that transformers trains with', async (expect) => {
    const options = { tokenizer: file, language: 'de', task: 'transcribe', maxLength: 64 };
    const processor = new bowerbird.WhisperProcessor(options);
    const audio = new Float32Array(1600);
    for (const { text, padded } of rows.filter((row) => row.padded !== undefined)) {
      const made = await processor.process({ audio, text }, { sampleRate: 16000 });
      for (const field of ['input_ids', 'attention_mask']) {
        const found = numbers(made[field]);
        expect(same(found, padded[field]), () => `${JSON.stringify(text)}: ${found}, expected ${padded[field]}`);
      }
      // DataCollatorSpeechSeq2SeqWithPadding of the fine-tuning examples: -100 by the mask, then without the first start.
      const masked = padded.input_ids.map((id, i) => (padded.attention_mask[i] === 1 ? id : -100));
      const labels = [...masked.slice(1), -100];
      expect(same(numbers(made.labels), labels), () => `${JSON.stringify(text)}: labels ${numbers(made.labels)}`);
    }
  });

  await report.group('WhisperProcessor gives the features of WhisperFeatureExtractor', async (expect) => {
    const cases = JSON.parse(await readFile(`${folder}/features.json`, 'utf8'));
    for (const [i, { rate, bins, seconds }] of cases.entries()) {
      const audio = await floats(`${folder}/sound-${i}.f32`);
      const theirs = await floats(`${folder}/features-${i}.f32`);
      const made = await new bowerbird.WhisperProcessor({ bins }).process({ audio }, { sampleRate: rate });
      const { data, shape } = made.input_features;
      const name = `${seconds} s at ${rate} Hz, ${bins} bins`;
      expect(same(shape, [bins, 3000]) && theirs.length === data.length, () => `${name}: ${shape}`);
      const most = data.reduce((worst, value, k) => Math.max(worst, Math.abs(value - theirs[k])), 0);
      expect(most < (rate === 16000 ? 1e-4 : resampled), () => `${name}: they differ by ${most}`);
      console.log(`        measured: ${name}: within ${most.toExponential(1)}`);
    }
  });
}
