/**
 * What AudioMoths write into comments, in the words of every firmware (src/main.c of OpenAcousticDevices/AudioMoth-Firmware-Basic from 1.0 to
 * 1.11.1; wavFile.c of AudioMoth-Live): all fields that can be read, and of one that cannot only that one is missing.
 */

import { describe, expect, test } from 'vitest';
import { probeAudio } from '../../../src/api/read-audio.ts';
import { bytesSource } from '../../../src/bytes.ts';
import { parseAudioMothComment } from '../../../src/formats/audio/recorder-tags.ts';
import { fieldBytes } from '../../support/field-files.ts';
import { chunk, fmt, memory, riff } from './wav-files.ts';

const id = '249BC30461CBB1E6';
const artist = `AudioMoth ${id}`;

describe('files of AudioMoths', () => {
  const medium = { deviceId: id, gain: 'medium', batteryVolts: 4.2, temperature: 23.1 };
  const deployment = { deviceId: id, deploymentId: '8F3C2B1A00D4E5F6' };
  const low = { gain: 'medium-high', batteryVolts: 2.5, batteryBound: '<', temperature: 23.1 };
  const full = { gain: 'medium', batteryVolts: 4.9, batteryBound: '>', temperature: -3.4 };

  test.each<[string, object]>([
    ['m0', { ...medium, start: '2021-12-10T19:17:30+00:00' }],
    ['m1', { deviceId: id, ...full, start: '2021-12-10T19:17:30+10:00' }],
    ['m2', { ...deployment, ...low, start: '2022-02-01T05:00:00-03:30' }],
    // UTC+5.5 is written by no firmware: local time, without a zone.
    ['m3', { deviceId: id, gain: 'high', batteryVolts: 3.9, temperature: 3.1, start: '2022-02-01T05:00:00' }],
    ['m4', { deviceId: id, gain: '2', batteryVolts: 4.2, start: '2021-12-10T19:17:30+00:00' }],
    ['n0', { deviceId: id, ...low, start: '2022-02-01T05:00:00-03:30' }],
    ['n1', { ...medium, ...deployment, start: '2022-02-01T05:00:00+00:00' }],
    ['n2', { ...medium, start: '2022-02-01T05:00:00+05:30' }],
    ['n3', { ...medium, start: '2022-02-01T05:00:00.125+11:00' }],
  ])('%s.wav', async (name, expected) => {
    const { tags } = await probeAudio(bytesSource(fieldBytes(`audiomoth/${name}.wav`), name));
    expect(tags.audiomoth).toEqual(expected);
  });
});

test('the comment may stand in the description of Broadcast Wave, and its device in the originator', async () => {
  const body = new Uint8Array(602);
  const comment = 'Recorded at 05:00:00 01/02/2022 (UTC) during deployment 8F3C2B1A00D4E5F6 at medium gain.';
  body.set(Buffer.from(comment), 0);
  body.set(Buffer.from(artist), 256);
  const { tags } = await probeAudio(memory(riff(chunk('bext', body), fmt(), chunk('data', new Uint8Array(16)))));
  expect(tags.audiomoth).toEqual({
    deviceId: id,
    deploymentId: '8F3C2B1A00D4E5F6',
    start: '2022-02-01T05:00:00+00:00',
    gain: 'medium',
  });
});

