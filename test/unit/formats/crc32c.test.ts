import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { crc32c, crc32cCombine, maskCrc32c } from '../../../src/formats/records/crc32c.ts';
import { slowCrc32c } from '../../twins/crc32c.ts';

const built = new URL('../../../dist/formats/records/crc32c.js', import.meta.url).href;
const builtNative = new URL('../../../dist/native/native.js', import.meta.url).href;

describe('crc32c()', () => {
  // RFC 3720 appendix B.4, and the check value of the catalogue of CRCs.
  test.each<[string, readonly number[] | Uint8Array, number]>([
    ['32 zeros', new Uint8Array(32), 0x8a9136aa],
    ['32 ones', new Uint8Array(32).fill(0xff), 0x62a8ab43],
    ['0 to 31', Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    ['31 to 0', Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
    ['the digits', Buffer.from('123456789'), 0xe3069283],
    ['nothing', [], 0],
  ])('gives the published value for %s', (_name, bytes, expected) => {
    expect(crc32c(Uint8Array.from(bytes))).toBe(expected);
    expect(slowCrc32c(bytes)).toBe(expected);
  });

  test('equals the definition for any bytes, start and offset', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 3000, size: 'max' }),
        fc.nat(0xffffffff),
        fc.nat(64),
        (bytes, start, offset) => {
          const moved = new Uint8Array(offset + bytes.length);
          moved.set(bytes, offset);
          expect(crc32c(moved.subarray(offset), start)).toBe(slowCrc32c(bytes, start));
        },
      ),
      { numRuns: 200 },
    );
  });

  test('reads only its own part of a pooled Buffer', () => {
    const pooled = [Buffer.from('neighbour'), Buffer.from('123456789'), Buffer.from('neighbour')];
    expect(pooled[1]!.byteOffset).toBeGreaterThan(0);
    expect(crc32c(pooled[1]!)).toBe(0xe3069283);
  });

  test('goes on from the CRC of what came before', () => {
    expect(crc32c(Buffer.from('56789'), crc32c(Buffer.from('1234')))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0), 0xe3069283)).toBe(0xe3069283);
  });

  test('reads shared memory', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(16), 4, 9);
    shared.set(Buffer.from('123456789'));
    expect(crc32c(shared)).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(new SharedArrayBuffer(0)))).toBe(0);
  });

  test('throws USAGE for memory that was transferred away', () => {
    const bytes = new Uint8Array(4096);
    structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
    expect(() => crc32c(bytes)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: 'Cannot compute crc32c(): expected a Uint8Array, found one whose memory was transferred away',
      }),
    );
  });

  test.each([
    ['text', 'abc', 'abc'],
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an array', [1, 2], 'Array'],
    ['an ArrayBuffer', new ArrayBuffer(8), 'ArrayBuffer'],
    ['wider elements', new Float32Array(2), 'Float32Array'],
    ['a DataView', new DataView(new ArrayBuffer(8)), 'DataView'],
    ['an object without a prototype', Object.create(null), 'an object'],
  ])('throws USAGE for %s', (_name, value, found) => {
    expect(() => crc32c(value as unknown as Uint8Array)).toThrow(
      expect.objectContaining({
        code: 'USAGE',
        message: `Cannot compute crc32c(): expected a Uint8Array, found ${found}`,
      }),
    );
  });

  test.each([-1, 1.5, 2 ** 32, Number.NaN, '1' as unknown as number])('throws USAGE for %s as the CRC', (crc) => {
    expect(() => crc32c(new Uint8Array(1), crc)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

describe('crc32cCombine()', () => {
  test('equals the CRC of the whole for any two parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.uint8Array({ maxLength: 500 }), (a, b) => {
        expect(crc32cCombine(slowCrc32c(a), slowCrc32c(b), b.length)).toBe(slowCrc32c([...a, ...b]));
      }),
    );
  });

  test('takes the greatest safe length', () => {
    const all = Number.MAX_SAFE_INTEGER;
    const half = (all - 1) / 2;
    // Two halves of zeros and one more are the whole.
    const once = crc32cCombine(0x12345678, 0, half);
    expect(crc32cCombine(crc32cCombine(once, 0, half), 0, 1)).toBe(crc32cCombine(0x12345678, 0, all));
  });

  test.each([-1, 0.5, 2 ** 53, Number.NaN])('throws USAGE for length %s', (length) => {
    expect(() => crc32cCombine(0, 0, length)).toThrow(expect.objectContaining({ code: 'USAGE' }));
  });
});

test('maskCrc32c() gives what TFRecord files of Magenta hold', () => {
  expect(maskCrc32c(slowCrc32c(Buffer.from('hello world')))).toBe(0x6dd87e00);
  expect(maskCrc32c(slowCrc32c([11, 0, 0, 0, 0, 0, 0, 0]))).toBe(0x04f51586);
});

/** CRCs of many lengths, in a process of its own where BOWERBIRD_CPU allows no more than `tier`. */
function inTier(tier: string): { tier: string; crcs: number[] } {
  const script = `
    import { crc32c, crc32cCombine } from ${JSON.stringify(built)};
    import { native } from ${JSON.stringify(builtNative)};
    const bytes = Uint8Array.from({ length: 5000 }, (_, i) => (i * 2654435761) >>> 13);
    const crcs = [];
    for (let n = 0; n <= 5000; n += 37) crcs.push(crc32c(bytes.subarray(0, n)), crc32cCombine(1, 2, n * n));
    console.log(JSON.stringify({ tier: native().crc32cTier(), crcs }));`;
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    env: { ...process.env, BOWERBIRD_CPU: tier },
  });
  return JSON.parse(out);
}

describe('BOWERBIRD_CPU', () => {
  const portable = inTier('portable');
  const tiers = process.arch === 'arm64' ? ['arm64crc'] : ['sse42', 'pclmul', 'avx2', 'avx512'];

  test('"portable" uses no special instruction', () => {
    expect(portable.tier).toBe('portable');
    expect(portable.crcs[2 * 135]).toBe(
      crc32c(Uint8Array.from({ length: 37 * 135 }, (_, i) => (i * 2654435761) >>> 13)),
    );
  });

  test.each(tiers)('"%s" uses no higher tier and gives the same values', (tier) => {
    const lowered = inTier(tier);
    // A machine may have less than the named tier, never more.
    expect(['portable', ...tiers.slice(0, tiers.indexOf(tier) + 1)]).toContain(lowered.tier);
    expect(lowered.crcs).toEqual(portable.crcs);
  });
});

test('crc32c() works in two worker threads at once', async () => {
  const source = `
    const { parentPort } = require('node:worker_threads');
    import(${JSON.stringify(built)}).then(({ crc32c }) => {
      const bytes = new Uint8Array(100_000).fill(7);
      const seen = new Set();
      for (let i = 0; i < 500; i++) seen.add(crc32c(bytes));
      parentPort.postMessage([...seen]);
    });`;
  const run = () =>
    new Promise((resolve, reject) => {
      new Worker(source, { eval: true }).once('message', resolve).once('error', reject);
    });
  const expected = [slowCrc32c(new Uint8Array(100_000).fill(7))];
  expect(await Promise.all([run(), run()])).toEqual([expected, expected]);
});
