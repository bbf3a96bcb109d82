/**
 * The recordings of a folder, as AudioFolder of the Python package datasets has them: a row for each that metadata.csv or metadata.jsonl names in
 * `file_name`, or, where there is no such file, for each recording, its label the name of the folder that it is in.
 * https://huggingface.co/docs/datasets/audio_dataset
 */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { isRecordingName } from '../../formats/file-format.ts';
import { usage } from '../../options.ts';
import { absolute, baseOf, isRemote, joinUri, recordingUri, shown } from '../../storage/uri.ts';
import type { RowColumns } from './columns.ts';
import { CsvRows } from './csv.ts';
import { type FolderFile, filesBelow } from './files.ts';
import { ManifestRows } from './manifest.ts';
import { NamesOnDisk } from './names-on-disk.ts';
import { isOwnFile } from './own-files.ts';
import { placeBelow } from './place-below.ts';
import { noFindings, type RowFindings, type RowSource, type SourceRow } from './source.ts';

/** Of the folder that they lie in, and those below. */
const metadataName = /^(?:.*\/)?metadata\.(csv|jsonl)$/;

export class FolderRows implements RowSource {
  readonly name: string;
  readonly audio: string;
  readonly converter = 'folder';
  readonly #choices: RowColumns;
  readonly #isOwn: (name: string) => boolean;
  readonly #names: NamesOnDisk;
  readonly #leftOut: string[] = [];
  readonly #labels = new Set<string>();
  #inner: RowFindings = noFindings;
  #isLabelled = false;
  #rows = 0;

  /** `keepColumns` of metadata files: all, unless some are asked for. `out`: where the samples go, which may be in the folder. */
  constructor(folder: string, choices: RowColumns, out?: string) {
    this.audio = folder;
    this.name = shown(folder);
    this.#choices = choices;
    this.#names = new NamesOnDisk(folder);
    this.#isOwn = isOwnFile(folder, out);
  }

  async *rows(stop: Stop): AsyncGenerator<readonly SourceRow[], void, void> {
    const metadata: string[] = [];
    let isDeep = false;
    for await (const { name, problem } of this.#files(stop)) {
      if (problem !== undefined) continue;
      if (metadataName.test(name)) metadata.push(name);
      else {
        this.#names.add(name);
        if (isRecordingName(name) && name.includes('/')) isDeep = true;
      }
    }
    this.#refuseTwoForms(metadata);
    if (metadata.length > 0) yield* this.#described(metadata, stop);
    else yield* this.#labelled(isDeep, stop);
    if (this.#rows > 0) return;
    const state = metadata.length > 0 ? `${metadata[0]} has no row` : 'it holds no recording';
    throw new BowerbirdError('NOT_FOUND', `Cannot use the folder "${this.name}": ${state}`, { source: this.audio });
  }

  async *#files(stop: Stop): AsyncGenerator<FolderFile, void, void> {
    for await (const file of filesBelow(this.audio, stop)) if (!this.#isOwn(file.name)) yield file;
  }

  /** As `datasets` refuses them: both say of each recording what it is, and it would come twice. */
  #refuseTwoForms(metadata: readonly string[]): void {
    const csv = metadata.find((name) => name.endsWith('.csv') && metadata.includes(name.replace(/csv$/, 'jsonl')));
    if (csv === undefined) return;
    const other = csv.replace(/csv$/, 'jsonl');
    throw usage(
      `Cannot use the folder "${this.name}": "${csv}" and "${other}" name its recordings; remove one of them`,
    );
  }

  findings(): RowFindings {
    const { notices, left } = this.#inner;
    const sum = this.#leftOut.length;
    const told =
      sum === 0
        ? []
        : [`${sum} file(s) of "${this.name}" are left out, such as ${this.#leftOut[0]}; the manifest lists them`];
    const vocabulary = this.#isLabelled ? sortedBytewise(this.#labels) : undefined;
    return { left, leftOut: this.#leftOut, notices: [...notices, ...told], vocabulary };
  }

  async *#described(metadata: readonly string[], stop: Stop): AsyncGenerator<readonly SourceRow[], void, void> {
    const named = new Set<string>();
    for (const name of metadata) {
      const uri = joinUri(this.audio, name);
      const inner = name.endsWith('.csv') ? new CsvRows(uri, this.#choices) : new ManifestRows(uri, this.#choices);
      const folder = name.slice(0, name.lastIndexOf('/') + 1);
      for await (const rows of inner.rows(stop)) {
        yield rows.map((row) => {
          const audio = row.audio === '' ? '' : this.#names.find(folder, row.audio);
          named.add(placeBelow(this.audio, recordingUri(this.audio, audio)) ?? audio);
          return { ...row, row: this.#rows++, audio };
        });
      }
      const { notices, left } = inner.findings();
      this.#inner = {
        ...this.#inner,
        notices: [...this.#inner.notices, ...notices],
        left: [...this.#inner.left, ...left],
      };
    }
    for await (const { name, problem } of this.#files(stop)) {
      if (metadata.includes(name) || named.has(name)) continue;
      this.#leftOut.push(`"${name}": ${problem ?? 'no row names it'}`);
    }
  }

  async *#labelled(isDeep: boolean, stop: Stop): AsyncGenerator<readonly SourceRow[], void, void> {
    this.#isLabelled = isDeep;
    for await (const { name, problem } of this.#files(stop)) {
      if (problem !== undefined || !isRecordingName(name)) {
        this.#leftOut.push(`"${name}": ${problem ?? 'its name is not that of a recording'}`);
        continue;
      }
      const label = this.#labelOf(name);
      const fields = isDeep ? { text: '', label_name: label } : { text: '' };
      if (isDeep) this.#labels.add(label);
      yield [{ row: this.#rows++, audio: name, fields }];
    }
  }

  /** The folder that it is in. */
  #labelOf(name: string): string {
    const folders = name.split('/').slice(0, -1);
    return folders.at(-1) ?? baseOf(absolute(isRemote(this.audio) ? this.audio : pathOf(this.audio)));
  }
}

/** By UTF-8 bytes: the same on every machine. */
function sortedBytewise(names: Iterable<string>): string[] {
  const keyed = [...names].map((name) => ({ name, key: Buffer.from(name) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ name }) => name);
}
