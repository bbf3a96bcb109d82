/** What a user decides about an ingest, as plain JSON: read once at the public door, trusted from here on. */

import type { Options } from '../../options.ts';
import type { OnError } from '../../records/on-error.ts';
import { isRemote } from '../../storage/uri.ts';
import type { Windows } from '../rows/clips.ts';
import type { ColumnChoices } from './columns.ts';
import type { LabelRule } from './labels.ts';
import type { ingestChoices, ingestOptions } from './options.ts';

type Choices = Options<typeof ingestChoices>;

/** What the feature `audio` holds. */
export type AudioForm = Choices['audioAs'];

/** Choices that mean more than what was given for them. */
type Understood = 'labelColumn' | 'pathColumn' | 'keepColumns' | 'labels' | 'window' | 'hop' | 'pad';

/** Null where the file or the recording is to say it. */
export interface IngestChoices extends ColumnChoices, Omit<Choices, Understood> {
  readonly labels: LabelRule;
  /** Null: one Example a recording. */
  readonly windows: Windows | null;
}

/** What the rows name, in the words of reports. */
export function nounOf({ media }: Pick<IngestChoices, 'media'>): 'recording' | 'file' {
  return media === 'any' ? 'file' : 'recording';
}

/** What a unit is given. */
export interface IngestUnitOptions extends IngestChoices {
  readonly csv: string;
  /** Where the paths of the rows begin; '' for nowhere. */
  readonly audio: string;
  readonly prefetch: Options<typeof ingestOptions>['prefetch'];
  /** A local folder. */
  readonly keepInputs?: string | undefined;
  readonly onError: OnError;
  readonly maxRejects?: number | undefined;
  readonly durable: boolean;
}

/** Two where recordings come over a network: at the end of one shard nothing would be on its way for the next. They share `prefetch`. */
export function shardsAtOnce({ audio }: Pick<IngestUnitOptions, 'audio'>): number {
  return isRemote(audio) ? 2 : 1;
}
