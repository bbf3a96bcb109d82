/** Vorbis comments, the tags of FLAC, Vorbis and Opus alike. */

import { native } from '../../native/native.ts';
import type { AudioTags } from './audio.ts';
import { parseAudioMothComment } from './recorder-tags.ts';

export interface Comments {
  /** The program that wrote the file, as it names itself. */
  readonly vendor: string;
  /** By upper-case names. */
  readonly info: Readonly<Record<string, string>>;
}

/** What is said when the list breaks off. */
export const damagedComments = 'The tags end in the middle of one';

/** Names are not case-sensitive and may repeat: a list of values becomes lines of one text. */
export function readComments(payload: Uint8Array): Comments & { readonly damaged: boolean } {
  const { vendor, texts, damaged } = native().flacComments(payload);
  const info = new Map<string, string>();
  for (const text of texts) {
    const equals = text.indexOf('=');
    if (equals < 1) continue;
    const name = text.slice(0, equals).toUpperCase();
    const value = text.slice(equals + 1);
    const before = info.get(name);
    info.set(name, before === undefined ? value : `${before}\n${value}`);
  }
  return { vendor, info: Object.fromEntries(info), damaged };
}

export function tagsOfComments(info: Comments['info'] | undefined): AudioTags {
  if (info === undefined || Object.keys(info).length === 0) return {};
  const comment = info['COMMENT'] ?? info['DESCRIPTION'];
  const audiomoth = comment === undefined ? undefined : parseAudioMothComment(comment, info['ARTIST']);
  return audiomoth === undefined ? { info } : { info, audiomoth };
}
