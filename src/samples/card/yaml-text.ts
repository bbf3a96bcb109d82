/** Values as YAML that every reader takes for the same: what one version of YAML might take for another type stands in quotes. */

export type YamlValue =
  | string
  | number
  | bigint
  | boolean
  | readonly YamlValue[]
  | { readonly [key: string]: YamlValue };

/** Lines without their ends, all of them indented by `indent` blanks. A list begins at the same column as its key, as PyYAML writes it. */
export function blockLines(value: YamlValue, indent: number): string[] {
  const pad = ' '.repeat(indent);
  if (isList(value)) {
    if (value.length === 0) return [`${pad}[]`];
    return value.flatMap((item) => {
      const lines = blockLines(item, indent + 2);
      return [`${pad}- ${lines[0]!.slice(indent + 2)}`, ...lines.slice(1)];
    });
  }
  if (!isMapping(value)) return [`${pad}${scalar(value)}`];
  const entries = Object.entries(value);
  if (entries.length === 0) return [`${pad}{}`];
  return entries.flatMap(([key, each]) => pairLines(key, each, indent));
}

/** A key with its value. */
export function pairLines(key: string, value: YamlValue, indent: number): string[] {
  const start = `${' '.repeat(indent)}${scalar(key)}:`;
  const isEmpty = typeof value === 'object' && Object.keys(value).length === 0;
  if (typeof value !== 'object' || isEmpty) return [`${start} ${blockLines(value, 0)[0]}`];
  return [start, ...blockLines(value, isList(value) ? indent : indent + 2)];
}

/** On one line, for places between brackets. */
export function flowText(value: YamlValue): string {
  if (isList(value)) return `[${value.map(flowText).join(', ')}]`;
  if (!isMapping(value)) return typeof value === 'string' ? quoted(value) : scalar(value);
  return `{${Object.entries(value)
    .map(([key, each]) => flowPair(key, each))
    .join(', ')}}`;
}

export function flowPair(key: string, value: YamlValue): string {
  return `${quoted(key)}: ${flowText(value)}`;
}

/** Nothing that YAML 1.1 or 1.2 takes for anything but text. */
const plain = /^[A-Za-z_][\w./*-]*$/;
const words = /^(?:y|n|yes|no|on|off|true|false|null|_+)$/i;

function scalar(value: string | number | bigint | boolean): string {
  if (typeof value !== 'string') return String(value);
  return plain.test(value) && !words.test(value) ? value : quoted(value);
}

/** As JSON, in which nothing stands that YAML cannot print. */
function quoted(text: string): string {
  const unprintable = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;
  return JSON.stringify(text).replace(unprintable, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

function isMapping(value: YamlValue): value is { readonly [key: string]: YamlValue } {
  return typeof value === 'object' && !Array.isArray(value);
}
