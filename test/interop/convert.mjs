/** What convert() makes of TensorFlow's and Google's files, read back by TensorFlow and Google's package; and what it calls its outputs. */

import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { python } from './environment.mjs';

const targets = [
  { to: 'tfrecord', shards: 1 },
  { to: 'tfrecord', shards: 3, compression: 'gzip' },
  { to: 'tfrecord', shards: 5, compression: 'zlib' },
  { to: 'tfrecord', matchInputs: true },
  { to: 'arrayrecord', shards: 1 },
  { to: 'arrayrecord', shards: 4, options: 'group_size:1,uncompressed' },
  { to: 'arrayrecord', shards: 2, options: 'group_size:10,brotli:4,pad_to_block_boundary:true' },
  { to: 'arrayrecord', matchShards: true, options: 'group_size:1000,snappy' },
  { to: 'arrayrecord', matchInputs: true, options: 'transpose:true,group_size:5' },
];

async function digest(paths) {
  return JSON.parse(await python('convert.py', 'digest', ...paths));
}

const outputs = async (folder) =>
  (await readdir(folder))
    .filter((name) => /\.(tfrecord|arrayrecord)$/.test(name))
    .sort()
    .map((name) => join(folder, name));

export async function checkConvert(report, { bowerbird, work }) {
  const folder = join(work, 'convert');
  const input = join(folder, 'in');
  const names = () => readdir(input).then((all) => all.sort());
  let want;
  await report.group('convert: TensorFlow and array_record read what it makes of their files', async (expect) => {
    await python('convert.py', 'make', input);
    const paths = (await names()).map((name) => join(input, name));
    want = await digest(paths);
    const proofs = new Set();
    for (const [i, target] of targets.entries()) {
      const words = JSON.stringify(target);
      const out = join(folder, `out${i}`);
      const { proof, records } = await bowerbird.convert({ inputs: [input], out: `${out}/x`, proof: true, ...target });
      proofs.add(proof);
      const root = target.matchInputs ? `${out}/x` : out;
      const found = await digest(await outputs(root));
      expect(records === want.flat().length, `${words}: ${records} records`);
      expect(
        JSON.stringify(found.flat()) === JSON.stringify(want.flat()),
        `${words}: other records, or in another order`,
      );
      if (target.matchInputs)
        expect(JSON.stringify(found) === JSON.stringify(want), `${words}: other records in a file`);
      const counts = found.map((file) => file.length);
      const expected = target.matchShards ? want.length : (target.shards ?? want.length);
      expect(counts.length === expected, `${words}: ${counts.length} files`);
      if (!target.matchInputs) expect(Math.max(...counts) - Math.min(...counts) <= 1, `${words}: shards of ${counts}`);
    }
    expect(proofs.size === 1, `Proofs of the same records differ: ${[...proofs]}`);
  });

  await report.group('convert: outputs are called as by the pipelines of array_record', async (expect) => {
    const given = [
      'train-00000-of-00002.tfrecord',
      'x.y.tfrecord',
      'plain',
      '.hidden',
      'mnist.tfrecord-00000-of-00001',
    ];
    const theirs = JSON.parse(await python('convert.py', 'names', '.arrayrecord', ...given));
    const { matchedNames } = await import('../../dist/jobs/convert/names.js');
    const { shardNames } = await import('../../dist/jobs/engine/shard-names.js');
    const stamps = given.map((uri) => ({ uri, size: 0, version: '' }));
    for (const [way, overwriteExtension] of [false, true].entries()) {
      const ours = matchedNames(stamps, 'arrayrecord', overwriteExtension);
      for (const [i, name] of ours.entries()) expect(name === theirs[i][way], `${name}, expected ${theirs[i][way]}`);
    }
    // Beam's default template for shards is -SSSSS-of-NNNNN.
    expect(shardNames('train', 3, 'arrayrecord')[1] === 'train-00001-of-00003.arrayrecord', 'the name of a shard');
  });

  await report.group("convert: uncompressed outputs are byte for byte those of Google's writer", async (expect) => {
    const ours = join(folder, 'bytes');
    const theirs = join(input, 'f.arrayrecord');
    const options = 'group_size:1,uncompressed';
    await bowerbird.convert({ inputs: [theirs], to: 'arrayrecord', out: `${ours}/x`, options });
    await python('convert.py', 'copy', theirs, join(folder, 'copy'), options);
    const [a, b] = await Promise.all([
      readFile(`${ours}/x-00000-of-00001.arrayrecord`),
      readFile(join(folder, 'copy')),
    ]);
    expect(a.equals(b), 'The files differ');
  });
}
