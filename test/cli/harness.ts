/** The command line in memory: a fake process and a fake of the public functions, so that a test reads as a script. */

import type {
  ConvertReport,
  DecodeReport,
  ExtractReport,
  InspectedTfRecord,
  InspectReport,
  RepairedTfRecord,
  RepairReport,
  UnpackReport,
  VerifiedTfRecord,
  VerifyReport,
} from '../../src/api/types.ts';
import type { Api } from '../../src/cli/api.ts';
import type { Io, Sink, StopSignal } from '../../src/cli/io.ts';
import { run } from '../../src/cli/run.ts';
import type { Progress } from '../../src/jobs/engine/types.ts';

export interface Written {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Signals the process was told to die of. */
  readonly died: readonly StopSignal[];
}

export interface Setup {
  readonly api?: Partial<Api>;
  readonly env?: Io['env'];
  /** Both outputs are a terminal of this width. */
  readonly columns?: number;
  /** What stdin gives; a terminal without it. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** What flushing stdout reports. */
  readonly stdoutFault?: NodeJS.ErrnoException;
  /** Called with the way to send a signal, once the command listens. */
  readonly onListen?: (send: (signal: StopSignal, atMs: number) => void) => void;
}

export async function cli(argv: string | readonly string[], setup: Setup = {}): Promise<Written> {
  const stdout = memorySink(setup.columns, setup.stdoutFault);
  const stderr = memorySink(setup.columns);
  const died: StopSignal[] = [];
  let now = 0;
  const io: Io = {
    argv: typeof argv === 'string' ? argv.split(' ').filter((word) => word !== '') : argv,
    env: setup.env ?? {},
    stdin: { isTTY: setup.stdin === undefined, blocks: () => setup.stdin ?? none() },
    stdout: stdout.sink,
    stderr: stderr.sink,
    onSignal(handle) {
      let listening = true;
      setup.onListen?.((signal, atMs) => {
        now = atMs;
        if (listening) handle(signal);
      });
      return () => {
        listening = false;
      };
    },
    now: () => now,
    die: (signal) => died.push(signal),
  };
  const code = await run(io, { ...refusing, ...setup.api });
  return { code, stdout: stdout.text(), stderr: stderr.text(), died };
}

async function* none(): AsyncGenerator<Uint8Array> {}

function memorySink(columns: number | undefined, fault?: NodeJS.ErrnoException): { sink: Sink; text: () => string } {
  let text = '';
  const sink: Sink = {
    isTTY: columns !== undefined,
    columns,
    write: (more) => {
      text += more;
    },
    async send(blocks) {
      for await (const block of blocks) text += Buffer.from(block).toString('latin1');
    },
    flushed: async () => fault,
  };
  return { sink, text: () => text };
}

const refusing: Api = {
  extract: () => Promise.reject(new Error('extract() must not be called here')),
  ingest: () => Promise.reject(new Error('ingest() must not be called here')),
  ingestEnvironment: async () => ({ options: {}, notices: [] }),
  pack: () => Promise.reject(new Error('pack() must not be called here')),
  datasetScan: () => Promise.reject(new Error('datasetScan() must not be called here')),
  datasetBuild: () => Promise.reject(new Error('datasetBuild() must not be called here')),
  datasetCard: () => Promise.reject(new Error('datasetCard() must not be called here')),
  datasetEnvironment: async () => ({ options: {} }),
  inspect: () => Promise.reject(new Error('inspect() must not be called here')),
  verify: () => Promise.reject(new Error('verify() must not be called here')),
  repair: () => Promise.reject(new Error('repair() must not be called here')),
  convert: () => Promise.reject(new Error('convert() must not be called here')),
  decode: () => Promise.reject(new Error('decode() must not be called here')),
  unpack: () => Promise.reject(new Error('unpack() must not be called here')),
};

