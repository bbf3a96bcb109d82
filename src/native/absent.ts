/** What to do where no addon fits: words that only those read who need them. */

import { existsSync } from 'node:fs';

/** As package.json of the repository has them for its own build. */
const tools = 'cmake-js@8 node-addon-api@8';

const commands = {
  npm: [`npm install --save-dev ${tools}`, 'npx bowerbird-build'],
  pnpm: [`pnpm add --save-dev ${tools}`, 'pnpm exec bowerbird-build'],
  yarn: [`yarn add --dev ${tools}`, 'yarn bowerbird-build'],
};

/**
 * @param root the folder of this package, with a slash at its end
 * @param name the platform's package
 */
export function remedy(root: string, name: string): string {
  if (!['linux', 'darwin'].includes(process.platform)) return 'It runs on Linux and macOS, and on Windows in WSL 2';
  const needs = 'CMake 3.18 and a C++20 compiler';
  if (existsSync(`${root}src`)) return `Build it with "npm run build:native" (it needs ${needs})`;
  const lines = commands[packageManager(root)].map((command) => `  ${command}`);
  return (
    `${name} comes with bowerbird where one is made for the platform and optional packages are not left out (--omit=optional). ` +
    `Elsewhere these two commands build the addon (they need ${needs}):\n${lines.join('\n')}`
  );
}

/** The one that put this package where it is, by what it leaves there. */
function packageManager(root: string): keyof typeof commands {
  if (process.versions['pnp'] !== undefined) return 'yarn';
  if (/[\\/]\.?pnpm[\\/]/.test(root)) return 'pnpm';
  return ['.yarn-integrity', '.yarn-state.yml'].some((name) => existsSync(`${root}../${name}`)) ? 'yarn' : 'npm';
}
