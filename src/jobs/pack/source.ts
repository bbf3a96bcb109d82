/** What pack() is to take samples from: rows of a file or folder, or a converter. */

import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { BowerbirdError } from '../../errors.ts';
import { pathOf } from '../../file-uri.ts';
import { named, usage } from '../../options.ts';
import type { Converter } from '../../samples/converter.ts';
import {
  CsvConverter,
  FileConverter,
  FolderConverter,
  HubConverter,
  type HubConverterOptions,
  inputOf,
  isRowConverter,
  type RowConverter,
  type RowConverterOptions,
} from '../../samples/converters.ts';
import { instanceOf, moduleSha256, plainOptions, readModuleClass } from '../../samples/load-class.ts';
import { type ModuleClass, sendable } from '../../samples/module-class.ts';
import type { Inputs } from '../../storage/inputs.ts';
import { isFolder } from '../../storage/local/folders.ts';
import { storageOf } from '../../storage/registry.ts';
import { baseOf, extensionOf, fileNameOf, isRemote, shown } from '../../storage/uri.ts';

export type PackSource =
  | {
      readonly kind: 'rows';
      readonly converter: RowConverter;
      readonly choices: RowConverterOptions;
      readonly name: string;
      readonly datasetName: string;
    }
  | { readonly kind: 'parquet'; readonly converter: HubConverter; readonly name: string; readonly datasetName: string }
  | {
      readonly kind: 'given';
      readonly converter: Converter;
      /** Where threads can make one. */
      readonly module: ModuleClass | null;
      readonly name: string;
      readonly datasetName: string;
      readonly identity: { readonly [key: string]: unknown };
    };

export interface AskedSource {
  readonly inputs: Inputs | undefined;
  readonly converter: object | undefined;
  readonly choices: RowConverterOptions;
  readonly hub: Pick<HubConverterOptions, 'split' | 'config' | 'revision'>;
}

/** @throws BowerbirdError USAGE */
export async function packSource({ inputs, converter, choices, hub }: AskedSource): Promise<PackSource> {
  if ((inputs === undefined) === (converter === undefined)) {
    throw usage('Cannot run pack(): expected one of the options "inputs" and "converter"');
  }
  if (inputs !== undefined) {
    if (await isParquet(inputs)) return parquetOf(inputs, choices, hub);
    refuseChoices(hub, 'only datasets of the Hub (hf://datasets/OWNER/NAME) have one');
    return rowsOf(rowConverter(inputs, choices), choices);
  }
  const given = converter as object;
  if (given instanceof HubConverter && given.samples === HubConverter.prototype.samples) {
    const { dataset, split, config, revision } = given.options;
    const columns = { ...columnsOf(given.options), ...definedOf(choices) } as RowConverterOptions;
    return parquetOf(dataset, columns, {
      ...definedOf({ split, config, revision }),
      ...definedOf(hub),
    } as AskedSource['hub']);
  }
  if (isRowConverter(given)) return rowsOf(given, { ...columnsOf(given.options), ...definedOf(choices) });
  refuseChoices({ ...choices, ...hub }, 'it says what rows of files mean');
  return 'samples' in given ? ofInstance(given as Converter) : ofModule(given as ModuleClass);
}

function rowsOf(converter: RowConverter, choices: RowConverterOptions): PackSource {
  const input = inputOf(converter);
  const file = isRemote(input) ? baseOf(input.replace(/\/+$/, '')) : fileNameOf(input);
  const datasetName = file.slice(0, file.length - extensionOf(file).length) || 'dataset';
  return {
    kind: 'rows',
    converter,
    choices: definedOf(choices) as RowConverterOptions,
    name: shown(input),
    datasetName,
  };
}

function rowConverter(inputs: Inputs, choices: RowConverterOptions): RowConverter {
  const [input, ...others] = typeof inputs === 'string' ? [inputs] : inputs;
  if (input === undefined || others.length > 0) {
    throw usage(`Cannot pack ${others.length + 1} inputs at once: expected one manifest, CSV file or folder`);
  }
  const given = definedOf(choices);
  const isDir = isRemote(input) ? input.endsWith('/') || extensionOf(baseOf(input)) === '' : isFolder(input);
  if (isDir) return new FolderConverter({ folder: input, ...given });
  const extension = extensionOf(fileNameOf(input)).toLowerCase();
  if (/^\.(jsonl|ndjson|json|manifest)$/.test(extension)) return new FileConverter({ manifest: input, ...given });
  if (/^\.(csv|tsv|txt)$/.test(extension)) return new CsvConverter({ csv: input, ...given });
  if (!isRemote(input) && !existsSync(pathOf(input))) {
    throw new BowerbirdError('NOT_FOUND', `Cannot pack "${input}": there is no such file or folder`, { source: input });
  }
  throw usage(
    `Cannot pack "${shown(input)}": expected a manifest (.jsonl), a CSV file (.csv, .tsv), a folder of recordings, or Parquet files`,
  );
}