describe('parseAudioMothComment()', () => {
  const at = 'Recorded at 05:00:00 01/02/2022';
  const start = '2022-02-01T05:00:00';
  const startOf = (comment: string) => parseAudioMothComment(comment)?.start;

  test.each<[string, string, object]>([
    // The words of each firmware that changed them.
    [
      '1.0',
      `${at} by ${artist} at gain setting 2 while battery state was < 3.6V`,
      { gain: '2', batteryVolts: 3.6, batteryBound: '<' },
    ],
    [
      '1.0.1',
      `${at} (UTC) by ${artist} at gain setting 4 while battery state was > 5.0V`,
      { gain: '4', batteryVolts: 5, batteryBound: '>' },
    ],
    [
      '1.2.0',
      `${at} (UTC) by ${artist} at gain setting 0 while battery state was 4.7V.`,
      { gain: '0', batteryVolts: 4.7 },
    ],
    [
      '1.2.1',
      `${at} (UTC) by ${artist} at gain setting 1 while battery state was less than 3.6V. Recording cancelled before completion due to low battery voltage.`,
      { gain: '1', batteryVolts: 3.6, batteryBound: '<' },
    ],
    [
      '1.4.0',
      `${at} (UTC) by ${artist} at low-medium gain setting while battery state was greater than 4.9V and temperature was -18.5C. Amplitude threshold was 512. Band-pass filter applied with cut-off frequencies of 1.0kHz and 8.0kHz.`,
      { gain: 'low-medium', batteryVolts: 4.9, batteryBound: '>', temperature: -18.5 },
    ],
    [
      '1.5.0',
      `${at} (UTC) by ${artist} using external microphone at high gain setting while battery state was 4.2V and temperature was 19.6C.`,
      { gain: 'high', batteryVolts: 4.2, temperature: 19.6 },
    ],
    [
      '1.11.1',
      `${at} (UTC) by ${artist} at low gain while battery was 3.5V and temperature was 0.4C. Frequency trigger (4.0kHz and window length of 128 samples) threshold was 10% with 1s minimum trigger duration. Recording stopped due to SD card write error.`,
      { gain: 'low', batteryVolts: 3.5, temperature: 0.4 },
    ],
    // Of a computer, with the name of its microphone.
    ['AudioMoth Live', `${at} (UTC) by AudioMoth Live using 48kHz AudioMoth USB Microphone.`, {}],
  ])('reads the words of %s', (version, comment, fields) => {
    const device = version === 'AudioMoth Live' ? {} : { deviceId: id };
    expect(parseAudioMothComment(comment)).toEqual({ ...device, start: `${start}+00:00`, ...fields });
  });

  test.each<[string, string]>([
    [' (UTC)', '+00:00'],
    [' (UTC-3)', '-03:00'],
    [' (UTC+10)', '+10:00'],
    [' (UTC+9:30)', '+09:30'],
    [' (UTC-0:30)', '-00:30'],
    [' (UTC+5: 5)', '+05:05'],
    // 1.2.2 and 1.3.0 lose the sign below an hour.
    [' (UTC:30)', ''],
    [' (UTC+5.5)', ''],
    [' (UTC+25)', ''],
    [' (UTC+5:75)', ''],
    [' (UTC+10', ''],
    [' (AEST)', ''],
    [' (GMT+10)', ''],
    [' GMT+10', ''],
    [' +10:00', ''],
    ['+10:00', ''],
    [' UTC', ''],
    ['', '+00:00'],
  ])('takes "%s" behind the date for "%s", never for another zone', (words, offset) => {
    expect(startOf(`${at}${words} by ${artist} at medium gain`)).toBe(`${start}${offset}`);
    expect(startOf(`${at}${words} during deployment ${id} at medium gain`)).toBe(`${start}${offset}`);
  });

  test.each([
    '25:00:00 01/02/2022',
    '24:00:00 01/02/2022',
    '05:60:00 01/02/2022',
    '05:00:60 01/02/2022',
    '05:00:00 31/06/2022',
    '05:00:00 29/02/2023',
    '05:00:00 01/13/2022',
    '05:00:00 00/02/2022',
    'noon',
    '5:00 1/2/22',
  ])('leaves out "%s" and keeps the rest', (time) => {
    const comment = `Recorded at ${time} (UTC) by ${artist} at medium gain while battery was 4.2V`;
    expect(parseAudioMothComment(comment)).toEqual({ deviceId: id, gain: 'medium', batteryVolts: 4.2 });
  });

  test('takes the device from the artist where the comment does not name it', () => {
    const comment = `${at} (UTC) during deployment 8F3C2B1A00D4E5F6 at medium gain`;
    const fields = { deploymentId: '8F3C2B1A00D4E5F6', start: `${start}+00:00`, gain: 'medium' };
    expect(parseAudioMothComment(comment, artist)).toEqual({ deviceId: id, ...fields });
    expect(parseAudioMothComment(comment)).toEqual(fields);
    expect(parseAudioMothComment(comment, 'somebody')).toEqual(fields);
    expect(parseAudioMothComment(`${at} (UTC) by somebody`, artist)).toEqual({ deviceId: id, start: `${start}+00:00` });
    expect(parseAudioMothComment(`${at} (UTC) by AudioMoth at medium gain`)).toEqual({
      start: `${start}+00:00`,
      gain: 'medium',
    });
  });

  test('is no sentence of another program', () => {
    expect(parseAudioMothComment('temperature was 20C at medium gain', artist)).toBeUndefined();
    expect(parseAudioMothComment(`${at} (UTC) by SongMeter`)).toBeUndefined();
    expect(parseAudioMothComment('', artist)).toBeUndefined();
  });
});
