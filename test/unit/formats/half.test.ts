import { expect, test } from 'vitest';
import { floatBitsToBfloat, floatBitsToHalf, halfToFloatBits } from '../../../src/formats/example/half.ts';

const view = new DataView(new ArrayBuffer(8));

function floatOf(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

function bitsOf(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

/** The definition of IEEE 754 binary16. */
function halfValue(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 31;
  const fraction = half & 1023;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (exponent === 0 ? fraction * 2 ** -24 : (1024 + fraction) * 2 ** (exponent - 25));
}

test('halfToFloatBits() gives the value of every half', () => {
  for (let half = 0; half < 0x10000; half++) {
    const bits = halfToFloatBits(half);
    if (!Object.is(floatOf(bits), halfValue(half)))
      expect.fail(`half ${half.toString(16)} became ${bits.toString(16)}`);
    const nan = (half & 0x7c00) === 0x7c00 && (half & 0x3ff) !== 0;
    expect(floatBitsToHalf(bits)).toBe(nan ? half | 0x200 : half);
  }
});

test('floatBitsToHalf() rounds to the nearest half, ties to even', () => {
  for (let half = 0; half < 0x7bff; half++) {
    const [low, high] = [halfValue(half), halfValue(half + 1)];
    const middle = bitsOf((low + high) / 2);
    const even = half & 1 ? half + 1 : half;
    const got = [middle - 1, middle, middle + 1].map(floatBitsToHalf);
    if (got[0] !== half || got[1] !== even || got[2] !== half + 1)
      expect.fail(`around half ${half.toString(16)}: ${got}`);
    expect(floatBitsToHalf((middle | 0x80000000) >>> 0)).toBe(even | 0x8000);
  }
});

test('floatBitsToHalf() overflows to infinity from 65520 on', () => {
  expect([65504, 65519.996, 65520, 1e30, Number.POSITIVE_INFINITY].map((v) => floatBitsToHalf(bitsOf(v)))).toEqual([
    0x7bff, 0x7bff, 0x7c00, 0x7c00, 0x7c00,
  ]);
  expect(floatBitsToHalf(0xff800000)).toBe(0xfc00);
});

test('NaNs keep sign and leading payload and become quiet', () => {
  expect(floatBitsToHalf(0x7f800001)).toBe(0x7e00);
  expect(floatBitsToHalf(0xffa02000)).toBe(0xff01);
  expect(floatBitsToBfloat(0x7f800001)).toBe(0x7fc0);
  expect(halfToFloatBits(0xfc01)).toBe(0xffc02000);
});

test('floatBitsToBfloat() rounds to nearest even', () => {
  expect([0x3f800000, 0x3f808000, 0x3f818000, 0x3f808001, 0x7f7fffff, 0x80000000].map(floatBitsToBfloat)).toEqual([
    0x3f80, 0x3f80, 0x3f82, 0x3f81, 0x7f80, 0x8000,
  ]);
});
