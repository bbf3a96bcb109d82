/**
 * As much of YAML (https://yaml.org/spec/1.2.2/) as cards of datasets use for their configurations: mappings, sequences, texts, plain or in
 * quotes, both also on one line in brackets. Anything else is refused, not guessed at.
 */

export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

/** `line`: in the text, from 1. */
export class YamlFault extends Error {
  readonly line: number;

  constructor(line: number, what: string) {
    super(what);
    this.line = line;
  }
}

interface Line {
  readonly number: number;
  readonly indent: number;
  readonly text: string;
}

const mostDepth = 32;

/** Numbers, booleans and nulls stay the texts that they are. Throws YamlFault. */
export function parseYaml(text: string, firstLine = 1): Yaml {
  const lines = linesOf(text, firstLine);
  if (lines.length === 0) return '';
  const parser = new Blocks(lines);
  const value = parser.block(lines[0]!.indent, 0);
  parser.refuseRest();
  return value;
}

function linesOf(text: string, firstLine: number): Line[] {
  return text.split(/\r?\n/).flatMap((raw, i): Line[] => {
    const number = firstLine + i;
    const content = withoutComment(raw).trimEnd();
    const indent = content.length - content.trimStart().length;
    if (content.trim() === '') return [];
    if (content.slice(0, indent).includes('\t')) throw new YamlFault(number, 'a tab indents it');
    return [{ number, indent, text: content.trimStart() }];
  });
}

/** A "#" begins a comment at the start and behind a space, outside of quotes. */
function withoutComment(line: string): string {
  let quote = '';
  for (let i = 0; i < line.length; i++) {
    const c = line[i]!;
    if (quote !== '') {
      if (c === '\\' && quote === '"') i++;
      else if (c === quote) quote = '';
    } else if ((c === '"' || c === "'") && /(^|[\s:[{,-])$/.test(line.slice(0, i))) quote = c;
    else if (c === '#' && (i === 0 || /\s/.test(line[i - 1]!))) return line.slice(0, i);
  }
  return line;
}

class Blocks {
  readonly #lines: Line[];
  #next = 0;

  constructor(lines: readonly Line[]) {
    this.#lines = [...lines];
  }

  refuseRest(): void {
    const line = this.#lines[this.#next];
    if (line !== undefined) throw new YamlFault(line.number, 'it is indented as nothing before it');
  }

  /** What stands at `indent`, to the line that stands before it. */
  block(indent: number, depth: number): Yaml {
    const line = this.#lines[this.#next]!;
    if (depth > mostDepth) throw new YamlFault(line.number, 'it is nested too deep');
    if (isItem(line)) return this.#sequence(indent, depth);
    if (keyOf(line) !== undefined) return this.#mapping(indent, depth);
    this.#next++;
    return inline(line.text, line.number);
  }

  #sequence(indent: number, depth: number): Yaml {
    const items: Yaml[] = [];
    for (let line = this.#lines[this.#next]; line?.indent === indent && isItem(line); line = this.#lines[this.#next]) {
      const rest = line.text.slice(1).trimStart();
      if (rest === '') {
        this.#next++;
        items.push(this.#below(indent, indent + 1, depth));
        continue;
      }
      // What stands behind the dash is a block of its own, as far in as it stands.
      const inner = { number: line.number, indent: indent + line.text.length - rest.length, text: rest };
      this.#lines[this.#next] = inner;
      items.push(this.block(inner.indent, depth + 1));
    }
    return items;
  }

  #mapping(indent: number, depth: number): Yaml {
    const entries = new Map<string, Yaml>();
    for (let line = this.#lines[this.#next]; line?.indent === indent && !isItem(line); line = this.#lines[this.#next]) {
      const found = keyOf(line);
      if (found === undefined) throw new YamlFault(line.number, 'expected a key and a colon');
      const { key, rest } = found;
      if (entries.has(key)) throw new YamlFault(line.number, `the key "${key}" is there twice`);
      this.#next++;
      // A sequence may stand below its key without being indented.
      entries.set(key, rest === '' ? this.#below(indent, indent, depth) : inline(rest, line.number));
    }
    return Object.fromEntries(entries);
  }

  /** Nothing is an empty text. */
  #below(indent: number, ofItems: number, depth: number): Yaml {
    const line = this.#lines[this.#next];
    if (line === undefined) return '';
    if (line.indent > indent || (isItem(line) && line.indent >= ofItems)) return this.block(line.indent, depth + 1);
    return '';
  }
}

function isItem({ text }: Line): boolean {
  return text === '-' || text.startsWith('- ');
}

function keyOf({ text, number }: Line): { readonly key: string; readonly rest: string } | undefined {
  const match =
    /^("(?:[^"\\]|\\.)*"|'(?:[^']|'')*'|[^\s"'[\]{}#&*!|>%@`,?:-][^#]*?|[^\s"'[\]{}#&*!|>%@`,]+?)\s*:(?:\s+(.*))?$/.exec(
      text,
    );
  if (match === null) return undefined;
  return { key: scalar(match[1]!, number), rest: (match[2] ?? '').trim() };
}

