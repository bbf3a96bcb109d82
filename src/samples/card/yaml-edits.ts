/** Changes of a YAML text in place: what nobody asked to change keeps every byte, comments and quotes among them. */

import type { Document, Node, Pair, Scalar, YAMLMap, YAMLSeq } from 'yaml';
import { badCard, type CardParts, lineAt } from './front-matter.ts';
import { blockLines, flowPair, flowText, pairLines, type YamlValue } from './yaml-text.ts';

interface Edit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

type Yaml = typeof import('yaml');

/** What aliases may come to: a text of a few lines can stand for more than any memory holds. */
const mostAliases = 100;

export class YamlEdits {
  readonly root: YAMLMap | undefined;
  readonly #yaml: Yaml;
  readonly #parts: CardParts;
  readonly #name: string;
  readonly #document: Document;
  readonly #edits: Edit[] = [];
  /** Lines for the end, behind whatever is added to what stands last there. */
  readonly #top: string[] = [];

  /** Read as PyYAML does, by YAML 1.1. @throws BowerbirdError BAD_SCHEMA, naming the line */
  static async open(parts: CardParts, name: string): Promise<YamlEdits> {
    return new YamlEdits(await import('yaml'), parts, name);
  }

  private constructor(yaml: Yaml, parts: CardParts, name: string) {
    this.#yaml = yaml;
    this.#parts = parts;
    this.#name = name;
    const options = { version: '1.1', intAsBigInt: true, keepSourceTokens: true, prettyErrors: false } as const;
    this.#document = yaml.parseDocument(parts.yaml, options);
    const [fault] = this.#document.errors;
    if (fault !== undefined) throw this.bad(fault.pos[0], `its YAML cannot be read (${fault.message})`);
    const { contents } = this.#document;
    const isNothing = contents === null || (yaml.isScalar(contents) && contents.value === null);
    if (!isNothing && !yaml.isMap(contents)) throw this.bad(0, 'expected names with values as its YAML');
    this.root = isNothing ? undefined : (contents as YAMLMap);
  }

