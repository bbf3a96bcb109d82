#include "core/embedding/convert.h"

#include <bit>
#include <cmath>

#include "core/base/bytes.h"
#include "core/base/cpu.h"
#include "core/embedding/tensor.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bowerbird {
namespace {

using tensor::Dtype;

void StoreLE16(uint8_t* p, uint16_t v) { std::memcpy(p, &v, sizeof v); }
double LoadDouble(const uint8_t* p) { return std::bit_cast<double>(LoadLE64(p)); }

uint32_t FloatBitsOfHalf(uint16_t half) {
  const uint32_t sign = static_cast<uint32_t>(half & 0x8000) << 16;
  const uint32_t exponent = half >> 10 & 31;
  const uint32_t fraction = half & 0x3ff;
  if (exponent == 31) return sign | 0x7f800000u | fraction << 13 | (fraction != 0 ? 0x400000u : 0);
  if (exponent != 0) return sign | (exponent + 112) << 23 | fraction << 13;
  // Subnormal: fraction * 2^-24 is exact in float.
  return sign | std::bit_cast<uint32_t>(static_cast<float>(fraction) * 0x1p-24f);
}

uint16_t HalfOfFloatBits(uint32_t bits) {
  const uint16_t sign = static_cast<uint16_t>(bits >> 16 & 0x8000);
  const uint32_t magnitude = bits & 0x7fffffffu;
  if (magnitude > 0x7f800000u) return static_cast<uint16_t>(sign | 0x7e00 | (magnitude >> 13 & 0x3ff));
  if (magnitude >= 0x47800000u) return static_cast<uint16_t>(sign | 0x7c00);  // 65536 and above
  if (magnitude < 0x38800000u) {
    // Below 2^-14 halves are multiples of 2^-24: adding 0.5 makes the adder round to that grid.
    const float shifted = std::bit_cast<float>(magnitude) + 0.5f;
    return static_cast<uint16_t>(sign | (std::bit_cast<uint32_t>(shifted) - 0x3f000000u));
  }
  // Rebias, and let the carry of the rounding run into the exponent (65520 becomes infinity that way).
  const uint32_t odd = magnitude >> 13 & 1;
  return static_cast<uint16_t>(sign | ((magnitude - 0x38000000u + 0xfff + odd) >> 13));
}

// Rounded to odd, a float keeps enough of a double for the second rounding to come out as if there had been only one.
uint32_t FloatBitsRoundedToOdd(double value) {
  const float nearest = static_cast<float>(value);
  uint32_t bits = std::bit_cast<uint32_t>(nearest);
  if (std::isnan(value) || static_cast<double>(nearest) == value) return bits;
  if (std::fabs(static_cast<double>(nearest)) > std::fabs(value)) --bits;
  return bits | 1;
}

void HalfToFloat(const uint8_t* in, uint8_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) StoreLE32(out + 4 * i, FloatBitsOfHalf(LoadLE16(in + 2 * i)));
}

void Bfloat16ToFloat(const uint8_t* in, uint8_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) StoreLE32(out + 4 * i, static_cast<uint32_t>(LoadLE16(in + 2 * i)) << 16);
}

void DoubleToFloat(const uint8_t* in, uint8_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    StoreLE32(out + 4 * i, std::bit_cast<uint32_t>(static_cast<float>(LoadDouble(in + 8 * i))));
  }
}

void FloatToHalf(const uint8_t* in, uint8_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) StoreLE16(out + 2 * i, HalfOfFloatBits(LoadLE32(in + 4 * i)));
}

void Bfloat16ToHalf(const uint8_t* in, uint8_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) {
    StoreLE16(out + 2 * i, HalfOfFloatBits(static_cast<uint32_t>(LoadLE16(in + 2 * i)) << 16));
  }
}

void DoubleToHalf(const uint8_t* in, uint8_t* out, size_t count) {
  for (size_t i = 0; i < count; ++i) StoreLE16(out + 2 * i, HalfOfFloatBits(FloatBitsRoundedToOdd(LoadDouble(in + 8 * i))));
}

#if defined(__x86_64__)

