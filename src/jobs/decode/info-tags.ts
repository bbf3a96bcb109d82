/** What of the tags of a recording a WAV file can hold: LIST/INFO. */

import type { AudioTags } from '../../formats/audio/audio.ts';

/** Vorbis comments that have a place of their own there (RIFF 1991, section 2-14). */
const places: { readonly [comment: string]: string } = {
  TITLE: 'INAM',
  ARTIST: 'IART',
  ALBUM: 'IPRD',
  DATE: 'ICRD',
  GENRE: 'IGNR',
  COPYRIGHT: 'ICOP',
  COMMENT: 'ICMT',
  DESCRIPTION: 'ICMT',
};

/** INFO of WAV as it is; of Vorbis comments those that have a counterpart, the first where two have the same. */
export function infoTags({ info = {} }: AudioTags): Readonly<Record<string, string>> {
  const kept = new Map<string, string>();
  for (const [name, text] of Object.entries(info)) {
    const place = /^[A-Z0-9]{4}$/.test(name) && name.startsWith('I') ? name : places[name];
    if (place !== undefined && !kept.has(place) && !text.includes('\0')) kept.set(place, text);
  }
  return Object.fromEntries(kept);
}
