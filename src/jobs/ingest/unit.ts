/** The work of one unit of `ingest`: some rows of a CSV file and their recordings become one TFRecord shard. Runs in a worker. */

import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { ByteBlocks } from '../../bytes.ts';
import { addCount, SharedStop } from '../../counters.ts';
import { BowerbirdError, remedied } from '../../errors.ts';
import type { FeatureLists } from '../../formats/example/input.ts';
import { compress } from '../../formats/records/compression.ts';
import { frames } from '../../formats/records/tfrecord-writer.ts';
import { native } from '../../native/native.ts';
import { attempt } from '../../native/native-errors.ts';
import { named } from '../../options.ts';
import { StagedSink } from '../../storage/local/sink.ts';
import { openSource } from '../../storage/source.ts';
import { recordingUri, shown } from '../../storage/uri.ts';
import { crcText, type Written } from '../../storage/written.ts';
import { withOutputs } from '../engine/outputs.ts';
import type { RejectWriter } from '../engine/rejects.ts';
import type { UnitContext } from '../engine/types.ts';
import { type Clip, type ClipDamage, type OpenRecording, openRecording } from '../rows/clips.ts';
import { inOrder, type Recording } from '../rows/recordings.ts';
import { type RowTask, RowUse } from '../rows/row-use.ts';
import { Within } from '../rows/within.ts';
import { type IngestUnitOptions, nounOf, shardsAtOnce } from './choices.ts';
import { exampleOf, keptFeatures } from './examples.ts';
import type { IngestReceipt } from './job.ts';
import { type LabelReader, type Labels, labelReader } from './labels.ts';
import type { IngestUnit } from './plan.ts';
import { type NumberedRow, rowsOf } from './rows.ts';
import { Tally } from './tally.ts';

export async function run(unit: IngestUnit, options: IngestUnitOptions, context: UnitContext): Promise<IngestReceipt> {
  return withOutputs(unit, context, options.durable, async (drafts, rejects) => {
    const [name] = unit.outputs;
    const path = join(context.outDir, name);
    const shard = new Shard(unit, options, context, rejects);
    const write = options.compression === 'none' ? writePlain : writeCompressed;
    const written = await write(path, drafts.fd(0), shard.records(), options.durable);
    shard.checkUnchanged();
    return {
      unit: unit.id,
      input: unit.input,
      outputs: [{ name, ...written }],
      ...shard.tally.totals(),
      onError: options.onError,
    };
  });
}

/** An Example in the pieces that it is written from. Valid until the next one is taken. */
interface Piece {
  readonly head: Uint8Array;
  readonly body: Uint8Array;
  readonly layout: number;
  readonly bodyBytes: number;
  readonly tail: Uint8Array;
}

interface Task extends RowTask {
  /** Undefined when the row itself cannot be used. */
  readonly facts: RowFacts | undefined;
}

interface RowFacts {
  readonly filename: string;
  readonly labels: Labels;
  readonly kept: FeatureLists;
}

/** Protobuf's readers take no message of 2 GiB and more. */
const mostExampleBytes = 2 ** 31 - 1;
class Shard {
  readonly tally = new Tally();
  readonly #unit: IngestUnit;
  readonly #options: IngestUnitOptions;
  readonly #context: UnitContext;
  readonly #use: RowUse;
  readonly #stop: SharedStop;
  readonly #readLabels: LabelReader;

