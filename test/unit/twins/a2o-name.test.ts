import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { hasShared, sharedPath } from '../../shared-data.ts';
import { parseA2oName, parseStrictName } from '../../twins/a2o-name.ts';

describe.skipIf(!hasShared)('on real names (needs ../shared)', () => {
  const lines = hasShared ? readFileSync(sharedPath('names/a2o-names-expected.jsonl'), 'utf8').trim().split('\n') : [];
  const names = lines.map((line) => JSON.parse(line));

  test('parseA2oName() reads all 281 names as the archive writes them', () => {
    expect(names.length).toBe(281);
    for (const expected of names) {
      const parsed = parseA2oName(expected.name);
      expect(
        {
          siteFolder: parsed?.siteId,
          epochSeconds: parsed?.timestamp,
          site: parsed?.siteName,
          subsite: parsed?.subsiteName,
          recordingId: Number(parsed?.fileSeqId),
        },
        expected.name,
      ).toEqual({
        siteFolder: expected.siteFolder,
        epochSeconds: expected.epochSeconds,
        // The archive splits only names that end in a subsite; ours keeps the others whole.
        site: expected.subsite === null ? expected.safeSiteName : expected.site,
        subsite: expected.subsite,
        recordingId: expected.recordingId,
      });
      const [hours, minutes, seconds] = expected.iso.slice(11, 19).split(':').map(Number);
      expect(parsed?.secondsSinceMidnight).toBe(hours * 3600 + minutes * 60 + seconds);
      expect(parsed?.zone).toBe(expected.offset === 'Z' ? 'Z' : 'offset');
    }
  });

  test('parseStrictName() takes those of them that have a site folder, no negative zone and a subsite', () => {
    for (const { name, siteFolder, offset, subsite } of names) {
      const strict = parseStrictName(name);
      const expected =
        siteFolder?.length === 4 && !offset.startsWith('-') && subsite !== null && name.endsWith('.flac');
      expect(strict !== undefined, name).toBe(expected);
      if (strict !== undefined) expect(parseA2oName(name)).toEqual(strict);
    }
  });

  test('parseA2oName() finds the date in recorder names as EMU does, where the date is of our kind', () => {
    const csv = readFileSync(sharedPath('names/emu-FileNameParsingFixtures.csv'), 'utf8').trim().split('\n').slice(1);
    let read = 0;
    for (const line of csv) {
      const [name = '', when = ''] = line.split(',').map((cell) => cell.replace(/^"|"$/g, ''));
      const parsed = parseA2oName(name);
      if (parsed === undefined || when === '') continue;
      read++;
      const [hours, minutes, seconds] = when.slice(11, 19).split(':').map(Number);
      expect(parsed.secondsSinceMidnight, name).toBe(hours! * 3600 + minutes! * 60 + seconds!);
    }
    expect(read).toBe(40);
  });
});

