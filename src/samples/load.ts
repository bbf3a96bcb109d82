/** From what a user names to a processor: one of ours, or a class of a module of theirs. Every thread loads its own. */

import { isRecord, show, usage } from '../options.ts';
import {
  instanceOf,
  moduleSha256,
  type PlainOptions,
  plainOptions,
  readModuleClass,
  said,
  unusable,
} from './load-class.ts';
import type { ModuleClass } from './module-class.ts';
import type { Processor } from './processor.ts';
import { LogMelProcessor, type LogMelProcessorOptions } from './processors/log-mel.ts';
import { TokenizerProcessor, type TokenizerProcessorOptions } from './processors/tokenizer.ts';
import { readTokenizerFiles } from './processors/tokenizer-files.ts';
import { WhisperProcessor, type WhisperProcessorOptions } from './processors/whisper.ts';

/** Raised with every change after which a processor of ours gives other values for the same sample: runs of before are not gone on with. */
export const processorVersion = 1;

interface BuiltIn {
  readonly name: string;
  /** @throws BowerbirdError USAGE */
  make(options: PlainOptions): Processor;
  /** The option that names a tokenizer, whose bytes decide too. */
  readonly tokenizer?: string;
}

const builtIns = {
  logmel: { name: 'LogMelProcessor', make: (options) => new LogMelProcessor(options as LogMelProcessorOptions) },
  whisper: {
    name: 'WhisperProcessor',
    make: (options) => new WhisperProcessor(options as WhisperProcessorOptions),
    tokenizer: 'tokenizer',
  },
  tokenizer: {
    name: 'TokenizerProcessor',
    make: (options) => new TokenizerProcessor(options as PlainOptions & TokenizerProcessorOptions),
    tokenizer: 'file',
  },
} as const satisfies { readonly [name: string]: BuiltIn };

export type BuiltInName = keyof typeof builtIns;
export const builtInNames = Object.keys(builtIns) as BuiltInName[];

/** One of ours, with options for its constructor: plain JSON. */
export interface BuiltInProcessor {
  readonly processor: BuiltInName;
  readonly options?: { readonly [name: string]: unknown };
}

export type ProcessorSpec = BuiltInName | BuiltInProcessor | ModuleClass;

export interface LoadedProcessor {
  readonly processor: Processor;
  /** Of its class. */
  readonly name: string;
}

/** For as long as the thread lives: a tokenizer takes seconds to load. */
const loaded = new Map<string, Promise<LoadedProcessor>>();

/**
 * A processor that is ready for samples. The same instance for the same `spec`, as long as the module is the same.
 *
 * @throws BowerbirdError USAGE: no such processor or export, no class of processors, options that it refuses, a module that does not load;
 * NOT_FOUND: no such module or tokenizer; what `prepare()` throws
 */
export async function loadProcessor(spec: ProcessorSpec): Promise<LoadedProcessor> {
  const asked = readSpec(spec);
  const what = asked.kind === 'ours' ? [asked.name] : [asked.href, asked.exported, await moduleSha256(asked)];
  const key = JSON.stringify([...what, asked.options]);
  let made = loaded.get(key);
  if (made === undefined) {
    made = prepared(asked);
    loaded.set(key, made);
    made.catch(() => loaded.delete(key));
  }
  return made;
}

async function prepared(asked: Asked): Promise<LoadedProcessor> {
  if (asked.kind === 'ours') {
    const { make, name } = builtIns[asked.name];
    const processor = make(asked.options);
    await processor.prepare?.();
    return { processor, name };
  }
  const { made, name } = await instanceOf(asked, 'process(sample, { sampleRate })');
  const processor = made as Processor;
  try {
    await processor.prepare?.();
  } catch (cause) {
    throw unusable(asked, `its prepare() threw ${said(cause)}`, cause);
  }
  return { processor, name };
}

export interface ProcessorIdentity {
  readonly [key: string]: unknown;
  /** Of ours the name of the class; of a module the name of the export. */
  readonly name: string;
  readonly options: PlainOptions;
}

/**
 * What decides about the values that a processor gives, for the identity of a job: of a module the SHA-256 of its file (what that imports is not
 * looked at), of ours `processorVersion` and the SHA-256 of a tokenizer. No paths of these: the same file elsewhere is the same processor.
 *
 * @throws BowerbirdError as loadProcessor() of names, modules, tokenizers and options of ours
 */
export async function processorIdentity(spec: ProcessorSpec): Promise<ProcessorIdentity> {
  const asked = readSpec(spec);
  if (asked.kind === 'module')
    return { name: asked.exported, options: asked.options, sha256: await moduleSha256(asked) };
  const builtIn: BuiltIn = builtIns[asked.name];
  // Refuses what cannot be, before a file is read.
  builtIn.make(asked.options);
  const { [builtIn.tokenizer ?? '']: file, ...options } = asked.options;
  const tokenizer = typeof file === 'string' ? { tokenizerSha256: (await readTokenizerFiles(file)).sha256 } : {};
  return { name: builtIn.name, options, version: processorVersion, ...tokenizer };
}

type Asked =
  | { readonly kind: 'ours'; readonly name: BuiltInName; readonly options: PlainOptions }
  | ({ readonly kind: 'module' } & ReturnType<typeof readModuleClass>);

function readSpec(spec: ProcessorSpec): Asked {
  if (typeof spec === 'string') return ours(spec, undefined);
  if (!isRecord(spec)) throw unknown(spec);
  if ('processor' in spec) return ours(spec.processor, spec.options);
  return { kind: 'module', ...readModuleClass(spec, 'processor') };
}

function ours(name: unknown, options: unknown): Asked {
  const known = builtInNames.find((each) => each === name);
  if (known === undefined) throw unknown(name);
  return { kind: 'ours', name: known, options: plainOptions(options, 'processor') };
}

function unknown(given: unknown) {
  return usage(
    `Cannot use ${show(given)} as processor: expected one of ${builtInNames.join(', ')}, or { module, export, options }`,
  );
}
