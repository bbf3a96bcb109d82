/** Package managers as people use them, with the scripts of packages off. Each is installed once, into .cache/managers. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root, run, runBeside } from './project.ts';

export interface Manager {
  readonly name: string;
  /** What error messages call it. */
  readonly kind: 'npm' | 'pnpm' | 'yarn';
  /** Files that set a project up. */
  readonly setup: (registry: string, cache: string) => { readonly [file: string]: string };
  /** The command with its arguments; `install` of package.json as it is. */
  readonly install: readonly string[];
  readonly exec: readonly string[];
}

function cli(name: string, version: string, file: string): string {
  const folder = join(root, '.cache/managers', `${name.replace('/', '-')}-${version}`);
  if (!existsSync(join(folder, 'node_modules', name))) {
    mkdirSync(folder, { recursive: true });
    const quiet = ['--no-save', '--no-audit', '--no-fund', '--no-package-lock', '--ignore-scripts'];
    run(folder, 'npm', ['install', '--prefix', folder, ...quiet, `${name}@${version}`]);
  }
  return join(folder, 'node_modules', name, file);
}

const npmrc = (registry: string, cache: string) => ({
  '.npmrc': `registry=${registry}\ncache=${cache}\naudit=false\nfund=false\n`,
});

export function managers(): Manager[] {
  const { execPath: node } = process;
  const pnpm = [node, cli('pnpm', '12.21.0', 'bin/pnpm.mjs')];
  const classic = [node, cli('yarn', '1.22.22', 'bin/yarn.js')];
  const berry = [node, cli('@yarnpkg/cli-dist', '4.18.1', 'bin/yarn.js')];
  const yarnrc = (linker: string) => (registry: string, cache: string) => ({
    '.yarnrc.yml': `npmRegistryServer: "${registry}"
unsafeHttpWhitelist: ["127.0.0.1"]
nodeLinker: ${linker}
globalFolder: "${cache}"
enableScripts: false
enableTelemetry: false
enableImmutableInstalls: false
`,
    'yarn.lock': '',
  });
  return [
    { name: 'npm', kind: 'npm', setup: npmrc, install: ['npm', 'install', '--ignore-scripts'], exec: ['npx'] },
    {
      name: 'pnpm 12',
      kind: 'pnpm',
      setup: (registry, cache) => ({
        ...npmrc(registry, cache),
        'pnpm-workspace.yaml': `storeDir: "${cache}/store"\ncacheDir: "${cache}/cache"\n`,
      }),
      install: [...pnpm, 'install', '--no-frozen-lockfile'],
      exec: [...pnpm, 'exec'],
    },
    {
      name: 'yarn 1',
      kind: 'yarn',
      setup: npmrc,
      install: [...classic, 'install', '--ignore-scripts', '--non-interactive'],
      exec: [...classic, '--silent'],
    },
    {
      name: 'yarn 4, node_modules',
      kind: 'yarn',
      setup: yarnrc('node-modules'),
      install: [...berry, 'install'],
      exec: [...berry],
    },
    {
      name: 'yarn 4, Plug and Play',
      kind: 'yarn',
      setup: yarnrc('pnp'),
      install: [...berry, 'install'],
      exec: [...berry],
    },
  ];
}

/** Writes a project that depends on `dependencies`, and installs them. Returns what the manager said. */
export function installProject(
  folder: string,
  manager: Manager,
  registry: string,
  cache: string,
  dependencies: { readonly [name: string]: string },
): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const manifest = { name: 'consumer', version: '1.0.0', private: true, dependencies };
  const files = { 'package.json': JSON.stringify(manifest), ...manager.setup(registry, cache) };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const [command = '', ...args] = manager.install;
  return runBeside(folder, command, args, { npm_config_cache: cache, YARN_CACHE_FOLDER: cache });
}
