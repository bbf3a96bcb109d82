import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { pack } from '../../../src/api/pack.ts';
import { readSamples } from '../../../src/api/read-samples.ts';
import { wav } from '../../support/labelled.ts';
import { scratch } from '../jobs/folder.ts';

async function textsOf(content: string | Uint8Array, name = 'm.jsonl'): Promise<unknown[]> {
  const root = scratch();
  for (const n of [1, 2]) writeFileSync(join(root, `${n}.wav`), wav([n]));
  writeFileSync(join(root, name), content);
  await pack({ inputs: join(root, name), out: join(root, 'ds'), workers: 1 });
  const texts: unknown[] = [];
  for await (const { sample } of readSamples(join(root, 'ds'))) texts.push(sample['text']);
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
    const utf16 = Buffer.from(`\ufeff${jsonl.join('\n')}\n`, 'utf16le');
    await expect(textsOf(utf16)).rejects.toMatchObject({ message: expect.stringMatching(/UTF-16|UTF-8/) });
  });
});
