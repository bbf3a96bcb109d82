/** Names of languages. What is expected was computed by the rule of the script that is replaced, written down in Python. */

import { expect, test } from 'vitest';
import { isLanguage, languagesOf, normalizeLanguage } from '../../../../src/jobs/dataset/languages.ts';

const cases: readonly (readonly [folder: string, language: string])[] = [
  ['en', 'en'],
  ['EN', 'en'],
  ['En', 'en'],
  ['eng', 'en'],
  ['ENG', 'en'],
  ['Eng', 'en'],
  [' eng ', 'en'],
  ['en-US', 'en'],
  ['en_gb', 'en'],
  ['en-us', 'en'],
  ['EN-GB', 'en'],
  ['en_US', 'en'],
  ['de', 'de'],
  ['DE', 'de'],
  ['deu', 'de'],
  ['DEU', 'de'],
  ['Deu', 'de'],
  ['de-DE', 'de'],
  ['de_at', 'de'],
  ['de-CH', 'de'],
  ['sr', 'sr'],
  ['srp', 'sr'],
  ['SRP', 'sr'],
  ['sr-Latn', 'sr'],
  ['sr_RS', 'sr'],
  ['in', 'id'],
  ['IN', 'id'],
  ['In', 'id'],
  ['id', 'id'],
  ['id-ID', 'id'],
  ['', 'unknown'],
  ['  ', 'unknown'],
  ['un', 'unknown'],
  ['UN', 'unknown'],
  ['unite', 'unknown'],
  ['Unite', 'unknown'],
  ['UNITE', 'unknown'],
  ['unknown', 'unknown'],
  ['Unknown', 'unknown'],
  ['UNKNOWN', 'unknown'],
  ['fr', 'fr'],
  ['fr-FR', 'fr'],
  ['fr_ca', 'fr'],
  ['fra', 'fra'],
  ['FRA', 'fra'],
  ['zh', 'zh'],
  ['zh-Hans-CN', 'zh'],
  ['zh_TW', 'zh'],
  ['pt-BR', 'pt'],
  ['pt_pt', 'pt'],
  ['es-419', 'es'],
  ['yue', 'yue'],
  ['nan', 'nan'],
  ['ja', 'ja'],
  ['JA-jp', 'ja'],
  ['ko_KR', 'ko'],
  ['ENG-US', 'eng'],
  ['in-ID', 'in'],
  ['deu_DE', 'deu'],
  ['und', 'und'],
  ['xx\t', 'xx'],
  ['Ål', 'ål'],
  ['mul', 'mul'],
];

test('there are 60 cases and more', () => expect(cases.length).toBeGreaterThanOrEqual(60));

test.each(cases)('"%s" is the language "%s"', (folder, language) => {
  expect(normalizeLanguage(folder)).toBe(language);
});

test('languages are typed one by one, in a list, or with commas', () => {
  expect(languagesOf(undefined)).toBeUndefined();
  expect([...languagesOf('en-US, deu,')!]).toEqual(['en', 'de']);
  expect([...languagesOf(['ENG', 'fr,en'])!]).toEqual(['en', 'fr']);
  expect(() => languagesOf(' ,')).toThrow(expect.objectContaining({ code: 'USAGE' }));
});

test.each(['', '.', '..', '.git', 'a/b', 'a\\b', 'a\nb', '\u0000', '\ud800'])(
  '%j is no folder of a language',
  (name) => {
    expect(isLanguage(name)).toBe(false);
  },
);
