/** The part of a card's text that is ours: between two comments, and replaced alone. */

import { badCard, lineAt } from './front-matter.ts';
import { histogramName } from './histogram.ts';
import type { Sums } from './sums.ts';

export const bodyBegin = '<!-- bowerbird:begin -->';
export const bodyEnd = '<!-- bowerbird:end -->';

export interface BodyFacts {
  /** "org/name"; undefined: a folder. */
  readonly repo: string | undefined;
  readonly configs: readonly { readonly name: string; readonly split: string; readonly sums: Sums }[];
  readonly all: Sums;
  /** Whether the picture beside the card is ours. */
  readonly hasHistogram: boolean;
  readonly audio: string | undefined;
}

/** @throws BowerbirdError BAD_SCHEMA, where the comments are not a pair */
export function mergedBody(
  rest: string,
  section: readonly string[],
  place: { name: string; firstLine: number; eol: string },
): string {
  const { name, firstLine, eol } = place;
  const begins = linesOf(rest, bodyBegin);
  const ends = linesOf(rest, bodyEnd);
  const ours = section.map((line) => line + eol).join('');
  if (begins.length === 0 && ends.length === 0) {
    const gap =
      rest === '' || rest.endsWith('\n\n') || rest.endsWith('\r\n\r\n') ? '' : rest.endsWith('\n') ? eol : eol + eol;
    return rest + gap + ours;
  }
  const [begin, end] = [begins[0], ends[0]];
  if (begins.length !== 1 || ends.length !== 1 || begin!.from > end!.from) {
    const at = begins[1] ?? ends[1] ?? begin ?? end!;
    const what = `expected one line ${bodyBegin} and one ${bodyEnd} below it, found ${begins.length} and ${ends.length}; remove what is too much`;
    throw badCard(name, firstLine - 1 + lineAt(rest, at.from), what);
  }
  const isLast = end!.to === rest.length && !rest.endsWith('\n');
  return rest.slice(0, begin!.from) + (isLast ? ours.slice(0, -eol.length) : ours) + rest.slice(end!.to);
}

/** Lines that hold nothing else. */
function linesOf(text: string, line: string): { from: number; to: number }[] {
  const found = text.matchAll(new RegExp(`^[ \\t]*${line}[ \\t]*(?:\\r?\\n|$)`, 'gm'));
  return [...found].map((match) => ({ from: match.index, to: match.index + match[0].length }));
}

export function bodyLines(facts: BodyFacts): string[] {
  const { configs, all, hasHistogram } = facts;
  const rows = configs.map(({ name, sums }) => rowOf(cell(name), sums));
  return [
    bodyBegin,
    '<!-- Made by `bowerbird dataset card`: all between these two comments is replaced by the next one. Write above or below. -->',
    '',
    '## Contents',
    '',
    '| configuration | hours | rows | speakers | files | bytes |',
    '| --- | ---: | ---: | ---: | ---: | ---: |',
    ...rows,
    ...(configs.length > 1 ? [rowOf('**all**', all)] : []),
    '',
    ...remarks(all),
    ...dnsmosLines(all, hasHistogram),
    ...recipe(facts),
    bodyEnd,
  ];
}

function rowOf(name: string, sums: Sums): string {
  const { silentFiles, files, speakers } = sums;
  const isSilent = silentFiles === files;
  const least = silentFiles > 0 ? 'at least ' : '';
  const hours = isSilent ? 'unknown' : least + (sums.seconds / 3600).toFixed(2);
  const names = isSilent
    ? 'unknown'
    : `${silentFiles > 0 || speakers.isLeast ? 'at least ' : ''}${number(speakers.count)}`;
  return `| ${name} | ${hours} | ${number(sums.rows)} | ${names} | ${number(files)} | ${number(sums.size)} |`;
}

function remarks({ silentFiles, silentRows, rowsWithout }: Sums): string[] {
  const lines = ['Speakers are distinct values of `speaker_id`, without `UNKNOWN`.'];
  if (rowsWithout > 0) lines.push(`${count(rowsWithout, 'row')} without a finite length: not in the hours.`);
  if (silentFiles > 0) {
    const what = `${count(silentFiles, 'file')} with ${count(silentRows, 'row')}`;
    lines.push(`Hours, speakers and DNSMOS are unknown for ${what}, which another program wrote.`);
  }
  return [...lines.flatMap((line) => [line, ''])];
}

function dnsmosLines({ dnsmos, rows, silentRows }: Sums, hasHistogram: boolean): string[] {
  const { count: known, sum, nonFinite } = dnsmos;
  if (known === 0 && nonFinite === 0) return [];
  const words = known === 0 ? [] : [`${(sum / known).toFixed(2)} on average of ${count(known, 'row')}`];
  if (nonFinite > 0) words.push(`${count(nonFinite, 'row')} with a value that is no finite number`);
  const without = rows - silentRows - known - nonFinite;
  if (without > 0) words.push(`${count(without, 'row')} without a value`);
  const picture = known > 0 && hasHistogram ? [`![Histogram of DNSMOS](${histogramName})`, ''] : [];
  return [`DNSMOS: ${words.join('; ')}.`, '', ...picture];
}

/** How `datasets` 4 and newer read it: https://huggingface.co/docs/datasets/audio_load */
function recipe({ repo, configs, audio }: BodyFacts): string[] {
  const [first] = configs;
  if (first === undefined) return [];
  const args = [JSON.stringify(repo ?? 'path/of/this/folder')];
  if (first.name !== 'default') args.push(JSON.stringify(first.name));
  const load = `load_dataset(${args.join(', ')}, split=${JSON.stringify(first.split)}`;
  if (audio === undefined)
    return ['## Loading', '', '```python', 'from datasets import load_dataset', '', `dataset = ${load})`, '```', ''];
  const column = JSON.stringify(audio);
  return [
    '## Loading',
    '',
    'With `datasets` 4 or newer (`pip install "datasets[audio]"`, which brings torchcodec; it needs the libraries of FFmpeg):',
    '',
    '```python',
    'from datasets import Audio, load_dataset',
    '',
    `dataset = ${load}, streaming=True)`,
    `samples = next(iter(dataset))[${column}].get_all_samples()  # samples.data: channels x samples; samples.sample_rate: Hz`,
    '```',
    '',
    'Without torchcodec, the files as they are:',
    '',
    '```python',
    `encoded = dataset.cast_column(${column}, Audio(decode=False))`,
    `row = next(iter(encoded))[${column}]  # row["bytes"], row["path"]`,
    '```',
    '',
  ];
}

function count(n: number, what: string): string {
  return `${number(n)} ${what}${n === 1 ? '' : 's'}`;
}

function number(n: number): string {
  return String(n).replace(/\B(?=(\d{3})+$)/g, ',');
}

function cell(text: string): string {
  return text.replace(/[|\\`*_<>[\]\n\r]/g, (c) => (c === '\n' || c === '\r' ? ' ' : `\\${c}`));
}
