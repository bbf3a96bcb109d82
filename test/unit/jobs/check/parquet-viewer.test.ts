/** Which row groups the viewer of the Hub does not show: its limit of 300,000,000 bytes, with and without an index of pages. */

import { describe, expect, test } from 'vitest';
import type { ChunkFacts } from '../../../../src/jobs/check/parquet/chunk.ts';
import { ParquetFindings } from '../../../../src/jobs/check/parquet/findings.ts';
import { ViewerCheck } from '../../../../src/jobs/check/parquet/viewer.ts';

const limit = 300_000_000;

function faultsOf(chunks: readonly Partial<ChunkFacts>[], isAsked = true) {
  const findings = new ParquetFindings('x.parquet');
  const viewer = new ViewerCheck(findings, isAsked);
  const plain = { pages: 10, packed: 0, unpacked: 0, largest: 1000, hasIndex: true };
  viewer.group(
    3,
    chunks.map((chunk) => ({ ...plain, ...chunk })),
  );
  return findings;
}

describe('a row group', () => {
  test('at the limit is shown, and above it not, of all columns together', () => {
    const half = { packed: limit / 2, hasIndex: false };
    expect(faultsOf([half, half]).damaged).toEqual([]);
    const { damaged } = faultsOf([half, { ...half, packed: limit / 2 + 1 }]);
    expect(damaged).toMatchObject([{ fault: 'viewer', group: 3, code: 'BAD_SCHEMA' }]);
    expect(damaged[0]!.reason).toMatch(/300000001 bytes without an index of pages; the viewer reads at most 300000000/);
  });
  test('counts as it is unpacked', () => {
    expect(faultsOf([{ packed: 1000, unpacked: limit + 1, hasIndex: false }]).damaged).toHaveLength(1);
  });
  test('of any size is shown with an index of small pages, which a column of one page needs not', () => {
    expect(faultsOf([{ packed: 9 * limit }, { packed: 10, pages: 1, hasIndex: false }]).damaged).toEqual([]);
  });
  test('whose pages are too large is not shown, index or not', () => {
    const { damaged } = faultsOf([{ packed: 9 * limit, largest: limit }, { packed: 10 }]);
    expect(damaged[0]!.reason).toMatch(/whose largest pages take 300001000/);
  });
  test('is only noted where nobody asked for the viewer', () => {
    const findings = faultsOf([{ packed: limit + 1, hasIndex: false }], false);
    expect(findings.faults).toBe(0);
    expect(findings.notes).toMatchObject([{ fault: 'viewer', reason: expect.stringMatching(/row group 3/) }]);
  });
});
