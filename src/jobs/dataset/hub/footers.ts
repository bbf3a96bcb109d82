/** What the footers of a repository's files say, kept by the hash of each: a file is asked for once, however often a build is started. */

import type { Stop } from '../../../bytes.ts';
import { isVerdict } from '../../../errors.ts';
import { readShardFooter, type ShardFooter } from '../../../samples/parquet/shard-footer.ts';
import type { ShardFacts } from '../../../samples/parquet/write/shard-facts.ts';
import type { HubFile } from '../../../storage/hub/repository.ts';
import type { StateFile } from '../../engine/job.ts';
import { type JsonObject, seal, unsealLines } from '../../engine/journal.ts';
import type { StateFiles } from '../../engine/output.ts';

export const footersName = 'dataset-footers.jsonl';

export interface KnownFooter {
  readonly rows: number;
  readonly facts?: ShardFacts;
  /** The key-value "huggingface". */
  readonly huggingface?: string;
  /** It is no Parquet file, or a damaged one: why. */
  readonly problem?: string;
}

interface Line extends JsonObject {
  readonly oid: string;
  readonly footer: KnownFooter;
}

export class Footers {
  readonly #known = new Map<string, KnownFooter>();
  /** Those that a file of now has. */
  readonly #used = new Set<string>();

  static async read(files: StateFiles, path: string): Promise<Footers> {
    const footers = new Footers();
    for await (const { oid, footer } of unsealLines<Line>(files, path)) footers.#known.set(oid, footer);
    return footers;
  }

  async of({ oid, size }: HubFile, uri: string, stop: Stop): Promise<KnownFooter> {
    this.#used.add(oid);
    const known = this.#known.get(oid) ?? (await lookAt(uri, { size, stop }));
    this.#known.set(oid, known);
    return known;
  }

  /** Of a file that is about to be there. */
  add(oid: string, footer: ShardFooter): KnownFooter {
    const known = knownOf(footer);
    this.#used.add(oid);
    this.#known.set(oid, known);
    return known;
  }

  /** For the next run. */
  asFile(): StateFile {
    return { name: footersName, lines: this.#lines() };
  }

  *#lines(): Generator<string> {
    for (const oid of this.#used) yield seal({ oid, footer: this.#known.get(oid)! } satisfies Line);
  }
}

async function lookAt(uri: string, how: { size: number; stop: Stop }): Promise<KnownFooter> {
  try {
    return knownOf(await readShardFooter(uri, how));
  } catch (error) {
    if (!isVerdict(error)) throw error;
    return { rows: 0, problem: error.message };
  }
}

function knownOf({ rows, facts, keyValues }: ShardFooter): KnownFooter {
  const huggingface = keyValues.get('huggingface');
  return { rows, ...(facts !== undefined && { facts }), ...(huggingface !== undefined && { huggingface }) };
}
