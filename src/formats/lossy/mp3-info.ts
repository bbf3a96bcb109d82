/** What the start of an MP3 recording says of it: the first frame, the head that the encoder wrote, and what stands where that ends. */

import type { ByteSource } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import type { AudioInfo } from '../audio/audio.ts';
import { noteOf } from '../audio/gaps.ts';
import { type Following, lookBehind, otherRecording } from '../sniff/following.ts';
import { behindId3 } from '../sniff/id3.ts';
import type { MpegHeader } from '../sniff/mpeg-header.ts';
import { mp3Recording } from '../sniff/recording-start.ts';
import { type EncoderHead, readEncoderHead, soundOf } from './mp3-encoder-head.ts';
import { type Mp3Junk, Mp3Walk, mostJunk } from './mp3-frames.ts';

export interface Mp3Info {
  readonly audio: AudioInfo;
  readonly header: MpegHeader;
  /** Absent: the first frame is sound. */
  readonly head: EncoderHead | undefined;
  /** Where frames begin, behind tags. */
  readonly offset: number;
}

export async function readMp3Info(source: ByteSource): Promise<Mp3Info> {
  const offset = Math.min(await behindId3((at, length) => source.read(at, length)), source.byteLength);
  const walk = new Mp3Walk(source, offset);
  const notes: string[] = [];
  let first = await walk.next();
  if (first?.kind === 'junk') {
    notes.push(leadingBytes(first));
    first = await walk.next();
  }
  if (first?.kind !== 'frame') throw noFrame(source, offset);
  const { header } = first;
  if (header.isFree) throw freeFormat(source, first.offset);
  const head = readEncoderHead(first);
  const { sampleRate, channels, samples } = header;
  const end = first.offset + (head?.bytes ?? source.byteLength);
  const other = await otherBehind(source, end);
  if (other !== undefined) notes.push(noteOf(otherRecording(other).reason));
  // A header that knows of less than there is was not told of what was appended.
  const isOfAll = other !== undefined || end + mostJunk >= source.byteLength;
  const frames = head?.count === undefined || !isOfAll ? undefined : soundOf(head.count * samples, head);
  const audio: AudioInfo = {
    format: 'mp3',
    codec: 'mp3',
    sampleRate,
    channels,
    bitsPerSample: 0,
    integerBits: 0,
    frames,
    durationSeconds: frames === undefined ? undefined : frames / sampleRate,
    tags: {},
    notes,
  };
  return { audio, header, head, offset };
}

/** MP3 is another recording where an encoder's head begins it: frames by themselves may as well go on where an editor appended them. */
async function otherBehind(source: ByteSource, end: number): Promise<Following | undefined> {
  const following = await lookBehind(source, end);
  if (following === undefined || following.what !== mp3Recording) return following;
  const walk = new Mp3Walk(source, following.offset);
  const first = await walk.next();
  return first?.kind === 'frame' && readEncoderHead(first) !== undefined ? following : undefined;
}

function leadingBytes({ length }: Mp3Junk): string {
  return `${length} bytes before the first frame are no frame; they are left out`;
}

function noFrame({ name, byteLength }: ByteSource, offset: number): BowerbirdError {
  const found =
    offset >= byteLength ? 'it ends behind its tags' : 'expected a frame behind its tags, found other bytes';
  const code = offset >= byteLength ? 'TRUNCATED' : 'UNSUPPORTED';
  return new BowerbirdError(code, `Cannot read "${name}" as MP3: ${found} (byte ${offset})`, { source: name, offset });
}

function freeFormat({ name }: ByteSource, offset: number): BowerbirdError {
  const message = `Cannot read "${name}" as MP3: it is of free format, whose frames do not say their bit rate, and that is not decoded; convert it first, for instance with mpg123 -w`;
  return new BowerbirdError('UNSUPPORTED', message, { source: name, offset });
}
