import { expect, test } from 'vitest';
import { parseAudioMothComment } from '../../../src/formats/audio/recorder-tags.ts';

test.each([
  [
    'Recorded at 13:00:00 14/09/2017 by AudioMoth 0F4DE9025853C87B at gain setting 2 while battery state was 3.7V',
    { deviceId: '0F4DE9025853C87B', start: '2017-09-14T13:00:00+00:00', gain: '2', batteryVolts: 3.7 },
  ],
  [
    'Recorded at 21:05:00 29/05/2020 (UTC-3:30) by AudioMoth 24E144085F256BB4 at low-medium gain setting while battery state was less than 2.5V and temperature was -18.5C.',
    {
      deviceId: '24E144085F256BB4',
      start: '2020-05-29T21:05:00-03:30',
      gain: 'low-medium',
      batteryVolts: 2.5,
      batteryBound: '<',
      temperature: -18.5,
    },
  ],
  [
    'Recorded at 04:30:00 01/12/2023 (UTC+10) by deployment 9B1F0C0E1A2B3C4D at high gain while battery was greater than 4.9V and temperature was 20.1C. Amplitude threshold was 512.',
    {
      deploymentId: '9B1F0C0E1A2B3C4D',
      start: '2023-12-01T04:30:00+10:00',
      gain: 'high',
      batteryVolts: 4.9,
      batteryBound: '>',
      temperature: 20.1,
    },
  ],
  ['A nice day in the woods', undefined],
  ['Recorded at noon by AudioMoth', undefined],
])('parseAudioMothComment() reads %s', (comment, expected) => {
  expect(parseAudioMothComment(comment)).toEqual(expected);
});
