/**
 * ArrayRecord files with damage at their beginning, and with 64 KiB overwritten at any place: every chunk that the damage does not touch comes
 * back whole. The oracle knows where the chunks were written. native/test/every_bit_test.cc and array-record-damage.test.ts flip single bits
 * everywhere else.
 */

import { closeSync, openSync, truncateSync, writeSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type ByteSource, bytesSource } from '../../../src/bytes.ts';
import { recognise } from '../../../src/formats/file-format.ts';
import { isArrayRecordFile } from '../../../src/formats/records/array-record-sniff.ts';
import { type ScannedChunk, scanChunks } from '../../../src/records/array-record-scan.ts';
import { survey } from '../../../src/records/array-record-survey.ts';
import { openSource } from '../../../src/storage/source.ts';
import { begins, type Made, make, noise, recordsOf, untouched } from '../../support/damaged-array-records.ts';

const block = 65536;

/** Writes over a file, and back again. */
class Scribbler {
  readonly #file: number;
  readonly #made: Made;

  constructor(made: Made) {
    this.#made = made;
    this.#file = openSync(made.path, 'r+');
  }

  async with<T>(at: number, bytes: Uint8Array, work: () => Promise<T>): Promise<T> {
    const length = Math.min(bytes.length, this.#made.bytes.length - at);
    writeSync(this.#file, bytes, 0, length, at);
    try {
      return await work();
    } finally {
      writeSync(this.#file, this.#made.bytes, at, length, at);
    }
  }

  close(): void {
    closeSync(this.#file);
  }
}

async function formatOf(path: string): Promise<string> {
  const source = await openSource(path);
  try {
    expect(await isArrayRecordFile(source)).toBe(true);
    return (await recognise(source)).format;
  } finally {
    await source.close();
  }
}

const kinds: { readonly [name: string]: () => Promise<Made> } = {
  'records of 57 kB, one a chunk': () => make(recordsOf(40, 57_000), 'uncompressed'),
  'small records, three a chunk': () => make(recordsOf(900, 300), 'uncompressed,group_size:3'),
  'chunks of five blocks': () => make(recordsOf(8, 310_000), 'uncompressed'),
  compressed: () => make(recordsOf(300, 2000), 'brotli:1,group_size:4'),
  transposed: () => make(recordsOf(300, 1000), 'snappy,transpose,group_size:5'),
  padded: () => make(recordsOf(12, 30_000), 'uncompressed,group_size:2,pad_to_block_boundary:true'),
  'more records than bytes': () =>
    make(
      Array.from({ length: 300_000 }, () => new Uint8Array(0)),
      'zstd,group_size:100000',
    ),
};

describe.each(Object.entries(kinds))('of %s', (_name, making) => {
  test('every bit of the first 200 bytes costs the chunk it is in, and no other', async () => {
    const made = await making();
    const scribbler = new Scribbler(made);
    const missing: string[] = [];
    for (let at = 0; at < 200; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Uint8Array.of(made.bytes[at]! ^ (1 << bit));
        await scribbler.with(at, flipped, async () => {
          const format = await formatOf(made.path);
          const { intact, damaged } = await survey({ uri: made.path });
          const kept = JSON.stringify(begins(intact)) === JSON.stringify(begins(untouched(made, at, at + 1)));
          const isTold =
            damaged.length === 1 && damaged[0]!.offset <= at && at < damaged[0]!.offset + damaged[0]!.length;
          if (format !== 'arrayrecord' || !kept || !isTold) missing.push(`bit ${bit} of byte ${at}`);
        });
      }
    }
    scribbler.close();
    expect(missing).toEqual([]);
  }, 120_000);

  test.each(['zeros', 'noise', 'an older part of the file', 'the file itself, shifted'])(
    '64 KiB of %s cost the chunks that they touch, and no other',
    async (what) => {
      const made = await making();
      const scribbler = new Scribbler(made);
      const wrong: string[] = [];
      const step = Math.max(4099, Math.floor(made.bytes.length / 61));
      const places = [
        0,
        1,
        23,
        24,
        25,
        39,
        40,
        63,
        64,
        65,
        block - 1,
        made.footer - 100,
        made.footer,
        made.bytes.length - 2 * block,
      ];
      for (let at = 0; at < made.bytes.length; at += step) places.push(at);
      for (const at of places) {
        const brought =
          what === 'zeros'
            ? new Uint8Array(block)
            : what === 'noise'
              ? noise(block, at + 7)
              : what === 'an older part of the file'
                ? made.bytes.subarray(at % block, (at % block) + block)
                : made.bytes.subarray(Math.max(0, at - 1000), Math.max(0, at - 1000) + block);
        await scribbler.with(at, brought, async () => {
          const format = await formatOf(made.path);
          const { intact, index } = await survey({ uri: made.path });
          const whole = begins(untouched(made, at, at + block));
          const found = new Set(begins(intact));
          const isKept = whole.every((begin) => found.has(begin));
          // Without its index nobody can tell that a chunk stood elsewhere once.
          const isOwn = index === undefined || begins(intact).every((begin) => begins(made.chunks).includes(begin));
          if (format !== 'arrayrecord' || !isKept || !isOwn)
            wrong.push(`${at}: ${format}, ${whole.length} whole, ${found.size} found, ${isKept} ${isOwn}`);
        });
      }
      scribbler.close();
      expect(wrong).toEqual([]);
    },
    120_000,
  );
});

test.each(Object.entries(kinds))(
  'without an index too, block headers alone tell where to go on: %s',
  async (_name, making) => {
    const whole = await making();
    const made = { ...whole, bytes: whole.bytes.subarray(0, whole.footer) };
    truncateSync(made.path, whole.footer);
    const scribbler = new Scribbler(made);
    const wrong: string[] = [];
    const look = async (at: number, length: number) => {
      const { intact } = await survey({ uri: made.path });
      if (JSON.stringify(begins(intact)) !== JSON.stringify(begins(untouched(made, at, at + length))))
        wrong.push(`${length} at ${at}`);
    };
    for (let at = 0; at < 200; at += 3) {
      await scribbler.with(at, Uint8Array.of(made.bytes[at]! ^ 0x20), () => look(at, 1));
    }
    for (let at = 0; at < made.bytes.length; at += Math.max(4099, Math.floor(made.bytes.length / 61))) {
      await scribbler.with(at, noise(block, at), () => look(at, block));
    }
    scribbler.close();
    expect(wrong).toEqual([]);
  },
  60_000,
);

test('an object is recognised by few of its bytes, and walked as a file is', async () => {
  const made = await make(recordsOf(60, 20_000), 'uncompressed');
  const bytes = Uint8Array.from(made.bytes);
  bytes.set(noise(block, 3), 0);
  let read = 0;
  const inner = bytesSource(bytes, 'memory');
  const source: ByteSource = {
    ...inner,
    read: async (offset, length) => {
      const found = await inner.read(offset, length);
      read += found.length;
      return found;
    },
  };
  expect(await recognise(source)).toEqual({ format: 'arrayrecord' });
  // A page, for the sake of MPEG frames, and the header of one block.
  expect(read).toBeLessThan(4096 + 1000);
  const chunks: ScannedChunk[] = [];
  for await (const some of scanChunks(source)) chunks.push(...some);
  const intact = new Set(begins(chunks.filter(({ finding }) => finding === undefined)));
  expect(begins(untouched(made, 0, block)).every((begin) => intact.has(begin))).toBe(true);
});
