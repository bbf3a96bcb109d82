/** How the chunks of sources that are no episodes are called, and where they go. */

/** Of every source but episodes. */
export const [fromConfig, fromSplit] = ['default', 'train'] as const;

/** Where chunk `number` goes, and how it is called. */
export function fromPlace(number: number) {
  const output = `data/${fromSplit}/chunk-${String(number).padStart(5, '0')}.parquet`;
  return { id: `${fromSplit}-${number}`, config: fromConfig, split: fromSplit, output };
}
