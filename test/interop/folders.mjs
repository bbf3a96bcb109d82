/** extract() against the notebook's own folders, and against the oracle's where the notebook cannot go. */

import { readdir, readFile } from 'node:fs/promises';
import { difference } from './report.mjs';

const parts = ['embeddings', 'metadata'];

async function expectSameFolder(expect, ours, theirs, exceptions = {}) {
  for (const part of parts) {
    const [have, want] = await Promise.all([ours, theirs].map(async (dir) => (await readdir(`${dir}/${part}`)).sort()));
    expect(have.join('\n') === want.join('\n'), () => `${part}/ holds ${have.join(', ')}, expected ${want.join(', ')}`);
    for (const name of want.filter((name) => have.includes(name))) {
      const expected = exceptions[`${part}/${name}`] ?? `${theirs}/${part}/${name}`;
      const [a, b] = await Promise.all([readFile(`${ours}/${part}/${name}`), readFile(expected)]);
      expect(a.equals(b), () => `${part}/${name}: ${difference(a, b)}`);
    }
  }
}

export async function checkFolders(report, { bowerbird, work }) {
  const { extract } = bowerbird;
  const cases = `${work}/cases`;
  const notebook = `${work}/notebook`;
  const oracle = `${work}/oracle`;
  // The notebook saves an empty list as float64 of shape (0,); Bowerbird keeps the type and the width.
  const exceptions = { 'embeddings/no-records.npy': `${oracle}/plain/notebook/embeddings/no-records.npy` };
  let run = 0;
  const extractTo = async (inputs, options) => {
    const outDir = `${work}/ours/extract-${run++}`;
    const result = await extract({ inputs, out: outDir, workers: 2, ...options });
    return { outDir, result };
  };

  await report.group('the oracle is the notebook, where both apply', async (expect) => {
    await expectSameFolder(expect, `${oracle}/plain/notebook`, notebook, exceptions);
  });

  for (const names of ['a2o-strict', 'a2o']) {
    for (const compression of ['none', 'gzip', 'zlib']) {
      await report.group(`extract() makes the notebook's folder, ${compression}, --names ${names}`, async (expect) => {
        const { outDir } = await extractTo(`${cases}/notebook/${compression}`, { names });
        await expectSameFolder(expect, outDir, notebook, exceptions);
      });
    }
  }

  await report.group('extract() reads gzip of several members', async (expect) => {
    const { outDir } = await extractTo(`${cases}/members/gzip`, {});
    for (const [part, extension] of Object.entries({ embeddings: 'npy', metadata: 'json' })) {
      const name = `a2o_sample_embeddings-00000-of-00374.${extension}`;
      expect((await readdir(`${outDir}/${part}`)).join() === name, `${part}/ does not hold ${name} alone`);
      const [a, b] = await Promise.all([outDir, notebook].map((folder) => readFile(`${folder}/${part}/${name}`)));
      expect(a.equals(b), () => `${part}/${name}: ${difference(a, b)}`);
    }
  });

  const variants = [
    ['plain', 'one', ['none', 'gzip', 'zlib'], {}],
    ['plain', 'five', ['none', 'gzip', 'zlib'], {}],
    ['float16', 'notebook', ['none'], { dtype: 'float16' }],
    ['float16', 'one', ['none', 'gzip'], { dtype: 'float16' }],
    ['float16', 'five', ['zlib'], { dtype: 'float16' }],
    ['all', 'notebook', ['none'], { channel: 'all' }],
    ['all', 'one', ['none'], { channel: 'all' }],
    ['all', 'five', ['none', 'gzip'], { channel: 'all' }],
    ['channel-3', 'five', ['none', 'zlib'], { channel: 3 }],
    ['hop-2.5', 'notebook', ['none'], { hop: 2.5 }],
    ['hop-0.96', 'notebook', ['none', 'gzip'], { hop: 0.96 }],
    ['float16-all-hop-2.5', 'five', ['none', 'gzip'], { dtype: 'float16', channel: 'all', hop: 2.5 }],
  ];
  for (const [variant, set, compressions, options] of variants) {
    for (const compression of compressions) {
      await report.group(
        `extract() makes the oracle's folder: ${variant}, set "${set}", ${compression}`,
        async (expect) => {
          const { outDir } = await extractTo(`${cases}/${set}/${compression}`, { names: 'a2o-strict', ...options });
          await expectSameFolder(expect, outDir, `${oracle}/${variant}/${set}`);
        },
      );
    }
  }

  await report.group('extract() refuses what the notebook dies of', async (expect) => {
    const manifest = JSON.parse(await readFile(`${cases}/manifest.json`, 'utf8')).refused;
    const notebookSays = JSON.parse(await readFile(`${work}/refused.json`, 'utf8'));
    for (const [name, { code }] of Object.entries(manifest)) {
      expect(notebookSays[name] !== null, `${name}: the notebook takes it`);
      const error = await extractTo(`${cases}/refused/none/${name}`, { names: 'a2o-strict' }).catch((e) => e);
      expect(
        error.code === code,
        () => `${name}: expected ${code}, found ${error.code ?? 'no error'} ${error.message ?? ''}`,
      );
    }
  });
}
