// Conversions between float types: every half and every bfloat16, every rounding boundary, and the accelerated bodies against the
// portable ones.
#include "core/embedding/convert.h"

#include <bit>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "core/base/bytes.h"
#include "core/embedding/tensor.h"
#include "test/test.h"

namespace {

using namespace bowerbird;

enum : uint32_t { kFloat = 1, kDouble = 2, kBfloat16 = 14, kHalf = 19 };

template <typename To, typename From>
std::vector<To> Converted(ConvertFn convert, const std::vector<From>& in) {
  std::vector<To> out(in.size());
  convert(reinterpret_cast<const uint8_t*>(in.data()), reinterpret_cast<uint8_t*>(out.data()), in.size());
  return out;
}

template <typename To, typename From>
To One(ConvertFn convert, From value) { return Converted<To>(convert, std::vector<From>{value})[0]; }

uint16_t HalfOf(float value) { return One<uint16_t>(PortableConverterToHalf(kFloat), value); }
uint16_t HalfOf(double value) { return One<uint16_t>(PortableConverterToHalf(kDouble), value); }

// What IEEE 754 says a finite half is worth: sign, significand, power of two.
double ValueOfHalf(uint16_t half) {
  const int exponent = half >> 10 & 31, fraction = half & 0x3ff;
  const double magnitude = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
  return half & 0x8000 ? -magnitude : magnitude;
}

// The finite half nearest to `magnitude` by bisection over the exact values of all halves; ties to the even one, and from 65520 on
// (half way to the value that the next exponent would have) infinity. Slow, and shares nothing with the code it judges.
uint16_t NearestHalf(double value) {
  const uint16_t sign = std::signbit(value) ? 0x8000 : 0;
  const double magnitude = std::fabs(value);
  if (magnitude >= 65520) return sign | 0x7c00;
  uint16_t low = 0, high = 0x7bff;  // ValueOfHalf(low) <= magnitude
  while (low < high) {
    const uint16_t middle = static_cast<uint16_t>((low + high + 1) / 2);
    if (ValueOfHalf(middle) <= magnitude) low = middle; else high = static_cast<uint16_t>(middle - 1);
  }
  if (low == 0x7bff) return sign | low;  // below 65520
  // Halves have 11 bits: the middle of two neighbours is exact in double, and so is the comparison.
  const double middle = (ValueOfHalf(low) + ValueOfHalf(static_cast<uint16_t>(low + 1))) / 2;
  const bool up = magnitude > middle || (magnitude == middle && (low & 1) != 0);
  return static_cast<uint16_t>(sign | (low + up));
}

bool IsNanHalf(uint16_t half) { return (half & 0x7fff) > 0x7c00; }

std::vector<uint16_t> AllHalves() {
  std::vector<uint16_t> all(65536);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  return all;
}

// Around every half and every middle between two: the value itself and its neighbours in double.
std::vector<double> Boundaries() {
  std::vector<double> values = {65504, 65519.999, 65520, 65536, 1e30, 0x1p-24, 0x1p-25, 0x1p-26, 0x1p-149, 0x1p-150, 0x1p-1074, 1e308};
  for (uint32_t half = 0; half < 0x7c00; ++half) {
    const double exact = ValueOfHalf(static_cast<uint16_t>(half));
    const double next = half == 0x7bff ? 65536 : ValueOfHalf(static_cast<uint16_t>(half + 1));
    for (const double center : {exact, (exact + next) / 2}) {
      values.push_back(center);
      values.push_back(std::nextafter(center, -1));
      values.push_back(std::nextafter(center, 1e300));
      // Where float rounds to the middle first, rounding twice goes wrong.
      values.push_back(static_cast<double>(std::nextafterf(static_cast<float>(center), 0)));
      values.push_back(static_cast<double>(std::nextafterf(static_cast<float>(center), 1e30f)));
      values.push_back(center * (1 + 0x1p-26));
      values.push_back(center * (1 - 0x1p-26));
    }
  }
  const size_t positive = values.size();
  for (size_t i = 0; i < positive; ++i) values.push_back(-values[i]);
  return values;
}

TEST(HalfToFloatGivesTheValueOfEveryHalf) {
  const std::vector<uint16_t> halves = AllHalves();
  const std::vector<float> floats = Converted<float>(PortableConverterToFloat(kHalf), halves);
  for (const uint16_t half : halves) {
    const float got = floats[half];
    if (IsNanHalf(half)) {
      EXPECT_TRUE(std::isnan(got)) << half;
    } else if ((half & 0x7fff) == 0x7c00) {
      EXPECT_EQ(got, half == 0x7c00 ? std::numeric_limits<float>::infinity() : -std::numeric_limits<float>::infinity());
    } else {
      EXPECT_EQ(std::bit_cast<uint32_t>(got), std::bit_cast<uint32_t>(static_cast<float>(ValueOfHalf(half)))) << half;
    }
  }
}

TEST(Bfloat16ToFloatAppendsSixteenZeros) {
  const std::vector<uint16_t> all = AllHalves();
  const std::vector<uint32_t> floats = Converted<uint32_t>(PortableConverterToFloat(kBfloat16), all);
  for (const uint16_t value : all) EXPECT_EQ(floats[value], uint32_t{value} << 16);
}

// IEEE 754 table values: one, the largest, the smallest normal and subnormal, pi, a tie to even each way.
TEST(FloatToHalfGivesPublishedValues) {
  EXPECT_EQ(HalfOf(1.0f), 0x3c00);
  EXPECT_EQ(HalfOf(-2.0f), 0xc000);
  EXPECT_EQ(HalfOf(65504.0f), 0x7bff);
  EXPECT_EQ(HalfOf(0x1p-14f), 0x0400);
  EXPECT_EQ(HalfOf(0x1p-24f), 0x0001);
  EXPECT_EQ(HalfOf(3.14159265f), 0x4248);
  EXPECT_EQ(HalfOf(2049.0f), 0x6800);
  EXPECT_EQ(HalfOf(2051.0f), 0x6802);
  EXPECT_EQ(HalfOf(0x1p-25f), 0x0000);
  EXPECT_EQ(HalfOf(-0.0f), 0x8000);
  EXPECT_EQ(HalfOf(65520.0f), 0x7c00);
  EXPECT_EQ(HalfOf(-std::numeric_limits<float>::infinity()), 0xfc00);
}

TEST(FloatToHalfUndoesHalfToFloat) {
  const std::vector<uint16_t> halves = AllHalves();
  for (const bool portable : {false, true}) {
    const ConvertFn to_float = portable ? PortableConverterToFloat(kHalf) : ConverterToFloat(kHalf);
    const ConvertFn to_half = portable ? PortableConverterToHalf(kFloat) : ConverterToHalf(kFloat);
    const std::vector<uint16_t> back = Converted<uint16_t>(to_half, Converted<float>(to_float, halves));
    for (const uint16_t half : halves) EXPECT_EQ(back[half], IsNanHalf(half) ? half | 0x200 : half) << "a quiet NaN stays itself";
  }
}

TEST(FloatToHalfRoundsToTheNearestAtEveryBoundary) {
  for (const double value : Boundaries()) {
    const float nearest = static_cast<float>(value);
    EXPECT_EQ(HalfOf(nearest), NearestHalf(static_cast<double>(nearest))) << value;
  }
}

TEST(DoubleToHalfRoundsOnceAtEveryBoundary) {
  for (const double value : Boundaries()) EXPECT_EQ(HalfOf(value), NearestHalf(value)) << value;
  std::mt19937_64 random(1);
  for (int i = 0; i < 1000000; ++i) {
    const double value = std::ldexp(static_cast<double>(static_cast<int64_t>(random())) * 0x1p-63, static_cast<int>(random() % 44) - 26);
    EXPECT_EQ(HalfOf(value), NearestHalf(value)) << value;
  }
}

// 1 + 2^-11 + 2^-40 lies above the middle of two halves, but float rounds it to that middle.
TEST(DoubleToHalfDoesNotRoundTwice) {
  EXPECT_EQ(HalfOf(1 + 0x1p-11 + 0x1p-40), 0x3c01);
  EXPECT_EQ(HalfOf(static_cast<float>(1 + 0x1p-11 + 0x1p-40)), 0x3c00);
  EXPECT_EQ(HalfOf(1 + 3 * 0x1p-11 - 0x1p-40), 0x3c01);
  EXPECT_EQ(HalfOf(0x1p-25 + 0x1p-60), 0x0001);
  EXPECT_EQ(HalfOf(65520 - 0x1p-30), 0x7bff);
}

TEST(ConvertersKeepNansAndInfinities) {
  const double inf = std::numeric_limits<double>::infinity(), nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(HalfOf(inf), 0x7c00);
  EXPECT_EQ(HalfOf(-inf), 0xfc00);
  EXPECT_TRUE(IsNanHalf(HalfOf(nan)) && IsNanHalf(HalfOf(static_cast<float>(nan))));
  const auto to_float = [](double v) { return One<float>(PortableConverterToFloat(kDouble), v); };
  EXPECT_EQ(to_float(inf), std::numeric_limits<float>::infinity());
  EXPECT_TRUE(std::isnan(to_float(nan)));
  EXPECT_EQ(to_float(1e39), std::numeric_limits<float>::infinity());
  EXPECT_EQ(to_float(1 + 0x1p-24), 1.0f) << "ties to even";
  EXPECT_EQ(to_float(1 + 3 * 0x1p-24), 1 + 0x1p-22f);
  // A signalling NaN whose payload lies below what half keeps must not become an infinity.
  EXPECT_TRUE(IsNanHalf(One<uint16_t>(PortableConverterToHalf(kFloat), uint32_t{0x7f800001})));
  EXPECT_TRUE(IsNanHalf(One<uint16_t>(PortableConverterToHalf(kBfloat16), uint16_t{0xff81})));
  EXPECT_TRUE(IsNanHalf(One<uint16_t>(PortableConverterToHalf(kDouble), uint64_t{0x7ff0000000000001})));
}

TEST(Bfloat16ToHalfRoundsToTheNearest) {
  for (uint32_t v = 0; v < 65536; ++v) {
    const float value = std::bit_cast<float>(v << 16);
    const uint16_t got = One<uint16_t>(PortableConverterToHalf(kBfloat16), static_cast<uint16_t>(v));
    if (std::isnan(value)) {
      EXPECT_TRUE(IsNanHalf(got)) << v;
    } else {
      EXPECT_EQ(got, NearestHalf(value)) << v;
    }
  }
}

TEST(ConvertersAreNullWhereNothingChanges) {
  EXPECT_TRUE(ConverterToFloat(kFloat) == nullptr && PortableConverterToFloat(kFloat) == nullptr);
  EXPECT_TRUE(ConverterToHalf(kHalf) == nullptr && PortableConverterToHalf(kHalf) == nullptr);
}

// Converts `in` from and to odd addresses, in heap blocks that end where the data end.
std::vector<uint8_t> ConvertedUnaligned(ConvertFn convert, Bytes in, size_t count, size_t out_size) {
  std::vector<uint8_t> from(in.size() + 1), to(out_size + 1);
  std::copy(in.begin(), in.end(), from.begin() + 1);
  convert(from.data() + 1, to.data() + 1, count);
  return {to.begin() + 1, to.end()};
}

void ExpectSame(ConvertFn accelerated, ConvertFn portable, const std::vector<uint8_t>& values, size_t from, size_t to) {
  const size_t all = values.size() / from;
  EXPECT_TRUE(ConvertedUnaligned(accelerated, values, all, all * to) == ConvertedUnaligned(portable, values, all, all * to));
  for (size_t count = 0; count <= 67; ++count) {
    const Bytes part = Bytes(values).last(count * from);
    EXPECT_TRUE(ConvertedUnaligned(accelerated, part, count, count * to) == ConvertedUnaligned(portable, part, count, count * to)) << count;
  }
}

template <typename T>
std::vector<uint8_t> RawOf(const std::vector<T>& values) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(values.data());
  return {bytes, bytes + values.size() * sizeof(T)};
}