function columnsOf({ audio, audioColumn, textColumn, keepColumns }: RowConverterOptions): RowConverterOptions {
  return definedOf({ audio, audioColumn, textColumn, keepColumns }) as RowConverterOptions;
}

function refuseChoices(choices: object, why: string): void {
  const [name] = Object.keys(definedOf(choices));
  if (name !== undefined) throw usage(`Cannot use ${named(name)} here: ${why}`);
}

/** Without those that were not given. */
function definedOf<T extends object>(choices: T): Defined<T> {
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined)) as Defined<T>;
}
type Defined<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

const parquetName = /\.(parquet|parq|pq)([?#].*)?$/i;

/** Of a folder: whether it holds such a file. */
async function isParquet(inputs: Inputs): Promise<boolean> {
  const [input = '', ...others] = typeof inputs === 'string' ? [inputs] : inputs;
  if (/^hf:/i.test(input) || [input, ...others].some((each) => parquetName.test(each))) return true;
  if (isRemote(input)) return input.endsWith('/') && (await namesIn(input)).some((name) => parquetName.test(name));
  return isFolder(input) && (await readdir(input)).some((name) => parquetName.test(name));
}

/** Those of the first page are enough to tell. */
async function namesIn(folder: string): Promise<string[]> {
  for await (const page of (await storageOf(folder)).list(folder, { delimiter: '/' }))
    return page.map(({ uri }) => uri);
  return [];
}

function parquetOf(
  inputs: Inputs,
  { audio, ...columns }: RowConverterOptions,
  hub: Pick<HubConverterOptions, 'split' | 'config' | 'revision'>,
): PackSource {
  if (audio !== undefined)
    throw usage(`Cannot use ${named('audio')} here: rows of Parquet files hold their sound, or name it beside them`);
  const converter = new HubConverter({ dataset: inputs, ...definedOf(columns), ...definedOf(hub) });
  const [first = ''] = typeof inputs === 'string' ? [inputs] : inputs;
  const name = baseOf(first.replace(/[/\\]+$/, '')).replace(/@.*$/, '');
  return {
    kind: 'parquet',
    converter,
    name: shown(first),
    datasetName: name.slice(0, name.length - extensionOf(name).length) || 'dataset',
  };
}

/** An object of the caller's: threads make one like it where its class says from which module. */
async function ofInstance(converter: Converter): Promise<PackSource> {
  const Class = converter.constructor as { readonly name: string; readonly module?: unknown };
  const { module } = Class;
  const isKnown = typeof module === 'string' || module instanceof URL;
  const spec = isKnown ? sendable({ module, export: Class.name, options: converter.options }) : null;
  return sourceOf(converter, spec, Class.name);
}

async function ofModule(spec: ModuleClass): Promise<PackSource> {
  const { made, name } = await instanceOf(readModuleClass(spec, 'converter'), 'samples(part)');
  return sourceOf(made as Converter, sendable(spec), name);
}

async function sourceOf(converter: Converter, spec: ModuleClass | null, className: string): Promise<PackSource> {
  const name = converter.converterName;
  if (typeof name !== 'string' || name === '') {
    throw usage(`Cannot use the converter ${className}: expected text in its "converterName"`);
  }
  const datasetName = converter.datasetName ?? name;
  const own = spec === null ? {} : await moduleIdentity(spec);
  const identity = { name: className, ...own };
  return { kind: 'given', converter, module: spec, name, datasetName, identity };
}

/** Options may hold what only this process can use: then the samples alone say whether they are the same. */
async function moduleIdentity(spec: ModuleClass) {
  const asked = readModuleClass(spec, 'converter');
  return { options: plainOptions(asked.options, 'converter'), sha256: await moduleSha256(asked) };
}
