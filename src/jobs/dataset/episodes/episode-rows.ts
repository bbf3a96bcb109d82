/** What an episode says, one element of all_segments.json after another, and where the recording of each is. Nothing is downloaded here. */

import type { BowerbirdError } from '../../../errors.ts';
import type { Reject } from '../../../on-error.ts';
import type { ObjectStat } from '../../../storage/storage.ts';
import { baseOf, shown } from '../../../storage/uri.ts';
import { type EpisodeFolder, recordingName, segmentsFile } from './folder.ts';
import { elementsOf, JsonFault } from './json-elements.ts';
import { type Segment, segmentOf } from './segment.ts';

export type EpisodeStep =
  | { readonly kind: 'recording'; readonly index: number; readonly segment: Segment; readonly object: ObjectStat }
  /** A segment, or all of an episode, is left out. */
  | { readonly kind: 'reject'; readonly reject: Reject }
  /** Something that belongs to no segment. */
  | { readonly kind: 'mention'; readonly reject: Reject };

/** Larger ones would be held beside the recordings. */
export const mostSegmentsBytes = 256 << 20;
/** A value of a column, and what is held of it at once. */
export const mostRecordingBytes = 512 << 20;

/** What is known before all_segments.json is read: why the episode cannot be used. */
export function refusedEpisode({
  uri,
  segments,
  recordings,
  others,
}: EpisodeFolder): readonly EpisodeStep[] | undefined {
  if (segments === undefined) {
    const isGone = recordings.size === 0 && others.length === 0;
    const left = recordings.size > 0 ? `; its ${recordings.size} recording(s) are left out` : '';
    const reason = isGone
      ? `There is no such episode: its folder "${shown(uri)}" is empty or not there`
      : `The episode has no ${segmentsFile}${left}`;
    return [rejectOf(`${uri}${segmentsFile}`, 'NOT_FOUND', reason)];
  }
  if (segments.size <= mostSegmentsBytes) return undefined;
  const reason = `${segmentsFile} has ${segments.size} bytes, more than the ${mostSegmentsBytes} that are read; its ${recordings.size} recording(s) are left out`;
  return [rejectOf(segments.uri, 'UNSUPPORTED', reason)];
}

/** `bytes`: of all_segments.json. */
export function* stepsOf(
  { episode, uri, recordings, others }: EpisodeFolder,
  bytes: Uint8Array,
): Generator<EpisodeStep, void, void> {
  const list = `${uri}${segmentsFile}`;
  const [usual = '.mp3'] = [...recordings.values()].map((object) => baseOf(object.uri).replace(/^.*(?=\.)/s, ''));
  let [count, isWhole] = [0, true];
  try {
    for (const { index, offset, value, problem } of elementsOf(bytes)) {
      count = index + 1;
      const object = recordings.get(index);
      const segment = problem === undefined ? segmentOf(value) : problem;
      const place = object?.uri ?? `${uri}${recordingName(episode, index)}${usual}`;
      if (typeof segment === 'string') {
        yield rejectOf(
          place,
          'BAD_SCHEMA',
          `Segment ${index} of ${segmentsFile}, at byte ${offset}, cannot be used: ${segment}`,
          index,
        );
      } else if (object === undefined) {
        yield rejectOf(
          place,
          'NOT_FOUND',
          `Segment ${index} of ${segmentsFile} has no recording: there is no ${recordingName(episode, index)} with a known extension`,
          index,
        );
      } else if (object.size > mostRecordingBytes) {
        yield rejectOf(
          place,
          'UNSUPPORTED',
          `It has ${object.size} bytes, more than the ${mostRecordingBytes} of a value`,
          index,
        );
      } else yield { kind: 'recording', index, segment, object };
    }
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    isWhole = false;
    const behind = [...recordings.keys()].filter((number) => number >= count).length;
    const left = behind > 0 ? `; ${behind} recording(s) from number ${count} on are left out` : '';
    yield rejectOf(
      list,
      'BAD_SCHEMA',
      `${segmentsFile} is not as JSON has it at byte ${error.offset}: ${error.message}${left}`,
      count,
      error.offset,
    );
  }
  const extra = [...recordings].filter(([number]) => isWhole && number >= count).sort(([a], [b]) => a - b);
  for (const [number, object] of extra) {
    yield mentionOf(
      object.uri,
      `${segmentsFile} has ${count} segment(s), and none of number ${number}: it is left out`,
    );
  }
  for (const other of others)
    yield mentionOf(other, `It is neither ${segmentsFile} nor a recording of one of its segments: it is left out`);
}

/** Of a recording that is missing or no recording. */
export function rejectedRecording(index: number, uri: string, error: BowerbirdError, reason: string): Reject {
  return { input: shown(uri), record: index, offset: 0, code: error.code, reason };
}

function rejectOf(uri: string, code: Reject['code'], reason: string, record = 0, offset = 0): EpisodeStep {
  return { kind: 'reject', reject: { input: shown(uri), record, offset, code, reason } };
}

function mentionOf(uri: string, reason: string): EpisodeStep {
  return { kind: 'mention', reject: { input: shown(uri), record: 0, offset: 0, code: 'NAME_MISMATCH', reason } };
}
