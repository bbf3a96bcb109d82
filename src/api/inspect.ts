/** The public function `inspect()`: what is in files. */

import { type DatasetFolder, datasetAt } from '../jobs/check/dataset-folder.ts';
import { inspectDataset } from '../jobs/check/dataset-inspect.ts';
import { inspectOptions } from '../jobs/check/options.ts';
import { type InspectedFile, workFor } from '../jobs/check/registry.ts';
import { readPublic } from '../option-tables.ts';
import { linkOf } from '../storage/links.ts';
import { version } from '../version.ts';
import { eachFile } from './each-file.ts';
import { callback, signalShape } from './shapes.ts';
import type { InspectOptions, InspectReport } from './types.ts';

const shape = {
  ...inspectOptions,
  ...signalShape,
  onFile: callback<NonNullable<InspectOptions['onFile']>>(),
  onNotice: callback<(notice: string) => void>(),
};

/**
 * Looks into files, whose formats are found by content: the header of a recording, the first records of a TFRecord or ArrayRecord
 * file, or all of it. A folder with metadata.json and shards (`shard_00000/data.mdb`) is one dataset. Damage is in the report, and what follows it is read. A file that cannot be read at all is an entry of format "unknown"
 * with its error; where there is no other, the error is thrown.
 *
 * @throws BowerbirdError UNSUPPORTED for another format, TRUNCATED within a header, NOT_FOUND, IO
 * @example
 * const { files } = await inspect({ inputs: 'recordings/' });
 * for (const file of files) console.log(file.source, file.format);
 */
export async function inspect(options: InspectOptions): Promise<InspectReport> {
  const { inputs, onFile, onNotice, ...settings } = readPublic(options, shape, 'inspect()');
  const { signal } = settings;
  const datasets = new Map<string, DatasetFolder>();
  const expand = async (name: string) => {
    const dataset = await datasetAt(name);
    if (dataset === undefined) return undefined;
    datasets.set(dataset.metadata.uri, dataset);
    return [dataset.metadata];
  };
  const result = await eachFile<InspectedFile>({ inputs, onFile, onNotice, signal, expand }, async (input) => {
    const dataset = datasets.get(input.uri);
    if (dataset !== undefined) return inspectDataset(dataset, settings);
    const source = linkOf(input);
    const { work } = await workFor(source);
    return { ...(await work.inspect(source, settings)), source: input.uri };
  });
  return { job: 'inspect', version, ...result };
}
