/** The chunks of a WAV file that speak about the recording: LIST/INFO, bext, GUANO; and what an AudioMoth says in them. */

import { latin1 } from '../../bytes.ts';
import type { AudioTags, BroadcastTags } from '../audio/audio.ts';
import { parseAudioMothComment, parseGuano } from '../audio/recorder-tags.ts';
import { type Chunk, type HeaderWindow, isChunkId, uint64 } from './chunks.ts';

/** A tag chunk beyond this is skipped, and all of them together read no more than four times as much. */
const mostBytes = 64 * 1024;

/** Gathers tags chunk by chunk. */
export class TagReader {
  readonly #window: HeaderWindow;
  readonly #bigEndian: boolean;
  readonly #notes: string[];
  #budget = 4 * mostBytes;
  #tags: { -readonly [K in keyof AudioTags]: AudioTags[K] } = {};

  constructor(window: HeaderWindow, bigEndian: boolean, notes: string[]) {
    this.#window = window;
    this.#bigEndian = bigEndian;
    this.#notes = notes;
  }

  /** Reads the chunk when it is one of ours. */
  async take(chunk: Chunk): Promise<void> {
    if (chunk.id !== 'LIST' && chunk.id !== 'bext' && chunk.id !== 'guan') return;
    // Lists of cue points and regions can be long; the kind stands first.
    if (chunk.id === 'LIST' && latin1(await this.#window.at(chunk.offset, 4), 0, 4) !== 'INFO') return;
    if (chunk.present > mostBytes || chunk.present > this.#budget) {
      this.#notes.push(`The ${chunk.id} chunk of ${chunk.present} bytes is too large for tags and was not read`);
      return;
    }
    this.#budget -= chunk.present;
    const body = await this.#window.at(chunk.offset, chunk.present);
    if (chunk.id === 'LIST') this.#tags.info = { ...this.#tags.info, ...parseInfo(body, this.#bigEndian) };
    else if (chunk.id === 'guan') this.#tags.guano = parseGuano(decodeText(body));
    else this.#tags.bext = parseBext(body);
  }

  tags(): AudioTags {
    const { info, bext } = this.#tags;
    const comment = info?.['ICMT'] ?? bext?.description;
    const audiomoth =
      comment === undefined ? undefined : parseAudioMothComment(comment, info?.['IART'] ?? bext?.originator);
    return audiomoth === undefined ? this.#tags : { ...this.#tags, audiomoth };
  }
}

function parseInfo(body: Uint8Array, bigEndian: boolean): Record<string, string> {
  const pairs: [string, string][] = [];
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  for (let at = 4; at + 8 <= body.length; ) {
    const id = latin1(body, at, at + 4);
    if (!isChunkId(id)) break;
    const size = view.getUint32(at + 4, !bigEndian);
    const end = Math.min(at + 8 + size, body.length);
    pairs.push([id, decodeText(body.subarray(at + 8, end))]);
    at = end + (size % 2);
    // A writer that forgot the padding: the name stands one byte earlier.
    if (size % 2 === 1 && body[end] !== 0 && isChunkId(latin1(body, end, end + 4))) at = end;
  }
  return Object.fromEntries(pairs);
}

/** EBU Tech 3285, section 2.3. Shorter chunks have the fields that fit. */
function parseBext(body: Uint8Array): BroadcastTags {
  const field = (from: number, length: number) => decodeText(body.subarray(from, from + length));
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  return {
    version: body.length >= 348 ? view.getUint16(346, true) : 0,
    description: field(0, 256),
    originator: field(256, 32),
    originatorReference: field(288, 32),
    originationDate: field(320, 10),
    originationTime: field(330, 8),
    timeReference: body.length >= 346 ? uint64(view, 338) : 0,
    codingHistory: field(602, body.length),
  };
}

/** Up to the first NUL, as UTF-8 when it is valid UTF-8, else as Latin-1 (what old recorders write); without blanks around. */
function decodeText(bytes: Uint8Array): string {
  const nul = bytes.indexOf(0);
  const text = nul < 0 ? bytes : bytes.subarray(0, nul);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(text).trim();
  } catch {
    return latin1(text, 0, text.length).trim();
  }
}
