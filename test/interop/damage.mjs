/** Damaged files: an error wherever TensorFlow gives one, after the same records; and where it looks away, one more. */

import { readFile, stat } from 'node:fs/promises';

async function readUntilError(bowerbird, path) {
  const records = [];
  try {
    for await (const batch of bowerbird.readTfRecords(path)) {
      for (const record of batch.records) records.push(Buffer.from(record).toString('hex'));
    }
  } catch (error) {
    return { records, error };
  }
  return { records, error: null };
}

export async function checkDamage(report, { bowerbird, work }) {
  const facts = JSON.parse(await readFile(`${work}/facts/damage.json`, 'utf8'));
  const payloads = facts[0].records;
  const codes = ['CORRUPT_RECORD', 'TRUNCATED', 'UNSUPPORTED'];

  await report.group('readTfRecords() fails where TensorFlow fails, uncompressed', async (expect) => {
    for (const { file, kind, records, error } of facts.filter((fact) => fact.compression === 'none')) {
      const path = `${work}/facts/damage/${file}`;
      const found = await readUntilError(bowerbird, path);
      expect(
        found.records.join() === records.join(),
        () => `${kind}: ${found.records.length} records, TensorFlow ${records.length}`,
      );
      // TensorFlow takes fewer than twelve bytes at the end of a file for the end of a file. We say that it is cut.
      const framed = records.reduce((size, hex) => size + 16 + hex.length / 2, 0);
      const silent = error === null && framed !== (await stat(path)).size;
      expect(
        (found.error !== null) === (error !== null || silent),
        () => `${kind}: ${found.error?.code ?? 'no error'}, TensorFlow ${error ?? 'no error'}`,
      );
      expect(found.error === null || codes.includes(found.error.code), () => `${kind}: ${found.error.stack}`);
      if (silent) expect(found.error?.code === 'TRUNCATED', () => `${kind}: ${found.error?.code}, expected TRUNCATED`);
    }
  });

  for (const compression of ['gzip', 'zlib']) {
    await report.group(`readTfRecords() fails where TensorFlow fails, ${compression}`, async (expect) => {
      for (const { file, kind, records, error } of facts.filter((fact) => fact.compression === compression)) {
        const found = await readUntilError(bowerbird, `${work}/facts/damage/${file}`);
        // How much comes out before a broken stream is noticed depends on the size of the inflating buffer.
        expect(
          found.records.join() === payloads.slice(0, found.records.length).join(),
          `${kind}: the records are not those of the file`,
        );
        // TensorFlow drops its whole buffer; we may say more, never less, unless the magic itself is gone.
        const magic = /byte [0-2]$|byte [0-2] lost|cut to [0-9] of|cut to 1[01] of/.test(kind);
        expect(
          magic || found.records.length >= records.length,
          () => `${kind}: ${found.records.length} records, TensorFlow ${records.length}`,
        );
        // It also takes a cut stream for the end of a file.
        const cut = kind.startsWith('cut');
        const garbage = kind.endsWith('appended');
        expect(
          garbage || (found.error !== null) === (error !== null || cut),
          () => `${kind}: ${found.error?.code ?? 'no error'}, TensorFlow ${error ?? 'no error'}`,
        );
        expect(found.error === null || codes.includes(found.error.code), () => `${kind}: ${found.error.stack}`);
      }
    });
  }
}
