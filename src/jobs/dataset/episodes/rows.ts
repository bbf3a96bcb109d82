/** The rows of a chunk of processed episodes, in the order of its prefixes and of their segments, whatever the order in which objects come. */

import { type BowerbirdError, isVerdict, reasonOf } from '../../../errors.ts';
import type { ObjectStat } from '../../../storage/storage.ts';
import { Turns } from '../../../turns.ts';
import type { ChunkInput, ChunkRow, RowsContext, RowsOf } from '../chunk-source.ts';
import { checkedName, type SoundCheck } from '../sound-check.ts';
import { type AheadTerms, ahead } from './ahead.ts';
import { BodyPool, sizeFor } from './body-pool.ts';
import { type EpisodeStep, refusedEpisode, rejectedRecording, stepsOf } from './episode-rows.ts';
import { type EpisodeFolder, episodeFolder } from './folder.ts';
import { readListed } from './read-object.ts';
import type { Segment } from './segment.ts';

export interface EpisodeOptions {
  /** Path or URI where prefixes begin. */
  readonly root: string;
  readonly check: SoundCheck;
  /** Of this thread: bytes of recordings that are on their way or wait for their turn. */
  readonly bytesInFlight: number;
}

type EpisodesInput = Extract<ChunkInput, { kind: 'episodes' }>;

/** Folders that are listed, and lists of segments that are read, before their turn. */
const [listedAhead, readAhead] = [8, 4];
/** A recording of more is told: viewers of the Hub show none of its row. */
const largeRecording = 50_000_000;
/** Of lists of segments, beside the recordings. */
const segmentsShare = 0.25;

export const episodeRows: RowsOf<EpisodesInput, EpisodeOptions> = (from, options, context) =>
  new EpisodeReader(options, context).rows(from.prefixes);

type Download = { readonly step: EpisodeStep } & (
  | { readonly body: Uint8Array }
  | { readonly error: BowerbirdError }
  | { readonly body?: never }
);

class EpisodeReader {
  readonly #options: EpisodeOptions;
  readonly #context: RowsContext;
  readonly #turns: Turns;
  readonly #pool: BodyPool;

  constructor(options: EpisodeOptions, context: RowsContext) {
    this.#options = options;
    this.#context = context;
    this.#turns = new Turns(context.ahead);
    this.#pool = new BodyPool(options.bytesInFlight);
  }

  async *rows(prefixes: readonly string[]): AsyncGenerator<ChunkRow, void, void> {
    const { bytesInFlight } = this.#options;
    const terms = this.#terms(2 * this.#context.ahead, bytesInFlight);
    const downloads = ahead(this.#steps(prefixes), bytesOfStep, (step) => this.#download(step), terms);
    for await (const { item: step, result } of downloads) {
      const row = await this.#taken(step, result);
      if (row !== undefined) yield row;
      if ('body' in result && result.body !== undefined) this.#pool.give(result.body);
    }
  }

  #terms(most: number, mostBytes: number): AheadTerms {
    return { most: Math.max(1, most), mostBytes, stop: this.#context.stop };
  }

  /** Lists and reads ahead; one that is large waits until those before it are done. */
  async *#steps(prefixes: readonly string[]): AsyncGenerator<EpisodeStep, void, void> {
    const { root, bytesInFlight } = this.#options;
    const { stop } = this.#context;
    const list = (prefix: string) => this.#turns.run(() => episodeFolder(root, prefix, stop));
    const folders = ahead(each(prefixes), () => 0, list, this.#terms(listedAhead, 0));
    const read = async (folder: EpisodeFolder) => {
      const refused = refusedEpisode(folder);
      if (refused !== undefined) return { folder, refused };
      return { folder, bytes: await this.#segments(folder.segments!) };
    };
    const bytesOf = ({ segments }: EpisodeFolder) => segments?.size ?? 0;
    const episodes = ahead(results(folders), bytesOf, read, this.#terms(readAhead, bytesInFlight * segmentsShare));
    for await (const { result } of episodes) {
      if (result.refused !== undefined) yield* result.refused;
      else if (result.bytes === undefined) yield* refusedEpisode({ ...result.folder, segments: undefined })!;
      else yield* stepsOf(result.folder, result.bytes);
    }
  }

  /** Undefined where it is gone. */
  async #segments(object: ObjectStat): Promise<Uint8Array | undefined> {
    const { stop, countBytes } = this.#context;
    try {
      const bytes = await this.#turns.run(() => readListed(object, stop));
      countBytes(bytes.length);
      return bytes;
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  async #download(step: EpisodeStep): Promise<Download> {
    if (step.kind !== 'recording') return { step };
    const { object } = step;
    return this.#turns.run(async () => {
      let body: Uint8Array | undefined;
      const room = (bytes: number) => (body = this.#pool.take(bytes));
      try {
        const bytes = await readListed(object, this.#context.stop, room);
        // A storage may have memory of its own.
        const isOurs = body !== undefined && bytes.buffer === body.buffer;
        return { step, body: isOurs ? body! : bytes };
      } catch (error) {
        if (isMissing(error)) return { step, error };
        throw error;
      }
    });
  }

  async #taken(step: EpisodeStep, result: Download): Promise<ChunkRow | undefined> {
    const { reject, mention, countBytes, note, notKept, stop } = this.#context;
    if (step.kind === 'reject') reject(step.reject);
    if (step.kind === 'mention') mention(step.reject);
    if (step.kind !== 'recording') return undefined;
    const { index, object, segment } = step;
    const { uri, size } = object;
    const refuse = (error: BowerbirdError) => reject(rejectedRecording(index, uri, error, reasonOf(error)));
    if ('error' in result) {
      refuse(result.error);
      return undefined;
    }
    const bytes = result.body!.subarray(0, size);
    countBytes(size);
    try {
      const path = await checkedName(uri, bytes, this.#options.check, stop);
      if (size > largeRecording) note(uri, [`It has ${size} bytes: viewers of the Hub show no row of more than 50 MB`]);
      if (!uri.endsWith(path)) note(uri, [`Its extension is not that of what it holds: it is called "${path}"`]);
      notKept(segment.others);
      return rowOf(uri, { bytes, path }, segment);
    } catch (error) {
      if (!isVerdict(error)) throw error;
      refuse(error);
      return undefined;
    }
  }
}

function rowOf(name: string, audio: { bytes: Uint8Array; path: string }, segment: Segment): ChunkRow {
  const { text, speaker, duration, dnsmos, language } = segment;
  const values = {
    audio,
    text,
    speaker_id: speaker ?? 'UNKNOWN',
    duration_seconds: duration,
    dnsmos,
    language: language ?? 'UNKNOWN',
  };
  return { values, name, seconds: duration ?? Number.NaN, speaker, dnsmos };
}

function bytesOfStep(step: EpisodeStep): number {
  return step.kind === 'recording' ? sizeFor(step.object.size) : 0;
}

function isMissing(error: unknown): error is BowerbirdError {
  return (error as Partial<BowerbirdError>)?.code === 'NOT_FOUND';
}

async function* each<T>(items: readonly T[]): AsyncGenerator<T, void, void> {
  yield* items;
}

async function* results<R>(items: AsyncIterable<{ readonly result: R }>): AsyncGenerator<R, void, void> {
  for await (const { result } of items) yield result;
}
