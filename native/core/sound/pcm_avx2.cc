#include "core/sound/pcm_avx2.h"

#if defined(__x86_64__)
#include <immintrin.h>

#include "core/sound/pcm_g711.h"

#define BOWERBIRD_AVX2 __attribute__((target("avx2")))

namespace bowerbird::pcm::avx2 {
namespace {

BOWERBIRD_AVX2 inline __m256i Load(const uint8_t* p) { return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p)); }
BOWERBIRD_AVX2 inline __m128i LoadHalf(const uint8_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

// The same 16-byte shuffle in both halves.
BOWERBIRD_AVX2 inline __m256i BothHalves(__m128i shuffle) { return _mm256_broadcastsi128_si256(shuffle); }

BOWERBIRD_AVX2 size_t Integers16(const uint8_t* in, size_t count, float* out, bool big) {
  const __m256 unit = _mm256_set1_ps(0x1p-15f);
  const __m128i swap = _mm_setr_epi8(1, 0, 3, 2, 5, 4, 7, 6, 9, 8, 11, 10, 13, 12, 15, 14);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    __m128i a = LoadHalf(in + 2 * i), b = LoadHalf(in + 2 * i + 16);
    if (big) {
      a = _mm_shuffle_epi8(a, swap);
      b = _mm_shuffle_epi8(b, swap);
    }
    _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(a)), unit));
    _mm256_storeu_ps(out + i + 8, _mm256_mul_ps(_mm256_cvtepi32_ps(_mm256_cvtepi16_epi32(b)), unit));
  }
  return i;
}

BOWERBIRD_AVX2 size_t Integers24(const uint8_t* in, size_t count, float* out, bool big) {
  // Four samples of three bytes to the top of four words each half; a shift brings them down with their sign.
  const __m256i spread = BothHalves(big ? _mm_setr_epi8(-1, 2, 1, 0, -1, 5, 4, 3, -1, 8, 7, 6, -1, 11, 10, 9)
                                        : _mm_setr_epi8(-1, 0, 1, 2, -1, 3, 4, 5, -1, 6, 7, 8, -1, 9, 10, 11));
  const __m256 unit = _mm256_set1_ps(0x1p-23f);
  size_t i = 0;
  // Two loads of 16 bytes for 24: the second ends 4 bytes, which is two samples, behind the eight.
  for (; i + 10 <= count; i += 8) {
    const __m256i raw = _mm256_inserti128_si256(_mm256_castsi128_si256(LoadHalf(in + 3 * i)), LoadHalf(in + 3 * i + 12), 1);
    const __m256i words = _mm256_srai_epi32(_mm256_shuffle_epi8(raw, spread), 8);
    _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_cvtepi32_ps(words), unit));
  }
  return i;
}

BOWERBIRD_AVX2 size_t Integers32(const uint8_t* in, size_t count, float* out, bool big) {
  const __m256i swap = BothHalves(_mm_setr_epi8(3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12));
  const __m256 unit = _mm256_set1_ps(0x1p-31f);
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    __m256i words = Load(in + 4 * i);
    if (big) words = _mm256_shuffle_epi8(words, swap);
    _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_cvtepi32_ps(words), unit));
  }
  return i;
}

BOWERBIRD_AVX2 size_t Unsigned8(const uint8_t* in, size_t count, float* out) {
  const __m256i offset = _mm256_set1_epi32(128);
  const __m256 unit = _mm256_set1_ps(0x1p-7f);
  size_t i = 0;
  for (; i + 16 <= count; i += 16) {
    const __m128i raw = LoadHalf(in + i);
    const __m256i a = _mm256_sub_epi32(_mm256_cvtepu8_epi32(raw), offset);
    const __m256i b = _mm256_sub_epi32(_mm256_cvtepu8_epi32(_mm_srli_si128(raw, 8)), offset);
    _mm256_storeu_ps(out + i, _mm256_mul_ps(_mm256_cvtepi32_ps(a), unit));
    _mm256_storeu_ps(out + i + 8, _mm256_mul_ps(_mm256_cvtepi32_ps(b), unit));
  }
  return i;
}

BOWERBIRD_AVX2 size_t Floats64(const uint8_t* in, size_t count, float* out) {
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256d a = _mm256_castsi256_pd(Load(in + 8 * i)), b = _mm256_castsi256_pd(Load(in + 8 * i + 32));
    _mm_storeu_ps(out + i, _mm256_cvtpd_ps(a));
    _mm_storeu_ps(out + i + 4, _mm256_cvtpd_ps(b));
  }
  return i;
}

BOWERBIRD_AVX2 size_t Law(const LawLines& lines, const uint8_t* in, size_t count, float* out) {
  // The lines of the upper eight halves; those of the lower have the other sign. A look-up takes the low three bits of each index.
  const __m256 first = _mm256_load_ps(&lines.first[8]), slope = _mm256_load_ps(&lines.slope[8]);
  const __m128i toggle = _mm_set1_epi8(static_cast<char>(lines.toggle));
  const __m256i step_bits = _mm256_set1_epi32(15);
  const __m256 sign_bit = _mm256_set1_ps(-0.0f), zero = _mm256_setzero_ps();
  size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m256i codes = _mm256_cvtepi8_epi32(_mm_xor_si128(_mm_loadl_epi64(reinterpret_cast<const __m128i*>(in + i)), toggle));
    const __m256i half = _mm256_srli_epi32(codes, 4);
    const __m256 step = _mm256_cvtepi32_ps(_mm256_and_si256(codes, step_bits));
    const __m256 rise = _mm256_mul_ps(_mm256_permutevar8x32_ps(slope, half), step);
    const __m256 upper = _mm256_add_ps(rise, _mm256_permutevar8x32_ps(first, half));
    const __m256 sign = _mm256_andnot_ps(_mm256_castsi256_ps(codes), sign_bit);
    // Mu-law has a code for -0, which adding 0 makes 0, as in the table.
    _mm256_storeu_ps(out + i, _mm256_add_ps(_mm256_xor_ps(upper, sign), zero));
  }
  return i;
}

}  // namespace

size_t ToFloat(Layout layout, const uint8_t* in, size_t count, float* out) {
  if (layout.kind == Kind::kALaw) return Law(kALawLines, in, count, out);
  if (layout.kind == Kind::kMuLaw) return Law(kMuLawLines, in, count, out);
  if (layout.kind == Kind::kUnsigned) return Unsigned8(in, count, out);
  if (layout.kind == Kind::kFloat && layout.bytes == 8 && !layout.big_endian) return Floats64(in, count, out);
  if (layout.kind != Kind::kInteger) return 0;
  switch (layout.bytes) {
    case 2: return Integers16(in, count, out, layout.big_endian);
    case 3: return Integers24(in, count, out, layout.big_endian);
    case 4: return Integers32(in, count, out, layout.big_endian);
    default: return 0;
  }
}

}  // namespace bowerbird::pcm::avx2

#endif  // __x86_64__
