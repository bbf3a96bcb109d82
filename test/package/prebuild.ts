/** Before the tests of this folder: the package of this platform, once, since several of them install it at the same time. */

import { join } from 'node:path';
import { isFresh, root, run } from './project.ts';
import { own } from './published.ts';

export function setup(): void {
  if (isFresh(join(root, 'native/npm', own, 'bowerbird.node'))) return;
  run(root, process.execPath, ['scripts/prebuild.mjs']);
}
