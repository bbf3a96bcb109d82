/** Records that promise more than this machine can hold. */

import { totalmem } from 'node:os';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { extractFiles, rejectsOf } from '../../support/extracting.ts';
import { frame, header, join, record, tfrecord } from '../../support/records.ts';

const tooLarge = BigInt(Math.floor(totalmem() / 2)) + 1n;

test('extract() fails under "skip" at a record that is larger than memory allows: what follows would be lost', async () => {
  const file = gzipSync(join(frame(record()), header(tooLarge), frame(record())));
  const { error } = await extractFiles({ x: file }, { onError: 'skip' });
  expect(error).toMatchObject({ code: 'UNSUPPORTED', record: 1, offset: record().length + 16 });
});

test('extract() names the place of a record that is too large, the first one too', async () => {
  const { error, inDir } = await extractFiles({ x: gzipSync(header(tooLarge)) });
  expect(error!.message).toContain(`Cannot extract record 0 at byte 0 of "${inDir}/x": the record takes `);
});

test('extract() finds the records behind a false header in a compressed stream, whatever it promises', async () => {
  for (const promise of [tooLarge, tooLarge / 2n, 2n ** 63n]) {
    const file = gzipSync(join(new Uint8Array(50), header(promise), tfrecord(record(), record())));
    const { outDir, report } = await extractFiles({ x: file }, { onError: 'salvage' });
    expect(report?.records).toBe(2);
    expect(rejectsOf(outDir)).toMatchObject([{ record: 0, offset: 0, length: 62, code: 'CORRUPT_RECORD' }]);
  }
});
