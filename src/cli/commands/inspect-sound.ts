/** What `bowerbird inspect` prints about a recording. */

import type { ChannelLevels, InspectedWav } from '../../index.ts';
import { count, counted, duration, exactSize, printable } from '../format.ts';
import { facts, table } from '../layout.ts';

export function soundText(report: InspectedWav): string {
  const { sampleRate, channels, frames, durationSeconds, notes, levels } = report;
  const rows = facts(
    [
      ['format', formatText(report)],
      ['size', exactSize(report.size)],
      ['length', `${duration(durationSeconds)}: ${counted(frames, 'frame')} at ${count(sampleRate)} Hz`],
      ['channels', count(channels)],
      ...notes.map((note): [string, string] => ['noted', printable(note)]),
    ],
    2,
  );
  const tags = tagRows(report.tags);
  return [
    `${rows}\n`,
    ...(levels === undefined || levels.length === 0 ? [] : [`${table(levelRows(levels), 'rrrrr', 2)}\n`]),
    ...(tags.length === 0 ? [] : [`${table(tags, 'll', 2)}\n`]),
  ].join('\n');
}

const codecs = { pcm: 'PCM', float: 'float', alaw: 'A-law', mulaw: 'mu-law', flac: 'FLAC' } as const;

function formatText({ format, codec, bitsPerSample, container, byteOrder }: InspectedWav): string {
  const order = byteOrder === 'big' ? ', big-endian' : '';
  return `${format} (${container}), ${codecs[codec]} of ${bitsPerSample} bits${order}`;
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
