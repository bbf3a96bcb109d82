/** What field recorders write in words: AudioMoth's comment and GUANO metadata. Used by every audio format that carries them. */

import type { AudioMothTags } from './audio.ts';

const when = /Recorded at (\d\d):(\d\d):(\d\d) (\d\d)\/(\d\d)\/(\d{4})(?: \(UTC(?:([+-])(\d{1,2})(?::(\d\d))?)?\))?/;

/**
 * Reads the sentence that AudioMoth firmware of every version writes ("Recorded at 10:00:00 28/05/2024 (UTC) by AudioMoth
 * 243B1F026488F56E at medium gain while battery was 3.8V and temperature was 12.8C."), also inside other text. Undefined
 * when it is not there.
 */
export function parseAudioMothComment(comment: string): AudioMothTags | undefined {
  const start = when.exec(comment);
  const device = /by (?:AudioMoth|deployment) (\w+)/.exec(comment);
  if (start === null || device === null) return undefined;
  const [, hour, minute, second, day, month, year, sign = '+', offsetHours = '0', offsetMinutes = '00'] = start;
  const gain = /at (?:gain setting (\d)|([\w-]+) gain)/.exec(comment);
  const battery = /battery (?:state )?was (less than |greater than |[<>] ?)?(\d+(?:\.\d+)?)V/.exec(comment);
  const temperature = /temperature was (-?\d+(?:\.\d+)?)C/.exec(comment);
  const bound = battery?.[1];
  return {
    deviceId: device[1]!,
    start: `${year}-${month}-${day}T${hour}:${minute}:${second}${sign}${offsetHours.padStart(2, '0')}:${offsetMinutes}`,
    ...(gain === null ? {} : { gain: gain[1] ?? gain[2]! }),
    ...(battery === null ? {} : { batteryVolts: Number(battery[2]) }),
    ...(bound === undefined ? {} : { batteryBound: /^(greater|>)/.test(bound) ? '>' : '<' }),
    ...(temperature === null ? {} : { temperature: Number(temperature[1]) }),
  };
}

/** "Key: value" lines (github.com/riggsd/guano-spec). A later line of the same key wins; lines without a colon are left out. */
export function parseGuano(text: string): Readonly<Record<string, string>> {
  const pairs: [string, string][] = [];
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    const key = line.slice(0, Math.max(colon, 0)).trim();
    if (key !== '') pairs.push([key, line.slice(colon + 1).trim()]);
  }
  return Object.fromEntries(pairs);
}
