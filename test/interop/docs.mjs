/** Python blocks of README.md and docs/: they read what the commands above them made, and print what the page shows. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  cloneAgain,
  difference,
  makeClone,
  pageNames,
  readPage,
  runConsole,
  runScript,
} from '../support/doc-pages.mjs';
import { environment, interpreter } from './environment.mjs';

export async function checkDocs(report) {
  const folder = await mkdtemp(join(tmpdir(), 'bowerbird-docs-'));
  const clone = join(folder, 'clone');
  await makeClone(clone);
  const pages = pageNames()
    .map(readPage)
    .filter(({ blocks }) => blocks.some(({ language }) => language === 'python'));
  for (const page of pages) {
    await report.group(`${page.name} shows what Python prints`, async (expect) => {
      const cwd = join(folder, page.name.replaceAll('/', '-'));
      cloneAgain(clone, cwd);
      for (const [at, block] of page.blocks.entries()) {
        if (block.language === 'console') await runConsole(block, cwd, {});
        if (block.language === 'js') await runScript(block, process.execPath, cwd, {});
        if (block.language !== 'python') continue;
        const { code, output, errors } = await runScript(block, interpreter, cwd, environment);
        const next = page.blocks[at + 1];
        const shown = next?.language === 'text' ? next.text.split('\n') : [];
        const wrong = code === 0 ? difference(shown, output.split('\n'), page.varies) : errors.slice(-2000);
        expect(wrong === undefined, `${page.name}:${block.line}: ${wrong}`);
      }
    });
  }
  await rm(folder, { recursive: true, force: true });
}
