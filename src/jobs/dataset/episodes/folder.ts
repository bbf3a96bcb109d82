/** The folder of an episode, as a list tells it: all_segments.json and a recording for each of its elements. */

import type { Stop } from '../../../bytes.ts';
import { usage } from '../../../options.ts';
import { storageOf } from '../../../storage/registry.ts';
import type { ObjectStat } from '../../../storage/storage.ts';
import { baseOf, extensionOf, joinUri } from '../../../storage/uri.ts';

export const segmentsFile = 'all_segments.json';
/** Where two of them have one number, the first of these is taken. */
const extensions = ['.mp3', '.flac', '.wav', '.opus', '.ogg', '.oga', '.m4a', '.mp4', '.aac'];
const leastDigits = 6;

export interface EpisodeFolder {
  /** The last name of the prefix. */
  readonly episode: string;
  /** Ends with "/". */
  readonly uri: string;
  /** Undefined where there is none. */
  readonly segments: ObjectStat | undefined;
  /** By their numbers. */
  readonly recordings: ReadonlyMap<number, ObjectStat>;
  /** URIs of what is neither. */
  readonly others: readonly string[];
}

/** `root`: where prefixes begin. @throws BowerbirdError where nobody could look, of whatever kind: nothing of it means that an episode is not there */
export async function episodeFolder(root: string, prefix: string, stop: Stop): Promise<EpisodeFolder> {
  const episode = episodeOf(prefix);
  const uri = joinUri(root, prefix);
  const storage = await storageOf(uri);
  const recordings = new Map<number, ObjectStat>();
  const others: string[] = [];
  let segments: ObjectStat | undefined;
  for await (const page of storage.list(uri, { delimiter: '/', stop })) {
    for (const one of page) {
      const name = one.uri.slice(uri.length);
      // What consoles make so that a folder is seen.
      if (name === '') continue;
      const number = one.kind === 'object' ? numberOf(name, episode) : undefined;
      if (one.kind === 'object' && name === segmentsFile) segments = one;
      else if (one.kind === 'prefix' || number === undefined) others.push(one.uri);
      else {
        const before = recordings.get(number);
        const [kept, left] = before === undefined ? [one] : inOrder(before, one);
        recordings.set(number, kept);
        if (left !== undefined) others.push(left.uri);
      }
    }
  }
  return { episode, uri, segments, recordings, others };
}

/** "processed/en/0001/" is of episode "0001". */
export function episodeOf(prefix: string): string {
  const name = baseOf(prefix.replace(/\/$/, ''));
  if (name === '' || !prefix.endsWith('/'))
    throw usage(`Cannot use the episode "${prefix}": expected a folder such as "processed/en/0001/"`);
  return name;
}

/** As they are written: "0001_000012". */
export function recordingName(episode: string, number: number): string {
  return `${episode}_${String(number).padStart(leastDigits, '0')}`;
}

function numberOf(name: string, episode: string): number | undefined {
  if (!name.startsWith(`${episode}_`) || !extensions.includes(extensionOf(name).toLowerCase())) return undefined;
  const digits = name.slice(episode.length + 1, -extensionOf(name).length);
  const number = Number(digits);
  return /^\d{6,15}$/.test(digits) && recordingName(episode, number).endsWith(`_${digits}`) ? number : undefined;
}

function inOrder(a: ObjectStat, b: ObjectStat): readonly [ObjectStat, ObjectStat] {
  const rank = ({ uri }: ObjectStat) => extensions.indexOf(extensionOf(uri).toLowerCase());
  return rank(a) <= rank(b) ? [a, b] : [b, a];
}
