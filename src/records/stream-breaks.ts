/** What a pass tells of a file, where the damage of its compressed stream and that of its records are one and the same. */

import type { BowerbirdError, ErrorCode } from '../errors.ts';

/** Something wrong with one record, or a stretch that holds no intact record. */
export interface Finding {
  /** Index of the record; a damaged stretch counts as one. */
  readonly record: number;
  /** Of its header, in the (uncompressed) record stream. */
  readonly offset: number;
  /** Bytes of a damaged stretch, else 0. */
  readonly length: number;
  readonly code: ErrorCode;
  readonly reason: string;
  /** Bytes were changed or are missing; otherwise the record is intact but unusable. */
  readonly damage: boolean;
  /** Of a record that is too large for this machine: the bytes that its header says it takes. */
  readonly promised?: number;
  /** The file is of another format altogether: there is nothing in it to lose. */
  readonly foreign?: boolean;
}

/** Where the content of a compressed stream has a gap or ends too early, until a finding has told it. */
interface StreamBreak {
  readonly error: BowerbirdError;
  readonly offset: number;
  isEnd: boolean;
}

/** Of one stream, in order. */
export class StreamBreaks {
  readonly #breaks: StreamBreak[] = [];

  add(error: BowerbirdError): void {
    this.#breaks.push({ error, offset: error.offset ?? 0, isEnd: false });
  }

  /** Nothing comes behind the last ones. */
  ended(): void {
    const end = this.#breaks.at(-1)?.offset;
    for (const broken of this.#breaks) broken.isEnd = broken.offset === end;
  }

  /** The stream broke off at `offset`, between two records. */
  between(offset: number, record: number): Finding[] {
    const here = this.#breaks.findIndex((broken) => broken.offset === offset);
    return here < 0 ? [] : this.#breaks.splice(here).map((broken) => found(broken, record));
  }

  /** A finding about records: a break that lies in a damaged stretch is its reason. */
  told(finding: Finding, isTruncation: boolean): Finding[] {
    if (!finding.damage) return [finding];
    const { record, offset, length } = finding;
    const all: Finding[] = [];
    while (this.#breaks.length > 0 && this.#breaks[0]!.offset < offset) all.push(found(this.#breaks.shift()!, record));
    const first = this.#breaks[0];
    // What stands in front of the end of the stream may be damaged on its own account.
    if (first === undefined || first.offset > offset + length || (first.isEnd && !isTruncation))
      return [...all, finding];
    const beyond = this.#breaks.findIndex((broken) => broken.offset > offset + length);
    const [, ...more] = this.#breaks.splice(0, beyond < 0 ? this.#breaks.length : beyond);
    return [...all, { ...found(first, record), offset, length }, ...more.map((broken) => found(broken, record + 1))];
  }

  /** Those that no stretch holds: the stream broke off between two records. */
  rest(record: number): Finding[] {
    return this.#breaks.splice(0).map((broken) => found(broken, record));
  }
}

function found({ error: { code, message }, offset }: StreamBreak, record: number): Finding {
  return { record, offset, length: 0, damage: true, code, reason: message };
}
