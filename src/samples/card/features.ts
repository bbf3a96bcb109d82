/** Features of columns as a card has them, from the key "huggingface" of a file: `Features._to_yaml_list()` of https://github.com/huggingface/datasets. */

import type { YamlValue } from './yaml-text.ts';

type Json = { readonly [key: string]: unknown };

/** Undefined where the file says nothing that is understood: features describe, and a card may do without. */
export function cardFeatures(huggingface: string | undefined): readonly YamlValue[] | undefined {
  try {
    const { info } = JSON.parse(huggingface ?? '') as { info?: { features?: unknown } };
    const { features } = info ?? {};
    return isObject(features) ? fieldsOf(features) : undefined;
  } catch {
    return undefined;
  }
}

function fieldsOf(fields: Json): YamlValue[] {
  return Object.entries(fields).map(([name, feature]) => ({ name, ...featureOf(feature) }));
}

function featureOf(feature: unknown): { readonly [key: string]: YamlValue } {
  if (Array.isArray(feature)) return listOf('list', feature[0], {});
  if (!isObject(feature)) throw new Error('no feature');
  const { _type: type, feature: item, ...rest } = feature;
  const values = given(rest);
  if (type === 'LargeList') return listOf('large_list', item, values);
  // Of a length that is not fixed, which is -1.
  if (type === 'List' || type === 'Sequence') return listOf('list', item, values['length'] === -1 ? {} : values);
  if (type === 'Value') return values;
  if (typeof type !== 'string') return { struct: fieldsOf(feature) };
  const name = snakeCase(type);
  if (Object.keys(values).length === 0) return { dtype: name };
  const { names } = values;
  const labels =
    type === 'ClassLabel' && Array.isArray(names)
      ? { names: Object.fromEntries(names.map((label, i) => [String(i), label])) }
      : {};
  return { dtype: { [name]: { ...values, ...labels } } };
}

function listOf(kind: string, item: unknown, rest: { readonly [key: string]: YamlValue }) {
  const feature = featureOf(item);
  const keys = Object.keys(feature);
  // What has nothing else to say stands for itself, as there.
  const isAlone = keys.length === 1 && (keys[0] === 'dtype' || keys[0] === 'struct');
  return { [kind]: isAlone ? feature[keys[0]!]! : feature, ...rest };
}

/** What is null says nothing. */
function given(values: Json): { readonly [key: string]: YamlValue } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null)) as {
    [key: string]: YamlValue;
  };
}

/** "ClassLabel" is "class_label", "Array2D" is "array2_d", as there. */
function snakeCase(name: string): string {
  return name
    .replace(/([A-Z]+)([A-Z][a-z])/g, '$1_$2')
    .replace(/([a-z\d])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
