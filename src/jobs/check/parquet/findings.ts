/** Gathers what is found in one Parquet file: damage by place, as far as a list may grow, and notes by kind. */

import { BowerbirdError, type ErrorCode } from '../../../errors.ts';
import { Damage, parquetError } from '../../../samples/parquet/faults.ts';
import { shown } from '../../../secrets.ts';
import type { ParquetDamage, ParquetFault, ParquetNote } from './types.ts';

export interface FindingPlace {
  readonly group?: number | undefined;
  readonly column?: string | undefined;
  readonly row?: number | undefined;
  readonly offset?: number | undefined;
  readonly length?: number | undefined;
}

const mostListed = 200;
/** Kinds of notes; sentences about one file are few. */
const mostKinds = 100;

export class ParquetFindings {
  readonly damaged: ParquetDamage[] = [];
  faults = 0;
  readonly #uri: string;
  readonly #notes = new Map<string, { fault: ParquetNote['fault']; text: string; count: number; first: string }>();
  #unkept = 0;

  constructor(uri: string) {
    this.#uri = uri;
  }

  add(fault: ParquetFault, reason: string, place: FindingPlace = {}, code: ErrorCode = 'CORRUPT'): void {
    this.faults++;
    if (this.damaged.length >= mostListed) return;
    const { group = null, column = null, row = null, offset = 0, length = 0 } = place;
    this.damaged.push({ fault, group, column, row, offset, length, code, reason });
  }

  /** Why something could not be judged at all. */
  unread: BowerbirdError | undefined;

  /** What reading threw: damage, or a variant that is not read. Anything else is thrown on. */
  caught(error: unknown, fault: ParquetFault, place: FindingPlace = {}): void {
    const isDamage = error instanceof Damage;
    if (!isDamage && !(error instanceof BowerbirdError)) throw error;
    const { code } = error;
    if (code === 'UNSUPPORTED') {
      this.unread ??= isDamage ? parquetError(code, this.#uri, `${placeText(place)}: ${error.message}`) : error;
    } else if (code === 'CORRUPT' || code === 'TRUNCATED' || code === 'BAD_SCHEMA') {
      const offset = isDamage ? place.offset : (error.offset ?? place.offset);
      this.add(fault, this.reasonOf(error), { ...place, offset }, code);
    } else throw error;
  }

  /** Without the name of the file, which whoever shows it says. */
  reasonOf({ message }: Error): string {
    const prefix = `Cannot read "${shown(this.#uri)}": `;
    return message.startsWith(prefix) ? message.slice(prefix.length) : message;
  }

  /** `first`: where it was met; a text that comes again is counted. */
  note(fault: ParquetNote['fault'], text: string, first = ''): void {
    const key = `${fault} ${text}`;
    const known = this.#notes.get(key);
    if (known !== undefined) known.count++;
    else if (this.#notes.size < mostKinds) this.#notes.set(key, { fault, text, count: 1, first });
    else this.#unkept++;
  }

  get notes(): ParquetNote[] {
    const notes: ParquetNote[] = [...this.#notes.values()].map(({ fault, text, count, first }) => {
      const where = first === '' ? '' : count === 1 ? ` (${first})` : ` (${count} times, first ${first})`;
      return { fault, reason: `${text}${where}` };
    });
    const unlisted = this.faults - this.damaged.length;
    if (unlisted > 0)
      notes.push({ fault: 'unlisted-damage', reason: `Places that are damaged and not listed: ${unlisted}` });
    if (this.#unkept > 0)
      notes.push({ fault: 'unlisted-damage', reason: `Notes that are not listed: ${this.#unkept}` });
    return notes;
  }
}

export function placeText({ group, column, row }: FindingPlace): string {
  const parts = [
    ...(group === undefined ? [] : [`row group ${group}`]),
    ...(column === undefined ? [] : [`column "${column}"`]),
    ...(row === undefined ? [] : [`row ${row}`]),
  ];
  return parts.join(', ');
}
