/** What pack() is to take samples from: rows of a file or folder, or a converter. */

import { isFolder } from '../storage/local/folders.ts';
import { usage } from '../options.ts';
import { Converter } from '../samples/converter.ts';
import { CsvConverter, FileConverter, FolderConverter, RowConverter, type RowConverterOptions } from '../samples/converters.ts';
import { instanceOf, moduleSha256, plainOptions, readModuleClass } from '../samples/load-class.ts';
import { type ModuleClass, sendable } from '../samples/module-class.ts';
import type { Inputs } from '../storage/inputs.ts';
import { baseOf, extensionOf, fileNameOf, isRemote, shown } from '../storage/uri.ts';

export type PackSource =
  | { readonly kind: 'rows'; readonly converter: RowConverter; readonly name: string; readonly datasetName: string }
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
}

/** @throws BowerbirdError USAGE */
export async function packSource({ inputs, converter, choices }: AskedSource): Promise<PackSource> {
  if ((inputs === undefined) === (converter === undefined)) {
    throw usage('Cannot run pack(): expected one of the options "inputs" and "converter"');
  }
  if (inputs !== undefined) return rowsOf(rowConverter(inputs, choices), choices);
  const given = converter as object;
  if (isRowConverter(given)) return rowsOf(given, { ...given.choices, ...definedOf(choices) });
  refuseChoices(choices);
  return 'samples' in given ? ofInstance(given as Converter) : ofModule(given as ModuleClass);
}

function rowsOf(converter: RowConverter, choices: RowConverterOptions): PackSource {
  const { input } = converter;
  const file = isRemote(input) ? baseOf(input.replace(/\/+$/, '')) : fileNameOf(input);
  const datasetName = file.slice(0, file.length - extensionOf(file).length) || 'dataset';
  return { kind: 'rows', converter: withChoices(converter, choices), name: shown(input), datasetName };
}

function withChoices(converter: RowConverter, choices: RowConverterOptions): RowConverter {
  return Object.assign(Object.create(converter) as RowConverter, { choices: definedOf(choices) });
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
  throw usage(
    `Cannot pack "${shown(input)}": expected a manifest (.jsonl), a CSV file (.csv, .tsv), or a folder of recordings`,
  );
}

/** Not one whose samples somebody makes otherwise. */
function isRowConverter(converter: object): converter is RowConverter {
  return converter instanceof RowConverter && converter.samples === RowConverter.prototype.samples;
}

function refuseChoices(choices: RowConverterOptions): void {
  const [name] = Object.keys(definedOf(choices));
  if (name !== undefined) throw usage(`Cannot use option "${name}" with a converter: it says what rows of files mean`);
}

function definedOf(choices: RowConverterOptions): RowConverterOptions {
  return Object.fromEntries(Object.entries(choices).filter(([, value]) => value !== undefined));
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
