// What the two files of the AVX-512 engine share. Only for x86-64.
#ifndef BOWERBIRD_CORE_FLAC_AVX512_H_
#define BOWERBIRD_CORE_FLAC_AVX512_H_

#include <immintrin.h>

#include "core/flac/batch.h"

#define BOWERBIRD_AVX512 __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx512cd,avx2,bmi,bmi2,lzcnt")))

namespace bowerbird::flac {

// Fills the lanes of a batch: Engine::residuals.
void ResidualsAvx512(Batch& batch);

// Rows become columns: 16 vectors of 16 lanes.
BOWERBIRD_AVX512 __attribute__((always_inline)) inline void Transpose16(__m512i v[16]) {
  __m512i a[16], b[16];
  for (int i = 0; i < 8; ++i) {
    a[2 * i] = _mm512_unpacklo_epi32(v[2 * i], v[2 * i + 1]);
    a[2 * i + 1] = _mm512_unpackhi_epi32(v[2 * i], v[2 * i + 1]);
  }
  // b[4 * i + j]: column j of each 128 bits, of rows 4 * i to 4 * i + 3.
  for (int i = 0; i < 4; ++i) {
    b[4 * i] = _mm512_unpacklo_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 1] = _mm512_unpackhi_epi64(a[4 * i], a[4 * i + 2]);
    b[4 * i + 2] = _mm512_unpacklo_epi64(a[4 * i + 1], a[4 * i + 3]);
    b[4 * i + 3] = _mm512_unpackhi_epi64(a[4 * i + 1], a[4 * i + 3]);
  }
  for (int j = 0; j < 4; ++j) {
    const __m512i low_even = _mm512_shuffle_i32x4(b[j], b[4 + j], 0x88), low_odd = _mm512_shuffle_i32x4(b[j], b[4 + j], 0xdd);
    const __m512i high_even = _mm512_shuffle_i32x4(b[8 + j], b[12 + j], 0x88), high_odd = _mm512_shuffle_i32x4(b[8 + j], b[12 + j], 0xdd);
    v[j] = _mm512_shuffle_i32x4(low_even, high_even, 0x88);
    v[4 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0x88);
    v[8 + j] = _mm512_shuffle_i32x4(low_even, high_even, 0xdd);
    v[12 + j] = _mm512_shuffle_i32x4(low_odd, high_odd, 0xdd);
  }
}

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_AVX512_H_
