/** Which chunks of a plan a repository has: by what the footers of its files say, and by nothing else. */

import { BowerbirdError, named } from '../../../errors.ts';
import type { HubFile } from '../../../storage/hub/repository.ts';
import { outputsHeldBy, partNames } from '../../engine/part-names.ts';
import type { AdoptedChunk, ChunkChoices } from '../choices.ts';
import type { PlannedChunk } from '../chunk-source.ts';
import { lengthOfIdentity } from '../identity.ts';
import type { KnownFooter } from './footers.ts';

export interface ChunkOnHub {
  readonly chunk: PlannedChunk;
  readonly identity: string;
  readonly files: readonly { readonly file: HubFile; readonly footer: KnownFooter }[];
}

export type ChunkState =
  | { readonly kind: 'done'; readonly adopted: AdoptedChunk }
  /** Nothing, or some parts of it and nothing else. */
  | { readonly kind: 'open' }
  /** Made of the first `length` of what it has now. `why`: what it is where later chunks of its config are of another plan. */
  | { readonly kind: 'grown'; readonly length: number; readonly why: Why }
  | { readonly kind: 'other'; readonly why: Why };

/** A sentence. To find it may take as long as all names of a config are. */
export type Why = () => string;

/** The files of the repository that are, by their names, all or parts of each chunk. */
export function filesOfChunks<C extends Pick<PlannedChunk, 'output'>>(
  chunks: readonly C[],
  files: readonly HubFile[],
): Map<C, HubFile[]> {
  const byOutput = new Map(chunks.map((chunk) => [chunk.output, chunk]));
  const found = new Map<C, HubFile[]>();
  for (const file of files) {
    for (const name of outputsHeldBy(file.path)) {
      const chunk = byOutput.get(name);
      if (chunk === undefined) continue;
      const others = found.get(chunk);
      if (others === undefined) found.set(chunk, [file]);
      else others.push(file);
    }
  }
  return found;
}

const chunkName = /^chunk-\d{5,}(-part-\d{2,})?\.parquet$/;

/** Files that are called as chunks of the plan's configs, and are of none: of readers' rows they would double some. */
export function filesOfNoChunk(
  chunks: readonly Pick<PlannedChunk, 'output'>[],
  files: readonly HubFile[],
): readonly HubFile[] {
  const outputs = new Set(chunks.map(({ output }) => output));
  const folders = new Set(chunks.map(({ output }) => output.slice(0, output.lastIndexOf('/') + 1)));
  return files.filter(({ path }) => {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    const isNamedSo = folders.has(folder) && chunkName.test(path.slice(folder.length));
    return isNamedSo && !outputsHeldBy(path).some((name) => outputs.has(name));
  });
}

/** Of files that were made by this builder; undefined where none of them says so. */
export function stateOf(
  { chunk, identity, files }: ChunkOnHub,
  choices: ChunkChoices,
  namesOfConfig: Iterable<string>,
): ChunkState | undefined {
  if (files.length === 0) return { kind: 'open' };
  if (files.every(({ footer }) => footer.facts === undefined)) return undefined;
  const foreign = files.find(({ footer }) => footer.facts === undefined);
  if (foreign !== undefined) {
    return {
      kind: 'other',
      why: () =>
        `"${foreign.file.path}" was not made by this builder${foreign.footer.problem === undefined ? '' : ` (${foreign.footer.problem})`}`,
    };
  }
  const other = files.find(({ footer }) => footer.facts!.chunk !== chunk.id || footer.facts!.identity !== identity);
  if (other !== undefined) {
    const why = () => whyOther(chunk, other.file, other.footer.facts!, choices, namesOfConfig);
    const length = lengthBefore(chunk, files, choices);
    return length === undefined ? { kind: 'other', why } : { kind: 'grown', length, why };
  }
  const parts = files[0]!.footer.facts!.parts;
  const names = partNames(chunk.output, parts);
  const here = new Map(files.map((each) => [each.file.path, each]));
  const strange = files.find(
    ({ file, footer }) => names[footer.facts!.part] !== file.path || footer.facts!.parts !== parts,
  );
  if (strange !== undefined) {
    const { part, parts: of } = strange.footer.facts!;
    return { kind: 'other', why: () => `"${strange.file.path}" says that it is part ${part} of ${of}, counted from 0` };
  }
  if (names.some((name) => !here.has(name))) return { kind: 'open' };
  const inOrder = names.map((name) => here.get(name)!);
  const rejects = inOrder.reduce((sum, { footer }) => sum + footer.facts!.rejects, 0);
  if (rejects > 0 && choices.onError === 'fail') {
    return {
      kind: 'other',
      why: () => `chunk ${chunk.id} is there without ${rejects} that could not be used (${named('onError', 'skip')})`,
    };
  }
  return {
    kind: 'done',
    adopted: {
      rejects,
      files: inOrder.map(({ file, footer: { facts, rows } }) => ({
        name: file.path,
        bytes: file.size,
        rows,
        seconds: facts!.seconds,
        unknownSeconds: facts!.unknownSeconds,
        arrowBytes: facts!.arrowBytes,
      })),
    },
  };
}

function lengthBefore(chunk: PlannedChunk, files: ChunkOnHub['files'], choices: ChunkChoices): number | undefined {
  const [first, ...others] = files.map(({ footer }) => footer.facts!);
  const isOne = others.every((facts) => facts.identity === first!.identity) && first!.chunk === chunk.id;
  if (!isOne || chunk.from.kind !== 'episodes') return undefined;
  return lengthOfIdentity(choices, chunk.names, first!.identity);
}

function whyOther(
  chunk: PlannedChunk,
  file: HubFile,
  facts: NonNullable<KnownFooter['facts']>,
  choices: ChunkChoices,
  namesOfConfig: Iterable<string>,
): string {
  if (facts.chunk !== chunk.id) return `"${file.path}" says that it is chunk ${facts.chunk}, not ${chunk.id}`;
  const size = chunk.names.length;
  const shorter = lengthOfIdentity(choices, chunk.names, facts.identity);
  const isFirst = chunk.id.endsWith('-0');
  const other = shorter ?? (isFirst ? lengthOfIdentity(choices, namesOfConfig, facts.identity) : undefined);
  if (other !== undefined) {
    return `"${file.path}" was made with ${other} in a chunk, where ${chunk.id} has ${size} now (${named('episodesPerChunk')})`;
  }
  if (chunk.from.kind !== 'episodes') {
    const options = ['samplesPerChunk', 'check', 'keepColumns', 'rowgroupBytes', 'parquetMaxBytes', 'samplingRate'];
    const told = options.map((name) => named(name)).join(', ');
    return `"${file.path}" holds other rows than chunk ${chunk.id} has now, or was made with other options (${told})`;
  }
  const options = ['check', 'onError', 'rowgroupBytes', 'parquetMaxBytes', 'samplingRate']
    .map((name) => named(name))
    .join(', ');
  return `"${file.path}" is of another plan, another size of chunks (${named('episodesPerChunk')}), or made with other options (${options})`;
}

const listed = 3;

/** Refuses before anything is built. */
export function refuseOthers(uri: string, others: readonly Why[]): void {
  if (others.length === 0) return;
  const more = others.length > listed ? `; and ${others.length - listed} more` : '';
  const list = others.slice(0, listed).map((why) => why());
  const message =
    `Cannot build into "${uri}": ${list.join('; ')}${more}. ` +
    `Use the plan and the options that made them, or another repository; ${named('overwrite')} makes these chunks anew and replaces them`;
  throw new BowerbirdError('EXISTS', message, { source: uri });
}