  constructor(unit: IngestUnit, options: IngestUnitOptions, context: UnitContext, rejects: RejectWriter) {
    this.#unit = unit;
    this.#options = options;
    this.#context = context;
    const { csv, onError, maxRejects } = options;
    const [planned = ''] = unit.input.version.split('-');
    this.#use = new RowUse(
      { unit: unit.id, planned, source: csv, onError, maxRejects },
      context.shared,
      rejects,
      this.tally,
    );
    this.#stop = new SharedStop(context.shared);
    this.#readLabels = labelReader(options.labels, options.multiLabel, unit.vocabulary);
  }

  /** Nothing of a recording is written before it is known to be of use, but for damage that only "fail" may meet on the way. */
  async *records(): AsyncGenerator<Piece, void, void> {
    const { onError, prefetch, keepInputs } = this.#options;
    const ahead = Math.floor(prefetch / shardsAtOnce(this.#options));
    for await (const { item, take } of inOrder(this.#tasks(), ahead, this.#stop, keepInputs)) {
      const found = await this.#take(item, take);
      if (found === undefined) continue;
      const { facts, bytes } = found;
      let damage: readonly ClipDamage[] = [];
      let made = 0;
      let frames = 0;
      try {
        const opened = await this.#open(item.uri, bytes);
        for await (const clip of opened.clips()) {
          const piece = pieceOf(clip, facts, this.#options, item.uri);
          // Counted when it has been decoded: what is refused has no rate and no channels.
          if (made++ === 0) this.tally.recording(opened, bytes.length);
          yield piece;
          frames += clip.frames;
          this.tally.record(facts.labels);
          addCount(this.#context.shared, 'records', 1);
        }
        // Shorter than a window, and --pad drop.
        if (made === 0) this.tally.recording(opened, bytes.length);
        if (opened.info !== undefined && opened.frames === undefined) this.tally.unknownLength(frames, opened.info);
        damage = opened.damage;
        this.tally.note(item.uri, opened.notes());
      } catch (error) {
        if (made > 0 && onError !== 'fail') throw error;
        this.#use.refuse(item, error);
      }
      this.#use.keep(item, damage);
    }
  }

  /** Undefined when the row is rejected. */
  async #take(
    task: Task,
    take: () => Recording | Promise<Recording>,
  ): Promise<{ readonly facts: RowFacts & { readonly sha256: string }; readonly bytes: Uint8Array } | undefined> {
    const bytes = await this.#use.take(task, take);
    if (bytes === undefined || task.facts === undefined) return undefined;
    const sha256 = this.#options.mode === 'rich' ? createHash('sha256').update(bytes).digest('hex') : '';
    return { facts: { ...task.facts, sha256 }, bytes };
  }

  #open(uri: string, bytes: Uint8Array): Promise<OpenRecording> {
    const { onError, audioAs, media, mode, sampleRate, mono, windows } = this.#options;
    const how = { lenient: onError === 'salvage', checkFirst: onError === 'skip', stop: this.#stop };
    const as = audioAs === 'tensor' ? 'floats' : audioAs;
    const passed = media === 'any' ? 'any' : mode === 'compat' ? 'sniffed' : 'opened';
    return openRecording(uri, bytes, { as, bytes: passed, sampleRate, mono, windows, ...how });
  }

  async *#tasks(): AsyncGenerator<readonly Task[], void, void> {
    const { range, dialect, columns } = this.#unit;
    const csv = await openSource(this.#options.csv, { ...this.#unit.csv, stop: this.#stop });
    const within = new Within(this.#options.audio, this.#options.allowOutside);
    try {
      for await (const rows of rowsOf(csv, dialect, range, this.#context.outDir)) {
        yield rows.map((row) => {
          const filename = row.cells[columns.path] ?? '';
          const uri = recordingUri(this.#options.audio, filename);
          const isOutside = !within.names(uri);
          // What goes into the records must not open what it names.
          const facts = this.#factsOf(row, shown(filename), within.refusal(uri));
          const refusal = facts instanceof BowerbirdError ? facts : undefined;
          const used = facts instanceof BowerbirdError ? undefined : facts;
          const { row: index, line, cells } = row;
          return { row: index, line, uri, cells, isOutside, facts: used, refusal, isRefused: refusal !== undefined };
        });
      }
    } finally {
      await csv.close();
    }
  }

  #factsOf({ cells }: NumberedRow, filename: string, refusal: BowerbirdError | undefined) {
    const { columns } = this.#unit;
    if (filename === '') return unusable(`The row names no ${nounOf(this.#options)}`);
    if (refusal !== undefined) return refusal;
    if (cells.some((cell) => cell.includes('\ufffd')))
      return unusable('The row is not UTF-8', '; save the CSV file as UTF-8');
    const labels = this.#readLabels(cells[columns.label] ?? '');
    if (labels instanceof BowerbirdError) return labels;
    const kept = keptFeatures(cells, columns);
    return typeof kept === 'string' ? unusable(kept) : { filename, labels, kept };
  }

  checkUnchanged(): void {
    this.#use.checkUnchanged();
  }
}

function unusable(reason: string, remedy = ''): BowerbirdError {
  return remedied('BAD_SCHEMA', reason, remedy);
}

function pieceOf(
  clip: Clip,
  facts: RowFacts & { readonly sha256: string },
  choices: IngestUnitOptions,
  uri: string,
): Piece {
  const { head, tail } = exampleOf(clip, facts, choices);
  const { body, layout, bodyBytes } = clip;
  const total = head.length + bodyBytes + tail.length;
  if (total > mostExampleBytes) {
    const message = `Its Example would have ${total} bytes, and no reader takes 2 GiB or more`;
    const hint = choices.audioAs === 'bytes' ? '' : `; cut it with ${named('window')}`;
    throw remedied('UNSUPPORTED', message, hint, { source: uri });
  }
  return { head, body, layout, bodyBytes, tail };
}

async function writePlain(path: string, fd: number, records: AsyncIterable<Piece>, durable: boolean): Promise<Written> {
  const writer = new (native().RecordWriter)(fd, path, durable);
  try {
    for await (const { head, body, layout, tail } of records) {
      attempt('write', path, () => writer.appendParts(head, body, layout, tail));
    }
    const { bytes, crc } = attempt('write', path, () => writer.finish());
    return { bytes, crc32c: crcText(crc) };
  } finally {
    // Its thread writes to a file that is about to be closed.
    writer.close();
  }
}

async function writeCompressed(path: string, fd: number, records: AsyncIterable<Piece>): Promise<Written> {
  const sink = new StagedSink(path, fd);
  for await (const block of compress(frames(joined(records)), 'gzip')) sink.write(block);
  return sink.end();
}

/** Each in bytes of its own: the compressor reads ahead. */
async function* joined(records: AsyncIterable<Piece>): ByteBlocks {
  for await (const { head, body, layout, bodyBytes, tail } of records) {
    const payload = new Uint8Array(head.length + bodyBytes + tail.length);
    payload.set(head);
    payload.set(layout === -1 ? body : floatBytes(body, layout, bodyBytes), head.length);
    payload.set(tail, head.length + bodyBytes);
    yield payload;
  }
}

function floatBytes(body: Uint8Array, layout: number, bytes: number): Uint8Array {
  const floats = new Float32Array(bytes / 4);
  native().pcmToFloat(body, layout, floats);
  return new Uint8Array(floats.buffer);
}
