// The engine for SSE4.1: eight lanes in two registers, so that two chains of dependent instructions hide each other's latency.
#include "core/flac/batch.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define BOWERBIRD_LANES __attribute__((target("sse4.1")))
#include "core/flac/lanes.h"

namespace bowerbird::flac {
namespace {

struct Sse41 {
  struct Reg {
    __m128i a, b;  // lanes 0 to 3, lanes 4 to 7
  };
  // There is no shift by a count for each lane: one shift for each, unless all are the same.
  struct Shifts {
    __m128i count[8];
    bool same;
  };
  struct Shifts64 {
    __m128i count[4];
    bool same;
  };
  static constexpr uint32_t kLanes = 8;
  static constexpr bool kPairs = true, kEvenFirst = true;

#define BOWERBIRD_EACH(name, operation) \
  BOWERBIRD_LANES_INLINE static Reg name(Reg x, Reg y) { return {operation(x.a, y.a), operation(x.b, y.b)}; }
  BOWERBIRD_EACH(And, _mm_and_si128)
  BOWERBIRD_EACH(AndNot, _mm_andnot_si128)
  BOWERBIRD_EACH(Or, _mm_or_si128)
  BOWERBIRD_EACH(Xor, _mm_xor_si128)
  BOWERBIRD_EACH(Add, _mm_add_epi32)
  BOWERBIRD_EACH(Sub, _mm_sub_epi32)
  BOWERBIRD_EACH(Mul, _mm_mullo_epi32)
  BOWERBIRD_EACH(Min, _mm_min_epi32)
  BOWERBIRD_EACH(Max, _mm_max_epi32)
  BOWERBIRD_EACH(Equal, _mm_cmpeq_epi32)
  BOWERBIRD_EACH(Less, _mm_cmplt_epi32)
  BOWERBIRD_EACH(MulPairs, _mm_madd_epi16)
  BOWERBIRD_EACH(MulFirst, _mm_mul_epi32)
  BOWERBIRD_EACH(Add64, _mm_add_epi64)
  BOWERBIRD_EACH(Sub64, _mm_sub_epi64)
#undef BOWERBIRD_EACH

