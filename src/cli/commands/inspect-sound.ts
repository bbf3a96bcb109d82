/** What `bowerbird inspect` prints about a recording. */

import type { ChannelLevels, InspectedFlac, InspectedLossy, InspectedWav } from '../../index.ts';
import { count, counted, duration, exactSize, printable } from '../format.ts';
import { facts, fittedTable } from '../layout.ts';
import { damageText } from './damage.ts';

type InspectedSound = InspectedFlac | InspectedWav | InspectedLossy;

export function soundText(report: InspectedSound, columns?: number): string {
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
  if ('damaged' in report) rows.push(...damageRows(report.damaged));
  rows.push(...notes.map((note) => ['noted', printable(note)] as const));
  const tags = tagRows(report.tags);
  return [
    `${facts(rows, 2, columns)}\n`,
    ...(levels === undefined || levels.length === 0
      ? []
      : [`${fittedTable(levelRows(levels), 'rrrrr', 2, columns)}\n`]),
    ...(tags.length === 0 ? [] : [`${facts(tags, 2, columns)}\n`]),
  ].join('\n');
}

const lossyNames = { mp3: 'MP3', 'ogg-vorbis': 'Vorbis in Ogg', opus: 'Opus in Ogg' } as const;
const codecs = { pcm: 'PCM', float: 'float', alaw: 'A-law', mulaw: 'mu-law' } as const;

function formatText(report: InspectedSound): string {
  const { format, codec, bitsPerSample } = report;
  if (report.format === 'flac') {
    return `${format}${report.container === 'ogg' ? ' in Ogg' : ''}, ${bitsPerSample} bits`;
  }
  if (report.format !== 'wav') return lossyNames[report.format];
  const order = report.byteOrder === 'big' ? ', big-endian' : '';
  const name = codec in codecs ? codecs[codec as keyof typeof codecs] : codec;
  return `${format} (${report.container}), ${name}, ${bitsPerSample} bits${order}`;
}

function flacRows(report: InspectedFlac): (readonly [string, string | undefined])[] {
  const { blockSize, frameBytes, seekPoints, md5, vendor } = report;
  const bytes = frameBytes[1] === 0 ? '' : `, ${range(frameBytes)} bytes`;
  return [
    ['md5', md5 ?? 'none'],
    ['blocks', `${range(blockSize)} samples${bytes}`],
    ['seeking', seekPoints === 0 ? 'no seek table' : counted(seekPoints, 'seek point')],
    ['written by', vendor === '' ? undefined : printable(vendor)],
  ];
}

function damageRows(damaged: InspectedFlac['damaged']): (readonly [string, string])[] {
  return (damaged ?? []).map((damage) => ['damaged', damageText(damage)]);
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

function tagRows(tags: InspectedWav['tags']): [string, string][] {
  return Object.entries(tags).flatMap(([group, values]) =>
    Object.entries(values as Readonly<Record<string, unknown>>).map(([name, value]): [string, string] => {
      const text = printable(String(value));
      return [`${group} ${printable(name)}`, text.length > widestTag ? `${text.slice(0, widestTag)}...` : text];
    }),
  );
}
