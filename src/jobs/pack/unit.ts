/** The work of one unit of `pack`: some samples become one shard, an LMDB file. Runs in a worker. */

import { join } from 'node:path';
import { addCount, SharedStop } from '../../counters.ts';
import { BowerbirdError } from '../../errors.ts';
import type { Converter } from '../../samples/converter.ts';
import { instanceOf, readModuleClass } from '../../samples/load-class.ts';
import { samplesOf } from '../../samples/parquet/samples.ts';
import type { Sample } from '../../samples/sample.ts';
import { type Drafts, STATE_FOLDER } from '../../storage/drafts.ts';
import { storageOf } from '../../storage/registry.ts';
import { crcText } from '../../storage/written.ts';
import { withOutputs } from '../engine/outputs.ts';
import type { RejectWriter } from '../engine/rejects.ts';
import type { UnitContext } from '../engine/types.ts';
import { inOrder } from '../rows/recordings.ts';
import { type RowTask, RowUse } from '../rows/row-use.ts';
import { cellsOf, type TableRow, tableRows } from '../rows/table.ts';
import { RecordingTally } from '../rows/tally.ts';
import { Within } from '../rows/within.ts';
import { type PackUnitOptions, shardsAtOnce } from './choices.ts';
import { shownSample } from './features.ts';
import { fieldsOf } from './field-forms.ts';
import { described, fileOfSample, type GivenSample, givenSamples, mixedKeys, rateOf, spoolSamples } from './given.ts';
import { SampleMaker } from './make-sample.ts';
import type { PackUnit, ShardInput } from './plan.ts';
import type { PackReceipt } from './receipt.ts';
import { KeyOrder, keyBytes, ShardFile } from './shard-file.ts';
import { FloatMemory, type Sound, type SoundOptions, soundOf } from './sounds.ts';
import { uploadShard } from './upload.ts';

export async function run(unit: PackUnit, options: PackUnitOptions, context: UnitContext): Promise<PackReceipt> {
  const receipt = await withOutputs(unit, context, options.durable, async (drafts, rejects) => {
    const maker = await SampleMaker.for(options);
    return new Shard(unit, options, context, rejects, maker).make(drafts);
  });
  return uploadShard(receipt, options, context);
}

type RowsInput = Extract<ShardInput, { kind: 'rows' }>;

/** A row of the table, ready to be asked for. */
interface RowOfTable extends RowTask {
  readonly fields: string;
  readonly span?: TableRow['span'];
}

class Shard {
  readonly #unit: PackUnit;
  readonly #options: PackUnitOptions;
  readonly #context: UnitContext;
  readonly #maker: SampleMaker;
  readonly #stop: SharedStop;
  readonly #tally = new RecordingTally();
  readonly #use: RowUse;
  readonly #labels: ReadonlyMap<string, number>;
  readonly #order = new KeyOrder();
  readonly #sound: SoundOptions;
  #file!: ShardFile;
  #stored = 0;
  #silent = 0;
  #seconds = 0;
  #bytes = 0;
  #first: PackReceipt['features'] = null;
  #outputFault: unknown;

