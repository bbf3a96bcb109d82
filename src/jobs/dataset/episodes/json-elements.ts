/**
 * The elements of a JSON list, one after another, without the whole of it as objects. What is wrong with an element ends that element alone:
 * NaN and Infinity, which Python writes and JSON does not know, keys that stand twice, text that is no UTF-8. RFC 8259.
 */

import { isUtf8 } from 'node:buffer';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

export interface JsonElement {
  readonly index: number;
  /** Of its first byte. */
  readonly offset: number;
  readonly value: Json;
  /** Why it must not be used, as the end of a sentence. */
  readonly problem: string | undefined;
}

/** The text is no JSON, or no list: what stands before `offset` is intact. */
export class JsonFault extends Error {
  readonly offset: number;

  constructor(offset: number, message: string) {
    super(message);
    this.offset = offset;
  }
}

/** What nobody nests deeper, and a stack takes. */
const mostDepth = 100;

/** @throws JsonFault behind the last element that is intact */
export function* elementsOf(bytes: Uint8Array): Generator<JsonElement, void, void> {
  const reader = new JsonReader(bytes);
  reader.skipMark();
  reader.expectList();
  if (!reader.takeEnd()) {
    for (let index = 0; ; index++) {
      const offset = reader.skipBlanks();
      reader.problem = undefined;
      const value = reader.value(0);
      // What follows must be there too: of a text that was cut off, the last number may be a part of one.
      const isLast = reader.isLast();
      yield { index, offset, value, problem: reader.problem };
      if (isLast) break;
    }
  }
  reader.expectEnd();
}

const [quote, comma, colon, backslash, minus] = [0x22, 0x2c, 0x3a, 0x5c, 0x2d];
const [openList, closeList, openObject, closeObject] = [0x5b, 0x5d, 0x7b, 0x7d];
const numberForm = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
/** Besides numbers. What Python's json.dump() writes of floats that are none is taken for what it says, and told. */
const words: readonly (readonly [word: string, value: Json, problem?: string])[] = [
  ['true', true],
  ['false', false],
  ['null', null],
  ['NaN', Number.NaN, 'NaN is no JSON'],
  ['Infinity', Number.POSITIVE_INFINITY, 'Infinity is no JSON'],
  ['-Infinity', Number.NEGATIVE_INFINITY, '-Infinity is no JSON'],
];

