/** Every page and every value of one Parquet file, against its footer, its statistics and its indices. */

import { type ByteSource, latin1 } from '../../../bytes.ts';
import { addCount, SharedStop } from '../../../counters.ts';
import { openCounted } from '../../../records/counted-source.ts';
import { Damage } from '../../../samples/parquet/faults.ts';
import { featuresOf } from '../../../samples/parquet/features.ts';
import { type Footer, footerOf, type Group, readFooterBytes } from '../../../samples/parquet/footer.ts';
import { loadLibrary } from '../../../samples/parquet/library.ts';
import { parquetIn } from '../../../samples/parquet/parquet.ts';
import type { Leaf, Schema } from '../../../samples/parquet/schema.ts';
import { typeText } from '../../../samples/parquet/shard-footer.ts';
import { converterOf, type Raw } from '../../../samples/parquet/values.ts';
import type { InputStamp } from '../../../storage/stamp.ts';
import { isRemote } from '../../../storage/uri.ts';
import type { UnitContext } from '../../engine/types.ts';
import type { VerifySettings } from '../work.ts';
import { audioColumns } from './audio-columns.ts';
import { CellCheck } from './cells.ts';
import { type ChunkFacts, checkChunk } from './chunk.ts';
import { claimsOf, type FileClaims } from './claims.ts';
import { ParquetFindings } from './findings.ts';
import { checkLayout } from './layout.ts';
import { checkNested, isFlat, nestedFields, Presence } from './nested.ts';
import { orderOf } from './order.ts';
import { checkTold, toldBy } from './told.ts';
import type { ParquetColumn, VerifiedParquet } from './types.ts';
import { ViewerCheck } from './viewer.ts';

export async function verify(
  input: InputStamp,
  { shared }: UnitContext,
  settings: VerifySettings,
): Promise<VerifiedParquet> {
  // The end of the file is read first: what counts is told page by page.
  const file = await openCounted(input, shared, { to: 0 });
  try {
    return await verifySource(file, input, shared, settings);
  } finally {
    await file.close();
  }
}

/** The source stays the caller's to close. */
export function verifySource(
  file: ByteSource,
  input: InputStamp,
  shared: SharedArrayBuffer,
  settings: VerifySettings,
): Promise<VerifiedParquet> {
  return new FileCheck(file, input, shared, settings).run();
}

class FileCheck {
  readonly #file: ByteSource;
  readonly #input: InputStamp;
  readonly #shared: SharedArrayBuffer;
  readonly #settings: VerifySettings;
  readonly #findings: ParquetFindings;
  readonly #viewer: ViewerCheck;
  #intact = 0;
  /** Bytes that progress was told of. */
  #counted = 0;
  #cells: readonly CellCheck[] = [];

  constructor(file: ByteSource, input: InputStamp, shared: SharedArrayBuffer, settings: VerifySettings) {
    this.#file = file;
    this.#input = input;
    this.#shared = shared;
    this.#settings = settings;
    this.#findings = new ParquetFindings(input.uri);
    this.#viewer = new ViewerCheck(this.#findings, settings.viewer);
  }

  async run(): Promise<VerifiedParquet> {
    const footer = await this.#checked();
    this.#count(Math.max(0, this.#input.size - this.#counted));
    return this.#told(footer);
  }

  #count(bytes: number): void {
    this.#counted += bytes;
    addCount(this.#shared, 'bytes', bytes);
  }

