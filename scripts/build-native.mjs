#!/usr/bin/env node
// @ts-check
// Builds the addon where this package is: `npm run build:native` in a checkout, and the command `bowerbird-build` for those whose
// platform has no package. It says exactly what is missing.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { build, built, clean, isUpToDate, missingPackages, root, trouble, version } from './addon.mjs';
import { missingTools } from './toolchain.mjs';

const supported = ['linux', 'darwin'];

function main() {
  if (process.argv.length > 2) {
    process.stdout.write(
      'bowerbird-build: compiles the native addon in the installed package, for platforms that no package fits. Takes no arguments.\n' +
        'BOWERBIRD_BUILD_FROM_SOURCE=1 in the environment builds anew what is there already.\n',
    );
    if (!['-h', '--help'].includes(process.argv[2] ?? '')) process.exitCode = 2;
    return;
  }
  if (!supported.includes(process.platform)) {
    fail(`It runs on Linux and macOS, and this is ${process.platform}. On Windows it works inside WSL 2.`);
    return;
  }
  const fromNothing = (process.env['BOWERBIRD_BUILD_FROM_SOURCE'] ?? '0') !== '0';
  if (!fromNothing && isUpToDate() && trouble(built) === undefined) return;
  // What is there may come from another machine (a copied node_modules, a shared folder): its objects look up to date.
  if (fromNothing || trouble(built) !== undefined) clean();
  const missing = missingPackages();
  if (missing.length > 0) {
    const remedy = existsSync(join(root, 'src'))
      ? 'Run "npm ci".'
      : `Install ${missing.join(' and ')} in the project where this command is run (npm install --save-dev ${missing.map((name) => `${name}@8`).join(' ')}).`;
    fail(`Not installed, and needed to compile it: ${missing.join(', ')}. ${remedy}`);
    return;
  }
  process.stdout.write('bowerbird: compiling the native addon ... ');
  const start = Date.now();
  const { ok, log } = build();
  const reason = ok ? trouble(built) : undefined;
  if (ok && reason === undefined) {
    process.stdout.write(`${((Date.now() - start) / 1000).toFixed(1)} s\n`);
    return;
  }
  process.stdout.write('failed\n');
  if (reason !== undefined) {
    fail(`It was compiled, but it does not work: ${reason}\n\nThis is what the build said:\n\n${log}`);
    return;
  }
  const tools = missingTools();
  if (tools !== undefined) fail(`${tools}\n\nThis is what the build said:\n\n${log}`);
  else fail(`All tools are there, so this is a fault of ours. Please report it with what follows.\n\n${log}`);
}

/** @param {string} why */
function fail(why) {
  const machine = `bowerbird ${version()}, ${process.platform}-${process.arch}, Node ${process.version}`;
  process.stderr.write(`\nCannot build the native addon (${machine})\n\n${why}\n`);
  process.exitCode = 1;
}

main();