/** Reports as the README's tour has them; a test overrides what it is about. */
export const extractReport: ExtractReport = {
  job: 'extract',
  version: '0.1.0',
  out: 'extracted',
  folder: 'extracted',
  manifest: 'extracted/extract.json',
  dryRun: false,
  complete: true,
  inputs: 2,
  done: 2,
  skipped: 0,
  records: 1234,
  rows: 14808,
  rejects: 0,
  assumedUtc: 0,
  withoutZone: 0,
  overflowed: 0,
  bytesIn: 76_000_000,
  bytesOut: 75_900_000,
  elapsedSeconds: 0.1,
  notices: [],
  files: ['a-00000-of-00002', 'b'].map((stem, i) => ({
    input: `in/${stem}`,
    size: i === 0 ? 195_312_345 : 999,
    compression: 'none' as const,
    records: 617,
    rows: 7404,
    width: 1280,
    rejects: 0,
    assumedUtc: 0,
    withoutZone: 0,
    overflowed: 0,
    embeddings: { name: `embeddings/${stem}.npy`, bytes: 0, crc32c: '00000000' },
    metadata: { name: `metadata/${stem}.json`, bytes: 0, crc32c: '00000000' },
  })),
};

export const verifiedFile: VerifiedTfRecord = {
  source: 'in/a',
  format: 'tfrecord',
  compression: 'none',
  size: 739_512,
  records: 12,
  payloadBytes: 739_320,
  ok: true,
  damaged: [],
};

export const verifyReport: VerifyReport = {
  job: 'verify',
  version: '0.1.0',
  ok: true,
  inputs: 1,
  damagedInputs: 0,
  records: 12,
  soundSeconds: 0,
  bytes: 739_512,
  elapsedSeconds: 0.5,
  notices: [],
  files: [verifiedFile],
};

export const damage = {
  record: 3,
  offset: 184_878,
  length: 61_626,
  code: 'CORRUPT_RECORD',
  reason: 'the checksum of the data is 1b2c3d4e, expected 00112233',
} as const;

export const damagedReport: VerifyReport = {
  ...verifyReport,
  ok: false,
  inputs: 2,
  damagedInputs: 1,
  records: 11,
  files: [{ ...verifiedFile, records: 11, ok: false, damaged: [damage] }, verifiedFile],
};

export const inspectedFile: InspectedTfRecord = {
  source: 'in/a',
  format: 'tfrecord',
  compression: 'gzip',
  size: 195_312_345,
  records: 1000,
  complete: false,
  payloadBytes: 61_540_500,
  recordBytes: [61_100, 62_000],
  payloads: { example: 999, sequenceExample: 0, other: 1 },
  features: [
    {
      name: 'embedding',
      kind: 'bytes',
      records: 999,
      count: [1, 1],
      range: [61_460, 61_460],
      tensor: {
        dtypes: ['float32'],
        shapes: [
          [12, 1, 1280],
          [7, 1, 1280],
        ],
        range: [-1.2000000476837158, 3.5],
      },
      example: '0801 1212 0a02 ...',
    },
    {
      name: 'filename',
      kind: 'bytes',
      records: 999,
      count: [1, 1],
      range: [40, 66],
      example: 'site_0277/x\x1b[2J.flac',
    },
    { name: 'timestamp_s', kind: 'float', records: 999, count: [1, 1], range: [0, 7140], example: '0' },
  ],
};

export const repairedFile: RepairedTfRecord = {
  format: 'tfrecord',
  source: 'damaged.tfrecord',
  out: 'repaired.tfrecord',
  compression: 'none',
  records: 11,
  bytesIn: 739_512,
  bytesOut: 677_886,
  crc32c: '1b2c3d4e',
  lostBytes: 61_626,
  damaged: [damage],
};

const checked = { version: '0.1.0', inputs: 1, unreadable: 0, notices: [] } as const;

export const inspectReport: InspectReport = { job: 'inspect', ...checked, files: [inspectedFile] };

export const repairReport: RepairReport = {
  job: 'repair',
  ...checked,
  out: 'repaired.tfrecord',
  records: 11,
  bytesIn: 739_512,
  bytesOut: 677_886,
  files: [repairedFile],
};

