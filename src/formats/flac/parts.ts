/** Where a FLAC file can be cut so that several threads decode it, and what proves that they decoded what one would have. */

import type { ByteSource } from '../../bytes.ts';
import type { FlacInfo } from './flac.ts';
import { type FlacPlace, FrameFinder } from './seek.ts';

/** A stretch that is decoded by itself, from one proven frame to the next. */
export interface FlacPart {
  readonly place: FlacPlace;
  /** Frames of the recording that are wanted of it. */
  readonly from: number;
  readonly to: number;
  /**
   * Where decoding must end, to the byte: then whoever decodes from the start would come by here too. The last part has only a frame where
   * it must end, when that is the end of the recording.
   */
  readonly end: Partial<FlacPlace>;
}

export interface PartsWanted {
  /** Frames of the recording; no `to`: all that there are. */
  readonly from: number;
  readonly to: number | undefined;
  /** That take part after part: each is half of what would be one thread's share of the rest, so that all end at about the same time. */
  readonly threads: number;
  /** Of a part. */
  readonly leastBytes: number;
}

/**
 * Undefined where one thread does it better (too short), or where it alone can tell what the file holds: Ogg, frames whose numbers do not
 * say where they belong, a recording that does not begin with its first frame.
 */
export async function cutFlac(
  source: ByteSource,
  info: FlacInfo,
  { from, to, threads, leastBytes }: PartsWanted,
): Promise<readonly FlacPart[] | undefined> {
  if (info.container !== 'native') return undefined;
  const finder = new FrameFinder(source, info);
  if (finder.length < 2 * leastBytes) return undefined;
  const first = await finder.first();
  const { scale, origin } = finder.numbering;
  if (first === undefined || first.offset !== 0 || origin !== 0) return undefined;

  const total = info.frames ?? (await endOf(finder));
  if (total === undefined || from >= total) return undefined;
  const isWhole = to === undefined || to >= total;
  const end = isWhole ? total : to;
  const start = from === 0 ? first : await finder.find(from);
  const lastByte = isWhole ? finder.length : (await finder.find(end)).offset;

  const places: FlacPlace[] = [{ offset: start.offset, frame: start.frame }];
  for (let at = start.offset; ; ) {
    at += Math.max(leastBytes, Math.floor((lastByte - at) / (2 * threads)));
    if (at > lastByte - leastBytes) break;
    const before = places.at(-1)!;
    if (at <= before.offset) continue;
    const found = await finder.frameAfter(at, lastByte);
    if (found === undefined || found.frame >= end) continue;
    // Numbers that run backwards, or frames of another size than the numbers count in.
    if (found.frame <= Math.max(before.frame, from)) return undefined;
    if (scale !== 1 && found.samples !== scale && found.frame + found.samples < total) return undefined;
    places.push({ offset: found.offset, frame: found.frame });
  }
  if (places.length < 2) return undefined;
  return places.map((place, i) => {
    const next = places[i + 1];
    return {
      place,
      from: Math.max(place.frame, from),
      to: next?.frame ?? end,
      end: next ?? (isWhole ? { frame: total } : {}),
    };
  });
}

/** The frame behind the last one that is found in the file. */
async function endOf(finder: FrameFinder): Promise<number | undefined> {
  const last = await finder.find(Number.MAX_SAFE_INTEGER);
  return 'samples' in last ? last.frame + last.samples : undefined;
}

/** The last part of a recording ends where the stream does, so that what follows its last frame is looked at. */
export function readsToEnd({ end }: FlacPart): boolean {
  return end.offset === undefined && end.frame !== undefined;
}

export function metEnd({ end }: FlacPart, reached: FlacPlace): boolean {
  return (end.offset ?? reached.offset) === reached.offset && (end.frame ?? reached.frame) === reached.frame;
}