  async #checked(): Promise<Footer | undefined> {
    const read = await this.#footer();
    if (read === undefined) return undefined;
    const { footer, claims } = read;
    const { schema, groups, keyValues } = footer;
    checkLayout(footer, claims, this.#findings);
    const features = featuresOf(keyValues);
    const options = { full: this.#settings.check === 'full', viewer: this.#settings.viewer };
    const stop = new SharedStop(this.#shared);
    this.#cells = audioColumns(schema, features).map(
      (column) => new CellCheck(column, this.#findings, { ...options, stop }),
    );
    const columns = this.#columns(schema);
    const nested = nestedFields(schema);
    const file = await parquetIn(this.#file, this.#input.uri, stop);
    for (const [number, group] of groups.entries()) {
      stop.throwIfAborted();
      const faults = this.#findings.faults;
      await this.#group(number, group, claims, columns);
      if (this.#findings.faults === faults) await checkNested(file, nested, number, this.#findings);
      if (this.#findings.faults > faults) continue;
      this.#intact += group.rows;
      addCount(this.#shared, 'records', group.rows);
    }
    for (const cells of this.#cells) cells.finish();
    this.#viewer.columns(schema, features, this.#cells);
    checkTold(keyValues, footer.rows, this.#findings);
    return footer;
  }

  /** Undefined where there is none that can be read: the findings say why. */
  async #footer(): Promise<{ readonly footer: Footer; readonly claims: FileClaims } | undefined> {
    const { uri, size } = this.#input;
    const isSigned = (bytes: Uint8Array) => /^PAR[1E]$/.test(latin1(bytes, 0, 4));
    const [head, tail] = [await this.#file.read(0, 4), await this.#file.read(Math.max(0, size - 4), 4)];
    if (!isSigned(head) && !isSigned(tail)) {
      const found = size === 0 ? 'it is empty' : 'neither its beginning nor its end is "PAR1"';
      this.#findings.add('footer', `Expected a Parquet file: ${found}`, { length: size }, 'TRUNCATED');
      return undefined;
    }
    try {
      const bytes = await readFooterBytes(this.#file, uri);
      const [footer, claims] = [await footerOf(bytes, uri), await claimsOf(bytes, uri, this.#findings)];
      if (!isSigned(head)) this.#findings.add('footer', 'It does not begin with "PAR1"', { length: 4 });
      return { footer, claims };
    } catch (error) {
      this.#findings.caught(error, 'footer');
      return undefined;
    }
  }

  /** What is done with the values of each, found out once. Recordings come before their paths. */
  #columns({ columns: fields, leaves }: Schema): readonly Column[] {
    const presences = new Map<number, Presence>();
    for (const field of fields.filter((each) => isFlat(each) && each.optional)) {
      const presence = new Presence(field.definition);
      for (const leaf of field.leaves) presences.set(leaf, presence);
    }
    const seen = new Set<Presence>();
    const columns = leaves.map((leaf) => {
      const isSound = this.#cells.find(({ column }) => column.bytes === leaf);
      const cells = isSound ?? this.#cells.find(({ column }) => column.path === leaf);
      const presence = leaf.repetition === 0 ? presences.get(leaf.leaves[0]!) : undefined;
      const told = { isSound: isSound !== undefined, convert: this.#converter(leaf), order: orderOf(leaf) };
      return { leaf, cells, presence, ...told };
    });
    const sorted = [...columns.filter(({ isSound }) => isSound), ...columns.filter(({ isSound }) => !isSound)];
    return sorted.map((column) => {
      const isFirst = column.presence !== undefined && !seen.has(column.presence);
      if (column.presence !== undefined) seen.add(column.presence);
      return { ...column, isFirst };
    });
  }

  #converter(leaf: Leaf): ((raw: Raw) => unknown) | undefined {
    const { element, path: column } = leaf;
    try {
      const convert = converterOf(leaf);
      const isAnything = element.converted_type === undefined && element.logical_type === undefined;
      return isAnything && element.type !== 'INT96' ? undefined : convert;
    } catch (error) {
      if (!(error instanceof Damage)) throw error;
      if (error.code === 'UNSUPPORTED') this.#findings.note('not-decoded', error.message);
      else this.#findings.add('schema', error.message, { column }, error.code);
      return undefined;
    }
  }

  async #group(
    number: number,
    group: Group,
    { groups, isOrdered }: FileClaims,
    columns: readonly Column[],
  ): Promise<void> {
    const { uri } = this.#input;
    const library = await loadLibrary();
    const claims = groups[number]!;
    const facts: ChunkFacts[] = [];
    for (const cells of this.#cells) cells.beginGroup();
    for (const { leaf, cells, convert, order, presence, isFirst } of columns) {
      presence?.beginColumn(isFirst);
      const onBytes = (bytes: number) => this.#count(Math.min(bytes, this.#input.size - this.#counted));
      const place = { source: this.#file, uri, isRemote: isRemote(uri), library, findings: this.#findings, onBytes };
      const told = { number, group, claims: claims.chunks[leaf.leaves[0]!]!, isOrdered };
      facts.push(await checkChunk(leaf, { ...place, ...told, order, convert, cells, presence }));
    }
    this.#viewer.group(number, facts);
    const unpacked = facts.reduce((sum, chunk) => sum + chunk.unpacked, 0);
    if (claims.bytes !== undefined && claims.bytes !== unpacked) {
      const what = 'Row groups whose footer says another number of bytes than their pages take';
      this.#findings.note('sizes', what, `row group ${number}: ${claims.bytes}, found ${unpacked}`);
    }
  }

  #told(footer: Footer | undefined): VerifiedParquet {
    const { uri: source, size } = this.#input;
    const { unread, damaged, faults, notes } = this.#findings;
    const seconds = this.#cells.reduce((sum, cells) => sum + cells.seconds, 0);
    return {
      ...{ source, format: 'parquet', size, records: this.#intact, rows: footer?.rows ?? 0 },
      rowGroups: footer?.groups.length ?? 0,
      columns: (footer?.schema.leaves ?? []).map(columnOf),
      sounds: this.#cells.reduce((sum, { sounds }) => sum + sounds, 0),
      ...(this.#settings.check === 'full' && seconds > 0 && { durationSeconds: seconds }),
      shard: footer === undefined ? null : (toldBy(footer.keyValues) ?? null),
      ...{ ok: faults === 0 && unread === undefined, faults, damaged, notes },
      ...(unread !== undefined && { error: unread.toJSON() }),
    };
  }
}

interface Column {
  readonly leaf: Leaf;
  readonly cells: CellCheck | undefined;
  readonly isSound: boolean;
  readonly convert: ((raw: Raw) => unknown) | undefined;
  readonly order: ReturnType<typeof orderOf>;
  readonly presence: Presence | undefined;
  /** Of the columns of its structure. */
  readonly isFirst: boolean;
}

export function columnOf(leaf: Leaf): ParquetColumn {
  return { name: leaf.path, type: typeText(leaf), optional: leaf.optional };
}
