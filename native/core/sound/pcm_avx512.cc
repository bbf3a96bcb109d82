#include "core/sound/pcm_avx512.h"

#if defined(__x86_64__)

#if defined(__GNUC__) && !defined(__clang__)
// GCC's own intrinsics for AVX-512 pass registers that are undefined on purpose (its bug 105593).
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

#include <immintrin.h>

#include "core/sound/pcm_g711.h"

#define BOWERBIRD_AVX512 __attribute__((target("avx512f,avx512bw")))

namespace bowerbird::pcm::avx512 {
namespace {

BOWERBIRD_AVX512 size_t Law(const LawLines& lines, const uint8_t* in, size_t count, float* out) {
  const __m512 first = _mm512_load_ps(lines.first.data()), slope = _mm512_load_ps(lines.slope.data());
  alignas(64) float toggled[16];
  for (int i = 0; i < 16; ++i) toggled[i] = static_cast<float>(i ^ lines.toggle);
  const __m512 steps = _mm512_load_ps(toggled);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    // A look-up takes the low four bits of each index.
    const __m512i low = _mm512_cvtepu8_epi32(_mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i)));
    const __m512i high = _mm512_srli_epi32(low, 4);
    const __m512 step = _mm512_permutexvar_ps(low, steps);
    _mm512_storeu_ps(out + i, _mm512_fmadd_ps(_mm512_permutexvar_ps(high, slope), step, _mm512_permutexvar_ps(high, first)));
  }
  return i;
}

BOWERBIRD_AVX512 size_t Integers24(const uint8_t* in, size_t count, float* out, bool big) {
  // Twelve bytes, which are four samples, to each quarter; there to the top of four words; a shift brings them down with their sign.
  const __m512i quarters = _mm512_setr_epi32(0, 1, 2, 3, 3, 4, 5, 6, 6, 7, 8, 9, 9, 10, 11, 12);
  const __m512i spread = _mm512_broadcast_i32x4(big ? _mm_setr_epi8(-1, 2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9)
                                                    : _mm_setr_epi8(-1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11));
  const __m512 unit = _mm512_set1_ps(0x1p-23f);
  size_t i = 0;
  // A load of 64 bytes for 48 ends in the sixth sample behind the sixteen.
  for (; i + 22 <= count; i += 16) {
    const __m512i raw = _mm512_permutexvar_epi32(quarters, _mm512_loadu_si512(in + 3 * i));
    const __m512i words = _mm512_srai_epi32(_mm512_shuffle_epi8(raw, spread), 8);
    _mm512_storeu_ps(out + i, _mm512_mul_ps(_mm512_cvtepi32_ps(words), unit));
  }
  return i;
}

}  // namespace

size_t ToFloat(Layout layout, const uint8_t* in, size_t count, float* out) {
  if (layout.kind == Kind::kALaw) return Law(kALawLines, in, count, out);
  if (layout.kind == Kind::kMuLaw) return Law(kMuLawLines, in, count, out);
  if (layout.kind == Kind::kInteger && layout.bytes == 3) return Integers24(in, count, out, layout.big_endian);
  return 0;
}

}  // namespace bowerbird::pcm::avx512

#endif  // __x86_64__
