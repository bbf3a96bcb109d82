/** A stored sample as fields and sound. */

import type { Stop } from '../../../bytes.ts';
import { BowerbirdError } from '../../../errors.ts';
import { PythonBytearray, type PythonData, PythonFloat } from '../../../formats/python/values.ts';
import { readValue } from '../../../records/lmdb-value.ts';
import { type Fields, soundOf } from '../../../samples/stored-sound.ts';
import { checkedName, type SoundCheck } from '../sound-check.ts';
import { type HeardSound, secondsOf, wavOf } from './sound.ts';

export type SampleFields = ReadonlyMap<string, PythonData>;

/** What says how the sound is stored, and where the sample was: a file of its own says the one, the dataset the other. */
export const storageFields: ReadonlySet<string> = new Set(['shape', 'dtype', 'codec', 'shard_id', 'shard_position']);

/** @throws BowerbirdError BAD_SCHEMA, TRUNCATED: it is no sample; UNSUPPORTED: it holds more than plain data */
export function fieldsOf(value: Uint8Array, source: string): SampleFields {
  const wrong = (what: string) =>
    new BowerbirdError('BAD_SCHEMA', `Cannot read a sample of "${source}": ${what}`, { source });
  const data = readValue(value, source, 'float32');
  if (data === undefined) throw wrong(`its value of ${value.length} bytes is neither a pickle nor MessagePack`);
  if (!(data instanceof Map)) throw wrong('its value is no dict');
  for (const name of data.keys()) if (typeof name !== 'string') throw wrong('it has a field whose name is no text');
  return data as SampleFields;
}

/**
 * Samples become a WAV file, bit for bit; a file stays what it is. Undefined: the sample has no sound. `name`: of the file, without an extension.
 *
 * @throws BowerbirdError BAD_SCHEMA, UNSUPPORTED, CORRUPT, TRUNCATED: it has one, which is no recording
 */
export async function soundOfSample(
  fields: SampleFields,
  { source, name, check, stop }: { source: string; name: string; check: SoundCheck; stop: Stop },
): Promise<HeardSound | undefined> {
  const audio = fields.get('audio') ?? null;
  if (audio === null) return undefined;
  const bad = (what: string) =>
    new BowerbirdError('BAD_SCHEMA', `Cannot use the sound of a sample of "${source}": ${what}`, { source });
  const found = soundOf(fields as Fields, source);
  if (found === undefined) throw bad(`its "audio" is ${wordOf(audio)}`);
  const { sound, notes } = found;
  if (sound === undefined) throw bad('its "codec" is none that is known, and neither is what its bytes begin with');
  if (sound.kind === 'array') {
    throw bad(`${sound.why}; expected samples at a rate, as a WAV file holds them`);
  }
  if (sound.kind === 'samples') {
    const { frames, sampleRate, bytes } = sound;
    return { bytes: wavOf(sound, bytes), path: `${name}.wav`, seconds: frames / sampleRate, notes };
  }
  const { bytes, extension } = sound;
  const path = await checkedName(`${name}.${extension}`, bytes, check, stop);
  return { bytes, path, seconds: durationOf(fields) ?? (await secondsOf(source, bytes)), notes };
}

function durationOf(fields: SampleFields): number | undefined {
  const said = fields.get('duration');
  const seconds = said instanceof PythonFloat ? said.value : said;
  return typeof seconds === 'number' && Number.isFinite(seconds) && seconds >= 0 ? seconds : undefined;
}

function wordOf(audio: PythonData): string {
  if (audio instanceof Uint8Array || audio instanceof PythonBytearray) return 'bytes that are no recording';
  return typeof audio === 'string' ? 'a path, and no sound' : 'neither a recording nor samples of one';
}
