/** What `datasets` says of columns: https://huggingface.co/docs/datasets/about_dataset_features, in the key "huggingface" of a file. */

export interface HubFeature {
  /** "Audio", "ClassLabel", "Value" and so on. */
  readonly type: string;
  /** Of Audio, in Hz; undefined: each has its own. */
  readonly samplingRate: number | undefined;
  /** Of ClassLabel, in the order of their numbers. */
  readonly names: readonly string[] | undefined;
}

/** By column; empty where the file says nothing that can be read. The features describe, and are not needed: so nothing here is an error. */
export function featuresOf(keyValues: ReadonlyMap<string, string>): ReadonlyMap<string, HubFeature> {
  const { info } = objectOf(parsed(keyValues.get('huggingface')));
  const { features } = objectOf(info);
  const entries = Object.entries(objectOf(features));
  return new Map(entries.map(([column, feature]) => [column, featureOf(objectOf(feature))]));
}

function featureOf({ _type: type, sampling_rate: rate, names }: { readonly [key: string]: unknown }): HubFeature {
  return {
    type: typeof type === 'string' ? type : '',
    samplingRate: Number.isSafeInteger(rate) && (rate as number) > 0 ? (rate as number) : undefined,
    names: Array.isArray(names) && names.every((name) => typeof name === 'string') ? names : undefined,
  };
}

function objectOf(value: unknown): { readonly [key: string]: unknown } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as { readonly [key: string]: unknown })
    : {};
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
