/** What a plan of ingest finds, and that it does not hang on what fits into memory. */

import { expect, test } from 'vitest';
import { bytesSource } from '../../../../src/bytes.ts';
import type { IngestChoices } from '../../../../src/jobs/ingest/choices.ts';
import { planShards, scanRows } from '../../../../src/jobs/ingest/plan.ts';
import { Spill } from '../../../../src/jobs/rows/spill.ts';
import { objectStore } from '../../../support/object-store.ts';

const server = await objectStore();
const names = ['a', 'b', 'c'];
const choices: IngestChoices = {
  labelColumn: null,
  pathColumn: null,
  keepColumns: [],
  header: 'auto',
  allowOutside: false,
  delimiter: null,
  labels: { kind: 'string' },
  multiLabel: null,
  mode: 'compat',
  audioAs: 'tensor',
  media: 'audio',
  sampleRate: null,
  mono: false,
  windows: null,
  compression: 'none',
  shuffle: null,
};

/** 3,000 rows; those from 2,900 on name the first hundred recordings again, every fourth of them otherwise. */
function csv(): Buffer {
  const rows = ['Label,Blob Name'];
  for (let i = 0; i < 3000; i++) {
    rows.push(i < 2900 || i % 4 > 0 ? `class ${i % 5},clip ${i % 2900}.wav` : `"x\n${i}",clip ${i % 2900}.wav`);
  }
  return Buffer.from(`${rows.join('\r\n')}\r\n`);
}

async function planned({ memory, shuffle, audio }: { memory?: number; shuffle: number | null; audio: string }) {
  const spill = new Spill(memory);
  try {
    const source = bytesSource(csv(), 'labels.csv');
    const { repeats, conflicts, listed, ...scan } = await scanRows(
      source,
      audio,
      { ...choices, shuffle },
      spill,
      undefined,
    );
    const units = planShards({ ...scan, repeats, conflicts, listed }, { names, shuffle, placesName: 'p' });
    return { repeats, conflicts, listed, versions: units.map(({ input }) => input.version) };
  } finally {
    spill.close();
  }
}

/** Those of version 0.1.0, which kept every row in memory. Journals hold them: others would do all shards of everybody again. */
const cases = [
  {
    shuffle: null,
    audio: 'https://host.test/audio',
    versions: [
      '882a9823b3b29e7d969d758769d4237e-62e7590dd4425dd3',
      '5291a2d07112c0611fdc407bbb958ea7-62e7590dd4425dd3',
      '14720367c689c4b354c15ff2f72c23a1-62e7590dd4425dd3',
    ],
  },
  {
    shuffle: 7,
    audio: 'https://host.test/audio',
    versions: [
      '7e057401490643458da9d6e99c990ec7-62e7590dd4425dd3',
      'faeacc7c05b29b423bc783740559a1f2-62e7590dd4425dd3',
      'addf511a54e274edccc8af102d09de2a-62e7590dd4425dd3',
    ],
  },
  {
    shuffle: null,
    audio: 's3://bucket/in',
    versions: [
      '88944c3568d43ea17bd2065d1475e1d4-62e7590dd4425dd3-091248270cb8fef2',
      '06ee6fed44c0889c5f3c118aad1ffd0e-62e7590dd4425dd3-341fd8f66171f645',
      '29c761eca033dfe2c9403da53032c661-62e7590dd4425dd3-7999cab33d699dfa',
    ],
  },
  {
    shuffle: 7,
    audio: 's3://bucket/in',
    versions: [
      'd13d756f1d2eb5856fc9c03ce3975d77-62e7590dd4425dd3-4e5a301ff72c07ef',
      'a271697fb2224cd93c80c3672a5870e5-62e7590dd4425dd3-0b8f5555a5aebab4',
      '603748f2c483d3a615ebcf1dade815e9-62e7590dd4425dd3-06ccef15730c11be',
    ],
  },
];

test.each(cases)(
  'scanRows() and planShards() find the same in memory and in a file (shuffle $shuffle, $audio)',
  async ({ versions, ...of }) => {
    for (let i = 0; i < 2900; i += 2) server.objects.set(`bucket/in/clip ${i}.wav`, Buffer.from(`sound ${i}`));
    const inMemory = await planned(of);
    expect(inMemory.versions).toEqual(versions);
    expect(inMemory).toMatchObject({ repeats: 75, conflicts: 25 });
    expect(inMemory.listed).toHaveLength(25);
    expect(inMemory.listed[1]).toEqual({
      input: `${of.audio}/clip 4.wav`,
      rows: [4, 2904],
      labels: ['class 4', 'x\n2904'],
    });
    expect(await planned({ ...of, memory: 0 })).toEqual(inMemory);
    expect(await planned({ ...of, memory: 100_000 })).toEqual(inMemory);
  },
);

test('scanRows() lists the first hundred contradictions in the order of the rows', async () => {
  const rows = Array.from({ length: 500 }, (_, i) => `${Math.floor(i / 250)},clip ${i % 250}.wav`);
  const spill = new Spill(0);
  const scan = await scanRows(
    bytesSource(Buffer.from(`Label,File\n${rows.join('\n')}\n`), 'labels.csv'),
    'https://host.test',
    choices,
    spill,
    undefined,
  );
  spill.close();
  expect(scan).toMatchObject({ rows: 500, repeats: 0, conflicts: 250 });
  expect(scan.listed.map(({ rows: pair }) => pair)).toEqual(Array.from({ length: 100 }, (_, i) => [i, 250 + i]));
});