class JsonReader {
  problem: string | undefined;
  readonly #bytes: Buffer;
  readonly #isUtf8: boolean;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#isUtf8 = isUtf8(bytes);
  }

  /** A byte order mark, which some editors write. */
  skipMark(): void {
    if (this.#bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]))) this.#at = 3;
  }

  skipBlanks(): number {
    for (let byte = this.#bytes[this.#at]; byte === 32 || (byte !== undefined && byte <= 13 && byte >= 9); ) {
      if (byte === 11 || byte === 12) break;
      byte = this.#bytes[++this.#at];
    }
    return this.#at;
  }

  expectList(): void {
    this.skipBlanks();
    if (this.#bytes[this.#at] !== openList) throw this.#unexpected('a list');
    this.#at++;
  }

  /** Whether the list ends here. */
  takeEnd(): boolean {
    this.skipBlanks();
    if (this.#bytes[this.#at] !== closeList) return false;
    this.#at++;
    return true;
  }

  isLast(): boolean {
    if (this.takeEnd()) return true;
    this.#take(comma, '"," or "]"');
    return false;
  }

  expectEnd(): void {
    this.skipBlanks();
    if (this.#at < this.#bytes.length) throw this.#unexpected('the end of the file');
  }

  value(depth: number): Json {
    if (depth > mostDepth) throw new JsonFault(this.#at, `values are nested more than ${mostDepth} deep`);
    this.skipBlanks();
    switch (this.#bytes[this.#at]) {
      case openObject:
        return this.#object(depth);
      case openList:
        return this.#list(depth);
      case quote:
        return this.#string();
      default:
        return this.#scalar();
    }
  }

  #object(depth: number): Json {
    const entries = new Map<string, Json>();
    this.#at++;
    this.skipBlanks();
    if (this.#bytes[this.#at] === closeObject) {
      this.#at++;
      return {};
    }
    for (;;) {
      this.skipBlanks();
      if (this.#bytes[this.#at] !== quote) throw this.#unexpected('a key');
      const key = this.#string();
      if (entries.has(key)) this.problem ??= `the key ${JSON.stringify(key.slice(0, 50))} stands twice`;
      this.#take(colon, '":"');
      entries.set(key, this.value(depth + 1));
      this.skipBlanks();
      if (this.#bytes[this.#at] === closeObject) break;
      this.#take(comma, '"," or "}"');
    }
    this.#at++;
    // Not fromEntries() of a literal: "__proto__" is a key as any other.
    return Object.assign(Object.create(null), Object.fromEntries(entries));
  }

  #list(depth: number): Json {
    const values: Json[] = [];
    this.#at++;
    if (this.takeEnd()) return values;
    do values.push(this.value(depth + 1));
    while (!this.isLast());
    return values;
  }

  /** REQUIRES: a quote. */
  #string(): string {
    const from = this.#at;
    let isPlain = true;
    for (let at = from + 1; ; at++) {
      const byte = this.#bytes[at];
      if (byte === undefined) throw new JsonFault(this.#bytes.length, 'the file ends in the middle of a string');
      if (byte < 32) throw new JsonFault(at, 'a control character stands in a string');
      if (byte === backslash) {
        isPlain = false;
        at++;
      } else if (byte === quote) {
        this.#at = at + 1;
        return this.#text(from, at + 1, isPlain);
      }
    }
  }

  #text(from: number, to: number, isPlain: boolean): string {
    const slice = this.#bytes.subarray(from, to);
    if (!this.#isUtf8 && !isUtf8(slice)) this.problem ??= `text at byte ${from} is not in UTF-8`;
    if (isPlain) return slice.toString('utf8', 1, slice.length - 1);
    try {
      const text = JSON.parse(slice.toString('utf8')) as string;
      if (/\p{Surrogate}/u.test(text)) this.problem ??= `text at byte ${from} holds half a character`;
      return text;
    } catch {
      throw new JsonFault(from, 'a string holds an escape that there is not');
    }
  }

  #scalar(): Json {
    const from = this.#at;
    const word = words.find(([text]) => this.#startsWith(text));
    if (word !== undefined) {
      const [text, value, problem] = word;
      this.#at += text.length;
      if (problem !== undefined) this.problem ??= `${problem} (byte ${from})`;
      return value;
    }
    let at = from;
    for (let byte = this.#bytes[at]; byte !== undefined && isOfNumber(byte); ) byte = this.#bytes[++at];
    const text = this.#bytes.toString('latin1', from, at);
    if (!numberForm.test(text)) throw this.#unexpected('a value');
    this.#at = at;
    return Number(text);
  }

  #startsWith(text: string): boolean {
    return (
      this.#bytes[this.#at] === text.charCodeAt(0) &&
      this.#bytes.toString('latin1', this.#at, this.#at + text.length) === text
    );
  }

  #take(byte: number, what: string): void {
    this.skipBlanks();
    if (this.#bytes[this.#at] !== byte) throw this.#unexpected(what);
    this.#at++;
  }

  #unexpected(expected: string): JsonFault {
    const rest = this.#bytes.toString('utf8', this.#at, this.#at + 20);
    return new JsonFault(
      this.#at,
      `expected ${expected}, found ${rest === '' ? 'the end of the file' : JSON.stringify(rest)}`,
    );
  }
}

function isOfNumber(byte: number): boolean {
  return (byte >= 48 && byte <= 57) || byte === minus || byte === 43 || byte === 46 || byte === 69 || byte === 101;
}
