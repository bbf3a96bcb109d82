// The packet loop of HighwayHash with AVX2: a vector of the state is a register, and the byte permutation stays inside 128-bit halves.
#include "core/highway_tiers.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define BOWERBIRD_AVX2 __attribute__((target("avx2")))

namespace bowerbird::highway {

BOWERBIRD_AVX2 void AbsorbAvx2(State& state, const uint8_t* packets, size_t count) {
  const __m256i zipper = _mm256_broadcastsi128_si256(_mm_setr_epi8(3, 12, 2, 5, 14, 1, 15, 0, 11, 4, 10, 13, 9, 6, 8, 7));
  const auto vector = [](uint64_t* lanes) { return reinterpret_cast<__m256i*>(lanes); };
  __m256i v0 = _mm256_load_si256(vector(state.v0)), v1 = _mm256_load_si256(vector(state.v1));
  __m256i mul0 = _mm256_load_si256(vector(state.mul0)), mul1 = _mm256_load_si256(vector(state.mul1));
  for (; count != 0; --count, packets += kPacketSize) {
    const __m256i packet = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(packets));
    // mul0 does not hang on the round before as long as v1 does: add the two first.
    v1 = _mm256_add_epi64(v1, _mm256_add_epi64(mul0, packet));
    mul0 = _mm256_xor_si256(mul0, _mm256_mul_epu32(v1, _mm256_srli_epi64(v0, 32)));
    v0 = _mm256_add_epi64(v0, mul1);
    mul1 = _mm256_xor_si256(mul1, _mm256_mul_epu32(v0, _mm256_srli_epi64(v1, 32)));
    v0 = _mm256_add_epi64(v0, _mm256_shuffle_epi8(v1, zipper));
    v1 = _mm256_add_epi64(v1, _mm256_shuffle_epi8(v0, zipper));
  }
  _mm256_store_si256(vector(state.v0), v0);
  _mm256_store_si256(vector(state.v1), v1);
  _mm256_store_si256(vector(state.mul0), mul0);
  _mm256_store_si256(vector(state.mul1), mul1);
}

}  // namespace bowerbird::highway

#endif  // __x86_64__
