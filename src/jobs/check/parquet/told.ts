/** What a shard of ours says of itself, held against what it is. */

import type { ParquetFindings } from './findings.ts';

export interface ShardTold {
  /** Language or name of the configuration, and the number of the chunk: "en-12". */
  readonly chunk: string;
  /** From 0. */
  readonly part: number;
  readonly parts: number;
  /** SHA-256 of what the chunk is made of, in hexadecimal digits. */
  readonly identity: string;
  readonly config: string;
  readonly split: string;
  readonly rows: number;
  /** What Arrow holds: `num_bytes` of a card. */
  readonly arrowBytes: number;
}

/** The key under which our writer says it. */
const key = 'bowerbird';

/** Undefined where the file has none of ours, or one that cannot be right. */
export function toldBy(keyValues: ReadonlyMap<string, string>): ShardTold | undefined {
  const value = parsed(keyValues.get(key));
  if (typeof value !== 'object' || value === null) return undefined;
  const { chunk, part, parts, identity, config, split, rows, arrowBytes } = value as {
    readonly [key: string]: unknown;
  };
  const areTexts = [chunk, identity, config, split].every((text) => typeof text === 'string');
  const areCounts = [part, parts, rows, arrowBytes].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  return areTexts && areCounts
    ? ({ chunk, part, parts, identity, config, split, rows, arrowBytes } as ShardTold)
    : undefined;
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}

/** A file of ours that tells of other rows was put together by somebody else. */
export function checkTold(keyValues: ReadonlyMap<string, string>, rows: number, findings: ParquetFindings): void {
  const told = toldBy(keyValues);
  if (told === undefined) {
    if (keyValues.has(key)) findings.note('parts', `Its key "${key}" is none that is read here`);
    return;
  }
  if (told.rows !== rows) {
    findings.add('parts', `It says that it holds ${told.rows} rows (key "${key}"), and it holds ${rows}`);
  }
  if (told.part >= told.parts) findings.add('parts', `It says that it is part ${told.part + 1} of ${told.parts}`);
}
