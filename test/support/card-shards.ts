/** Parquet files as a build makes them, of few rows without real sound, for tests of what is made of their footers. */

import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { factsText, speakerHashes } from '../../src/samples/parquet/write/shard-facts.ts';
import { ParquetShardWriter } from '../../src/samples/parquet/write/shard-writer.ts';

/** `path` as "data/en/chunk-00000.parquet", below `folder`; `rows` of 1.5 s. Without `told` its footer has no facts. */
export async function writeCardShard(folder: string, path: string, rows: number, told = true): Promise<void> {
  mkdirSync(dirname(join(folder, path)), { recursive: true });
  const fd = openSync(join(folder, path), 'wx');
  try {
    const writer = await ParquetShardWriter.open(fd, path, {
      columns: [
        { name: 'audio', kind: 'audio', samplingRate: 16000 },
        { name: 'text', kind: 'string' },
        { name: 'dnsmos', kind: 'float32' },
      ],
      groupBytes: 1 << 20,
    });
    for (let i = 0; i < rows; i++) {
      writer.add({ audio: { bytes: Buffer.from(`RIFF${i}`), path: `${i}.wav` }, text: `${path} ${i}`, dnsmos: 3.25 });
    }
    const [, config = ''] = path.split('/');
    const bins = Array.from({ length: 50 }, (_, bin) => (bin === 32 ? rows : 0));
    const facts = factsText({
      version: 1,
      chunk: `${config}-0`,
      part: 0,
      parts: 1,
      identity: '0'.repeat(64),
      config,
      split: 'train',
      rows,
      rejects: 0,
      arrowBytes: writer.arrowBytes,
      seconds: rows * 1.5,
      unknownSeconds: 0,
      speakers: { count: 2, hashes: speakerHashes(['a', 'b']) },
      dnsmos: { count: rows, sum: rows * 3.25, bins, nonFinite: 0 },
    });
    writer.finish(told ? { bowerbird: facts } : {});
  } finally {
    closeSync(fd);
  }
}
