// The engine for AVX-512: sixteen subframes are restored at once. Residuals come from as many frames at once too: flac_rice_avx512.cc.
#include "core/flac/batch.h"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// GCC's own intrinsics for AVX-512 pass registers that are undefined on purpose (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include "core/flac/avx512.h"

#define BOWERBIRD_LANES BOWERBIRD_AVX512
#include "core/flac/lanes.h"

namespace bowerbird::flac {
namespace {

struct Avx512 {
  using Reg = __m512i;
  using Shifts = __m512i;
  using Shifts64 = __m512i;
  static constexpr uint32_t kLanes = 16;
  static constexpr bool kPairs = true, kEvenFirst = true;

  BOWERBIRD_LANES_INLINE static Reg Load(const int32_t* p) { return _mm512_loadu_si512(p); }
  BOWERBIRD_LANES_INLINE static void Store(int32_t* p, Reg v) { _mm512_storeu_si512(p, v); }
  BOWERBIRD_LANES_INLINE static Reg Set1(int32_t x) { return _mm512_set1_epi32(x); }
  BOWERBIRD_LANES_INLINE static Reg And(Reg a, Reg b) { return _mm512_and_si512(a, b); }
  BOWERBIRD_LANES_INLINE static Reg AndNot(Reg a, Reg b) { return _mm512_andnot_si512(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Or(Reg a, Reg b) { return _mm512_or_si512(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Xor(Reg a, Reg b) { return _mm512_xor_si512(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Add(Reg a, Reg b) { return _mm512_add_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Sub(Reg a, Reg b) { return _mm512_sub_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Mul(Reg a, Reg b) { return _mm512_mullo_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Min(Reg a, Reg b) { return _mm512_min_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Max(Reg a, Reg b) { return _mm512_max_epi32(a, b); }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Left(Reg a) { return _mm512_slli_epi32(a, kBits); }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl(Reg a) { return _mm512_srli_epi32(a, kBits); }
  BOWERBIRD_LANES_INLINE static Reg Less(Reg a, Reg b) { return _mm512_movm_epi32(_mm512_cmplt_epi32_mask(a, b)); }
  BOWERBIRD_LANES_INLINE static Reg Equal(Reg a, Reg b) { return _mm512_movm_epi32(_mm512_cmpeq_epi32_mask(a, b)); }
  BOWERBIRD_LANES_INLINE static Reg Select(Reg mask, Reg yes, Reg no) { return _mm512_ternarylogic_epi32(mask, yes, no, 0xca); }
  BOWERBIRD_LANES_INLINE static Shifts LoadShifts(const int32_t* p) { return Load(p); }
  BOWERBIRD_LANES_INLINE static Reg Shift(Reg a, Shifts s) { return _mm512_srav_epi32(a, s); }

  BOWERBIRD_LANES_INLINE static Reg MulPairs(Reg a, Reg b) { return _mm512_madd_epi16(a, b); }
  BOWERBIRD_LANES_INLINE static Reg PairUp(Reg newer, Reg older) {
    return _mm512_mask_blend_epi16(0xaaaaaaaa, newer, _mm512_slli_epi32(older, 16));
  }

  BOWERBIRD_LANES_INLINE static Reg InOrder(Reg sum) {
    __asm__("" : "+v"(sum));
    return sum;
  }

  // The first half of the lanes are the even ones.
  BOWERBIRD_LANES_INLINE static Reg Second(Reg a) { return _mm512_srli_epi64(a, 32); }
  BOWERBIRD_LANES_INLINE static Reg MulFirst(Reg a, Reg b) { return _mm512_mul_epi32(a, b); }
  BOWERBIRD_LANES_INLINE static Reg Join(Reg a, Reg b) { return _mm512_mask_blend_epi32(0xaaaa, a, _mm512_slli_epi64(b, 32)); }
  BOWERBIRD_LANES_INLINE static Reg WidenFirst(Reg a) { return _mm512_srai_epi64(_mm512_slli_epi64(a, 32), 32); }
  BOWERBIRD_LANES_INLINE static Reg Set64(int64_t x) { return _mm512_set1_epi64(x); }
  BOWERBIRD_LANES_INLINE static Reg Add64(Reg a, Reg b) { return _mm512_add_epi64(a, b); }
  template <int kBits>
  BOWERBIRD_LANES_INLINE static Reg Srl64(Reg a) { return _mm512_srli_epi64(a, kBits); }
  BOWERBIRD_LANES_INLINE static Shifts64 LoadShifts64(Reg first) { return _mm512_and_si512(first, _mm512_set1_epi64(0xffffffff)); }
  BOWERBIRD_LANES_INLINE static Reg ShiftLogical64(Reg a, Shifts64 s) { return _mm512_srlv_epi64(a, s); }
  BOWERBIRD_LANES_INLINE static Reg Shift64(Reg a, Shifts64 s) { return _mm512_srav_epi64(a, s); }

  BOWERBIRD_LANES_INLINE static void Transpose(Reg v[16]) { Transpose16(v); }
};

BOWERBIRD_LANES void Predict(Batch& batch) { PredictLanes<Avx512>(batch); }

}  // namespace

const Engine& Avx512Engine() {
  // 32 lanes: as many frames as there are chains in flac_rice_avx512.cc, for mono and stereo.
  static const Engine engine = {"avx512", 32, ResidualsAvx512, Predict, Avx2Engine().convert};
  return engine;
}

}  // namespace bowerbird::flac

#endif  // x86-64