describe('parseA2oName()', () => {
  const time = { secondsSinceMidnight: 3600, siteId: null, siteName: null, subsiteName: null, fileSeqId: null };
  // 2020-10-14T01:00:00Z
  const utc = 1602637200;

  test.each<[string, object | undefined]>([
    ['20201014T010000Z_A-b_7.wav', { timestamp: utc, siteName: 'A-b', fileSeqId: 7n, zone: 'Z' }],
    ['20201014T010000-0930_A_7.wav', { timestamp: utc + 34_200, siteName: 'A', fileSeqId: 7n, zone: 'offset' }],
    ['20201014T010000+10:30_A_7.wav', { timestamp: utc - 37_800, siteName: 'A', fileSeqId: 7n, zone: 'offset' }],
    ['20201014_010000_A.wav', { timestamp: null, siteName: 'A', zone: 'none' }],
    ['20201014-010000.wav', { timestamp: null, zone: 'none' }],
    ['20201014 010000_.wav', { timestamp: null, zone: 'none' }],
    ['20201014010000', { timestamp: null, zone: 'none' }],
    ['x/site_12/20201014T010000Z_9', { timestamp: utc, siteId: '12', fileSeqId: 9n, zone: 'Z' }],
    ['my_site_012/20201014T010000Z.flac', { timestamp: utc, siteId: '012', zone: 'Z' }],
    ['site_12/x/20201014T010000Z.flac', { timestamp: utc, zone: 'Z' }],
    ['20201014T010000Z_a_b_Wet-A_0012.flac', { timestamp: utc, siteName: 'a_b_Wet-A', fileSeqId: 12n, zone: 'Z' }],
    [
      '20201014T010000Z_a-Wet-A-Dry-B_1.flac',
      { timestamp: utc, siteName: 'a-Wet-A', subsiteName: 'Dry-B', fileSeqId: 1n, zone: 'Z' },
    ],
    ['20201014T010000Z_-Wet-A.flac', { timestamp: utc, siteName: '-Wet-A', zone: 'Z' }],
    ['20201014T010000Z__5.flac', { timestamp: utc, fileSeqId: 5n, zone: 'Z' }],
    ['20201014T010000Z_a__.b.flac', { timestamp: utc, siteName: 'a__.b', zone: 'Z' }],
    ['20201014T010000ZA_5.flac', { timestamp: utc, zone: 'Z' }],
    ['20201014T010000+2460_A_5.flac', { timestamp: null, siteName: 'A', fileSeqId: 5n, zone: 'none' }],
    ['THOMPSON_20201014_010000.wav', { timestamp: null, zone: 'none' }],
    ['20201399T010000_20201014T010000Z_A.wav', { timestamp: utc, siteName: 'A', zone: 'Z' }],
    [
      '20201014T010000Z_A_99999999999999999999.wav',
      { timestamp: utc, siteName: 'A', fileSeqId: 99999999999999999999n, zone: 'Z' },
    ],
    ['20201014T010000.982648+1000_A_7.wav', { timestamp: utc - 36_000, siteName: 'A', fileSeqId: 7n, zone: 'offset' }],
    ['20201014T010000,5Z_A_7.wav', { timestamp: utc, siteName: 'A', fileSeqId: 7n, zone: 'Z' }],
    ['20201014T010000+10_A_7.wav', { timestamp: utc - 36_000, siteName: 'A', fileSeqId: 7n, zone: 'offset' }],
    ['20201014T010000z_A_7.wav', { timestamp: utc, siteName: 'A', fileSeqId: 7n, zone: 'Z' }],
    ['20201014T010000UTC+10_A_7.wav', { timestamp: utc - 36_000, siteName: 'A', fileSeqId: 7n, zone: 'offset' }],
    ['20201014T010000UTC_A_7.wav', { timestamp: utc, siteName: 'A', fileSeqId: 7n, zone: 'Z' }],
    ['20201014T010000+2500_A_7.wav', { timestamp: null, siteName: 'A', fileSeqId: 7n, zone: 'none' }],
    ['20201014T010000Z+1000_A_7.wav', { timestamp: null, siteName: 'A', fileSeqId: 7n, zone: 'none' }],
    ['20201014T010000+10.5_A_7.wav', { timestamp: null, siteName: 'A', fileSeqId: 7n, zone: 'none' }],
    ['20201014T010000.5_A_7.wav', { timestamp: null, siteName: 'A', fileSeqId: 7n, zone: 'none' }],
    ['20201014T010000-03_A_7.wav', { timestamp: null, siteName: 'A', fileSeqId: 7n, zone: 'none' }],
    ['20201014T010000-03.wav', { timestamp: null, zone: 'none' }],
    ['20201014T010000.7z', { timestamp: null, zone: 'none' }],
    ['S20241399T010000+1000_E20201014T010000+1000.wav', undefined],
    ['120201014T010000Z_A_7.wav', undefined],
    ['20201014T0100001_A_7.wav', undefined],
    ['20200230T010000Z_A_7.wav', undefined],
    ['00000101T010000Z_A_7.wav', undefined],
    ['20201014T240000Z_A_7.wav', undefined],
    ['20201014T010060Z_A_7.wav', undefined],
    ['2020101４T010000Z_A_7.wav', undefined],
    ['20201014T010000Z/A_7.wav', undefined],
    ['invalid_file_id', undefined],
    ['', undefined],
  ])('reads %s', (name, expected) => {
    expect(parseA2oName(name)).toEqual(expected && { ...time, ...expected });
  });
});
