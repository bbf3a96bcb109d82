/** What `bowerbird inspect` prints about a recording. */

import type { ChannelLevels, InspectedFlac, InspectedWav } from '../../index.ts';
import { count, counted, duration, exactSize, printable } from '../format.ts';
import { facts, table } from '../layout.ts';
import { damageText } from './damage.ts';

export function soundText(report: InspectedFlac | InspectedWav): string {
  const { sampleRate, channels, frames, durationSeconds, notes, levels } = report;
  const length =
    frames === undefined ? 'not known without --all' : `${duration(durationSeconds!)}: ${counted(frames, 'frame')}`;
  const rows: (readonly [string, string | undefined])[] = [
    ['format', formatText(report)],
    ['size', exactSize(report.size)],
    ['length', `${length} at ${count(sampleRate)} Hz`],
    ['channels', count(channels)],
  ];
  if (report.format === 'flac') rows.push(...flacRows(report));
  rows.push(...notes.map((note) => ['noted', printable(note)] as const));
  const tags = tagRows(report.tags);
  return [
    `${facts(rows, 2)}\n`,
    ...(levels === undefined || levels.length === 0 ? [] : [`${table(levelRows(levels), 'rrrrr', 2)}\n`]),
    ...(tags.length === 0 ? [] : [`${table(tags, 'll', 2)}\n`]),
  ].join('\n');
}

const codecs = { pcm: 'PCM', float: 'float', alaw: 'A-law', mulaw: 'mu-law' } as const;

function formatText(report: InspectedFlac | InspectedWav): string {
  const { format, codec, bitsPerSample } = report;
  if (report.format === 'flac') {
    return `${format}${report.container === 'ogg' ? ' in Ogg' : ''}, ${bitsPerSample} bits`;
  }
  const order = report.byteOrder === 'big' ? ', big-endian' : '';
  const name = codec in codecs ? codecs[codec as keyof typeof codecs] : codec;
  return `${format} (${report.container}), ${name}, ${bitsPerSample} bits${order}`;
}

function flacRows(report: InspectedFlac): (readonly [string, string | undefined])[] {
  const { blockSize, frameBytes, seekPoints, md5, vendor, damaged = [] } = report;
  const bytes = frameBytes[1] === 0 ? '' : `, ${range(frameBytes)} bytes`;
  return [
    ['md5', md5 ?? 'none'],
    ['blocks', `${range(blockSize)} samples${bytes}`],
    ['seeking', seekPoints === 0 ? 'no seek table' : counted(seekPoints, 'seek point')],
    ['written by', vendor === '' ? undefined : printable(vendor)],
    ...damaged.map((damage) => ['damaged', damageText(damage)] as const),
  ];
}

function range([least, most]: readonly [number, number]): string {
  return least === most ? count(most) : `${count(least)} to ${count(most)}`;
}

function levelRows(levels: readonly ChannelLevels[]): string[][] {
  const head = ['channel', 'peak dBFS', 'RMS dBFS', 'DC', 'clipped'];
  const decibels = (value: number | null) => (value === null ? 'silent' : value.toFixed(2));
  return [
    head,
    ...levels.map(({ peakDbfs, rmsDbfs, dc, clipped }, channel) => [
      String(channel),
      decibels(peakDbfs),
      decibels(rmsDbfs),
      dc.toFixed(6),
      counted(clipped, 'sample'),
    ]),
  ];
}

/** Long texts are there for programs (--json), not for a terminal. */
const widestTag = 200;

function tagRows(tags: InspectedWav['tags']): string[][] {
  return Object.entries(tags).flatMap(([group, values]) =>
    Object.entries(values as Readonly<Record<string, unknown>>).map(([name, value]) => {
      const text = printable(String(value));
      return [`${group} ${printable(name)}`, text.length > widestTag ? `${text.slice(0, widestTag)}...` : text];
    }),
  );
}
