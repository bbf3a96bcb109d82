/** The declarations compile in projects of others: by old compilers and the newest, with every module resolution, and without types of a platform. */

import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'bowerbird-consumer-'));
const bare = ['use.mts'];
const compilers = { '5.4': 'typescript-5.4', '5.9': 'typescript-5.9', newest: 'typescript' } as const;
type Version = keyof typeof compilers;

beforeAll(() => {
  // What is packed, and nothing beside it that could be found by accident.
  const installed = join(folder, 'node_modules/bowerbird');
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, 'package.json'), join(installed, 'package.json'));
  const isDeclaration = (path: string) => path.endsWith('.d.ts') || statSync(path).isDirectory();
  cpSync(join(root, 'dist'), join(installed, 'dist'), { recursive: true, filter: isDeclaration });
  cpSync(join(root, 'test/data/consumer'), folder, { recursive: true });
  mkdirSync(join(folder, 'node_modules/@types'));
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name));
  }
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What the compiler says. */
function compiled(version: Version, files: readonly string[], options: { readonly [option: string]: unknown }): string {
  const manifest = createRequire(import.meta.url).resolve(`${compilers[version]}/package.json`);
  const compilerOptions = {
    target: 'es2022',
    lib: ['es2022'],
    types: [],
    strict: true,
    skipLibCheck: false,
    noEmit: true,
  };
  const config = { compilerOptions: { ...compilerOptions, ...options }, files };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const { stdout, stderr } = spawnSync(process.execPath, [join(dirname(manifest), 'bin/tsc'), '-p', folder], {
    encoding: 'utf8',
  });
  return stdout + stderr;
}

const versions = ['5.4', '5.9', 'newest'] as const;
const resolutions = [
  { module: 'node16', moduleResolution: 'node16' },
  { module: 'nodenext', moduleResolution: 'nodenext' },
  { module: 'esnext', moduleResolution: 'bundler' },
];

test.each(versions.flatMap((version) => resolutions.map((resolution) => [version, resolution] as const)))(
  'TypeScript %s, %o, without the types of any platform',
  (version, resolution) => {
    expect(compiled(version, bare, resolution)).toBe('');
  },
);

test.each(versions)('TypeScript %s, with the DOM, and with esnext.disposable', (version) => {
  const lib = ['es2022', 'dom', 'esnext.disposable'];
  const files = [...bare, 'dom.mts', 'using.mts', ...(version === '5.4' ? [] : ['buffers.mts'])];
  expect(compiled(version, files, { ...resolutions[1], lib })).toBe('');
});

test.each(versions)('TypeScript %s, with @types/node', (version) => {
  expect(compiled(version, [...bare, 'dom.mts'], { ...resolutions[1], types: ['node'] })).toBe('');
});

test('a declaration that does not compile is told of', () => {
  writeFileSync(
    join(folder, 'wrong.mts'),
    `import { nothing } from 'bowerbird/npy';\nexport const x: Float32Array<ArrayBuffer> = nothing;\n`,
  );
  const said = compiled('5.4', ['wrong.mts'], resolutions[0]!);
  expect(said).toContain("no exported member 'nothing'");
  expect(said).toContain("Type 'Float32Array' is not generic");
});