/** A value on one line. */
function inline(text: string, line: number): Yaml {
  if (text.startsWith('[') || text.startsWith('{')) {
    const flow = new Flow(text, line);
    return flow.whole();
  }
  return scalar(text, line);
}

function scalar(text: string, line: number): string {
  if (text.startsWith('"') || text.startsWith("'")) {
    const value = quoted(text, line);
    if (value.length !== text.length) throw new YamlFault(line, 'something stands behind the quotes');
    return value.value;
  }
  if (/^[&*!|>%@`]/.test(text) || /^[?:-](\s|$)/.test(text)) {
    throw new YamlFault(line, `"${text.slice(0, 20)}" is written in a way that is not read here`);
  }
  if (/:(\s|$)/.test(text)) throw new YamlFault(line, 'there are two colons');
  return text;
}

/** The text in quotes at the start, and how much of it the quotes take. */
function quoted(text: string, line: number): { readonly value: string; readonly length: number } {
  const single = /^'((?:[^']|'')*)'/.exec(text);
  if (single !== null) return { value: single[1]!.replaceAll("''", "'"), length: single[0].length };
  const double = /^"(?:[^"\\]|\\.)*"/.exec(text);
  try {
    if (double !== null) return { value: JSON.parse(double[0]) as string, length: double[0].length };
  } catch {
    // JSON knows fewer escapes than YAML.
  }
  throw new YamlFault(line, 'its quotes cannot be read');
}

class Flow {
  readonly #text: string;
  readonly #line: number;
  #at = 0;

  constructor(text: string, line: number) {
    this.#text = text;
    this.#line = line;
  }

  whole(): Yaml {
    const value = this.#value(0);
    if (this.#peek() !== '') throw this.#bad('something stands behind the brackets');
    return value;
  }

  #peek(): string {
    while (this.#text[this.#at] === ' ') this.#at++;
    return this.#text[this.#at] ?? '';
  }

  #bad(what: string): YamlFault {
    return new YamlFault(this.#line, what);
  }

  #value(depth: number): Yaml {
    if (depth > mostDepth) throw this.#bad('it is nested too deep');
    const c = this.#peek();
    if (c === '[') return this.#items(depth);
    if (c === '{') return this.#entries(depth);
    return this.#scalar(/^[^,[\]{}]*/);
  }

  #scalar(plain: RegExp): string {
    const rest = this.#text.slice(this.#at);
    if (rest.startsWith('"') || rest.startsWith("'")) {
      const { value, length } = quoted(rest, this.#line);
      this.#at += length;
      return value;
    }
    const found = plain.exec(rest)![0];
    this.#at += found.length;
    return scalar(found.trim(), this.#line);
  }

  #items(depth: number): Yaml {
    const items: Yaml[] = [];
    this.#at++;
    while (this.#peek() !== ']') {
      items.push(this.#value(depth + 1));
      this.#comma(']');
    }
    this.#at++;
    return items;
  }

  #entries(depth: number): Yaml {
    const entries = new Map<string, Yaml>();
    this.#at++;
    while (this.#peek() !== '}') {
      const key = this.#scalar(/^[^,[\]{}:]*/);
      if (this.#peek() !== ':') throw this.#bad('expected a colon behind a key');
      if (!/^:[\s,}]/.test(this.#text.slice(this.#at))) throw this.#bad('expected a space behind a colon');
      this.#at++;
      entries.set(key, this.#value(depth + 1));
      this.#comma('}');
    }
    this.#at++;
    return Object.fromEntries(entries);
  }

  #comma(end: string): void {
    if (this.#peek() === ',') this.#at++;
    else if (this.#peek() !== end) throw this.#bad(`expected a comma or "${end}"`);
  }
}
