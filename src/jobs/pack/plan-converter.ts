/** The plan of a pack whose samples a user's converter gives: by its parts, or all of them once. */

import { createHash } from 'node:crypto';
import { BowerbirdError } from '../../errors.ts';
import { show, usage } from '../../options.ts';
import { unlessAborted, untilAborted } from '../../promises.ts';
import type { Converter } from '../../samples/converter.ts';
import { plainOptions } from '../../samples/load-class.ts';
import type { Spool } from '../../storage/local/spool.ts';
import { givenSamples, mixedKeys, SampleSpool } from './given.ts';
import { digitsFor, type PackFindings, type PackPlan, packUnit } from './plan.ts';

const noRows: Omit<PackFindings, 'rows'> = {
  bytes: 0,
  missing: 0,
  outside: 0,
  remote: 0,
  left: [],
  leftOut: [],
  vocabulary: null,
};

/** A shard for each part; threads give its samples. */
export async function planParts(
  converter: Converter,
  name: string,
  signal: AbortSignal | undefined,
): Promise<PackPlan> {
  const parts = partsOf(await unlessAborted(converter.parts?.(), signal), name);
  if (parts.length === 0) throw nothingOf(name);
  const units = parts.map((part, shard) => {
    plainOptions({ part }, 'converter');
    const version = digestOf(JSON.stringify(part));
    return packUnit(shard, { first: undefined, digits: digitsFor(0), from: { kind: 'part', part }, size: 0, version });
  });
  return { units, findings: { rows: undefined, ...noRows }, notices: [] };
}

function partsOf(parts: unknown, name: string): readonly unknown[] {
  if (Array.isArray(parts)) return parts;
  throw usage(`Cannot pack what converter "${name}" gives: expected a list from its parts(), found ${show(parts)}`);
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

export interface SpoolPlanning {
  readonly converter: Converter;
  readonly name: string;
  readonly samplesPerShard: number;
  /** Takes the samples; open as long as there is a shard to make. */
  readonly spool: Spool;
  readonly signal: AbortSignal | undefined;
}

/** Samples come once, one after another, in this thread; shards are made of them in parallel. */
export async function planSpool({ converter, name, samplesPerShard, spool, signal }: SpoolPlanning): Promise<PackPlan> {
  const samples = new SampleSpool(spool);
  const shards: { readonly offset: number; bytes: number; version: string }[] = [];
  let [count, offset, isKeyed] = [0, 0, false];
  const end = () => {
    shards.push({ offset, bytes: spool.length - offset, version: samples.digest().slice(0, 32) });
    offset = spool.length;
  };
  // With parts and no module that threads could load, one part after another.
  const parts =
    converter.parts === undefined ? [undefined] : partsOf(await unlessAborted(converter.parts(), signal), name);
  for (const part of parts) {
    for await (const given of untilAborted(givenSamples(converter, part, name), signal)) {
      if (count > 0 && isKeyed !== (given.key !== undefined)) throw mixedKeys(name);
      isKeyed = given.key !== undefined;
      samples.add(given);
      if (++count % samplesPerShard === 0) end();
    }
  }
  if (count % samplesPerShard !== 0) end();
  if (count === 0) throw nothingOf(name);
  spool.flush();
  const digits = digitsFor(count);
  const units = shards.map(({ version, ...range }, shard) => {
    const from = { kind: 'spool', fd: spool.fd, ...range } as const;
    return packUnit(shard, { first: shard * samplesPerShard, digits, from, size: range.bytes, version });
  });
  return { units, findings: { rows: count, ...noRows }, notices: [] };
}

function nothingOf(name: string): BowerbirdError {
  return new BowerbirdError('BAD_SCHEMA', `Cannot pack what converter "${name}" gives: it has no sample`);
}
