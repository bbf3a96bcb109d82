/** README.md and docs/: every block that shows what a command or a script prints is run, and prints that. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  blocksOf,
  cloneAgain,
  commandsOf,
  difference,
  makeClone,
  pageNames,
  readPage,
  runConsole,
  runScript,
  variesOf,
} from '../support/doc-pages.mjs';
import { type ObjectServer, objectServer } from '../support/object-server.ts';

const folder = mkdtempSync(join(tmpdir(), 'bowerbird-docs-'));
const clone = join(folder, 'clone');
const runnable = new Set(['console', 'js']);
/** Pages of the API show what comments in the code show, with names that are the reader's. */
const pages = pageNames()
  .filter((name) => !/^docs\/api\/(?!README)/.test(name))
  .map(readPage)
  .filter(({ blocks }) => blocks.some(({ language }) => runnable.has(language)));

let store: ObjectServer;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  await makeClone(clone);
  store = await objectServer();
  const clip = readFileSync(join(clone, 'demo/recordings/clip-0.wav'));
  store.objects.set('birds/audio/clip-0.wav', clip);
  store.objects.set('birds/audio/clip-1.wav', clip);
  const embeddings = 'a2o_sample_embeddings-00000-of-00004';
  const bytes = readFileSync(join(clone, 'demo/one_percent_data_sample', embeddings));
  store.objects.set(`birds/embeddings/${embeddings}`, bytes);
  store.fault = ({ headers }, response) => {
    if (headers.authorization?.includes('Credential=reader/') === true) return false;
    response.writeHead(403, { 'content-length': 0 }).end();
    return true;
  };
  env = {
    AWS_ENDPOINT_URL: store.url,
    AWS_ACCESS_KEY_ID: 'reader',
    AWS_SECRET_ACCESS_KEY: 'the-secret-of-the-test',
    AWS_REGION: 'us-east-1',
  };
});

afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('pages', () => {
  test('hold blocks that can be run', () => {
    expect(pages.map(({ name }) => name)).toEqual(expect.arrayContaining(['README.md', 'docs/recipes.md']));
  });

  test.each(pages.map((page) => [page.name, page] as const))('%s shows what is printed', async (name, page) => {
    const cwd = join(folder, name.replaceAll('/', '-'));
    cloneAgain(clone, cwd);
    const wrong: string[] = [];
    for (const [at, block] of page.blocks.entries()) {
      const place = `${name}:${block.line}`;
      if (block.language === 'console') {
        const printed = await runConsole(block, cwd, env);
        for (const [i, { command, shown }] of commandsOf(block).entries()) {
          const found = difference(shown, printed[i] ?? ['nothing: an earlier command ended the shell'], page.varies);
          if (found !== undefined) wrong.push(`${place}: $ ${command}\n${found}`);
        }
      }
      if (block.language === 'js') {
        const { code, output, errors } = await runScript(block, process.execPath, cwd, env);
        const next = page.blocks[at + 1];
        const shown = next?.language === 'text' ? next.text.split('\n') : [];
        const found = difference(shown, output.split('\n'), page.varies);
        if (code !== 0) wrong.push(`${place}: ended with ${code}\n${errors}`);
        else if (found !== undefined) wrong.push(`${place}:\n${found}`);
      }
    }
    expect(wrong.join('\n\n')).toBe('');
    rmSync(cwd, { recursive: true, force: true });
  });
});

describe('a page of which something is wrong', () => {
  const page = ['<!-- varies: \\d+ s -->', '```console', '$ echo 3 s; echo b', '1 s', 'b', '$ exit 3', '```'].join(
    '\n',
  );
  const [block] = blocksOf(page);
  if (block === undefined) throw new Error('no block');

  test('differs where what is printed does not vary', () => {
    const [first] = commandsOf(block);
    expect(difference(first?.shown ?? [], ['3 s', 'b', ''], variesOf(page))).toBeUndefined();
    expect(difference(first?.shown ?? [], ['3 s', 'c'], variesOf(page))).toContain('printed:\n3 s\nc');
    expect(difference(first?.shown ?? [], ['3 m', 'b'], variesOf(page))).toContain('3 m');
    expect(difference(['a', '...', 'z'], ['a', 'b', 'c', 'z'], [])).toBeUndefined();
    expect(difference(['a', '...', 'z'], ['a', 'b', 'c'], [])).toContain('printed');
    expect(difference([], ['a word too much'], [])).toContain('a word too much');
  });

  test('differs behind a command that ends the shell', async () => {
    const printed = await runConsole({ ...block, text: '$ echo a\n$ exit 3\n$ echo b' }, tmpdir(), {});
    expect(printed).toEqual([['a', '']]);
  });
});
