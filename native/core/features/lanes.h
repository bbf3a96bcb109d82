// Arithmetic on a few doubles at once, in the vectors of GCC and Clang. An engine defines BOWERBIRD_LANES (the target attribute of its
// functions) and BOWERBIRD_LANE_BYTES (of a vector) before. The functions are the includer's own.
#ifndef BOWERBIRD_CORE_FEATURES_LANES_H_
#define BOWERBIRD_CORE_FEATURES_LANES_H_

#include <cmath>
#include <cstddef>
#include <cstdint>

#include "core/features/precise.h"

#define BOWERBIRD_LANES_INLINE BOWERBIRD_LANES __attribute__((always_inline)) inline

namespace bowerbird::features {
namespace {

typedef double Vec __attribute__((vector_size(BOWERBIRD_LANE_BYTES)));
typedef uint64_t Bits __attribute__((vector_size(BOWERBIRD_LANE_BYTES)));
constexpr size_t kLanes = BOWERBIRD_LANE_BYTES / sizeof(double);

struct Complex {
  Vec re, im;
};

BOWERBIRD_LANES_INLINE Vec Splat(double x) {
  Vec v;
  for (size_t i = 0; i < kLanes; ++i) v[i] = x;
  return v;
}
BOWERBIRD_LANES_INLINE Bits SplatBits(uint64_t x) {
  Bits v;
  for (size_t i = 0; i < kLanes; ++i) v[i] = x;
  return v;
}

BOWERBIRD_LANES_INLINE Complex operator+(Complex a, Complex b) { return {a.re + b.re, a.im + b.im}; }
BOWERBIRD_LANES_INLINE Complex operator-(Complex a, Complex b) { return {a.re - b.re, a.im - b.im}; }
BOWERBIRD_LANES_INLINE Complex operator*(Complex a, Vec b) { return {a.re * b, a.im * b}; }
// a - i * b and a + i * b
BOWERBIRD_LANES_INLINE Complex MinusI(Complex a, Complex b) { return {a.re + b.im, a.im - b.re}; }
BOWERBIRD_LANES_INLINE Complex PlusI(Complex a, Complex b) { return {a.re - b.im, a.im + b.re}; }
// a * exp(-i * angle)
BOWERBIRD_LANES_INLINE Complex TurnBack(Complex a, Direction by) {
  const Vec cos = Splat(by.cos), sin = Splat(by.sin);
  return {a.re * cos + a.im * sin, a.im * cos - a.re * sin};
}

BOWERBIRD_LANES_INLINE Vec Max(Vec a, Vec b) {
  const Bits above = (Bits)(a > b);
  return (Vec)((above & (Bits)a) | (~above & (Bits)b));
}

BOWERBIRD_LANES_INLINE Vec Root(Vec a) {
  Vec v;
  for (size_t i = 0; i < kLanes; ++i) v[i] = std::sqrt(a[i]);
  return v;
}

// Natural logarithm to 1e-14 of its value or of 1, by the series of artanh((m - 1) / (m + 1)), m between the roots of 1/2 and 2. The C library's
// may differ between versions and processors. REQUIRES: x is finite, normal and above 0.
BOWERBIRD_LANES_INLINE Vec LogOf(Vec x) {
  const Bits bits = (Bits)x;
  const Bits root_of_half = SplatBits(0x3fe6a09e667f3bcd), one = SplatBits(uint64_t{1023} << 52);
  const Bits exponent = (bits - root_of_half + one) >> 52;
  const Vec m = (Vec)(bits - (exponent << 52) + one);
  // A whole number in the mantissa of 2^52 is that number above 2^52.
  const Vec e = (Vec)(exponent | SplatBits(0x4330000000000000)) - Splat(0x1p52 + 1023);

  const Vec s = (m - Splat(1)) / (m + Splat(1)), square = s * s;
  // In pairs (Estrin), which wait for each other less than one term after the other.
  const Vec fourth = square * square;
  const Vec a = Splat(1.0 / 3) + square * Splat(1.0 / 5), b = Splat(1.0 / 7) + square * Splat(1.0 / 9);
  const Vec c = Splat(1.0 / 11) + square * Splat(1.0 / 13), d = Splat(1.0 / 15) + square * Splat(1.0 / 17);
  const Vec sum = (a + fourth * b) + fourth * fourth * (c + fourth * d);
  const Vec twice = s + s;
  return e * Splat(0x1.62e42fefa39efp-1) + (twice + twice * (square * sum));
}

}  // namespace
}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_LANES_H_
