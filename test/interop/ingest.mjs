/** ingest() against TensorFlow: the same bytes as its serializer makes of tf.audio.decode_wav, and what its reader gets from ours. */

import { mkdir, readFile } from 'node:fs/promises';
import { python } from './environment.mjs';
import { difference } from './report.mjs';

const shards = 3;

export async function checkIngest(report, { bowerbird, work }) {
  const folder = `${work}/ingest`;
  const run = (name, more = {}) =>
    bowerbird.ingest({
      inputs: `${folder}/labels.csv`,
      audio: `${folder}/audio`,
      out: `${folder}/ours/${name}`,
      shards,
      ...more,
    });

  await report.group("ingest() writes the bytes of TensorFlow's serializer", async (expect) => {
    await mkdir(folder, { recursive: true });
    await python('ingest.py', 'write', folder);
    await run('plain');
    for (let i = 0; i < shards; i++) {
      const name = `-0000${i}-of-0000${shards}.tfrecord`;
      const [ours, theirs] = await Promise.all([
        readFile(`${folder}/ours/plain${name}`),
        readFile(`${folder}/theirs/train${name}`),
      ]);
      expect(ours.equals(theirs), () => `shard ${i}: ${difference(ours, theirs)}`);
    }
  });

  await report.group('parse_single_example() and parse_tensor() read what ingest() wrote', async (expect) => {
    await run('gzip', { compression: 'gzip' });
    const wrong = JSON.parse(await python('ingest.py', 'read', folder));
    expect(wrong.length === 0, () => wrong.join('\n'));
  });
}
