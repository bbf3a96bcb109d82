/** Files of ParquetShardWriter as others read them: pyarrow, DuckDB, polars, DataFusion (arrow-rs, as the Hub's viewer), and `datasets` 4 and 5. */

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { environment, makeEnvironment } from './environment.mjs';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

export async function checkDatasetParquet(report, { work }) {
  const folder = `${work}/dataset-parquet`;
  const python = await makeEnvironment(
    'interop-dataset-parquet-venv',
    `${here}dataset-parquet-requirements.txt`,
    console.log,
  );
  const older = await makeEnvironment('interop-dataset4-venv', `${here}dataset4-requirements.txt`, console.log);
  await mkdir(folder, { recursive: true });
  for (const [name, make] of Object.entries(files)) await write(folder, name, make());
  const env = { ...environment, HF_HUB_OFFLINE: '1', HF_HOME: `${folder}/hf` };
  const readers = [
    [python, 'pyarrow'],
    [python, 'duckdb'],
    [python, 'polars'],
    [python, 'datafusion'],
    [python, 'datasets'],
    [older, 'datasets'],
  ];
  for (const [interpreter, reader] of readers) {
    const which = interpreter === older ? ' 4' : '';
    await report.group(`${reader}${which} reads what ParquetShardWriter wrote`, async (expect) => {
      const { stdout } = await run(interpreter, [`${here}dataset_parquet.py`, reader, folder], {
        env,
        maxBuffer: 1 << 26,
      });
      const { compared, wrong } = JSON.parse(stdout.trim().split('\n').at(-1));
      for (let i = wrong.length; i < compared; i++) expect(true, '');
      for (const words of wrong) expect(false, words);
    });
  }
}

async function write(folder, name, { columns, groupBytes, rows }) {
  const { ParquetShardWriter } = await import('../../dist/samples/parquet/write/shard-writer.js');
  const path = `${folder}/${name}.parquet`;
  const fd = openSync(path, 'w');
  try {
    const writer = await ParquetShardWriter.open(fd, path, { columns, groupBytes });
    for (const row of rows) writer.add(row);
    const { arrowBytes, groups } = writer.finish({ bowerbird: '{"of":"interop"}' });
    const told = rows.map((row) => columns.map((column) => tell(row[column.name] ?? null)));
    await writeFile(`${folder}/${name}.json`, JSON.stringify({ columns, groupBytes, arrowBytes, groups, rows: told }));
  } finally {
    closeSync(fd);
  }
}

/** Floats and whole numbers as text, which JSON keeps; of bytes the digest. */
function tell(value) {
  if (value instanceof Uint8Array) return { sha256: createHash('sha256').update(value).digest('hex') };
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'number') return Object.is(value, -0) ? '-0.0' : String(value);
  if (Array.isArray(value)) return value.map(tell);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, tell(each)]));
}

function noise(seed, length) {
  const count = Math.ceil(length / 32);
  const blocks = Array.from({ length: count }, (_, i) => createHash('sha256').update(`${seed} ${i}`).digest());
  return Buffer.concat(blocks).subarray(0, length);
}

const audio = { name: 'audio', kind: 'audio', samplingRate: 16000 };

function speech(count, bytes, groupBytes) {
  const columns = [
    audio,
    { name: 'text', kind: 'string' },
    { name: 'speaker_id', kind: 'string' },
    { name: 'duration_seconds', kind: 'float32' },
    { name: 'dnsmos', kind: 'float32' },
    { name: 'language', kind: 'string' },
  ];
  const rows = Array.from({ length: count }, (_, i) => ({
    audio: { bytes: noise(`s${i}`, bytes + ((i * 7919) % bytes)), path: `e_${String(i).padStart(6, '0')}.mp3` },
    text: `segment ${i}: žluťoučký kůň ${'\u{1f426}'.repeat(i % 4)}`,
    speaker_id: `SPEAKER_0${i % 3}`,
    duration_seconds: i / 3,
    dnsmos: i % 50 === 7 ? Number.NaN : 1 + (i % 40) / 10,
    language: 'cs',
  }));
  return { columns, groupBytes, rows };
}

function kinds(groupBytes) {
  const columns = [
    { name: 'bool', kind: 'bool' },
    { name: 'int32', kind: 'int32' },
    { name: 'int64', kind: 'int64' },
    { name: 'float32', kind: 'float32' },
    { name: 'float64', kind: 'float64' },
    { name: 'binary', kind: 'binary' },
    { name: 'string', kind: 'string' },
    { name: 'texts', kind: { list: 'string' } },
    { name: 'numbers', kind: { list: 'float32' } },
    { name: 'doubles', kind: { list: 'float64' } },
    { name: 'tokens', kind: { list: 'int64' } },
    // Behind others, and two of them: then their bytes wait for the end of the group.
    { ...audio, samplingRate: undefined },
    { name: 'second', kind: 'audio', samplingRate: 44100 },
  ];
  const row = (i) => ({
    bool: i % 3 === 0,
    int32: i % 2 === 0 ? -(2 ** 31) : 2 ** 31 - 1,
    int64: 2n ** 63n - 1n - BigInt(i),
    float32: [-0, 0, Number.NaN, Number.POSITIVE_INFINITY, 0.1][i % 5],
    float64: [-0, 5e-324, Number.NaN, Number.NEGATIVE_INFINITY, 0.1][i % 5],
    binary: noise(`b${i}`, i % 9),
    string: ['', 'a', 'a\u0000b', '\u{1f426}'][i % 4],
    texts: [['a', null, ''], [], ['\u017e'.repeat(i)]][i % 3],
    numbers: [[0.1, null, Number.NaN], [], [i]][i % 3],
    doubles: [[0.1, -0], [], [null]][i % 3],
    tokens: [[-(2n ** 63n), null], [], Array.from({ length: i }, (_, n) => BigInt(n))][i % 3],
    audio: { bytes: i % 4 === 1 ? null : noise(`a${i}`, 100 * i), path: i % 4 === 2 ? null : `${i}.wav` },
    second: i % 4 === 3 ? null : { bytes: noise(`c${i}`, 10 * i), path: `${i}.flac` },
  });
  // With nulls in every column; and one group of nothing else.
  const rows = Array.from({ length: 200 }, (_, i) =>
    Object.fromEntries(Object.entries(row(i)).map(([name, value], n) => [name, (i + n) % 11 === 5 ? null : value])),
  );
  const nothing = Array.from({ length: 60 }, () => ({}));
  return { columns, groupBytes, rows: [...nothing, ...rows, ...nothing] };
}

const files = {
  speech: () => speech(300, 4000, 200_000),
  'speech-one': () => speech(40, 300, 1 << 27),
  // One recording is larger than a group may be.
  huge: () => speech(6, 60_000, 50_000),
  // More than a page of text, and of dictionary indexes.
  long: () => ({
    columns: [audio, { name: 'text', kind: 'string' }, { name: 'label', kind: 'string' }],
    groupBytes: 1 << 27,
    rows: Array.from({ length: 600 }, (_, i) => ({
      audio: { bytes: noise(`l${i}`, 50), path: 'a.ogg' },
      text: `${i} ${'lorem ipsum '.repeat(500)}`,
      label: `label ${i % 2} ${'x'.repeat(3000)}`,
    })),
  }),
  kinds: () => kinds(1 << 27),
  'kinds-small': () => kinds(3000),
  empty: () => speech(0, 1, 1000),
};
