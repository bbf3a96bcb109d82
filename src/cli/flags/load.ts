/** The table of one command, with those of the options that it has and no others: most runs of a command line are short. */

import type { Command, Flags } from './flag.ts';
import type { CommandName } from './overview.ts';

export async function loadCommand(name: CommandName): Promise<Command<Flags>> {
  switch (name) {
    case 'extract':
      return (await import('./extract.ts')).extract;
    case 'ingest':
      return (await import('./ingest.ts')).ingest;
    case 'pack':
      return (await import('./pack.ts')).pack;
    case 'dataset scan':
      return (await import('./dataset-scan.ts')).scan;
    case 'dataset build':
      return (await import('./dataset-build.ts')).build;
    case 'dataset card':
      return (await import('./dataset-card.ts')).card;
    case 'inspect':
      return (await import('./inspect.ts')).inspect;
    case 'verify':
      return (await import('./verify.ts')).verify;
    case 'repair':
      return (await import('./repair.ts')).repair;
    case 'convert':
      return (await import('./convert.ts')).convert;
    case 'decode':
      return (await import('./decode.ts')).decode;
    case 'unpack':
      return (await import('./unpack.ts')).unpack;
    case 'completions':
      return (await import('./completions.ts')).completions;
    case 'help':
      return (await import('./help.ts')).help;
    case 'version':
      return (await import('./version.ts')).version;
    default:
      return name satisfies never;
  }
}
