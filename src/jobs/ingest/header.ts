/** Is the first row of a CSV file its header, or data already? */

import { BowerbirdError } from '../../errors.ts';
import { named, usage } from '../../options.ts';
import { storageOf } from '../../storage/registry.ts';
import { recordingUri, shown } from '../../storage/uri.ts';
import { Within } from '../rows/within.ts';
import { type IngestChoices, nounOf } from './choices.ts';
import { type Columns, findColumns, namesColumns } from './columns.ts';
import { labelReader } from './labels.ts';

export interface FoundHeader {
  readonly columns: Columns;
  /** The first row is data. */
  readonly isData: boolean;
}

/** Endings of files' names: no column is called so. */
const recordingName = /\.(wav|wave|w64|flac|mp3|ogg|oga|opus|aiff?|m4a)$/i;
const fileName = /\.(jpe?g|png|gif|webp|tiff?|bmp|mp4|mov|avi|mkv|webm|txt|json|xml|html?|pdf|npy|gz|zip)$/i;

/**
 * Under "auto" a first row is data when its label cell reads as a label and its path cell names a recording that is there. Where one half
 * says data and the other does not, nothing is guessed: taken for a header, a row would be lost without a word.
 *
 * @throws BowerbirdError USAGE
 */
export async function findHeader(
  first: readonly string[],
  source: string,
  audio: string,
  choices: IngestChoices,
): Promise<FoundHeader> {
  if (choices.header === 'no') return { columns: findColumns(first, source, choices, false), isData: true };
  const columns = findColumns(first, source, choices, true);
  if (choices.header === 'yes' || namesColumns(first, choices)) return { columns, isData: false };
  const label = first[columns.label] ?? '';
  const path = first[columns.path] ?? '';
  const isLabel = readsAsLabel(label, choices);
  const uri = recordingUri(audio, path);
  const mayRead = new Within(audio, choices.allowOutside).names(uri);
  const isThere = isLabel && path !== '' && mayRead && (await exists(uri));
  if (isThere) return { columns: findColumns(first, source, choices, false), isData: true };
  const looksLikeData =
    [path, label].some((cell) => isFileName(cell.trim(), choices)) || (isLabel && choices.labels.kind !== 'string');
  if (!looksLikeData) return { columns, isData: false };
  throw usage(
    `Cannot tell whether the first row of "${source}" is a header: "${label}" and "${path}" look like data, but ` +
      `${isLabel ? `${mayRead ? `there is no ${nounOf(choices)}` : `${named('audio')} does not hold`} "${shown(uri)}"` : `"${label}" is no label under ${named('labels', choices.labels.kind)}${choices.labels.kind === 'int' ? ` (${named('labels', 'string')} takes names)` : ''}`}; ` +
      `say ${named('header', 'no')} if it is data, ${named('header', 'yes')} if it is not`,
  );
}

function isFileName(cell: string, { media }: IngestChoices): boolean {
  return recordingName.test(cell) || (media === 'any' && fileName.test(cell));
}

function readsAsLabel(cell: string, { labels, multiLabel }: IngestChoices): boolean {
  const vocabulary = labels.kind === 'string' ? cell.split(multiLabel ?? '\0').map((name) => name.trim()) : [];
  const read = labelReader(labels, multiLabel, vocabulary)(cell);
  return 'ids' in read && read.ids.length > 0;
}

async function exists(uri: string): Promise<boolean> {
  try {
    return (await (await storageOf(uri)).stat(uri)) !== undefined;
  } catch (error) {
    // Nobody may look at it, or nothing can have such a name: then it is no recording that this run could read.
    if (error instanceof BowerbirdError && ['ACCESS', 'NOT_FOUND', 'IO', 'USAGE'].includes(error.code)) return false;
    throw error;
  }
}
