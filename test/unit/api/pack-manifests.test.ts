import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import { CsvConverter, FileConverter } from '../../../src/samples/converters.ts';
import { wav } from '../../support/labelled.ts';
import { peakOf } from '../../support/peak.ts';
import { scratch } from '../jobs/folder.ts';

async function textsOf(content: string | Uint8Array, name = 'm.jsonl'): Promise<unknown[]> {
  const path = join(scratch(), name);
  writeFileSync(path, content);
  const converter = name.endsWith('.csv') ? new CsvConverter({ csv: path }) : new FileConverter({ manifest: path });
  const texts: unknown[] = [];
  for await (const { text } of converter.samples()) texts.push(text);
  return texts;
}

describe('a manifest and a CSV file', () => {
  const jsonl = ['{"audio_filepath":"1.wav","text":"Grüße"}', '{"audio_filepath":"2.wav","text":"b"}'];
  const csv = ['path,text', '1.wav,Grüße', '2.wav,b'];

  test.each([
    ['without a line end at the end', '\n', ''],
    ['with one', '\n', '\n'],
    ['with empty lines', '\n\n', '\n\n\n'],
    ['with CRLF', '\r\n', '\r\n'],
    ['with CRLF and none at the end', '\r\n', ''],
    ['with CRLF and Ctrl-Z before the end', '\r\n', '\r\n\r\n'],
  ])('%s, with and without a byte order mark, give the same rows', async (_, between, end) => {
    for (const mark of ['', '\ufeff']) {
      expect(await textsOf(`${mark}${jsonl.join(between)}${end}`)).toEqual(['Grüße', 'b']);
      expect(await textsOf(`${mark}${csv.join(between)}${end}`, 'l.csv')).toEqual(['Grüße', 'b']);
    }
  });

  test('in UTF-16 are refused with a word about it', async () => {
    const root = scratch();
    const utf16 = Buffer.from(`\ufeff${jsonl.join('\n')}\n`, 'utf16le');
    writeFileSync(join(root, 'm.jsonl'), utf16);
    await expect(pack({ inputs: join(root, 'm.jsonl'), out: join(root, 'ds') })).rejects.toMatchObject({
      message: expect.stringMatching(/UTF-16|UTF-8/),
    });
  });
});

describe('the memory of a plan', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bowerbird-rows-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  /** In MiB; `code` is a call of pack(). */
  async function planned(inputs: string) {
    const options = { inputs, out: join(folder, 'ds'), dryRun: true, samplesPerShard: 1000 };
    return peakOf(
      `const { rows, files, bytesIn } = await api.pack(${JSON.stringify(options)}); return [rows, files.length, bytesIn];`,
    );
  }

  test('is bounded for 100,000 rows', { timeout: 60_000 }, async () => {
    const bytes = wav([1, 2, 3]);
    writeFileSync(join(folder, 'a.wav'), bytes);
    const row = (i: number) => `{"audio_filepath":"a.wav","text":"the quick brown fox ${i}"}`;
    writeFileSync(join(folder, 'm.jsonl'), Array.from({ length: 100_000 }, (_, i) => row(i)).join('\n'));
    const { result, mib } = await planned(join(folder, 'm.jsonl'));
    expect(result).toEqual([100_000, 100, 100_000 * bytes.length]);
    // 76 here, and 129 for a million.
    expect(mib).toBeLessThan(150);
  });

  test('is bounded for a folder of 20,000 files', { timeout: 60_000 }, async () => {
    const bytes = wav([1, 2, 3]);
    mkdirSync(join(folder, 'in'));
    for (let i = 0; i < 20_000; i++) writeFileSync(join(folder, `in/a long name of a recording ${i}.wav`), bytes);
    const { result, mib } = await planned(join(folder, 'in'));
    expect(result).toEqual([20_000, 20, 20_000 * bytes.length]);
    // 47 here.
    expect(mib).toBeLessThan(100);
  });
});
