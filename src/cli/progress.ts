/** Samples of a running job to a bar, plain lines or JSON lines on stderr. Time comes from the samples, so it is testable. */

import type { Progress } from '../index.ts';
import { clock, count, counted, sizeOf, speed } from './format.ts';
import type { Io } from './io.ts';
import { canRedraw } from './style.ts';
import type { Talk } from './talk.ts';

export type ProgressMode = 'auto' | 'bar' | 'plain' | 'json' | 'none';
export type ShownMode = Exclude<ProgressMode, 'auto'>;

export interface Meter {
  update(sample: Progress): void;
  /** Takes the bar away; results may be printed then. */
  close(): void;
}

const secondsPerDraw = 0.1;
const secondsPerLine = 5;
/** MB/s is the mean over this long: shorter jumps about, longer hides a stall. */
const windowSeconds = 10;
/** Before that, a rate says more about start-up than about the run. */
const leastRateSeconds = 0.5;

export function shownMode(mode: ProgressMode, io: Pick<Io, 'stderr' | 'env'>): ShownMode {
  if (mode !== 'auto') return mode;
  return canRedraw(io.stderr, io.env) ? 'bar' : 'plain';
}

export function meterFor(mode: ShownMode, talk: Talk, columns: () => number | undefined): Meter | undefined {
  let [job, meter] = ['', newMeter(mode, talk, columns)];
  if (meter === undefined) return undefined;
  return {
    update(sample) {
      // A job that counts first begins anew when it has counted: the rate of the one says nothing about the other.
      if (sample.job !== job) [job, meter] = [sample.job, newMeter(mode, talk, columns)];
      meter?.update(sample);
    },
    close: () => meter?.close(),
  };
}

function newMeter(mode: ShownMode, talk: Talk, columns: () => number | undefined): Meter | undefined {
  switch (mode) {
    case 'none':
      return undefined;
    case 'json':
      return { update: (sample) => talk.line(JSON.stringify(sample)), close() {} };
    case 'plain': {
      const due = every(secondsPerLine, secondsPerLine);
      return rated((sample, rate) => due(sample.elapsedSeconds) && talk.line(plainLine(sample, rate)));
    }
    case 'bar': {
      const due = every(secondsPerDraw, 0);
      return rated(
        (sample, rate) => due(sample.elapsedSeconds) && talk.status(barLine(sample, rate, columns() ?? 80)),
        () => talk.status(''),
      );
    }
    default:
      return mode satisfies never;
  }
}

/** True at most once every `seconds`, first when `start` is reached. */
function every(seconds: number, start: number): (now: number) => boolean {
  let next = start;
  return (now) => {
    if (now < next) return false;
    next = now + seconds;
    return true;
  };
}

function rated(show: (sample: Progress, rate: number | undefined) => void, close: () => void = () => {}): Meter {
  const rateAt = rateWindow();
  return { update: (sample) => show(sample, rateAt(sample.elapsedSeconds, sample.bytes)), close };
}

/**
 * Bytes per second over the last ten seconds; undefined while too little is known. Counts from the first sample, so what
 * an earlier run had done is not taken for speed.
 */
export function rateWindow(): (seconds: number, bytes: number) => number | undefined {
  const samples: { readonly seconds: number; readonly bytes: number }[] = [];
  return (seconds, bytes) => {
    samples.push({ seconds, bytes });
    // The oldest kept sample is the youngest that is at least a window old.
    while (samples.length > 2 && samples[1]!.seconds <= seconds - windowSeconds) samples.shift();
    const [oldest] = samples;
    const elapsed = seconds - oldest!.seconds;
    return elapsed < leastRateSeconds ? undefined : (bytes - oldest!.bytes) / elapsed;
  };
}

interface Parts {
  readonly percent: string;
  readonly fraction: number;
  readonly files: string;
  readonly records: string;
  readonly rejects: string;
  readonly bytes: string;
  readonly rate: string;
  readonly left: string;
}

function partsOf(sample: Progress, rate: number | undefined, joint: string): Parts {
  const files = sample.unitsDone;
  const [done, all] = sample.bytesTotal > 0 ? [sample.bytes, sample.bytesTotal] : [files, sample.units];
  const fraction = all > 0 ? Math.min(1, done / all) : 0;
  const secondsLeft = rate === undefined || rate <= 0 ? undefined : (sample.bytesTotal - sample.bytes) / rate;
  return {
    // Rounded down: 100% means all.
    percent: `${Math.floor(fraction * 100)}%`,
    fraction,
    files: `${count(files)}${joint}${counted(sample.units, 'file')}`,
    // Recordings hold none.
    records: sample.records === 0 && files > 0 ? '' : counted(sample.records, 'record'),
    rejects: sample.rejects === 0 ? '' : `${count(sample.rejects)} rejected`,
    // Nothing is to be read where an earlier run has done it all.
    bytes: sample.bytesTotal === 0 ? '' : sizeOf(sample.bytes, sample.bytesTotal, joint),
    rate: rate === undefined ? '' : speed(rate),
    left: secondsLeft === undefined || secondsLeft < 0 ? '' : `${clock(secondsLeft)} left`,
  };
}

export function plainLine(sample: Progress, rate: number | undefined): string {
  const { percent, files, records, rejects, bytes, rate: mbs, left } = partsOf(sample, rate, ' of ');
  return `bowerbird: ${sample.job} ${[percent, files, records, rejects, bytes, mbs, left].filter(Boolean).join(', ')}`;
}

const widestBar = 30;
const narrowestBar = 10;
/** What goes first when the terminal is narrow. */
const dispensable = ['records', 'bytes', 'bar', 'files', 'rejects', 'rate', 'left'] as const;

export function barLine(sample: Progress, rate: number | undefined, columns: number): string {
  const parts = partsOf(sample, rate, '/');
  // The last column stays free, since many terminals wrap as soon as it is written; and two for the ^C that they put behind the bar.
  const room = Math.max(0, columns - 3);
  const left = new Set<string>(['percent', ...dispensable]);
  for (const drop of ['', ...dispensable]) {
    left.delete(drop);
    const names = (['percent', 'files', 'records', 'rejects', 'bytes', 'rate', 'left'] as const).filter((name) =>
      left.has(name),
    );
    const texts = names
      .filter((name) => parts[name] !== '')
      .map((name) => (name === 'percent' ? parts.percent.padStart(4) : parts[name]));
    const shown = texts.join('  ');
    if (!left.has('bar')) {
      if (shown.length <= room) return shown;
      continue;
    }
    const width = Math.min(widestBar, room - shown.length - 3 - awaited(names, parts));
    if (width >= narrowestBar) return `[${bar(parts.fraction, width)}] ${shown}`;
  }
  return parts.percent.slice(0, Math.max(0, columns - 1));
}

/** What comes later, and then shall not make the bar shorter. */
const usualWidths: { readonly [name: string]: number } = { rate: '99.9 MB/s'.length, left: '59:59 left'.length };

/** Columns that are kept free for it, or for more digits of it. */
function awaited(names: readonly (keyof Parts)[], parts: Parts): number {
  const missing = (name: keyof Parts) => {
    const usual = usualWidths[name];
    if (usual === undefined) return 0;
    const text = String(parts[name]);
    return text === '' ? usual + 2 : Math.max(0, usual - text.length);
  };
  return names.reduce((sum, name) => sum + missing(name), 0);
}

function bar(fraction: number, width: number): string {
  const full = Math.floor(fraction * width);
  const head = full < width ? '>' : '';
  return `${'='.repeat(full)}${head}`.padEnd(width);
}
