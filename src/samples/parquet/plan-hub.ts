/** Which Parquet files a converter of the Hub means, and what becomes of their columns. */

import type { Stop } from '../../bytes.ts';
import type { HubConverterOptions } from '../converter-options.ts';
import { isLabel, isMade, madeFields, madeWhy } from '../rows/columns.ts';
import { keptColumns } from '../rows/kept-columns.ts';
import { notKept } from '../rows/source.ts';
import { findParquet } from './inputs.ts';
import { planParquet } from './plan.ts';

/** OWNER/NAME or OWNER/NAME@REVISION. */
const datasetName = /^[\w.-]+\/[\w.-]+(@[^/]+)?$/;

export async function planHub(options: HubConverterOptions, stop: Stop) {
  const { dataset, split, config, revision, audioColumn, textColumn, keepColumns } = options;
  const isName = typeof dataset === 'string' && datasetName.test(dataset) && !/\.(parquet|parq|pq)$/i.test(dataset);
  const inputs = isName ? `hf://datasets/${dataset}` : dataset;
  const { files, root, notices } = await findParquet(inputs, { split, config, revision, stop });
  const columns = { audioColumn, textColumn };
  const isAll = keepColumns?.length === 1 && keepColumns[0] === '*';
  if (keepColumns !== undefined && !isAll) keptColumns(keepColumns, madeFields, madeWhy);
  const asked = await planParquet(files, { ...columns, keepColumns: isAll ? undefined : keepColumns, stop });
  const labels = keepColumns === undefined ? asked.left.filter(isLabel) : [];
  const first = labels.length === 0 ? asked : await planParquet(files, { ...columns, keepColumns: labels, stop });
  const others = first.left.filter((name) => !isMade(name));
  const plan = isAll && others.length > 0 ? await planParquet(files, { ...columns, keepColumns: others, stop }) : first;
  const left = plan.left.filter((name) => !isAll || !isMade(name));
  const told = left.length === 0 ? [] : [notKept(files[0]?.uri ?? '', left)];
  return { files, root, plan, notices: [...notices, ...told] };
}
