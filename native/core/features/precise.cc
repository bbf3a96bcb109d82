#include "core/features/precise.h"

#include <bit>
#include <utility>

namespace bowerbird::features {
namespace {

// high + low, |low| at most half a unit in the last place of high.
struct Pair {
  double high = 0, low = 0;
};

constexpr Pair kHalfPi{0x1.921fb54442d18p+0, 0x1.1a62633145c07p-54};
constexpr Pair kLog2{0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56};

// REQUIRES: |a| >= |b|, or a is 0.
Pair QuickSum(double a, double b) {
  const double sum = a + b;
  return {sum, b - (sum - a)};
}

Pair Sum(double a, double b) {
  const double sum = a + b, part = sum - a;
  return {sum, (a - (sum - part)) + (b - part)};
}

// Into two halves of 26 bits, whose products are exact.
Pair Split(double a) {
  const double scaled = 0x1.0000002p+27 * a, high = scaled - (scaled - a);
  return {high, a - high};
}

Pair Product(double a, double b) {
  const double product = a * b;
  const Pair x = Split(a), y = Split(b);
  return {product, ((x.high * y.high - product) + x.high * y.low + x.low * y.high) + x.low * y.low};
}

Pair operator+(Pair a, Pair b) {
  const Pair high = Sum(a.high, b.high), low = Sum(a.low, b.low);
  const Pair first = QuickSum(high.high, high.low + low.high);
  return QuickSum(first.high, first.low + low.low);
}
Pair operator-(Pair a) { return {-a.high, -a.low}; }
Pair operator*(Pair a, Pair b) {
  const Pair p = Product(a.high, b.high);
  return QuickSum(p.high, p.low + (a.high * b.low + a.low * b.high));
}
Pair operator*(Pair a, double b) { return a * Pair{b, 0}; }
Pair operator/(Pair a, Pair b) {
  const double first = a.high / b.high;
  const Pair rest = a + -(b * first);
  const double second = rest.high / b.high;
  const double third = (rest + -(b * second)).high / b.high;
  return QuickSum(first, second) + Pair{third, 0};
}
Pair operator/(Pair a, double b) { return a / Pair{b, 0}; }

// 2^exponent. REQUIRES: the result is normal.
double Scale(int64_t exponent) { return std::bit_cast<double>(static_cast<uint64_t>(exponent + 1023) << 52); }

// Natural logarithm by the series of artanh((m - 1) / (m + 1)), m between the roots of 1/2 and 2: 23 terms reach 2^-120.
Pair LogPair(double x) {
  constexpr uint64_t kRootOfHalf = 0x3fe6a09e667f3bcd, kOne = uint64_t{1023} << 52;
  const uint64_t bits = std::bit_cast<uint64_t>(x);
  const int64_t exponent = static_cast<int64_t>((bits - kRootOfHalf + kOne) >> 52) - 1023;
  const double m = std::bit_cast<double>(bits - (static_cast<uint64_t>(exponent) << 52));
  const Pair s = Sum(m, -1) / Sum(m, 1);
  const Pair square = s * s;
  Pair power = s, sum = s;
  for (int k = 3; k <= 47; k += 2) {
    power = power * square;
    sum = sum + power / k;
  }
  return sum * 2.0 + kLog2 * static_cast<double>(exponent);
}

// By Taylor's series of what is left beside a power of two, |rest| < 0.35: 28 terms reach 2^-120.
double ExpOf(Pair x) {
  const double turns = x.high * 0x1.71547652b82fep+0;  // 1 / ln 2
  const auto exponent = static_cast<int64_t>(turns < 0 ? turns - 0.5 : turns + 0.5);
  const Pair rest = x + -(kLog2 * static_cast<double>(exponent));
  Pair term{1, 0}, sum{1, 0};
  for (int k = 1; k <= 28; ++k) {
    term = term * rest / k;
    sum = sum + term;
  }
  return (sum.high + sum.low) * Scale(exponent);
}

}  // namespace

Direction TurnBy(uint64_t k, uint64_t n) {
  k %= n;
  const uint64_t quadrant = 4 * k / n;
  uint64_t part = 4 * k - quadrant * n;  // of n: the place in the quadrant
  const bool upper = 2 * part > n;       // beyond its middle, where sine and cosine change places
  if (upper) part = n - part;

  const Pair angle = kHalfPi * (Pair{static_cast<double>(part), 0} / static_cast<double>(n));
  const Pair square = -(angle * angle);
  // Taylor's series, the angle at most pi/4: 14 terms each reach 2^-110.
  Pair sin = angle, cos{1, 0}, sin_term = angle, cos_term{1, 0};
  for (int i = 1; i <= 14; ++i) {
    cos_term = cos_term * square / ((2 * i - 1) * (2 * i));
    sin_term = sin_term * square / ((2 * i) * (2 * i + 1));
    cos = cos + cos_term;
    sin = sin + sin_term;
  }
  Direction turned{cos.high, sin.high};
  if (upper) std::swap(turned.cos, turned.sin);
  switch (quadrant) {
    case 1: return {-turned.sin, turned.cos};
    case 2: return {-turned.cos, -turned.sin};
    case 3: return {turned.sin, -turned.cos};
    default: return turned;
  }
}

double Log(double x) { return LogPair(x).high; }
double Exp(double x) { return ExpOf({x, 0}); }
double Power(double x, double y) { return x == 0 ? 0 : ExpOf(LogPair(x) * y); }

}  // namespace bowerbird::features