/** Functions that find these files. */
export function inspecting(...files: InspectReport['files']): Pick<Api, 'inspect'> {
  return {
    async inspect({ onFile }) {
      for (const file of files) await onFile?.(file);
      return { ...inspectReport, inputs: files.length, files };
    },
  };
}

export function repairing(...files: RepairReport['files']): Pick<Api, 'repair'> {
  return {
    async repair({ onFile }) {
      for (const file of files) await onFile?.(file);
      return { ...repairReport, inputs: files.length, files };
    },
  };
}

const sources: ConvertReport['sources'] = [
  { input: 'tf/a.tfrecord', size: 70_000_000, format: 'tfrecord', compression: 'none', records: 1000 },
  { input: 'tf/b.tfrecord', size: 6_000_000, format: 'tfrecord', compression: 'gzip', records: 234 },
];

export const convertReport: ConvertReport = {
  job: 'convert',
  version: '0.1.0',
  to: 'arrayrecord',
  out: 'ar/train',
  folder: 'ar',
  manifest: 'ar/train.convert.json',
  dryRun: false,
  complete: true,
  inputs: 2,
  outputs: 1,
  done: 1,
  skipped: 0,
  records: 1234,
  rejects: 0,
  payloadBytes: 74_000_000,
  bytesIn: 76_000_000,
  bytesOut: 75_000_000,
  elapsedSeconds: 2,
  notices: [],
  sources,
  files: [
    {
      output: { name: 'train-00000-of-00001.arrayrecord', bytes: 75_000_000, crc32c: '0a1b2c3d' },
      records: 1234,
      payloadBytes: 74_000_000,
      rejects: 0,
      sources,
    },
  ],
};

export const decodeReport: DecodeReport = {
  job: 'decode',
  version: '0.1.0',
  out: 'wav',
  folder: 'wav',
  manifest: 'wav/decode.json',
  dryRun: false,
  complete: true,
  inputs: 1,
  done: 1,
  skipped: 0,
  soundSeconds: 7200,
  gaps: 0,
  lostSeconds: 0,
  notes: [],
  bytesIn: 158_000_000,
  bytesOut: 317_520_044,
  elapsedSeconds: 0.5,
  notices: [],
  files: [
    {
      input: 'in/a.flac',
      size: 158_000_000,
      format: 'flac',
      sampleRate: 22050,
      channels: 1,
      frames: 158_760_000,
      type: 'int16',
      gaps: 0,
      lostSeconds: 0,
      damaged: [],
      notes: [],
      output: { name: 'a.wav', bytes: 317_520_044, crc32c: '00000000' },
    },
  ],
};

export const unpackReport: UnpackReport = {
  job: 'unpack',
  version: '0.1.0',
  out: 'wavs',
  folder: 'wavs',
  manifest: 'wavs/unpack.json',
  dryRun: false,
  complete: true,
  done: 1,
  skipped: 0,
  inputs: 1,
  samples: 2,
  rejects: 0,
  sounds: 1,
  soundSeconds: 1,
  arrays: 1,
  binaries: 0,
  bytesIn: 208_896,
  bytesOut: 96_186,
  elapsedSeconds: 0.5,
  notices: [],
  notes: [{ note: 'Its dtype says "float64", its bytes are float32', files: 1, first: 'sample_00000000.wav' }],
  shards: [
    {
      input: 'ds/shard_00000/data.mdb',
      size: 208_896,
      samples: 2,
      rejects: 0,
      sounds: 1,
      soundSeconds: 1,
      arrays: 1,
      binaries: 0,
    },
  ],
  files: [
    { name: 'sample_00000000.wav', bytes: 64_058, crc32c: '3465d831' },
    { name: 'sample_00000001.logmel.npy', bytes: 32_128, crc32c: '0a1b2c3d' },
  ],
};

export const sample: Progress = {
  job: 'extract',
  units: 374,
  unitsDone: 169,
  unitsSkipped: 9,
  bytes: 32_900_000_000,
  bytesTotal: 73_110_000_000,
  records: 541_203,
  rejects: 0,
  elapsedSeconds: 41,
};