TEST(AcceleratedConvertersEqualPortableOnes) {
  std::mt19937_64 random(2);
  std::vector<uint32_t> floats;
  std::vector<uint64_t> doubles;
  for (const double value : Boundaries()) {
    floats.push_back(std::bit_cast<uint32_t>(static_cast<float>(value)));
    doubles.push_back(std::bit_cast<uint64_t>(value));
  }
  for (int i = 0; i < 1 << 20; ++i) {  // NaNs with every kind of payload among them
    const uint64_t bits = random();
    floats.push_back(static_cast<uint32_t>(i % 4 == 0 ? bits | 0x7f800000u : bits));
    doubles.push_back(i % 4 == 0 ? bits | 0x7ff0000000000000u : bits);
  }
  const std::vector<uint8_t> halves = RawOf(AllHalves());
  ExpectSame(ConverterToFloat(kHalf), PortableConverterToFloat(kHalf), halves, 2, 4);
  ExpectSame(ConverterToFloat(kBfloat16), PortableConverterToFloat(kBfloat16), halves, 2, 4);
  ExpectSame(ConverterToFloat(kDouble), PortableConverterToFloat(kDouble), RawOf(doubles), 8, 4);
  ExpectSame(ConverterToHalf(kFloat), PortableConverterToHalf(kFloat), RawOf(floats), 4, 2);
  ExpectSame(ConverterToHalf(kBfloat16), PortableConverterToHalf(kBfloat16), halves, 2, 2);
  ExpectSame(ConverterToHalf(kDouble), PortableConverterToHalf(kDouble), RawOf(doubles), 8, 2);
}

}  // namespace
