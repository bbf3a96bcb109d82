/** The package installed from a registry into empty projects by npm, pnpm and yarn, with the scripts of packages off: it works, and nothing is compiled. */

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { flacOf, noiseFrames } from '../support/flac-files.ts';
import { installProject, type Manager, managers } from './managers.ts';
import { root, run } from './project.ts';
import { own, publish, sizeOf } from './published.ts';
import { openRegistry, type Registry } from './registry.ts';

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const home = mkdtempSync(join(tmpdir(), 'bowerbird-managers-'));
const folders: string[] = [home];
const all = managers();

/** The newest libraries come as modules only, and since these versions `require` takes them. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
const canRequire = major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19);

const uses = {
  'esm.mjs': `import { crc32c, decodeAudio } from 'bowerbird';
import { readFileSync } from 'node:fs';
const { channels, samples } = await decodeAudio(readFileSync('noise.flac'));
console.log(crc32c(Buffer.from('123456789')), channels, samples.length);`,
  'common.cjs': `console.log(require('bowerbird').crc32c(Buffer.from('123456789')));`,
};

function project(manager: Manager, name: string): string {
  return join(home, `${name} ${manager.name}`.replaceAll(/\W+/g, '-'));
}

function execIn(folder: string, manager: Manager, ...args: string[]): string {
  const [command = '', ...before] = manager.exec;
  return run(folder, command, [...before, ...args]);
}

function fill(folder: string): void {
  for (const [name, text] of Object.entries(uses)) writeFileSync(join(folder, name), text);
  writeFileSync(join(folder, 'noise.flac'), flacOf({ frames: 20 }, noiseFrames(20)));
}

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

describe('a release', () => {
  let registry: Registry;
  beforeAll(async () => {
    const folder = publish(true);
    folders.push(folder);
    registry = await openRegistry(folder);
  });
  afterAll(() => registry.close());

  test('names no script of its own, and no compiler', () => {
    const manifest = JSON.parse(readFileSync(join(folders[1] as string, 'bowerbird/package.json'), 'utf8'));
    expect(manifest.scripts).toBeUndefined();
    expect(
      Object.keys(manifest.dependencies).filter((name) => /cmake|addon-api|headers|flac-bindings/.test(name)),
    ).toEqual([]);
    expect(Object.values(manifest.optionalDependencies)).toEqual(Array(6).fill(version));
  });

  test('what is installed with it is no more than docs/install.md says', async () => {
    const page = readFileSync(join(root, 'docs/install.md'), 'utf8');
    const [, packages, megabytes] = /(\d+) packages and (\d+) MB/.exec(page) ?? [];
    const folder = project(all[0] as Manager, 'size');
    await installProject(folder, all[0] as Manager, registry.url, join(home, 'cache size'), { bowerbird: version });
    const size = sizeOf(join(folder, 'node_modules'));
    expect(size.packages).toBeLessThanOrEqual(Number(packages));
    expect(size.bytes / 1e6).toBeLessThanOrEqual(Number(megabytes));
    // Nor so much less that the page is out of date.
    expect(size.bytes / 1e6).toBeGreaterThan(Number(megabytes) * 0.8);
  });

  test.each(all)(
    '$name installs it: modules, CommonJS and the command work, and no addon is built',
    async (manager) => {
      registry.fetched.clear();
      const folder = project(manager, 'release');
      const said = await installProject(folder, manager, registry.url, join(home, `cache ${manager.name}`), {
        bowerbird: version,
      });
      // What npm, pnpm and Yarn say of packages whose scripts they did not run.
      expect(said).not.toMatch(/ignored build|lists build|allow-?scripts|approve-|gyp|cmake/i);
      // Yarn 1 fetches first and looks at the platform then, and of C libraries it does not know.
      if (manager.name !== 'yarn 1') expect([...registry.fetched].sort()).toEqual([`@bowerbird/${own}`, 'bowerbird']);
      fill(folder);
      const plugged = manager.name.includes('Plug');
      const node = plugged ? [...manager.exec, 'node'] : [process.execPath];
      const [command = '', ...before] = node;
      const heard = `${0xe3069283} 1 81920`;
      expect(run(folder, command, [...before, 'esm.mjs'])).toContain(heard);
      // Yarn's loader takes no part in a `require` of modules: there CommonJS has to say `import()`.
      if (canRequire && !plugged) expect(run(folder, command, [...before, 'common.cjs'])).toContain(`${0xe3069283}`);
      expect(execIn(folder, manager, 'bowerbird', '--version')).toContain(version);
      expect(execIn(folder, manager, 'bowerbird', 'verify', 'noise.flac')).toContain('all intact');
      expect(existsSync(join(folder, 'node_modules/bowerbird/native/build'))).toBe(false);
    },
  );
});
