/** Every refusal of the system has a sentence of its own that says what to do. */

import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import { describe, expect, test } from 'vitest';
import { BowerbirdError, isShortage, systemError, unforeseen } from '../../src/errors.ts';

/** As Node words it. */
function refused(code: keyof typeof constants.errno, syscall: string, path?: string): NodeJS.ErrnoException {
  const number = -constants.errno[code];
  // Node knows those of libuv, and says of others "Unknown system error".
  const text = getSystemErrorMap().get(number)?.[1] ?? `Unknown system error ${number}`;
  const at = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${text}, ${syscall}${at}`), { code, errno: number, syscall, path });
}

/** What a word of the remedy must be. */
const remedies = {
  ENOSPC: 'free some space',
  EDQUOT: 'free some quota',
  EACCES: 'permissions',
  EPERM: 'permissions',
  EROFS: 'read-only',
  EMFILE: 'ulimit -n',
  ENFILE: 'fs.file-max',
  ENOMEM: 'option "workers"',
  EAGAIN: 'ulimit -u',
  ENOTDIR: 'a part of the path is a file',
  ELOOP: 'in a circle',
  ENAMETOOLONG: '255 bytes',
  EFBIG: 'ulimit -f',
  ESTALE: 'nothing writes to it',
  EIO: 'system log',
} as const;

describe('systemError()', () => {
  test.each(Object.entries(remedies))('says of %s what to do', (code, remedy) => {
    const error = systemError('create', 'out/x', refused(code as keyof typeof remedies, 'open', 'out/.x.tmp'));
    expect(error).toMatchObject({ code: 'IO', source: 'out/x' });
    expect(error.message).toContain(`Cannot create "out/x": ${code}: `);
    expect(error.message).toContain(remedy);
    expect(error.message).not.toContain('.tmp');
  });

  test('tells an output from an input that is not there', () => {
    expect(systemError('open', 'a', refused('ENOTDIR', 'open', 'a')).code).toBe('NOT_FOUND');
    expect(systemError('make the folder', 'a', refused('ENOTDIR', 'mkdir', 'a')).code).toBe('IO');
  });
});

describe('unforeseen()', () => {
  test('names a module that cannot be loaded', () => {
    const error = unforeseen(refused('EMFILE', 'open', '/x/dist/jobs/engine/job.js'));
    expect(error).toMatchObject({ code: 'IO', source: '/x/dist/jobs/engine/job.js' });
    expect(error!.message).toContain('ulimit -n');
  });

  test.each([
    // Node 24, of a thread that was to load a module; dlopen(3).
    'Cannot read package config /x/package.json: too many open files.',
    '/x/bowerbird.node: cannot open shared object file: Too many open files',
  ])('knows what has no handle left by "%s"', (message) => {
    const error = unforeseen(new Error(message), 'finish', 'a.flac');
    expect(error).toMatchObject({ code: 'IO', source: 'a.flac' });
    expect(error!.message).toMatch(/^Cannot finish "a\.flac": .*too many open files; raise .*ulimit -n/i);
    expect(isShortage(error!)).toBe(true);
  });

  test.each([
    ['Worker initialization failure: EMFILE', 'ulimit -n'],
    // The whole message where pthread_create(3) fails.
    ['EAGAIN', 'ulimit -u'],
  ])('knows a thread that cannot start by "%s"', (message, remedy) => {
    const failure = Object.assign(new Error(message), { code: 'ERR_WORKER_INIT_FAILED' });
    const error = unforeseen(failure, 'finish', 'a.flac');
    expect(error).toMatchObject({ code: 'IO', source: 'a.flac' });
    expect(error!.message).toContain('start a thread');
    expect(error!.message).toContain(remedy);
  });

  test('knows memory that is not there, and a thread that had no more', () => {
    let failure: unknown;
    try {
      new ArrayBuffer(Number.MAX_SAFE_INTEGER);
    } catch (error) {
      failure = error;
    }
    expect(unforeseen(failure)).toMatchObject({ code: 'IO', message: expect.stringContaining('no more memory') });
    const ended = Object.assign(new Error('Worker terminated due to reaching memory limit: JS heap out of memory'), {
      code: 'ERR_WORKER_OUT_OF_MEMORY',
    });
    expect(unforeseen(ended)).toMatchObject({ code: 'IO', message: expect.stringContaining('option "workers"') });
  });

  test('leaves defects what they are', () => {
    expect(unforeseen(new TypeError('x is not a function'))).toBeUndefined();
    expect(unforeseen(new RangeError('Invalid array length'))).toBeUndefined();
    expect(unforeseen(refused('EBADF', 'read'))).toBeUndefined();
    expect(unforeseen(Object.assign(new Error('no such module'), { code: 'ERR_MODULE_NOT_FOUND' }))).toBeUndefined();
    expect(unforeseen('text')).toBeUndefined();
  });

  test('keeps what has its words', () => {
    const error = new BowerbirdError('CORRUPT', 'a sentence');
    expect(unforeseen(error)).toBe(error);
  });
});

test('isShortage() tells the machine from the file', () => {
  expect(isShortage(systemError('open', 'a', refused('EMFILE', 'open', 'a')))).toBe(true);
  expect(isShortage(systemError('open', 'a', refused('EACCES', 'open', 'a')))).toBe(false);
  expect(isShortage(new BowerbirdError('IO', 'a sentence'))).toBe(false);
});
