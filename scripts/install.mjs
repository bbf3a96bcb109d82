// npm's install step: a prebuilt binary if there is one, else a build, else exactly what is missing.
import { execFileSync } from 'node:child_process';

execFileSync(
  process.execPath,
  ['node_modules/cmake-js/bin/cmake-js', 'compile', '-d', 'native', '-O', 'native/build', '--silent'],
  { stdio: 'inherit' },
);
