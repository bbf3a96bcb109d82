/** What field recorders write in words: AudioMoth's comment and GUANO metadata. Used by every audio format that carries them. */

import type { AudioMothTags } from './audio.ts';

/** Firmware before 1.0.1 writes no zone, and means UTC; what else may stand behind the date is a zone or unread. */
const when =
  /Recorded at (\d\d):(\d\d):(\d\d)([.,]\d{1,9})? (\d\d)\/(\d\d)\/(\d{4})( \([^)]*\)| (?=by |during |using |at )|)/;
/** Some versions pad minutes with a blank, and lose the sign of a zone below an hour: that one cannot be read. */
const zone = /^ \(UTC(?:([+-])(\d{1,2})(?::([ 0-5]\d))?)?\)$/;

/**
 * Reads the sentence that AudioMoth firmware of every version writes ("Recorded at 10:00:00 28/05/2024 (UTC) by AudioMoth
 * 243B1F026488F56E at medium gain while battery was 3.8V and temperature was 12.8C."), also inside other text. Since 1.5.0 the name of a
 * deployment stands in the place of the device, which `artist` names then. Every field is read for itself: one that is not understood is
 * absent, and costs no other. Undefined for what no AudioMoth wrote.
 */
export function parseAudioMothComment(comment: string, artist?: string): AudioMothTags | undefined {
  const name = /AudioMoth ([\dA-Fa-f]{16})\b/;
  const device = name.exec(comment) ?? name.exec(artist ?? '');
  const deployment = /(?:during|by) deployment ([\dA-Fa-f]{16})\b/.exec(comment);
  const isOurs = /Recorded at/.test(comment) && /AudioMoth|deployment/.test(`${comment} ${artist ?? ''}`);
  const gain = /at (?:gain setting (\d)|([\w-]+) gain)/.exec(comment);
  const battery = /battery (?:state )?was (less than |greater than |[<>] ?)?(\d+(?:\.\d+)?)V/.exec(comment);
  const temperature = /temperature was (-?\d+(?:\.\d+)?)C/.exec(comment);
  const bound = battery?.[1];
  const start = startOf(comment);
  const tags: AudioMothTags = {
    ...(device === null ? {} : { deviceId: device[1]! }),
    ...(deployment === null ? {} : { deploymentId: deployment[1]! }),
    ...(start === undefined ? {} : { start }),
    ...(gain === null ? {} : { gain: gain[1] ?? gain[2]! }),
    ...(battery === null ? {} : { batteryVolts: Number(battery[2]) }),
    ...(bound === undefined ? {} : { batteryBound: /^(greater|>)/.test(bound) ? '>' : '<' }),
    ...(temperature === null ? {} : { temperature: Number(temperature[1]) }),
  };
  return isOurs && Object.keys(tags).length > 0 ? tags : undefined;
}

/** ISO 8601; without an offset where the zone cannot be read. Undefined for what is no time of the calendar. */
function startOf(comment: string): string | undefined {
  const found = when.exec(comment);
  if (found === null) return undefined;
  const [, hour, minute, second, fraction = '', day, month, year, where = ''] = found;
  const time = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  const there = new Date(`${time}Z`);
  // Date takes the 31st of June for the 1st of July, and 24:00:00 for the next day.
  if (Number.isNaN(there.getTime()) || !there.toISOString().startsWith(time)) return undefined;
  return `${time}${fraction.replace(',', '.')}${offsetOf(where)}`;
}

function offsetOf(where: string): string {
  if (where === ' ') return '+00:00';
  const found = zone.exec(where);
  if (found === null) return '';
  const [, sign = '+', hours = '0', minutes = '00'] = found;
  return Number(hours) > 23 ? '' : `${sign}${hours.padStart(2, '0')}:${minutes.replace(' ', '0')}`;
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
