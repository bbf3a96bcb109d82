/**
 * The recordings of a folder, as AudioFolder of the Python package datasets has them: a row for each that metadata.csv or metadata.jsonl names in
 * `file_name`, or, where there is no such file, for each recording, its label the name of the folder that it is in.
 * https://huggingface.co/docs/datasets/audio_dataset
 */

import type { Stop } from '../../bytes.ts';
import { BowerbirdError } from '../../errors.ts';
import { isRecordingName } from '../../formats/file-format.ts';
import { joinUri, shown } from '../../storage/uri.ts';
import type { RowColumns } from './columns.ts';
import { CsvRows } from './csv.ts';
import { filesBelow } from './files.ts';
import { ManifestRows } from './manifest.ts';
import { noFindings, type RowFindings, type RowSource, type SourceRow } from './source.ts';

/** Of the folder that they lie in, and those below. */
const metadataName = /^(?:.*\/)?metadata\.(csv|jsonl)$/;
/** What jobs of ours write into the folder of their inputs. */
const ownName = /^(?:pack|metadata|unpack|labels)\.json$|^rejects\.jsonl$/;

export class FolderRows implements RowSource {
  readonly name: string;
  readonly audio: string;
  readonly converter = 'folder';
  readonly #choices: RowColumns;
  readonly #leftOut: string[] = [];
  readonly #labels = new Set<string>();
  #inner: RowFindings = noFindings;
  #isLabelled = false;
  #rows = 0;

  /** `keepColumns` of metadata files: all, unless some are asked for. */
  constructor(folder: string, choices: RowColumns) {
    this.audio = folder;
    this.name = shown(folder);
    this.#choices = choices;
  }

  async *rows(stop: Stop): AsyncGenerator<readonly SourceRow[], void, void> {
    const metadata: string[] = [];
    let isDeep = false;
    for await (const { name } of filesBelow(this.audio, stop)) {
      if (metadataName.test(name)) metadata.push(name);
      else if (isRecordingName(name) && name.includes('/')) isDeep = true;
    }
    if (metadata.length > 0) yield* this.#described(metadata, stop);
    else yield* this.#labelled(isDeep, stop);
    if (this.#rows > 0) return;
    const state = metadata.length > 0 ? `${metadata[0]} has no row` : 'it holds no recording';
    throw new BowerbirdError('NOT_FOUND', `Cannot pack the folder "${this.name}": ${state}`, { source: this.audio });
  }

  findings(): RowFindings {
    const { notices, left } = this.#inner;
    const sum = this.#leftOut.length;
    const told =
      sum === 0
        ? []
        : [`${sum} file(s) of "${this.name}" are not packed, such as ${this.#leftOut[0]}; the manifest lists them`];
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
          const audio = row.audio === '' ? '' : `${folder}${row.audio}`;
          named.add(audio.normalize());
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
    for await (const { name, problem } of filesBelow(this.audio, stop)) {
      if (metadata.includes(name) || ownName.test(name) || named.has(name.normalize())) continue;
      this.#leftOut.push(`"${name}": ${problem ?? 'no row names it'}`);
    }
  }

  async *#labelled(isDeep: boolean, stop: Stop): AsyncGenerator<readonly SourceRow[], void, void> {
    this.#isLabelled = isDeep;
    for await (const { name, problem } of filesBelow(this.audio, stop)) {
      if (problem !== undefined || !isRecordingName(name)) {
        if (!ownName.test(name)) this.#leftOut.push(`"${name}": ${problem ?? 'its name is not that of a recording'}`);
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
    return folders.at(-1) ?? this.audio.replace(/\/+$/, '').split('/').at(-1) ?? '';
  }
}

/** By UTF-8 bytes: the same on every machine. */
function sortedBytewise(names: Iterable<string>): string[] {
  const keyed = [...names].map((name) => ({ name, key: Buffer.from(name) }));
  return keyed.sort((a, b) => Buffer.compare(a.key, b.key)).map(({ name }) => name);
}
