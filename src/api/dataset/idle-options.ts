/** Options that would do nothing beside others are refused: whoever gives them expects something of them. */

import { named, usage } from '../../options.ts';
import { schemeOf } from '../../storage/uri.ts';
import type { DatasetBuildOptions } from '../types/dataset-build.ts';
import type { DatasetScanOptions } from '../types/dataset-scan.ts';

type Name = keyof DatasetBuildOptions;
type Given = { readonly [option in Name]?: unknown };

const ofEpisodes: readonly Name[] = ['source', 'plan', 'language', 'limitPerLanguage', 'episodesPerChunk'];
const ofRows: readonly Name[] = ['samplesPerChunk', 'keepColumns', 'allowOutside'];
const ofTables: readonly Name[] = ['audio', 'audioColumn', 'textColumn'];
const ofRepositories: readonly Name[] = ['xet', 'private'];
const ofR2: readonly Name[] = ['r2EndpointUrl', 'r2AccessKeyId', 'r2SecretAccessKey'];

/** As they were given, before defaults are filled in. */
export function refuseIdleInBuild(options: DatasetBuildOptions): void {
  const { from, out, source } = options;
  if (from === undefined) {
    refuse(options, [...ofRows, ...ofTables], `without ${named('from')}: it is about rows of other sources`);
    refuseIdleKeys(options);
  } else {
    refuse(options, ofEpisodes, `with ${named('from')}: it is about episodes and their plan`);
    if (!/^(csv|manifest):/i.test(String(from)))
      refuse(options, ofTables, `with ${named('from')} that is neither csv: nor manifest:`);
  }
  if (out === undefined) return;
  refuse(options, ofRepositories, `with ${named('out')}: it is about repositories of the Hub`);
  if (from === undefined && schemeIn(source) !== 'hf')
    refuse(options, ['hfToken'], `with ${named('out')}: nothing is sent to the Hub`);
}

export function refuseIdleInScan(options: DatasetScanOptions): void {
  refuseIdleKeys(options);
}

/** Also s3:// may mean R2. */
function refuseIdleKeys(options: Given): void {
  const { source } = options;
  const scheme = schemeIn(source);
  if (source === undefined || scheme === 'r2' || scheme === 's3') return;
  refuse(options, ofR2, `with ${named('source')} that is not under r2://`);
}

function schemeIn(source: unknown): string | undefined {
  return typeof source === 'string' ? schemeOf(source) : undefined;
}

/** Said to be off, a switch asks for nothing. */
function refuse(options: Given, names: readonly Name[], why: string): void {
  const idle = names.find((name) => options[name] !== undefined && options[name] !== false);
  if (idle !== undefined) throw usage(`Cannot use ${named(idle)} ${why}`);
}