  bad(at: number, what: string): Error {
    return badCard(this.#name, this.#parts.firstLine - 1 + lineAt(this.#parts.yaml, at), what);
  }

  badNode(node: unknown, what: string): Error {
    return this.bad((node as Node | null)?.range?.[0] ?? 0, what);
  }

  /** The value of a key; undefined where it is not there or null. */
  valueOf(map: YAMLMap | undefined, key: string): Node | undefined {
    const value = this.#pair(map, key)?.value as Node | null | undefined;
    if (value === undefined || value === null) return undefined;
    if (this.#yaml.isAlias(value)) throw this.badNode(value, `"${key}" stands for what is elsewhere; write it out`);
    return this.#yaml.isScalar(value) && value.value === null ? undefined : value;
  }

  listOf(map: YAMLMap | undefined, key: string): YAMLSeq | undefined {
    const value = this.valueOf(map, key);
    if (value === undefined || this.#yaml.isSeq(value)) return value as YAMLSeq | undefined;
    throw this.badNode(value, `expected a list as "${key}"`);
  }

  /** Its mappings; other things in it are not looked at. */
  mapsIn(list: YAMLSeq | undefined): readonly YAMLMap[] {
    return (list?.items ?? []).filter((item): item is YAMLMap => this.#yaml.isMap(item));
  }

  isMap(node: Node | undefined): node is YAMLMap {
    return this.#yaml.isMap(node);
  }

  /** As Python has it; whole numbers are bigints. */
  plain(node: Node | undefined): unknown {
    if (node === undefined) return undefined;
    try {
      return node.toJS(this.#document, { maxAliasCount: mostAliases });
    } catch (error) {
      throw this.badNode(node, (error as Error).message);
    }
  }

  textOf(map: YAMLMap | undefined, key: string): string | undefined {
    const value = this.plain(this.valueOf(map, key));
    return typeof value === 'string' ? value : undefined;
  }

  /** A key that is not there, or null. */
  add(map: YAMLMap | undefined, key: string, value: YamlValue): void {
    const pair = this.#pair(map, key);
    if (map === undefined) this.#top.push(...pairLines(key, value, 0));
    else if (pair !== undefined) this.#fill(map, pair, value);
    else if (map.flow) this.#behind(map, flowPair(key, value));
    else if (map === this.root) this.#top.push(...pairLines(key, value, this.#indentOf(map)));
    else this.#lines(this.#lineBehind(map), pairLines(key, value, this.#indentOf(map)));
  }

  append(list: YAMLSeq, value: YamlValue): void {
    if (list.flow) this.#behind(list, flowText(value));
    else this.#lines(this.#lineBehind(list), blockLines([value], this.#indentOf(list)));
  }

  /** A single value in the place of another. */
  set(node: Node, value: bigint | number): void {
    const [from, to] = node.range!;
    if (this.plain(node) === BigInt(value)) return;
    if (!this.#yaml.isScalar(node)) throw this.badNode(node, 'expected a number');
    this.#edits.push({ from, to, text: String(value) });
  }

  /** A mapping becomes a list of which it is the first. */
  asList(map: YAMLMap, more: readonly YamlValue[]): void {
    const { yaml } = this.#parts;
    const [from, end] = map.range!;
    if (map.flow) {
      this.#edits.push({ from, to: from, text: '[' });
      this.#edits.push({ from: end, to: end, text: `${more.map((value) => `, ${flowText(value)}`).join('')}]` });
      return;
    }
    const indent = this.#indentOf(map);
    const first = (map.items[0]?.key as Node | undefined)?.range?.[0] ?? from;
    if (indent < 2 || yaml.slice(first - 2, first) !== '  ') {
      throw this.badNode(map, 'expected at least two blanks before the names below "dataset_info", or a list');
    }
    this.#edits.push({ from: first - 2, to: first, text: '- ' });
    this.#lines(this.#lineBehind(map), blockLines(more, indent - 2));
  }

  /** A key with its value, whole lines of a block. */
  remove(map: YAMLMap, key: string): void {
    const pair = this.#pair(map, key)!;
    if (map.flow || map.items[0] === pair)
      throw this.badNode(pair.key, `"${key}" tells what is not so any more; remove it`);
    const from = this.#parts.yaml.lastIndexOf('\n', (pair.key as Node).range![0] - 1) + 1;
    this.#edits.push({ from, to: this.#lineFrom(this.#endOf(pair)), text: '' });
  }

  apply(): string {
    const { yaml, eol } = this.#parts;
    let [text, at] = ['', 0];
    const sorted = this.#edits
      .map((edit, i) => ({ ...edit, i }))
      .sort((a, b) => a.from - b.from || a.to - b.to || a.i - b.i);
    for (const { from, to, text: added } of sorted) {
      text += yaml.slice(at, from) + added;
      at = to;
    }
    text += yaml.slice(at);
    const start = this.#top.length > 0 && text !== '' && !text.endsWith('\n') ? eol : '';
    return text + start + this.#top.map((line) => line + eol).join('');
  }

  #pair(map: YAMLMap | undefined, key: string): Pair<unknown, unknown> | undefined {
    return map?.items.find((pair) => this.#yaml.isScalar(pair.key) && (pair.key as Scalar).value === key);
  }

  /** A value for a key that has none. */
  #fill(map: YAMLMap, pair: Pair<unknown, unknown>, value: YamlValue): void {
    const node = pair.value as Node | null;
    const key = pair.key as Scalar;
    const [from, to] = node?.range ?? [key.range![1] + 1, key.range![1] + 1];
    if (map.flow || typeof value !== 'object') {
      this.#edits.push({ from, to, text: from === to ? ` ${flowText(value)}` : flowText(value) });
      return;
    }
    if (to > from) this.#edits.push({ from, to, text: '' });
    const indent = this.#indentOf(map);
    this.#lines(this.#lineFrom(to), blockLines(value, Array.isArray(value) ? indent : indent + 2));
  }

  #behind(list: YAMLMap | YAMLSeq, text: string): void {
    const last = list.items.at(-1);
    if (last === undefined) {
      const at = this.#parts.yaml.indexOf(this.#yaml.isSeq(list) ? '[' : '{', list.range![0]) + 1;
      this.#edits.push({ from: at, to: at, text });
      return;
    }
    const at = this.#endOf(last);
    this.#edits.push({ from: at, to: at, text: `, ${text}` });
  }

  #lines(at: number, lines: readonly string[]): void {
    const { yaml, eol } = this.#parts;
    const start = at > 0 && yaml[at - 1] !== '\n' ? eol : '';
    this.#edits.push({ from: at, to: at, text: start + lines.map((line) => line + eol).join('') });
  }

  #indentOf(node: YAMLMap | YAMLSeq): number {
    const { srcToken } = node as { srcToken?: { indent?: number } };
    if (srcToken?.indent === undefined) throw this.badNode(node, 'its form is not understood; write it in lines');
    return srcToken.indent;
  }

  #lineBehind(node: YAMLMap | YAMLSeq): number {
    return this.#lineFrom(this.#endOf(node));
  }

  /** The line that begins behind a place. */
  #lineFrom(at: number): number {
    const { yaml } = this.#parts;
    if (at > 0 && yaml[at - 1] === '\n') return at;
    const next = yaml.indexOf('\n', at);
    return next < 0 ? yaml.length : next + 1;
  }

  /** Where the last thing of it ends: the range of a block goes on over comments that are not its. */
  #endOf(node: unknown): number {
    const { isCollection, isPair } = this.#yaml;
    if (isPair(node)) {
      const key = (node.key as Node).range![1];
      return node.value === null ? key + 1 : Math.max(key + 1, this.#endOf(node.value));
    }
    if (isCollection(node) && node.flow !== true && node.items.length > 0) return this.#endOf(node.items.at(-1));
    return (node as Node).range![1];
  }
}
