/** .npy both ways: NumPy's files read here, ours byte for byte what NumPy writes. */

import { mkdir, readFile } from 'node:fs/promises';
import { arrayFrom, hexOf } from './records.mjs';
import { difference } from './report.mjs';

export async function checkArrays(report, { bowerbird, work }) {
  const { readNpy, writeNpy } = bowerbird;
  const facts = `${work}/facts`;
  const ours = `${work}/ours/arrays`;
  const { arrays } = JSON.parse(await readFile(`${facts}/arrays.json`, 'utf8'));
  await mkdir(ours, { recursive: true });

  await report.group('readNpy() reads every type, byte order and memory order of NumPy', async (expect) => {
    for (const { file, descr, dtype, shape, values } of arrays) {
      const bytes = await readFile(`${facts}/arrays/${file}`);
      // A view that begins at an odd place of a larger buffer, as small Buffers do in Node's pool.
      const pooled = Buffer.concat([Buffer.alloc(3), bytes]).subarray(3);
      for (const input of [`${facts}/arrays/${file}`, bytes, pooled]) {
        const array = await readNpy(input, { halves: 'bits' });
        const found = `${array.descr} ${array.dtype} [${array.shape}] ${hexOf(array.data)}`;
        const expected = `${descr} ${dtype} [${shape}] ${values}`;
        expect(found === expected, () => `${file}: ${found.slice(0, 300)}\nexpected ${expected.slice(0, 300)}`);
      }
      expect(
        pooled.equals(await readFile(`${facts}/arrays/${file}`)),
        `${file}: readNpy() changed the bytes it was given`,
      );
    }
  });

  await report.group('writeNpy() gives the bytes of numpy.save', async (expect) => {
    for (const { file, descr, dtype, shape, fortran, values } of arrays) {
      const path = `${ours}/${file}`;
      const native = descr.replace('>', '<');
      await writeNpy(path, arrayFrom(dtype, values), shape, { descr: native });
      const [made, theirs] = await Promise.all([readFile(path), readFile(`${facts}/arrays/${file}`)]);
      // NumPy's other byte order, Fortran order and format 2 and 3 are read, never written.
      if (native === descr && !fortran && theirs[6] === 1) {
        expect(made.equals(theirs), () => `${file}: ${difference(made, theirs)}`);
      }
    }
  });
}
