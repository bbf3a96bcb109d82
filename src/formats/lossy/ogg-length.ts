/** How long Vorbis and Opus in Ogg are, by the positions that pages hold. */

import type { ByteSource } from '../../bytes.ts';
import { lastGranule, OggStream } from './ogg-pages.ts';

/** Says of one packet after another how many frames it decodes to; undefined for one that does not. */
export type PacketCounter = (packet: Uint8Array) => number | undefined;

export interface OggPlan {
  readonly serial: number;
  /** Byte of the first page. */
  readonly offset: number;
  /** Packets before the sound. */
  readonly headers: number;
  /** Frames at the start that are no sound. */
  readonly preSkip: number;
  /** Undefined where the header does not tell. */
  counter(): PacketCounter | undefined;
}

/** By the positions of the first and the last page: a file that was cut from a longer one does not begin at 0 (RFC 7845, section 4.5). */
export async function countFrames(source: ByteSource, head: OggPlan): Promise<number | undefined> {
  const framesOf = head.counter();
  const end = await lastGranule(source, head.serial);
  if (end === undefined || framesOf === undefined) return undefined;
  // Frames before position 0 do not count, whoever wrote them.
  const frames = end - Math.max(0, await findOrigin(source, head, framesOf)) - head.preSkip;
  return frames < 0 ? undefined : frames;
}

/** Without a decoder what decoding finds by the first page with sound; 0 where damage keeps both from it. */
async function findOrigin(source: ByteSource, { offset, headers }: OggPlan, framesOf: PacketCounter): Promise<number> {
  const stream = new OggStream(source, offset);
  for (let before = headers; ; ) {
    const page = await stream.next();
    if (page === undefined || page.kind === 'hole') return 0;
    const packets = page.packets.slice(before);
    before -= page.packets.length - packets.length;
    if (packets.length === 0 && !page.isLast) continue;
    const counts = packets.map(framesOf);
    if (page.granule === undefined || counts.includes(undefined)) return 0;
    const count = counts.reduce<number>((sum, frames) => sum + frames!, 0);
    return originOf(page.granule, count, page.isLast);
  }
}

/** What positions count from, by the first page with sound. One that is the last too may hold more frames than count. */
export function originOf(granule: number, count: number, isLast: boolean): number {
  return isLast ? Math.max(0, granule - count) : granule - count;
}
