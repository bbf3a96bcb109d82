// The engine for AVX2: eight subframes are restored at once, one in each 32-bit lane of a register.
#include "core/flac/batch.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define BOWERBIRD_LANES __attribute__((target("avx2,bmi,bmi2,lzcnt")))
#include "core/flac/lanes.h"

namespace bowerbird::flac {
namespace {

struct Avx2 {
  using Reg = __m256i;
  using Shifts = __m256i;
  using Shifts64 = __m256i;
  static constexpr uint32_t kLanes = 8;
  static constexpr bool kPairs = true, kEvenFirst = true;

  BOWERBIRD_LANES_INLINE static Reg Load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
  BOWERBIRD_LANES_INLINE static void Store(int32_t* p, Reg v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }
  BOWERBIRD_LANES_INLINE static Reg Set1(int32_t x) { return _mm256_set1_epi32(x); }
  BOWERBIRD_LANES_INLINE static Reg And(Reg a, Reg b) { return _mm256_and_si256(a, b); }
  BOWERBIRD_LANES_INLINE static Reg AndNot(Reg a, Reg b) { return _mm256_andnot_si256(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Or(Reg a, Reg b) { return _mm256_or_si256(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Xor(Reg a, Reg b) { return _mm256_xor_si256(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Add(Reg a, Reg b) { return _mm256_add_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Sub(Reg a, Reg b) { return _mm256_sub_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Mul(Reg a, Reg b) { return _mm256_mullo_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Min(Reg a, Reg b) { return _mm256_min_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Max(Reg a, Reg b) { return _mm256_max_epi32(a, b); }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Left(Reg a) { return _mm256_slli_epi32(a, kBits); }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl(Reg a) { return _mm256_srli_epi32(a, kBits); }
  BOWERBIRD_LANES_INLINE static Reg Less(Reg a, Reg b) { return _mm256_cmpgt_epi32(b, a); }
  BOWERBIRD_LANES_INLINE static Reg Equal(Reg a, Reg b) { return _mm256_cmpeq_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Select(Reg mask, Reg yes, Reg no) { return _mm256_blendv_epi8(no, yes, mask); }
  BOWERBIRD_LANES_INLINE static Shifts LoadShifts(const int32_t* p) { return Load(p); }
  BOWERBIRD_LANES_INLINE static Reg Shift(Reg a, Shifts s) { return _mm256_srav_epi32(a, s); }

  BOWERBIRD_LANES_INLINE static Reg MulPairs(Reg a, Reg b) { return _mm256_madd_epi16(a, b); }
  BOWERBIRD_LANES_INLINE static Reg PairUp(Reg newer, Reg older) { return _mm256_blend_epi16(newer, _mm256_slli_epi32(older, 16), 0xaa); }

  BOWERBIRD_LANES_INLINE static Reg InOrder(Reg sum) {
    __asm__("" : "+v"(sum));
    return sum;
  }

  // The first half of the lanes are the even ones.
  BOWERBIRD_LANES_INLINE static Reg Second(Reg a) { return _mm256_srli_epi64(a, 32); }
  BOWERBIRD_LANES_INLINE static Reg MulFirst(Reg a, Reg b) { return _mm256_mul_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Join(Reg a, Reg b) { return _mm256_blend_epi32(a, _mm256_slli_epi64(b, 32), 0xaa); }
  BOWERBIRD_LANES_INLINE static Reg WidenFirst(Reg a) { return _mm256_blend_epi32(a, _mm256_slli_epi64(_mm256_srai_epi32(a, 31), 32), 0xaa); }
  BOWERBIRD_LANES_INLINE static Reg Set64(int64_t x) { return _mm256_set1_epi64x(x); }
  BOWERBIRD_LANES_INLINE static Reg Add64(Reg a, Reg b) { return _mm256_add_epi64(a, b); }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl64(Reg a) { return _mm256_srli_epi64(a, kBits); }
  BOWERBIRD_LANES_INLINE static Shifts64 LoadShifts64(Reg first) { return _mm256_and_si256(first, _mm256_set1_epi64x(0xffffffff)); }
  BOWERBIRD_LANES_INLINE static Reg ShiftLogical64(Reg a, Shifts64 s) { return _mm256_srlv_epi64(a, s); }
  BOWERBIRD_LANES_INLINE static Reg Shift64(Reg a, Shifts64 s) {
    // A logical shift of a biased number.
    const Reg bias = _mm256_set1_epi64x(INT64_MIN);
    return _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(a, bias), s), _mm256_srlv_epi64(bias, s));
  }

  BOWERBIRD_LANES_INLINE static void Transpose(Reg v[8]) {
    Reg a[8], b[8];
    for (int i = 0; i < 4; ++i) {
      a[2 * i] = _mm256_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
      a[2 * i + 1] = _mm256_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
    }
    for (int i = 0; i < 2; ++i) {
      b[4 * i] = _mm256_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
      b[4 * i + 1] = _mm256_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
      b[4 * i + 2] = _mm256_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
      b[4 * i + 3] = _mm256_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
    }
    for (int i = 0; i < 4; ++i) {
      v[i] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x20);
      v[i + 4] = _mm256_permute2x128_si256(b[i], b[i + 4], 0x31);
    }
  }
};

BOWERBIRD_LANES void Residuals(Batch& batch) { DecodeResiduals<true>(batch); }
BOWERBIRD_LANES void Predict(Batch& batch) { PredictLanes<Avx2>(batch); }

// Left and right of eight samples.
template <ChannelMode kMode>
BOWERBIRD_LANES_INLINE void Stereo(__m256i a, __m256i b, __m256i* left, __m256i* right) {
  if constexpr (kMode == ChannelMode::kLeftSide) {
    *left = a;
    *right = _mm256_sub_epi32(a, b);
  } else if constexpr (kMode == ChannelMode::kSideRight) {
    *left = _mm256_add_epi32(a, b);
    *right = b;
  } else if constexpr (kMode == ChannelMode::kMidSide) {
    const __m256i mid = _mm256_or_si256(_mm256_slli_epi32(a, 1), _mm256_and_si256(b, _mm256_set1_epi32(1)));
    *left = _mm256_srai_epi32(_mm256_add_epi32(mid, b), 1);
    *right = _mm256_srai_epi32(_mm256_sub_epi32(mid, b), 1);
  } else {
    *left = a;
    *right = b;
  }
}

template <typename T, ChannelMode kMode>
BOWERBIRD_LANES_INLINE bool InterleaveStereo(const Sink& sink) {
  const float factor = 1.0f / static_cast<float>(uint64_t{1} << (sink.bits - 1));
  const __m256 scale = _mm256_set1_ps(factor);
  T* out = static_cast<T*>(sink.data);
  __m256i outside = _mm256_setzero_si256();
  uint32_t i = 0;
  for (; i + 8 <= sink.count; i += 8, out += 16) {
    __m256i left, right;
    Stereo<kMode>(Avx2::Load(sink.planes[0] + i), Avx2::Load(sink.planes[1] + i), &left, &right);
    const __m256i signs = _mm256_or_si256(_mm256_xor_si256(left, _mm256_srai_epi32(left, 31)), _mm256_xor_si256(right, _mm256_srai_epi32(right, 31)));
    outside = _mm256_or_si256(outside, signs);
    if constexpr (sizeof(T) == 2) {
      Avx2::Store(reinterpret_cast<int32_t*>(out), _mm256_blend_epi16(left, _mm256_slli_epi32(right, 16), 0xaa));
    } else {
      if constexpr (static_cast<T>(0.5) != 0) {
        left = _mm256_castps_si256(_mm256_mul_ps(_mm256_cvtepi32_ps(left), scale));
        right = _mm256_castps_si256(_mm256_mul_ps(_mm256_cvtepi32_ps(right), scale));
      }
      const __m256i low = _mm256_unpacklo_epi32(left, right), high = _mm256_unpackhi_epi32(left, right);
      int32_t* const to = reinterpret_cast<int32_t*>(out);
      Avx2::Store(to, _mm256_permute2x128_si256(low, high, 0x20));
      Avx2::Store(to + 8, _mm256_permute2x128_si256(low, high, 0x31));
    }
  }
  alignas(32) int32_t seen[8];
  Avx2::Store(seen, outside);
  int32_t any = seen[0] | seen[1] | seen[2] | seen[3] | seen[4] | seen[5] | seen[6] | seen[7];
  for (; i < sink.count; ++i, out += 2) {
    int32_t left, right;
    LeftRight<kMode>(sink.planes[0][i], sink.planes[1][i], &left, &right);
    any |= (left ^ (left >> 31)) | (right ^ (right >> 31));
    out[0] = Converted<T>(left, factor);
    out[1] = Converted<T>(right, factor);
  }
  return any >> (sink.bits - 1) == 0;
}

template <typename T>
BOWERBIRD_LANES_INLINE bool InterleaveStereoAs(const Sink& sink) {
  switch (sink.mode) {
    case ChannelMode::kLeftSide: return InterleaveStereo<T, ChannelMode::kLeftSide>(sink);
    case ChannelMode::kSideRight: return InterleaveStereo<T, ChannelMode::kSideRight>(sink);
    case ChannelMode::kMidSide: return InterleaveStereo<T, ChannelMode::kMidSide>(sink);
    case ChannelMode::kIndependent: break;
  }
  return InterleaveStereo<T, ChannelMode::kIndependent>(sink);
}

BOWERBIRD_LANES bool Convert(const Sink& sink) {
  if (sink.channels != 2 || sink.plane != 0) return ConvertFrame(sink);
  switch (sink.format) {
    case SampleFormat::kInt16: return InterleaveStereoAs<int16_t>(sink);
    case SampleFormat::kInt32: return InterleaveStereoAs<int32_t>(sink);
    case SampleFormat::kFloat32: return InterleaveStereoAs<float>(sink);
  }
  return false;
}

}  // namespace

const Engine& Avx2Engine() {
  static constexpr Engine engine = {"avx2", 16, Residuals, Predict, Convert};
  return engine;
}

}  // namespace bowerbird::flac

#endif  // x86-64
