/** The strict twin against Python itself, on names made to sit on the edges of the notebook's pattern. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseStrictName } from '../../twins/a2o-name.ts';

const script = fileURLToPath(new URL('python-names.py', import.meta.url));

function python(names: readonly string[]): unknown[] | undefined {
  const { status, stdout } = spawnSync('python3', [script], {
    input: JSON.stringify(names),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

const hasPython = python([]) !== undefined;

function twin(name: string): unknown {
  const parsed = parseStrictName(name);
  if (parsed === undefined) return null;
  return {
    file_timestamp: parsed.timestamp,
    file_seconds_since_midnight: parsed.secondsSinceMidnight,
    site_id: parsed.siteId,
    site_name: parsed.siteName,
    subsite_name: parsed.subsiteName,
    file_seq_id: parsed.fileSeqId?.toString(),
  };
}

function weighted(...choices: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(choices[0]!) },
    { weight: 4, arbitrary: fc.constantFrom(...choices) },
  );
}

const two = (most: number) => fc.integer({ min: 0, max: most }).map((n) => String(n).padStart(2, '0'));
const date = fc
  .tuple(weighted('2020', '0001', '0000', '9999', '1900'), two(13), two(32))
  .map((parts) => parts.join(''));
const time = fc.tuple(two(25), two(61), two(62)).map((parts) => parts.join(''));
// Few word characters, for the pattern's sake.
const site = fc.array(
  fc.constantFrom('a', 'Z', '-', '_', '-Wet-A', '-Dry-B', '-Wet-A_1', 'é', '٣', '七', ' ', '²', '.', '𝟘', 'ⅷ'),
  { maxLength: 6 },
);
const name = fc
  .tuple(
    weighted('', 'x/', 'site_', 'site_0001/', '/data/'),
    weighted('site_0285/', 'site_285/', 'site_٠١٢٣/', 'Site_0285/', 'site_02850/', 'site_0285/x'),
    date,
    weighted('T', '_', 't', ''),
    time,
    weighted('+1030', 'Z', '-0300', '+10:30', '+2400', '+2359', '+2360', '+٠٩30', '+093٠', 'z', ''),
    weighted('_', '', '__', '-'),
    site.map((parts) => parts.join('')),
    weighted('-Wet-A', '-Dry-B', '-Wet-C', '-wet-A', '', '-Dry-A-Wet-B'),
    weighted('_1', '_', '_12', '_007', '__1', '_1_2', '_٤٢', '_1a'),
    weighted('.flac', 'flac', '5flac', '.wav', '\nflac', '-flac.flac', '.flac.flac', '𝟘flac', '..flac'),
    fc.constantFrom(
      '',
      '',
      '',
      ' ',
      'site_0285/20201014T010000+1030_A-Dry-A_1.flac',
      '/20201014T010000Z_A-Dry-A_2.flac',
    ),
  )
  .map((parts) => parts.join(''));

describe.skipIf(!hasPython)('parseStrictName() (needs python3)', () => {
  test('reads what the notebook reads and stops where it stops', { timeout: 60_000 }, () => {
    const names = fc.sample(name, { numRuns: 5000, seed: 20201014 });
    const expected = python(names)!;
    const wrong = names.filter((given, i) => JSON.stringify(twin(given)) !== JSON.stringify(expected[i]));
    expect(wrong).toEqual([]);
    // A test of refusals alone would pass with a parser that refuses everything.
    expect(expected.filter((fields) => fields !== null).length).toBeGreaterThan(100);
  });

  test('takes the digits that Python takes', () => {
    const at = (template: string) => ['٣', '0', '²', '𝟙', 'a'].map((digit) => template.replace('?', digit));
    const names = [
      '?0201014T010000Z',
      '2020?014T010000Z',
      '20201?14T010000Z',
      '202010?4T010000Z',
      '2020101?T010000Z',
      '20201014T?10000Z',
      '20201014T0?0000Z',
      '20201014T01?000Z',
      '20201014T010?00Z',
      '20201014T0100?0Z',
      '20201014T01000?Z',
      '20201014T010000+?030',
      '20201014T010000+1?30',
      '20201014T010000+10?0',
      '20201014T010000+103?',
    ].flatMap((when) => at(`site_0285/${when}_A-Dry-A_1.flac`));
    expect(names.map(twin)).toEqual(python(names));
  });

  test('refuses numbers that Python refuses to convert', () => {
    const names = [4300, 4301].map((digits) => `site_0285/20201014T010000Z_A-Dry-A_${'9'.repeat(digits)}.flac`);
    expect(names.map(twin)).toEqual(python(names));
  });
});

test('parseStrictName() takes linear time on a name that the pattern would never finish', () => {
  const hopeless = `site_0285/20201014T010000+1030_${'a'.repeat(50_000)}`;
  expect(parseStrictName(hopeless)).toBeUndefined();
});
