// @ts-check
// npm's install step, in a checkout and in a consumer's node_modules: takes a prebuilt binary when one works, else builds
// one, else says exactly what is missing.
import { build, built, clean, cmakeJs, isUpToDate, prebuilt, trouble, version } from './addon.mjs';
import { missingTools } from './toolchain.mjs';

const supported = ['linux', 'darwin'];

function main() {
  if (!supported.includes(process.platform)) {
    fail(`It runs on Linux and macOS, and this is ${process.platform}. On Windows it works inside WSL 2.`);
    return;
  }
  const fromSource = (process.env['BOWERBIRD_BUILD_FROM_SOURCE'] ?? '0') !== '0';
  if (!fromSource) {
    if (trouble(prebuilt()) === undefined) return;
    if (isUpToDate() && trouble(built) === undefined) return;
  }
  // What is there may come from another machine (a copied node_modules, a shared folder): its objects look up to date.
  if (fromSource || trouble(built) !== undefined) clean();
  if (cmakeJs() === undefined) {
    fail(
      'The package cmake-js, which compiles it, is not installed. Run "npm ci" in a checkout, "npm install" elsewhere.',
    );
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
  const missing = missingTools();
  if (missing !== undefined) fail(`${missing}\n\nThis is what the build said:\n\n${log}`);
  else fail(`All tools are there, so this is a fault of ours. Please report it with what follows.\n\n${log}`);
}

/** @param {string} why */
function fail(why) {
  const machine = `bowerbird ${version()}, ${process.platform}-${process.arch}, Node ${process.version}`;
  process.stderr.write(`\nCannot install the native addon (${machine})\n\n${why}\n`);
  process.exitCode = 1;
}

main();
