// The engine for AVX2: eight subframes are restored at once, one in each 32-bit lane of a register.
#include "core/flac_batch.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "core/flac_predict.h"

#define BOWERBIRD_V3 __attribute__((target("avx2,bmi,bmi2,lzcnt")))
#define BOWERBIRD_V3_INLINE __attribute__((target("avx2,bmi,bmi2,lzcnt"), always_inline)) inline

namespace bowerbird::flac {
namespace {

constexpr uint32_t kTile = 64;  // samples whose history stays in the first cache

// Eight lanes of one kind of arithmetic. Lanes that are not there, or have ended, predict nothing in idle memory.
struct Group {
  int32_t* samples[8];
  Lane* lanes[8];
  alignas(32) int32_t coefficients[32][8] = {};
  alignas(32) int32_t shift[8] = {};
  uint32_t order = 0;  // the longest
};

// Rows become columns: eight samples of eight lanes to eight lanes of eight samples, and back.
BOWERBIRD_V3_INLINE void Transpose(__m256i v[8]) {
  __m256i a[8], b[8];
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

BOWERBIRD_V3_INLINE __m256i Load(const int32_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
BOWERBIRD_V3_INLINE void Store(int32_t* p, __m256i v) { _mm256_storeu_si256(reinterpret_cast<__m256i*>(p), v); }

BOWERBIRD_V3_INLINE __m256i Unzigzag(__m256i u) {
  const __m256i sign = _mm256_sub_epi32(_mm256_setzero_si256(), _mm256_and_si256(u, _mm256_set1_epi32(1)));
  return _mm256_xor_si256(_mm256_srli_epi32(u, 1), sign);
}

// The three kinds of arithmetic. Each keeps what it needs of a sample in kParts registers, and makes the next
// sample from its residual and the kTaps before: p is the first part of the newest, p[-kParts] of the one before.

// Two 16-bit samples in each lane, the newer one low, so that one multiply-add serves two taps.
template <uint32_t kPairs>
struct Pairs16 {
  static constexpr uint32_t kTaps = 2 * kPairs, kParts = 1;
  static constexpr bool kWatches = false;
  __m256i c[kPairs];
  __m256i shift;

  BOWERBIRD_V3_INLINE void Set(const Group& g) {
    shift = Load(g.shift);
    for (uint32_t j = 0; j < kPairs; ++j) {
      const __m256i newer = _mm256_and_si256(Load(g.coefficients[2 * j]), _mm256_set1_epi32(0xffff));
      c[j] = _mm256_or_si256(newer, _mm256_slli_epi32(Load(g.coefficients[2 * j + 1]), 16));
    }
  }
  BOWERBIRD_V3_INLINE __m256i Next(__m256i residual, const __m256i* p) const {
    // The newest pair comes last: everything else is done before it is known.
    __m256i sum = _mm256_setzero_si256();
#pragma GCC unroll 16
    for (int j = kPairs - 1; j > 0; --j) sum = _mm256_add_epi32(sum, _mm256_madd_epi16(c[j], p[-2 * j]));
    return _mm256_add_epi32(residual, _mm256_srav_epi32(_mm256_add_epi32(sum, _mm256_madd_epi16(c[0], p[0])), shift));
  }
  BOWERBIRD_V3_INLINE void Keep(__m256i* p, __m256i sample) const {
    p[1] = _mm256_blend_epi16(sample, _mm256_slli_epi32(p[0], 16), 0xaa);
  }
};

template <uint32_t kOrder>
struct Sum32 {
  static constexpr uint32_t kTaps = kOrder, kParts = 1;
  static constexpr bool kWatches = false;
  __m256i c[kOrder];
  __m256i shift;

  BOWERBIRD_V3_INLINE void Set(const Group& g) {
    shift = Load(g.shift);
    for (uint32_t j = 0; j < kOrder; ++j) c[j] = Load(g.coefficients[j]);
  }
  BOWERBIRD_V3_INLINE __m256i Next(__m256i residual, const __m256i* p) const {
    __m256i sum = _mm256_setzero_si256();
#pragma GCC unroll 32
    for (int j = kOrder - 1; j > 0; --j) sum = _mm256_add_epi32(sum, _mm256_mullo_epi32(c[j], p[-j]));
    return _mm256_add_epi32(residual, _mm256_srav_epi32(_mm256_add_epi32(sum, _mm256_mullo_epi32(c[0], p[0])), shift));
  }
  BOWERBIRD_V3_INLINE void Keep(__m256i* p, __m256i sample) const { p[1] = sample; }
};

// Even lanes and odd lanes apart, since products take 64 bits. Only the low 32 bits of a prediction count and shifts are below 32, so
// the shift may be a logical one. kChecked: predictions and residuals of any size, which are added in 64 bits; what does not fit 25
// bits then is remembered.
template <uint32_t kOrder, bool kChecked>
struct Sum64 {
  static constexpr uint32_t kTaps = kOrder, kParts = 2;
  static constexpr bool kWatches = kChecked;
  __m256i even[kOrder], odd[kOrder];
  __m256i shift_even, shift_odd, sign_even, sign_odd, outside;

  BOWERBIRD_V3_INLINE void Set(const Group& g) {
    shift_even = _mm256_and_si256(Load(g.shift), _mm256_set1_epi64x(0xffffffff));
    shift_odd = _mm256_srli_epi64(Load(g.shift), 32);
    sign_even = _mm256_srlv_epi64(_mm256_set1_epi64x(INT64_MIN), shift_even);
    sign_odd = _mm256_srlv_epi64(_mm256_set1_epi64x(INT64_MIN), shift_odd);
    outside = _mm256_setzero_si256();
    for (uint32_t j = 0; j < kOrder; ++j) {
      even[j] = Load(g.coefficients[j]);
      odd[j] = _mm256_srli_epi64(even[j], 32);
    }
  }
  BOWERBIRD_V3_INLINE __m256i Next(__m256i residual, const __m256i* p) {
    __m256i a = _mm256_setzero_si256(), b = a;
#pragma GCC unroll 32
    for (int j = kOrder - 1; j >= 0; --j) {
      a = _mm256_add_epi64(a, _mm256_mul_epi32(even[j], p[-2 * j]));
      b = _mm256_add_epi64(b, _mm256_mul_epi32(odd[j], p[1 - 2 * j]));
    }
    if constexpr (!kChecked) {
      a = _mm256_srlv_epi64(a, shift_even);
      b = _mm256_slli_epi64(_mm256_srlv_epi64(b, shift_odd), 32);
      return _mm256_add_epi32(residual, _mm256_blend_epi32(a, b, 0xaa));
    }
    // Arithmetic shifts of 64 bits: logical ones of biased numbers.
    const __m256i bias = _mm256_set1_epi64x(INT64_MIN), sign = _mm256_srai_epi32(residual, 31);
    a = _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(a, bias), shift_even), sign_even);
    b = _mm256_sub_epi64(_mm256_srlv_epi64(_mm256_xor_si256(b, bias), shift_odd), sign_odd);
    a = _mm256_add_epi64(a, _mm256_blend_epi32(residual, _mm256_slli_epi64(sign, 32), 0xaa));
    b = _mm256_add_epi64(b, _mm256_blend_epi32(_mm256_srli_epi64(residual, 32), sign, 0xaa));
    const __m256i half = _mm256_set1_epi64x(1 << 24);
    const __m256i high_a = _mm256_srli_epi64(_mm256_add_epi64(a, half), 25), high_b = _mm256_srli_epi64(_mm256_add_epi64(b, half), 25);
    // 39 bits each: folded, so that none is lost where two lanes meet.
    const __m256i fold_a = _mm256_or_si256(high_a, _mm256_srli_epi64(high_a, 32)), fold_b = _mm256_or_si256(high_b, _mm256_srli_epi64(high_b, 32));
    outside = _mm256_or_si256(outside, _mm256_blend_epi32(fold_a, _mm256_slli_epi64(fold_b, 32), 0xaa));
    return _mm256_blend_epi32(a, _mm256_slli_epi64(b, 32), 0xaa);
  }
  BOWERBIRD_V3_INLINE void Keep(__m256i* p, __m256i sample) const {
    p[2] = sample;
    p[3] = _mm256_srli_epi64(sample, 32);
  }
};

// Samples [from, to) of all eight lanes. REQUIRES: from and to are multiples of 8, kTaps <= from or no lane needs more.
template <typename Arithmetic>
BOWERBIRD_V3_INLINE void Restore(Group& g, uint32_t from, uint32_t to, __m256i* low, __m256i* high) {
  constexpr uint32_t kParts = Arithmetic::kParts, kPast = Arithmetic::kTaps;
  Arithmetic arithmetic;
  arithmetic.Set(g);
  __m256i history[(kPast + 1 + kTile) * kParts];
  // The samples before `from`, oldest first; before the start there is silence, which no coefficient looks at.
  for (uint32_t i = 0; i < kParts; ++i) history[i] = _mm256_setzero_si256();
  for (uint32_t i = 0; i < kPast; ++i) {
    alignas(32) int32_t past[8];
    const int64_t at = int64_t{from} - kPast + i;
    for (int lane = 0; lane < 8; ++lane) past[lane] = at < 0 ? 0 : g.samples[lane][at];
    arithmetic.Keep(&history[i * kParts], Load(past));
  }
  __m256i minimum = *low, maximum = *high;
  while (from < to) {
    const uint32_t end = to - from < kTile ? to : from + kTile;
    __m256i* p = &history[kPast * kParts];
    for (; from < end; from += 8) {
      __m256i v[8];
      for (int lane = 0; lane < 8; ++lane) v[lane] = Load(g.samples[lane] + from);
      Transpose(v);
#pragma GCC unroll 8
      for (int i = 0; i < 8; ++i) {
        v[i] = arithmetic.Next(Unzigzag(v[i]), p);
        arithmetic.Keep(p, v[i]);
        minimum = _mm256_min_epi32(minimum, v[i]);
        maximum = _mm256_max_epi32(maximum, v[i]);
        p += kParts;
      }
      Transpose(v);
      for (int lane = 0; lane < 8; ++lane) Store(g.samples[lane] + from, v[lane]);
    }
    p -= kPast * kParts;
    for (uint32_t i = 0; i < (kPast + 1) * kParts; ++i) history[i] = p[i];
  }
  if constexpr (Arithmetic::kWatches) {
    // Whatever was outside makes the extremes impossible ones.
    const __m256i good = _mm256_cmpeq_epi32(arithmetic.outside, _mm256_setzero_si256());
    maximum = _mm256_blendv_epi8(_mm256_set1_epi32(0x7fffffff), maximum, good);
  }
  *low = minimum;
  *high = maximum;
}

BOWERBIRD_V3 void RestorePairs16(Group& g, uint32_t from, uint32_t to, __m256i* low, __m256i* high) {
  switch ((g.order + 1) / 2) {
    case 0:
    case 1: return Restore<Pairs16<1>>(g, from, to, low, high);
    case 2: return Restore<Pairs16<2>>(g, from, to, low, high);
    case 3: return Restore<Pairs16<3>>(g, from, to, low, high);
    case 4: return Restore<Pairs16<4>>(g, from, to, low, high);
    case 5: return Restore<Pairs16<5>>(g, from, to, low, high);
    case 6: return Restore<Pairs16<6>>(g, from, to, low, high);
    case 7:
    case 8: return Restore<Pairs16<8>>(g, from, to, low, high);
    default: return Restore<Pairs16<16>>(g, from, to, low, high);
  }
}

BOWERBIRD_V3 void RestoreSum32(Group& g, uint32_t from, uint32_t to, __m256i* low, __m256i* high) {
  if (g.order <= 4) return Restore<Sum32<4>>(g, from, to, low, high);
  if (g.order <= 8) return Restore<Sum32<8>>(g, from, to, low, high);
  if (g.order <= 12) return Restore<Sum32<12>>(g, from, to, low, high);
  return Restore<Sum32<32>>(g, from, to, low, high);
}

template <bool kChecked>
BOWERBIRD_V3 void RestoreSum64(Group& g, uint32_t from, uint32_t to, __m256i* low, __m256i* high) {
  if (g.order <= 4) return Restore<Sum64<4, kChecked>>(g, from, to, low, high);
  if (g.order <= 8) return Restore<Sum64<8, kChecked>>(g, from, to, low, high);
  if (g.order <= 12) return Restore<Sum64<12, kChecked>>(g, from, to, low, high);
  return Restore<Sum64<32, kChecked>>(g, from, to, low, high);
}

// Up to eight lanes of one width, from their first predicted sample to their last.
BOWERBIRD_V3 void PredictGroup(Lane** lanes, size_t count, Width width, int32_t* idle) {
  Group g;
  uint32_t longest = 0;
  for (size_t i = 0; i < 8; ++i) {
    g.lanes[i] = i < count ? lanes[i] : nullptr;
    g.samples[i] = i < count ? lanes[i]->samples : idle;
    if (i >= count) continue;
    g.order = std::max<uint32_t>(g.order, lanes[i]->sub.order);
    longest = std::max(longest, lanes[i]->count);
    for (size_t j = 0; j < lanes[i]->sub.order; ++j) g.coefficients[j][i] = lanes[i]->sub.coefficients[j];
    g.shift[i] = lanes[i]->sub.shift;
  }
  // Whole steps of eight samples by all lanes together; what stands before and behind them by each lane alone.
  const uint32_t start = (g.order + 7) / 8 * 8;
  for (size_t i = 0; i < count; ++i) PredictLane(*lanes[i], width, lanes[i]->sub.order, std::min(start, lanes[i]->count));

  uint32_t from = start;
  while (from < longest / 8 * 8) {
    uint32_t to = longest / 8 * 8;
    for (size_t i = 0; i < 8; ++i) {
      if (g.lanes[i] != nullptr && g.lanes[i]->count / 8 * 8 > from) to = std::min(to, g.lanes[i]->count / 8 * 8);
    }
    // Lanes that end before `to` have ended at or before `from`.
    for (size_t i = 0; i < 8; ++i) {
      if (g.lanes[i] == nullptr || g.lanes[i]->count / 8 * 8 > from) continue;
      g.lanes[i] = nullptr;
      g.samples[i] = idle;
      g.shift[i] = 0;
      for (size_t j = 0; j < 32; ++j) g.coefficients[j][i] = 0;
    }
    __m256i low = _mm256_setzero_si256(), high = low;
    if (width == Width::kPairs16) {
      RestorePairs16(g, from, to, &low, &high);
    } else if (width == Width::kSum32) {
      RestoreSum32(g, from, to, &low, &high);
    } else if (width == Width::kSum64) {
      RestoreSum64<false>(g, from, to, &low, &high);
    } else {
      RestoreSum64<true>(g, from, to, &low, &high);
    }
    alignas(32) int32_t minimum[8], maximum[8];
    Store(minimum, low);
    Store(maximum, high);
    for (size_t i = 0; i < 8; ++i) {
      if (g.lanes[i] == nullptr) continue;
      const uint32_t bits = g.lanes[i]->sub.bits;
      g.lanes[i]->bad |= !Fits(minimum[i], bits) || !Fits(maximum[i], bits);
    }
    from = to;
  }
  for (size_t i = 0; i < count; ++i) {
    const uint32_t done = std::max(start, lanes[i]->count / 8 * 8);
    PredictLane(*lanes[i], width, std::min(done, lanes[i]->count), lanes[i]->count);
    PutBackWasted(*lanes[i]);
  }
}

BOWERBIRD_V3 void Residuals(Batch& batch) { DecodeResiduals<true>(batch); }

BOWERBIRD_V3 void Predict(Batch& batch) {
  // The widest first: the side channels of stereo must not slow down the others, and a group that is not full has room for narrower lanes.
  Lane* lanes[kBatchLanes];
  Width widths[kBatchLanes];
  size_t count = 0;
  for (size_t i = 0; i < batch.lane_count; ++i) {
    Lane& lane = batch.lanes[i];
    if (!lane.predicted) continue;
    const Width width = WidthOf(lane);
    if (width == Width::kAny) {
      PredictLane(lane, width, lane.sub.order, lane.count);
      PutBackWasted(lane);
      continue;
    }
    size_t at = count++;
    for (; at != 0 && widths[at - 1] < width; --at) {
      lanes[at] = lanes[at - 1];
      widths[at] = widths[at - 1];
    }
    lanes[at] = &lane;
    widths[at] = width;
  }
  for (size_t i = 0; i < count; i += 8) PredictGroup(lanes + i, std::min<size_t>(8, count - i), widths[i], batch.idle);
}

// Left and right of eight samples.
template <ChannelMode kMode>
BOWERBIRD_V3_INLINE void Stereo(__m256i a, __m256i b, __m256i* left, __m256i* right) {
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
BOWERBIRD_V3_INLINE bool InterleaveStereo(const Sink& sink) {
  const float factor = 1.0f / static_cast<float>(uint64_t{1} << (sink.bits - 1));
  const __m256 scale = _mm256_set1_ps(factor);
  T* out = static_cast<T*>(sink.data);
  __m256i outside = _mm256_setzero_si256();
  uint32_t i = 0;
  for (; i + 8 <= sink.count; i += 8, out += 16) {
    __m256i left, right;
    Stereo<kMode>(Load(sink.planes[0] + i), Load(sink.planes[1] + i), &left, &right);
    const __m256i signs = _mm256_or_si256(_mm256_xor_si256(left, _mm256_srai_epi32(left, 31)), _mm256_xor_si256(right, _mm256_srai_epi32(right, 31)));
    outside = _mm256_or_si256(outside, signs);
    if constexpr (sizeof(T) == 2) {
      Store(reinterpret_cast<int32_t*>(out), _mm256_blend_epi16(left, _mm256_slli_epi32(right, 16), 0xaa));
    } else {
      if constexpr (static_cast<T>(0.5) != 0) {
        left = _mm256_castps_si256(_mm256_mul_ps(_mm256_cvtepi32_ps(left), scale));
        right = _mm256_castps_si256(_mm256_mul_ps(_mm256_cvtepi32_ps(right), scale));
      }
      const __m256i low = _mm256_unpacklo_epi32(left, right), high = _mm256_unpackhi_epi32(left, right);
      int32_t* const to = reinterpret_cast<int32_t*>(out);
      Store(to, _mm256_permute2x128_si256(low, high, 0x20));
      Store(to + 8, _mm256_permute2x128_si256(low, high, 0x31));
    }
  }
  alignas(32) int32_t seen[8];
  Store(seen, outside);
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
BOWERBIRD_V3_INLINE bool InterleaveStereoAs(const Sink& sink) {
  switch (sink.mode) {
    case ChannelMode::kLeftSide: return InterleaveStereo<T, ChannelMode::kLeftSide>(sink);
    case ChannelMode::kSideRight: return InterleaveStereo<T, ChannelMode::kSideRight>(sink);
    case ChannelMode::kMidSide: return InterleaveStereo<T, ChannelMode::kMidSide>(sink);
    case ChannelMode::kIndependent: break;
  }
  return InterleaveStereo<T, ChannelMode::kIndependent>(sink);
}

BOWERBIRD_V3 bool Convert(const Sink& sink) {
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
  static constexpr Engine engine = {"avx2", Residuals, Predict, Convert};
  return engine;
}

}  // namespace bowerbird::flac

#endif  // x86-64
