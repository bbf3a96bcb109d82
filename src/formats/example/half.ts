/** 16-bit floats, moved as bits: rounding to nearest even; NaNs keep sign and leading payload and become quiet, as processors do it. */

export function halfToFloatBits(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction === 0 ? 0 : 0x400000 | (fraction << 13))) >>> 0;
  if (exponent !== 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  // A subnormal half is a normal float: move its leading bit to the hidden place.
  const shift = Math.clz32(fraction) - 21;
  return (sign | ((113 - shift) << 23) | (((fraction << shift) & 0x3ff) << 13)) >>> 0;
}

export function floatBitsToHalf(float: number): number {
  const sign = (float >>> 16) & 0x8000;
  const magnitude = float & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00 | ((magnitude >>> 13) & 0x3ff);
  // Halfway between the largest half and the next power of two, from where on everything is infinite.
  if (magnitude >= 0x477ff000) return sign | 0x7c00;
  if (magnitude >= 0x38800000) return sign | roundedShift(magnitude - (112 << 23), 13);
  const shift = 126 - (magnitude >>> 23);
  // Below half of the smallest subnormal (2^-25) everything is zero; exactly there the tie goes to zero too.
  if (shift > 24) return sign;
  return sign | roundedShift((magnitude & 0x7fffff) | 0x800000, shift);
}

export function floatBitsToBfloat(float: number): number {
  if ((float & 0x7fffffff) > 0x7f800000) return (float >>> 16) | 0x40;
  return roundedShift(float, 16) & 0xffff;
}

/** REQUIRES: shift in [1, 31]. A carry out of the fraction is the right answer: it raises the exponent. */
function roundedShift(bits: number, shift: number): number {
  const kept = bits >>> shift;
  const rest = bits & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (kept & 1) === 1) ? kept + 1 : kept;
}