__attribute__((target("avx2,f16c"))) void HalfToFloatF16c(const uint8_t* in, uint8_t* out, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 2 * i));
    _mm256_storeu_ps(reinterpret_cast<float*>(out + 4 * i), _mm256_cvtph_ps(halves));
  }
  HalfToFloat(in + 2 * i, out + 4 * i, count - i);
}

__attribute__((target("avx2,f16c"))) void FloatToHalfF16c(const uint8_t* in, uint8_t* out, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256 floats = _mm256_loadu_ps(reinterpret_cast<const float*>(in + 4 * i));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(out + 2 * i), _mm256_cvtps_ph(floats, _MM_FROUND_TO_NEAREST_INT));
  }
  FloatToHalf(in + 4 * i, out + 2 * i, count - i);
}

__attribute__((target("avx2"))) void Bfloat16ToFloatAvx2(const uint8_t* in, uint8_t* out, size_t count) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + 2 * i)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out + 4 * i), _mm256_slli_epi32(wide, 16));
  }
  Bfloat16ToFloat(in + 2 * i, out + 4 * i, count - i);
}

__attribute__((target("avx2"))) void DoubleToFloatAvx2(const uint8_t* in, uint8_t* out, size_t count) {
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    const __m256d doubles = _mm256_loadu_pd(reinterpret_cast<const double*>(in + 8 * i));
    _mm_storeu_ps(reinterpret_cast<float*>(out + 4 * i), _mm256_cvtpd_ps(doubles));
  }
  DoubleToFloat(in + 8 * i, out + 4 * i, count - i);
}

#endif

}  // namespace

ConvertFn PortableConverterToFloat(uint32_t from) {
  switch (static_cast<Dtype>(from)) {
    case Dtype::kFloat: return nullptr;
    case Dtype::kHalf: return HalfToFloat;
    case Dtype::kBfloat16: return Bfloat16ToFloat;
    case Dtype::kDouble: return DoubleToFloat;
  }
  return nullptr;
}

ConvertFn PortableConverterToHalf(uint32_t from) {
  switch (static_cast<Dtype>(from)) {
    case Dtype::kHalf: return nullptr;
    case Dtype::kFloat: return FloatToHalf;
    case Dtype::kBfloat16: return Bfloat16ToHalf;
    case Dtype::kDouble: return DoubleToHalf;
  }
  return nullptr;
}

ConvertFn ConverterToFloat(uint32_t from) {
#if defined(__x86_64__)
  const CpuFeatures& cpu = Cpu();
  if (cpu.avx2) {
    switch (static_cast<Dtype>(from)) {
      case Dtype::kHalf: return cpu.f16c ? HalfToFloatF16c : HalfToFloat;
      case Dtype::kBfloat16: return Bfloat16ToFloatAvx2;
      case Dtype::kDouble: return DoubleToFloatAvx2;
      case Dtype::kFloat: break;
    }
  }
#endif
  return PortableConverterToFloat(from);
}

ConvertFn ConverterToHalf(uint32_t from) {
#if defined(__x86_64__)
  if (static_cast<Dtype>(from) == Dtype::kFloat && Cpu().avx2 && Cpu().f16c) return FloatToHalfF16c;
#endif
  return PortableConverterToHalf(from);
}

uint64_t CountInfinite(const uint8_t* in, size_t count, tensor::Dtype type) {
  const auto counted = [=](auto load, auto mask, auto infinity) {
    uint64_t found = 0;
    for (size_t i = 0; i < count; ++i) found += (load(in + i * sizeof infinity) & mask) == infinity;
    return found;
  };
  switch (type) {
    case Dtype::kHalf:
      return counted([](const uint8_t* p) { return LoadLE16(p); }, uint16_t{0x7fff}, uint16_t{0x7c00});
    case Dtype::kBfloat16:
      return counted([](const uint8_t* p) { return LoadLE16(p); }, uint16_t{0x7fff}, uint16_t{0x7f80});
    case Dtype::kFloat:
      return counted([](const uint8_t* p) { return LoadLE32(p); }, uint32_t{0x7fffffff}, uint32_t{0x7f800000});
    case Dtype::kDouble:
      return counted([](const uint8_t* p) { return LoadLE64(p); }, uint64_t{0x7fffffffffffffff}, uint64_t{0x7ff0000000000000});
  }
  return 0;
}

}  // namespace bowerbird
