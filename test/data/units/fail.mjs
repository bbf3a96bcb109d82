// Does files as copy.mjs does, but cannot do those with "bad" in their name. Of these "bad-first" fails only after another
// has failed, and "bad-second" only after that one has begun.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SharedStop } from '../../../dist/counters.js';
import { BowerbirdError } from '../../../dist/errors.js';
import { run as copy } from './copy.mjs';

export async function run(unit, options, context) {
  const name = basename(unit.input.uri);
  const started = join(context.outDir, 'started');
  if (name.includes('bad-first')) {
    mkdirSync(context.outDir, { recursive: true });
    writeFileSync(started, '');
    await until(() => new SharedStop(context.shared).stopped);
  }
  if (name.includes('bad-second')) await until(() => existsSync(started));
  if (name.includes('bad-system')) {
    throw Object.assign(new Error('EIO: i/o error, read'), { code: 'EIO', errno: -5, syscall: 'read' });
  }
  if (name.includes('bad-bug')) null.length;
  if (name.includes('bad-exit')) process.exit(7);
  if (name.includes('bad')) {
    const place = { source: unit.input.uri, record: 3, offset: 40 };
    throw new BowerbirdError('CORRUPT_RECORD', `Cannot read "${name}"`, place);
  }
  return copy(unit, options, context);
}

async function until(condition) {
  while (!condition()) await sleep(5);
}
