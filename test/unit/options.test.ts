import { describe, expect, test } from 'vitest';
import { convert, decode, extract, ingest, readAudioWindows, repair, verify } from '../../dist/index.js';

/** What a caller without types may do. */
// biome-ignore lint/suspicious/noExplicitAny: stands for JavaScript
const untyped = (options: object): any => options;

describe('a call without what it needs', () => {
  test.each([
    ['extract', () => extract(untyped({ out: 'x' })), 'inputs'],
    ['extract', () => extract(untyped({ inputs: ['x'] })), 'out'],
    ['convert', () => convert(untyped({ inputs: ['x'], out: 'x' })), 'to'],
    ['convert', () => convert(untyped({ inputs: ['x'], to: 'tfrecord' })), 'out'],
    ['decode', () => decode(untyped({ inputs: ['x'] })), 'out'],
    ['ingest', () => ingest(untyped({ out: 'x' })), 'inputs'],
    ['ingest', () => ingest(untyped({ inputs: 'x' })), 'out'],
    ['verify', () => verify(untyped({})), 'inputs'],
    ['repair', () => repair(untyped({ inputs: 'x' })), 'out'],
    ['readAudioWindows', () => readAudioWindows('x', untyped({})).next(), 'window'],
  ])('%s() is refused', async (name, call, missing) => {
    await expect(call()).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining(`Cannot run ${name}() without option "${missing}": expected `),
    });
  });
});
