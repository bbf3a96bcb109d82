// @ts-check
// npm runs this after `npm ci` in a checkout, and before it packs one: the addon and dist/. Without the development dependencies
// (`npm ci --omit=dev`) there is nothing to build with, and nothing is.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const { resolve } = createRequire(import.meta.url);

function hasTools() {
  try {
    return ['typescript', 'cmake-js'].every((name) => resolve(`${name}/package.json`) !== '');
  } catch {
    return false;
  }
}

if (hasTools()) {
  for (const script of ['build-native.mjs', 'build-ts.mjs']) {
    const path = fileURLToPath(new URL(script, import.meta.url));
    const { status } = spawnSync(process.execPath, [path], { stdio: 'inherit' });
    if (status !== 0) {
      process.exitCode = 1;
      break;
    }
  }
}