  BOWERBIRD_LANES_INLINE static Reg Load(const int32_t* p) {
    return {_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), _mm_loadu_si128(reinterpret_cast<const __m128i*>(p + 4))};
  }
  BOWERBIRD_LANES_INLINE static void Store(int32_t* p, Reg x) {
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p), x.a);
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p + 4), x.b);
  }
  BOWERBIRD_LANES_INLINE static Reg Set1(int32_t x) { return {_mm_set1_epi32(x), _mm_set1_epi32(x)}; }
  BOWERBIRD_LANES_INLINE static Reg Set64(int64_t x) { return {_mm_set1_epi64x(x), _mm_set1_epi64x(x)}; }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Left(Reg x) { return {_mm_slli_epi32(x.a, kBits), _mm_slli_epi32(x.b, kBits)}; }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl(Reg x) { return {_mm_srli_epi32(x.a, kBits), _mm_srli_epi32(x.b, kBits)}; }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl64(Reg x) { return {_mm_srli_epi64(x.a, kBits), _mm_srli_epi64(x.b, kBits)}; }
  BOWERBIRD_LANES_INLINE static Reg Select(Reg mask, Reg yes, Reg no) {
    return {_mm_blendv_epi8(no.a, yes.a, mask.a), _mm_blendv_epi8(no.b, yes.b, mask.b)};
  }
  BOWERBIRD_LANES_INLINE static Reg PairUp(Reg newer, Reg older) {
    return {_mm_blend_epi16(newer.a, _mm_slli_epi32(older.a, 16), 0xaa), _mm_blend_epi16(newer.b, _mm_slli_epi32(older.b, 16), 0xaa)};
  }

  BOWERBIRD_LANES_INLINE static Reg InOrder(Reg sum) { return sum; }

  // The first half of the lanes are the even ones.
  BOWERBIRD_LANES_INLINE static Reg Second(Reg x) { return Srl64<32>(x); }
  BOWERBIRD_LANES_INLINE static __m128i Odd(__m128i even, __m128i odd) { return _mm_blend_epi16(even, odd, 0xcc); }
  BOWERBIRD_LANES_INLINE static Reg Join(Reg x, Reg y) { return {Odd(x.a, _mm_slli_epi64(y.a, 32)), Odd(x.b, _mm_slli_epi64(y.b, 32))}; }
  BOWERBIRD_LANES_INLINE static __m128i Widen(__m128i x) { return Odd(x, _mm_slli_epi64(_mm_srai_epi32(x, 31), 32)); }
  BOWERBIRD_LANES_INLINE static Reg WidenFirst(Reg x) { return {Widen(x.a), Widen(x.b)}; }

  BOWERBIRD_LANES_INLINE static Shifts LoadShifts(const int32_t* p) {
    Shifts s{{}, true};
    for (int i = 0; i < 8; ++i) {
      s.count[i] = _mm_cvtsi32_si128(p[i]);
      s.same &= p[i] == p[0];
    }
    return s;
  }
  BOWERBIRD_LANES_INLINE static __m128i Shift4(__m128i x, const __m128i* count) {
    const __m128i even = Odd(_mm_sra_epi32(x, count[0]), _mm_sra_epi32(x, count[1]));
    const __m128i odd = Odd(_mm_sra_epi32(x, count[2]), _mm_sra_epi32(x, count[3]));
    return _mm_blend_epi16(even, odd, 0xf0);
  }
  BOWERBIRD_LANES_INLINE static Reg Shift(Reg x, const Shifts& s) {
    if (s.same) return {_mm_sra_epi32(x.a, s.count[0]), _mm_sra_epi32(x.b, s.count[0])};
    return {Shift4(x.a, s.count), Shift4(x.b, s.count + 4)};
  }
  BOWERBIRD_LANES_INLINE static Shifts64 LoadShifts64(Reg first) {
    alignas(16) int32_t p[8];
    Store(p, first);
    Shifts64 s{{}, true};
    for (int i = 0; i < 4; ++i) {
      s.count[i] = _mm_cvtsi32_si128(p[2 * i]);
      s.same &= p[2 * i] == p[0];
    }
    return s;
  }
  BOWERBIRD_LANES_INLINE static Reg ShiftLogical64(Reg x, const Shifts64& s) {
    if (s.same) return {_mm_srl_epi64(x.a, s.count[0]), _mm_srl_epi64(x.b, s.count[0])};
    return {_mm_blend_epi16(_mm_srl_epi64(x.a, s.count[0]), _mm_srl_epi64(x.a, s.count[1]), 0xf0),
            _mm_blend_epi16(_mm_srl_epi64(x.b, s.count[2]), _mm_srl_epi64(x.b, s.count[3]), 0xf0)};
  }
  BOWERBIRD_LANES_INLINE static Reg Shift64(Reg x, const Shifts64& s) {
    // A logical shift of a biased number.
    const Reg bias = Set64(INT64_MIN);
    return Sub64(ShiftLogical64(Xor(x, bias), s), ShiftLogical64(bias, s));
  }

  BOWERBIRD_LANES_INLINE static void Transpose4(__m128i& a, __m128i& b, __m128i& c, __m128i& d) {
    const __m128i ab = _mm_unpacklo_epi32(a, b), cd = _mm_unpacklo_epi32(c, d);
    const __m128i ab_high = _mm_unpackhi_epi32(a, b), cd_high = _mm_unpackhi_epi32(c, d);
    a = _mm_unpacklo_epi64(ab, cd);
    b = _mm_unpackhi_epi64(ab, cd);
    c = _mm_unpacklo_epi64(ab_high, cd_high);
    d = _mm_unpackhi_epi64(ab_high, cd_high);
  }
  BOWERBIRD_LANES_INLINE static void Transpose(Reg v[8]) {
    Transpose4(v[0].a, v[1].a, v[2].a, v[3].a);
    Transpose4(v[4].b, v[5].b, v[6].b, v[7].b);
    Transpose4(v[0].b, v[1].b, v[2].b, v[3].b);
    Transpose4(v[4].a, v[5].a, v[6].a, v[7].a);
    for (int i = 0; i < 4; ++i) std::swap(v[i].b, v[i + 4].a);
  }
};

BOWERBIRD_LANES void Residuals(Batch& batch) { DecodeResiduals<false>(batch); }
BOWERBIRD_LANES void Predict(Batch& batch) { PredictLanes<Sse41>(batch); }
BOWERBIRD_LANES bool Convert(const Sink& sink) { return ConvertFrame(sink); }

}  // namespace

const Engine& Sse41Engine() {
  static constexpr Engine engine = {"sse41", 16, Residuals, Predict, Convert};
  return engine;
}

}  // namespace bowerbird::flac

#endif  // x86-64
