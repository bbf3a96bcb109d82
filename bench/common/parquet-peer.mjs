// ParquetShardWriter in a process of its own, for the clock: node parquet-peer.mjs OUT ROWS BYTES GROUP_BYTES. BYTES are those of a recording.
import { randomFillSync } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { loadWriteLibrary } from '../../dist/samples/parquet/write/library.js';
import { ParquetShardWriter } from '../../dist/samples/parquet/write/shard-writer.js';

const [out = '', rows, size, groupBytes] = process.argv.slice(2).map((word, i) => (i === 0 ? word : Number(word)));
/** So many recordings take turns: all of them would be the memory that is measured. */
const pool = Array.from({ length: 64 }, () => randomFillSync(Buffer.allocUnsafe(Number(size))));
/** @type {import('../../dist/samples/parquet/write/columns.js').ParquetColumn[]} */
const columns = [
  { name: 'audio', kind: 'audio', samplingRate: 16_000 },
  { name: 'text', kind: 'string' },
  { name: 'speaker_id', kind: 'string' },
  { name: 'duration_seconds', kind: 'float32' },
  { name: 'dnsmos', kind: 'float32' },
  { name: 'language', kind: 'string' },
];

await loadWriteLibrary();
const [start, used] = [process.hrtime.bigint(), process.cpuUsage()];
const fd = openSync(String(out), 'w');
const writer = await ParquetShardWriter.open(fd, String(out), { columns, groupBytes: Number(groupBytes) });
for (let i = 0; i < Number(rows); i++) {
  writer.add({
    audio: { bytes: pool[i % pool.length] ?? null, path: `episode_${String(i).padStart(6, '0')}.mp3` },
    text: `What was said in segment ${i}, in some ten or twelve words as people say them`,
    speaker_id: `SPEAKER_${i % 40}`,
    duration_seconds: 4 + (i % 700) / 100,
    dnsmos: 1 + (i % 400) / 100,
    language: 'en',
  });
}
const { bytes, groups } = writer.finish();
closeSync(fd);
const seconds = Number(process.hrtime.bigint() - start) / 1e9;
const { user, system } = process.cpuUsage(used);
console.log(JSON.stringify({ seconds, cpu: (user + system) / 1e6, rows: Number(rows), groups, bytes }));