  constructor(
    unit: PackUnit,
    options: PackUnitOptions,
    context: UnitContext,
    rejects: RejectWriter,
    maker: SampleMaker,
  ) {
    this.#unit = unit;
    this.#options = options;
    this.#context = context;
    this.#maker = maker;
    this.#stop = new SharedStop(context.shared);
    const { source, onError, maxRejects } = options;
    const [planned = ''] = unit.input.version.split('-');
    this.#use = new RowUse(
      { unit: unit.id, planned, source, onError, maxRejects },
      context.shared,
      rejects,
      this.#tally,
    );
    const { codec, sampleRate, mono, processor } = options;
    // A processor may keep what it is given.
    const memory = processor === null ? new FloatMemory() : undefined;
    this.#sound = { codec, sampleRate, mono, onError, stop: this.#stop, memory };
    this.#labels = new Map(unit.vocabulary?.map((name, id) => [name, id]));
  }

  async make(drafts: Drafts): Promise<PackReceipt> {
    const { unit: id, outputs } = { unit: this.#unit.id, outputs: this.#unit.outputs };
    this.#file = new ShardFile(drafts.temporary(0), join(this.#context.outDir, outputs[0]));
    try {
      await this.#fill(this.#unit.from);
      this.#order.writeTo(this.#file);
      const { entries, sha256, ...data } = await this.#file.finish(drafts.fd(0));
      return {
        unit: id,
        input: this.#unit.input,
        outputs: [
          { name: outputs[0], ...data },
          { name: outputs[1], bytes: 0, crc32c: crcText(0) },
        ],
        records: entries,
        ...this.#tally.recordingTotals(),
        sha256,
        seconds: this.#seconds,
        valueBytes: this.#bytes,
        features: this.#first,
        lost: this.#maker.lost(),
        silent: this.#silent,
        onError: this.#options.onError,
      };
    } finally {
      this.#order.close();
      await this.#file.close();
    }
  }

  async #fill(from: ShardInput): Promise<void> {
    switch (from.kind) {
      case 'rows':
        await this.#rows(from);
        this.#use.checkUnchanged();
        return;
      case 'part':
        return this.#given(partSamples(from.part, this.#options));
      case 'spool':
        return this.#given(spoolSamples(from.fd, from));
      case 'parquet':
        return this.#parquet(from.ranges);
      default:
        return from satisfies never;
    }
  }

  async #rows(range: RowsInput): Promise<void> {
    const ahead = Math.floor(this.#options.prefetch / shardsAtOnce(this.#options));
    const { audio, allowOutside } = this.#options;
    const within = new Within(audio, allowOutside);
    for await (const { item, take } of inOrder(this.#tasks(range, within), ahead, this.#stop)) {
      const bytes = await this.#use.take(item, take);
      if (bytes === undefined) continue;
      await this.#using(item, async () => {
        const sound = await soundOf(item.uri, bytes, item.span, this.#sound);
        const { text = '', ...rest } = this.#labelled(fieldsOf(item.fields, audio, within));
        const { converterName: converter } = this.#options;
        const said = { audio: sound.audio, sample_rate: sound.sampleRate, text, converter, ...rest };
        await this.#store(this.#numbered(item.row), { ...said, ...this.#placed(), ...sound.about }, sound);
        return sound;
      });
    }
  }

  async *#tasks(range: RowsInput, within: Within): AsyncGenerator<readonly RowOfTable[], void, void> {
    const { table } = this.#options;
    for (const rows of tableRows(join(this.#context.outDir, STATE_FOLDER, table), range)) {
      yield rows.map((row) => taskOf(row, within));
    }
  }

  #labelled(fields: Sample): Sample {
    const { text = '', label_name: name, ...rest } = fields;
    if (this.#unit.vocabulary === undefined || typeof name !== 'string') return fields;
    return { text, label: this.#labels.get(name) ?? -1, label_name: name, ...rest };
  }

  async #parquet(ranges: Extract<ShardInput, { kind: 'parquet' }>['ranges']): Promise<void> {
    const { parquet, converterName: converter, codec, sampleRate } = this.#options;
    if (parquet === null) throw new Error('Rows of Parquet files without columns');
    const { columns, root } = parquet;
    const asked = sampleRate ?? (codec === 'original' ? null : (columns.audio?.samplingRate ?? null));
    const how = { ...this.#sound, sampleRate: asked };
    let number = this.#unit.first ?? 0;
    for await (const { row, uri, audio, audioUri, problem, fields } of samplesOf(ranges, columns, {
      stop: this.#stop,
      root,
    })) {
      this.#stop.throwIfAborted();
      const key = this.#numbered(number++);
      await this.#using({ row, uri, cells: [], isOutside: false, refusal: undefined, isRefused: false }, async () => {
        if (problem !== undefined) throw new BowerbirdError('BAD_SCHEMA', `It has no sound: ${problem}`);
        const bytes =
          audio ??
          (audioUri === undefined ? undefined : await (await storageOf(audioUri)).read(audioUri, { stop: this.#stop }));
        if (bytes !== undefined) addCount(this.#context.shared, 'bytes', bytes.length);
        const sound = bytes && (await soundOf(audioUri ?? `${uri}, row ${row}`, bytes, undefined, how));
        const { text = '', ...rest } = fields;
        const heard = sound && { audio: sound.audio, sample_rate: sound.sampleRate };
        await this.#store(key, { ...heard, text, converter, ...rest, ...this.#placed(), ...sound?.about }, sound);
        return sound;
      });
    }
  }

  async #given(samples: Iterable<GivenSample> | AsyncIterable<GivenSample>): Promise<void> {
    let index = 0;
    let isKeyed: boolean | undefined;
    for await (const { key, sample, problem } of samples) {
      this.#stop.throwIfAborted();
      const number = index++;
      isKeyed ??= key !== undefined;
      if (isKeyed !== (key !== undefined)) throw mixedKeys(this.#options.converterName);
      const name = key ?? this.#numberedIn(number);
      const task = { row: (this.#unit.first ?? 0) + number, uri: name, cells: [], isOutside: false } as const;
      await this.#using({ ...task, refusal: undefined, isRefused: false }, async () => {
        if (problem !== undefined) throw new BowerbirdError('BAD_SCHEMA', problem);
        const sound = await this.#soundOfGiven(sample, name);
        const { converterName } = this.#options;
        const heard = sound && { audio: sound.audio, sample_rate: sound.sampleRate };
        const { shape: _, dtype: __, codec: ___, duration, ...said }: Sample = { ...sample, ...heard };
        const about = sound?.about ?? described(sample);
        const place = this.#placed();
        const stored = { ...said, converter: sample['converter'] ?? converterName, ...place, ...about };
        const timed = duration === undefined || 'duration' in stored ? stored : { ...stored, duration };
        await this.#store(name, timed, sound, key !== undefined);
        return sound;
      });
    }
  }

  async #soundOfGiven(sample: Sample, name: string): Promise<Sound | undefined> {
    const { codec, sampleRate } = this.#options;
    const bytes = await fileOfSample(sample, this.#stop);
    if (bytes === undefined) return undefined;
    addCount(this.#context.shared, 'bytes', bytes.length);
    const asked = codec === 'original' ? null : rateOf(sample);
    const options = { ...this.#sound, sampleRate: sampleRate ?? asked };
    return soundOf(typeof sample['audio'] === 'string' ? sample['audio'] : name, bytes, undefined, options);
  }

  /** Rejects what cannot be used, and lists what was used in spite of damage. */
  async #using(task: RowTask, make: () => Promise<Sound | undefined>): Promise<void> {
    let damage: Sound['damage'] = [];
    try {
      damage = (await make())?.damage ?? [];
    } catch (error) {
      // A full disk is no fault of the sample that was to be written.
      if (error === this.#outputFault) throw error;
      this.#use.refuse(task, error);
    }
    this.#use.keep(task, damage);
  }

  async #store(key: string, sample: Sample, sound: Sound | undefined, isOwnKey = false): Promise<void> {
    const rate = sound?.sampleRate ?? (typeof sample['sample_rate'] === 'number' ? sample['sample_rate'] : 0);
    const bytes = keyBytes(key);
    const made = await this.#maker.make(sample, rate);
    try {
      if (isOwnKey) this.#order.add(bytes, made.value);
      else this.#file.add(bytes, made.value);
    } catch (error) {
      this.#outputFault = error;
      throw error;
    }
    sound?.count(this.#tally);
    this.#tally.note(key, made.notes);
    this.#first ??= shownSample(made.sample);
    this.#stored++;
    if (sound === undefined) this.#silent++;
    this.#seconds += made.seconds ?? sound?.seconds ?? 0;
    this.#bytes += made.value.length;
    addCount(this.#context.shared, 'records', 1);
  }

  #placed() {
    return { shard_id: this.#unit.shard, shard_position: this.#stored };
  }

  /** `number`: of all samples of the plan. */
  #numbered(number: number): string {
    return `sample_${String(number).padStart(this.#unit.digits, '0')}`;
  }

  /** `index`: in the shard. Where nobody counted the samples before it, the shard's number stands before. */
  #numberedIn(index: number): string {
    const { first, shard, digits } = this.#unit;
    if (first !== undefined) return this.#numbered(first + index);
    return `sample_${String(shard).padStart(5, '0')}${String(index).padStart(digits, '0')}`;
  }
}

function taskOf({ row, line, uri, fields, span, problem, ...rest }: TableRow, within: Within): RowOfTable {
  const refusal = problem === undefined ? within.refusal(uri) : new BowerbirdError('BAD_SCHEMA', problem);
  const isRefused = refusal !== undefined;
  const cells = cellsOf({ row, uri, fields, ...rest, ...(span && { span }), ...(problem && { problem }) });
  const said = { row, uri, cells, fields, refusal, isRefused, isOutside: uri !== '' && !within.names(uri) };
  return { ...said, ...(line === undefined ? {} : { line }), ...(span && { span }) };
}

async function* partSamples(part: unknown, { converter: spec, converterName }: PackUnitOptions) {
  if (spec === null) throw new Error('A part without a converter');
  const { made } = await instanceOf(readModuleClass(spec, 'converter'), 'samples(part)');
  yield* givenSamples(made as Converter, part, converterName);
}
