/** Where the package of the platform does not load: the first use tells two commands, and these build an addon that is used from then on. */

import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installProject, managers } from './managers.ts';
import { runBeside } from './project.ts';
import { own, publish, shrinkPublished } from './published.ts';
import { openRegistry, type Registry } from './registry.ts';

const home = mkdtempSync(join(tmpdir(), 'bowerbird-commands-'));
const all = managers();
let registry: Registry;
let folder = '';

beforeAll(async () => {
  folder = publish(false);
  shrinkPublished(folder);
  registry = await openRegistry(folder);
});

afterAll(() => {
  registry.close();
  for (const gone of [home, folder]) rmSync(gone, { recursive: true, force: true });
});

/** A PATH on which the managers that are tried here have the names that people type. */
function pathWith(name: string, exec: readonly string[]): string {
  const bin = join(home, 'bin', name.replaceAll(/\W+/g, '-'));
  mkdirSync(bin, { recursive: true });
  const command = exec.slice(0, 2).map((word) => `'${word}'`);
  for (const called of ['pnpm', 'yarn']) {
    writeFileSync(join(bin, called), `#!/bin/sh\nexec ${command.join(' ')} "$@"\n`);
    chmodSync(join(bin, called), 0o755);
  }
  return `${bin}${delimiter}${process.env['PATH']}`;
}

describe.each(all)('$name', (manager) => {
  test('tells two commands of its own, which build the addon', async () => {
    const project = join(home, manager.name.replaceAll(/\W+/g, '-'));
    const cache = join(home, `cache ${manager.name}`);
    await installProject(project, manager, registry.url, cache, { bowerbird: '*' });
    writeFileSync(
      join(project, 'use.mjs'),
      `import { crc32c } from 'bowerbird'; console.log(crc32c(Buffer.from('123456789')));`,
    );
    const env = {
      PATH: pathWith(manager.name, manager.exec),
      npm_config_cache: cache,
      YARN_CACHE_FOLDER: cache,
      // npm's own scripts are off as well.
      npm_config_ignore_scripts: 'true',
    };
    const shell = (command: string) => runBeside(project, 'sh', ['-c', command], env);
    const use = manager.name.includes('Plug') ? 'yarn node use.mjs' : 'node use.mjs';

    const told = await shell(use).then(
      () => 'it loaded',
      (error: Error) => error.message,
    );
    expect(told).toContain(`@bowerbird/${own}/bowerbird.node: `);
    expect(told).toContain('not there');
    const commands = /these two commands build the addon .*:\n {2}(.*)\n {2}(.*)\n/.exec(told)?.slice(1) ?? [];
    const first = { npm: /^npm install /, pnpm: /^pnpm add /, yarn: /^yarn add / };
    expect(commands[0]).toMatch(first[manager.kind]);

    for (const command of commands) await shell(command);
    expect(await shell(use)).toBe(`${0xe3069283}\n`);
    if (manager.kind === 'pnpm') expect(await shell('pnpm store status')).not.toMatch(/bowerbird.*modified/i);
  });
});
