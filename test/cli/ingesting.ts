/** Recordings with labels for the command line, and what lies in the folder then. */

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { wav } from '../support/labelled.ts';

export const three = wav([-32768, 0, 32767]);
export const stereo = wav([1, 2, 3, 4], { channels: 2, sampleRate: 8000 });

/** `count` recordings of different lengths; sample 0 of recording i is i. */
export function recordings(count: number): { [name: string]: Uint8Array | string } {
  const files: { [name: string]: Uint8Array | string } = {};
  const rows = ['Label,Blob Name'];
  for (let i = 0; i < count; i++) {
    files[`audio/clip-${i}.wav`] = wav([i, ...Array.from({ length: i % 5 }, (_, k) => k)]);
    rows.push(`${i % 3},clip-${i}.wav`);
  }
  files['labels.csv'] = `${rows.join('\n')}\n`;
  return files;
}

/** The command line that puts labels.csv and the recordings in audio/ into shards at `out`. */
export function ingestInto(out: string, ...more: readonly string[]): string[] {
  return ['ingest', 'labels.csv', '--audio', 'audio', '--out', out, ...more];
}

/** Names and bytes of what a user sees. */
export function outputs(folder: string): { [name: string]: string } {
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(join(folder, name)).toString('latin1')]));
}

export const shardsOf = (folder: string) =>
  Object.fromEntries(Object.entries(outputs(folder)).filter(([name]) => name.endsWith('.tfrecord')));

export const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
export const rejects = (path: string) =>
  readFileSync(path, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
