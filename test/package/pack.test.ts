/** What a user gets: the tarball's files, and an empty project into which it is installed. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { linksOf } from '../support/markdown.ts';
import { installProject, type Manager, managers } from './managers.ts';
import { root, run } from './project.ts';
import { publish } from './published.ts';
import { openRegistry, type Registry } from './registry.ts';

const version: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version;

let consumer: string;
let packed: string[];

let published: string;
let registry: Registry;

beforeAll(async () => {
  consumer = mkdtempSync(join(tmpdir(), 'bowerbird-consumer-'));
  published = publish(true);
  registry = await openRegistry(published);
  const [npm] = managers();
  await installProject(consumer, npm as Manager, registry.url, join(consumer, 'cache'), { bowerbird: version });
  const listed = run(published, 'tar', ['tzf', `bowerbird-${version}.tgz`])
    .trim()
    .split('\n');
  packed = listed.map((path) => path.replace(/^package\//, ''));
});

afterAll(() => {
  registry.close();
  for (const folder of [consumer, published]) rmSync(folder, { recursive: true, force: true });
});

test('the tarball holds what runs, what builds and what explains, and nothing else', () => {
  const allowed =
    /^(dist\/.+\.(js|d\.ts)|native\/(core|os|addon)\/.+\.(cc|h|inc)|native\/(CMakeLists\.txt|lmdb\.cmake|package\.json|sources\.txt)|native\/vendor\/lmdb\/(mdb\.c|midl\.c|lmdb\.h|midl\.h|LICENSE|COPYRIGHT)|docs\/.+\.md|bench\/runs\/[^/]+\/(summary\.md|\w+\.txt)|\.env\.template|\.github\/(ARCHITECTURE|CONTRIBUTING)\.md|scripts\/(addon|build-native|toolchain)\.mjs|package\.json|CHANGELOG\.md|LICENSE|README\.md)$/;
  expect(packed.filter((path) => !allowed.test(path))).toEqual([]);
  expect(packed).toEqual(expect.arrayContaining(['LICENSE', 'CHANGELOG.md', 'scripts/build-native.mjs']));
  if (existsSync(join(root, 'README.md'))) expect(packed).toContain('README.md');
});

test('the tarball holds every native source and a compiled file for every module', () => {
  const native = readFileSync(join(root, 'native/sources.txt'), 'utf8').trim().split('\n');
  expect(packed).toEqual(expect.arrayContaining(native.map((path) => `native/${path}`)));
  const headers = readdirSync(join(root, 'native'), { recursive: true, encoding: 'utf8' }).filter((path) =>
    /^(core|os|addon)\/.*\.(h|inc)$/.test(path),
  );
  expect(packed).toEqual(expect.arrayContaining(headers.map((path) => `native/${path}`)));
  expect(packed.filter((path) => path.startsWith('native/vendor/lmdb/'))).toHaveLength(6);
  const modules = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.ts$/.test(name),
  );
  const compiled = modules.flatMap((name) => [`dist/${name.slice(0, -3)}.js`, `dist/${name.slice(0, -3)}.d.ts`]);
  expect(packed.filter((path) => path.startsWith('dist/')).sort()).toEqual(compiled.sort());
});

test('every link of the pages in the tarball leads to a page in it', () => {
  const pages = packed.filter((path) => path.endsWith('.md'));
  expect(pages.length).toBeGreaterThan(40);
  const broken = pages.flatMap((page) =>
    linksOf(readFileSync(join(consumer, 'node_modules/bowerbird', page), 'utf8'))
      .filter((target) => !/^[a-z]+:|^#/.test(target))
      .map((target) => normalize(join(dirname(page), target.replace(/#.*/, ''))))
      .filter((path) => !packed.some((name) => name === path || name.startsWith(`${path.replace(/\/$/, '')}/`)))
      .map((path) => `${page}: ${path}`),
  );
  expect(broken).toEqual([]);
});

test('the installed package has a working addon and can be imported', () => {
  writeFileSync(
    join(consumer, 'use.mjs'),
    `import { BowerbirdError, errorCodes } from 'bowerbird';
     import { native } from './node_modules/bowerbird/dist/native/native.js';
     console.log(BowerbirdError.name, 'NATIVE' in errorCodes, native().crc32c(Buffer.from('123456789'), 0));`,
  );
  expect(run(consumer, process.execPath, ['use.mjs'])).toBe(`BowerbirdError true ${0xe3069283}\n`);
});

test('the installed package keeps its inner modules to itself', () => {
  writeFileSync(join(consumer, 'inner.mjs'), `import 'bowerbird/dist/native/native.js';`);
  expect(() => run(consumer, process.execPath, ['inner.mjs'])).toThrow('ERR_PACKAGE_PATH_NOT_EXPORTED');
});

test('the installed command prints its help and its version', () => {
  const hasCommand = existsSync(join(root, 'src/cli/main.ts'));
  expect(packed.includes('dist/cli/main.js')).toBe(hasCommand);
  if (!hasCommand) return;
  const command = join(consumer, 'node_modules/.bin/bowerbird');
  expect(run(consumer, command, ['--help'])).toContain('bowerbird extract');
  expect(run(consumer, command, ['--version'])).toContain(version);
});

test.each(['nodenext', 'bundler'])(
  'the types resolve for a TypeScript consumer with "moduleResolution": "%s"',
  (resolution) => {
    const folder = join(consumer, resolution);
    mkdirSync(folder);
    const module = resolution === 'bundler' ? 'esnext' : resolution;
    const compilerOptions = {
      module,
      moduleResolution: resolution,
      target: 'es2023',
      strict: true,
      noEmit: true,
      types: [],
    };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['use.ts'] }));
    const use = (code: string) =>
      writeFileSync(
        join(folder, 'use.ts'),
        `import { BowerbirdError, type ErrorCode } from 'bowerbird';
       export const code: ErrorCode = '${code}';
       export const error: BowerbirdError = new BowerbirdError(code, 'text');`,
      );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    use('TRUNCATED');
    run(folder, process.execPath, [tsc, '-p', '.']);
    // The same with a code that does not exist: the types are really ours, not `any`.
    use('TRUNKATED');
    expect(() => run(folder, process.execPath, [tsc, '-p', '.'])).toThrow();
  },
);
