// @ts-check
// Compiles src/ to dist/.
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

/** tsc never deletes: what a removed source once became would go on being packed and imported. */
function removeStale() {
  for (const name of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) {
    const source = join(root, 'src', name.replace(/(\.d\.ts|\.js)$/, '.ts'));
    if (/\.(d\.ts|js)$/.test(name) && !existsSync(source)) rmSync(join(root, 'dist', name));
  }
}

/**
 * `Float32Array<ArrayBuffer>` is an error before TypeScript 5.7, where typed arrays are not generic. What their `of` returns is the same type
 * there and here.
 */
function widenDeclarations() {
  for (const name of readdirSync(join(root, 'dist'), { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.d.ts')) continue;
    const text = readFileSync(join(root, 'dist', name), 'utf8');
    const widened = text.replaceAll(
      /\b((?:Float|Int|Uint|BigInt|BigUint)\d+Array)<ArrayBuffer>/g,
      "ReturnType<$1Constructor['of']>",
    );
    if (widened !== text) writeFileSync(join(root, 'dist', name), widened);
  }
}

const tsc = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin/tsc');
const child = spawnSync(process.execPath, [tsc, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });
if (child.status === 0) {
  removeStale();
  widenDeclarations();
  // npx links the command to this file once, and makes it executable only then.
  chmodSync(join(root, 'dist/cli/main.js'), 0o755);
} else process.exitCode = 1;
