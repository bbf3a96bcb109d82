/** Finding a place among numbers that ascend. */

/** The last of `count` entries whose start, `startOf(i)`, is not above `value`; 0 where all are. Of several that share a start, the last. */
export function lastStartingBy(count: number, startOf: (entry: number) => number, value: number): number {
  let [low, high] = [0, count - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (startOf(middle) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
