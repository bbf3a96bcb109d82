// Does files as copy.mjs does, but cannot do those with "bad" in their name: later ones fail sooner.
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { BowerbirdError } from '../../../dist/errors.js';
import { run as copy } from './copy.mjs';

export async function run(unit, options, context) {
  const name = basename(unit.input.uri);
  if (name.includes('bad-system'))
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' });
  if (name.includes('bad-bug')) null.length;
  if (name.includes('bad-exit')) process.exit(7);
  if (name.includes('bad')) {
    await sleep(name.includes('late') ? 600 : name.includes('soon') ? 200 : 0);
    throw new BowerbirdError('CORRUPT_RECORD', `Cannot read "${name}"`, {
      source: unit.input.uri,
      record: 3,
      offset: 40,
    });
  }
  return copy(unit, options, context);
}
