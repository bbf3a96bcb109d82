// The packet loop of four messages with AVX-512: a register holds the same vector of two states, and two such pairs take turns.
#include "core/hash/highway_tiers.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define BOWERBIRD_AVX512 __attribute__((target("avx512f,avx512bw")))

namespace bowerbird::highway {
namespace {

BOWERBIRD_AVX512 inline __m512i Both(const void* first, const void* second) {
  return _mm512_inserti64x4(_mm512_castsi256_si512(_mm256_loadu_si256(static_cast<const __m256i*>(first))),
                            _mm256_loadu_si256(static_cast<const __m256i*>(second)), 1);
}

BOWERBIRD_AVX512 inline void Part(__m512i both, uint64_t* first, uint64_t* second) {
  _mm256_store_si256(reinterpret_cast<__m256i*>(first), _mm512_castsi512_si256(both));
  _mm256_store_si256(reinterpret_cast<__m256i*>(second), _mm512_extracti64x4_epi64(both, 1));
}

}  // namespace

BOWERBIRD_AVX512 void AbsorbLanesAvx512(LaneStates states, LanePackets packets, size_t count) {
  const __m512i zipper = _mm512_broadcast_i32x4(_mm_setr_epi8(3, 12, 2, 5, 14, 1, 15, 0, 11, 4, 10, 13, 9, 6, 8, 7));
  __m512i v0[2], v1[2], mul0[2], mul1[2];
  for (int i = 0; i < 2; ++i) {
    const State &a = *states[2 * i], &b = *states[2 * i + 1];
    v0[i] = Both(a.v0, b.v0);
    v1[i] = Both(a.v1, b.v1);
    mul0[i] = Both(a.mul0, b.mul0);
    mul1[i] = Both(a.mul1, b.mul1);
  }
  for (size_t at = 0; at < count * kPacketSize; at += kPacketSize) {
#pragma GCC unroll 2
    for (int i = 0; i < 2; ++i) {
      v1[i] = _mm512_add_epi64(v1[i], _mm512_add_epi64(mul0[i], Both(packets[2 * i] + at, packets[2 * i + 1] + at)));
      mul0[i] = _mm512_xor_si512(mul0[i], _mm512_mul_epu32(v1[i], _mm512_srli_epi64(v0[i], 32)));
      v0[i] = _mm512_add_epi64(v0[i], mul1[i]);
      mul1[i] = _mm512_xor_si512(mul1[i], _mm512_mul_epu32(v0[i], _mm512_srli_epi64(v1[i], 32)));
      v0[i] = _mm512_add_epi64(v0[i], _mm512_shuffle_epi8(v1[i], zipper));
      v1[i] = _mm512_add_epi64(v1[i], _mm512_shuffle_epi8(v0[i], zipper));
    }
  }
  for (int i = 0; i < 2; ++i) {
    State &a = *states[2 * i], &b = *states[2 * i + 1];
    Part(v0[i], a.v0, b.v0);
    Part(v1[i], a.v1, b.v1);
    Part(mul0[i], a.mul0, b.mul0);
    Part(mul1[i], a.mul1, b.mul1);
  }
}

}  // namespace bowerbird::highway

#endif  // __x86_64__
