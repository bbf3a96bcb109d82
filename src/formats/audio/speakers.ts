/**
 * Which loudspeaker a channel belongs to: the bits of WAVEFORMATEXTENSIBLE. Channels are handed out in the order of their bits, which is that
 * of WAV and FLAC; those of Vorbis, and of Opus of family 1, are put into it.
 */

/** RFC 9639, section 9.1.3. The "back/surround" pair of five and six channels is the side pair for the flac tool and FFmpeg. */
const flacMasks: Masks = { 1: 0x4, 2: 0x3, 3: 0x7, 4: 0x33, 5: 0x607, 6: 0x60f, 7: 0x70f, 8: 0x63f };
/** Vorbis I, section 4.3.9: there the pair of five and six channels is the rear one. Opus family 1 is the same (RFC 7845, section 5.1.1.2). */
const vorbisMasks: Masks = { ...flacMasks, 5: 0x37, 6: 0x3f };

type Masks = { readonly [channels: number]: number };

/** Of channels in the order in which they are handed out. 0, nothing said, for more than the specification gives places to. */
export function vorbisMask(channels: number): number {
  return vorbisMasks[channels] ?? 0;
}

/** RFC 9639, section 8.6.2: the one comment that is not about the work but about the channels. */
const tag = 'WAVEFORMATEXTENSIBLE_CHANNEL_MASK';
const mostMask = 0xffffffff;

/** What the comments of a FLAC file say of its channels, else what the specification says. `notes` is told of a mask that cannot be. */
export function flacMask(
  comments: Readonly<Record<string, string>> | undefined,
  channels: number,
  notes: string[],
): number {
  const text = comments?.[tag];
  if (text === undefined) return flacMasks[channels] ?? 0;
  const mask = /^0x[0-9a-f]+$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (mask <= mostMask && bitsSet(mask) <= channels) return mask;
  notes.push(`The tag ${tag} says "${text.slice(0, 40)}", which is no mask of ${channels} channels, and is not used`);
  return flacMasks[channels] ?? 0;
}

function bitsSet(mask: number): number {
  let count = 0;
  for (let rest = mask; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}
