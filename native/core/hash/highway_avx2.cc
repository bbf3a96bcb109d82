// The packet loops of HighwayHash with AVX2: a vector of the state is a register, and the byte permutation stays inside 128-bit halves.
#include "core/hash/highway_tiers.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define BOWERBIRD_AVX2 __attribute__((target("avx2")))

namespace bowerbird::highway {
namespace {

inline __m256i* Vector(uint64_t* lanes) { return reinterpret_cast<__m256i*>(lanes); }

// The same number of packets of each of `N` messages.
template <size_t N>
BOWERBIRD_AVX2 inline void Absorb(State* const* states, const uint8_t* const* packets, size_t count) {
  const __m256i zipper = _mm256_broadcastsi128_si256(_mm_setr_epi8(3, 12, 2, 5, 14, 1, 15, 0, 11, 4, 10, 13, 9, 6, 8, 7));
  __m256i v0[N], v1[N], mul0[N], mul1[N];
  for (size_t i = 0; i < N; ++i) {
    v0[i] = _mm256_load_si256(Vector(states[i]->v0));
    v1[i] = _mm256_load_si256(Vector(states[i]->v1));
    mul0[i] = _mm256_load_si256(Vector(states[i]->mul0));
    mul1[i] = _mm256_load_si256(Vector(states[i]->mul1));
  }
  for (size_t at = 0; at < count * kPacketSize; at += kPacketSize) {
#pragma GCC unroll 4
    for (size_t i = 0; i < N; ++i) {
      const __m256i packet = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(packets[i] + at));
      // mul0 does not hang on the round before as long as v1 does: add the two first.
      v1[i] = _mm256_add_epi64(v1[i], _mm256_add_epi64(mul0[i], packet));
      mul0[i] = _mm256_xor_si256(mul0[i], _mm256_mul_epu32(v1[i], _mm256_srli_epi64(v0[i], 32)));
      v0[i] = _mm256_add_epi64(v0[i], mul1[i]);
      mul1[i] = _mm256_xor_si256(mul1[i], _mm256_mul_epu32(v0[i], _mm256_srli_epi64(v1[i], 32)));
      v0[i] = _mm256_add_epi64(v0[i], _mm256_shuffle_epi8(v1[i], zipper));
      v1[i] = _mm256_add_epi64(v1[i], _mm256_shuffle_epi8(v0[i], zipper));
    }
  }
  for (size_t i = 0; i < N; ++i) {
    _mm256_store_si256(Vector(states[i]->v0), v0[i]);
    _mm256_store_si256(Vector(states[i]->v1), v1[i]);
    _mm256_store_si256(Vector(states[i]->mul0), mul0[i]);
    _mm256_store_si256(Vector(states[i]->mul1), mul1[i]);
  }
}

}  // namespace

BOWERBIRD_AVX2 void AbsorbAvx2(State& state, const uint8_t* packets, size_t count) {
  State* const one = &state;
  Absorb<1>(&one, &packets, count);
}

BOWERBIRD_AVX2 void AbsorbLanesAvx2(LaneStates states, LanePackets packets, size_t count) { Absorb<kLanes>(states, packets, count); }

}  // namespace bowerbird::highway

#endif  // __x86_64__
