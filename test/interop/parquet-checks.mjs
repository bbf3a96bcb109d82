/** inspect() and verify() of Parquet files that other programs wrote: nothing is wrong with them, and what is told of them is what pyarrow says. */

import { readdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const data = fileURLToPath(new URL('../data', import.meta.url));

const parquetIn = async (folder) =>
  (await readdir(folder)).filter((name) => name.endsWith('.parquet')).map((name) => `${folder}/${name}`);

/** `folders`: what the other checks made, of values and of sounds. */
export async function checkParquetChecks(report, { work, values, sounds, call, load }) {
  const [{ verify }, { inspect }] = await Promise.all([load('api/verify'), load('api/inspect')]);
  const folder = `${work}/parquet-duckdb`;
  const others = [...(await parquetIn(values)), ...(await parquetIn(sounds)), ...(await parquetIn(`${data}/parquet`))];
  const { stdout } = await call(`${here}parquet_duckdb.py`, folder, ...others);
  const told = JSON.parse(stdout);

  await report.group('verify() finds nothing wrong with files of pyarrow, `datasets` and DuckDB', async (expect) => {
    const { files } = await verify({ inputs: Object.keys(told) });
    expect(files.length === Object.keys(told).length, `${files.length} files`);
    for (const { source, damaged, error, rows } of files) {
      // The sounds of these files are four letters and noise.
      const faults = damaged.filter(({ fault }) => fault !== 'audio');
      expect(faults.length === 0, () => `${source}: ${JSON.stringify(faults.slice(0, 3))}`);
      expect(error === undefined, () => `${source}: ${error.message}`);
      expect(rows === told[source].rows, () => `${source} has ${rows} rows, expected ${told[source].rows}`);
    }
  });

  await report.group('inspect() tells of footers what pyarrow does', async (expect) => {
    const { files } = await inspect({ inputs: Object.keys(told) });
    for (const { source, rows, createdBy, groups, columns } of files) {
      const found = {
        ...{ rows, createdBy, groups: groups.map(({ rows: held, bytes }) => [held, bytes]) },
        columns: columns.map(({ name, codecs, encodings, packedBytes, bytes, indexed, nulls }) => ({
          name,
          codecs: codecs.map((codec) => codec.replace('LZ4_RAW', 'LZ4')).sort(),
          encodings: encodings.toSorted(),
          ...{ packedBytes, bytes, indexed, nulls },
        })),
      };
      const expected = told[source];
      for (const column of expected.columns)
        column.codecs = column.codecs.map((codec) => codec.replace('LZ4_RAW', 'LZ4')).sort();
      expect(
        found.rows === expected.rows && found.createdBy === expected.createdBy,
        () => `${source}: ${found.createdBy}`,
      );
      expect(
        JSON.stringify(found.groups) === JSON.stringify(expected.groups),
        () => `${source}: ${JSON.stringify([found.groups, expected.groups])}`,
      );
      for (const [i, column] of expected.columns.entries()) {
        const own = JSON.stringify(found.columns[i]);
        expect(own === JSON.stringify(column), () => `${source}: ${own}, expected ${JSON.stringify(column)}`);
      }
    }
  });

  await report.group(
    'verify() finds each changed byte of a file with checksums, or nothing else is read of it',
    async (expect) => {
      const [{ openParquet }] = await Promise.all([load('samples/parquet/parquet')]);
      const whole = await readFile(`${data}/parquet/gzip-v1.parquet`);
      const path = `${work}/changed.parquet`;
      const contents = async () => {
        const file = await openParquet(path);
        const rows = [];
        for await (const batch of file.rows()) rows.push(...batch.map(({ values }) => values));
        await file.close();
        return JSON.stringify(rows, (_, value) => (typeof value === 'bigint' ? String(value) : value));
      };
      await writeFile(path, whole);
      const expected = await contents();
      const [{ verifySource }, { createShared }, { bytesSource }] = await Promise.all([
        load('jobs/check/parquet/verify'),
        load('counters'),
        load('bytes'),
      ]);
      const settings = { proof: false, check: 'header', viewer: false };
      for (let at = 0; at < whole.length; at++) {
        const bytes = Uint8Array.from(whole);
        bytes[at] ^= 1 << (at % 8);
        const input = { uri: path, size: bytes.length, version: '' };
        const { ok, notes } = await verifySource(bytesSource(bytes, path), input, createShared(), settings);
        // A field of a number that the format has not given yet may come with its next version: it is told of, and no damage.
        if (!ok || notes.some(({ fault }) => fault === 'not-decoded')) continue;
        await writeFile(path, bytes);
        expect((await contents().catch(String)) === expected, `byte ${at}`);
      }
    },
  );
}
