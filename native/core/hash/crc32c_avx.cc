// CRC-32C for x86-64 with VPCLMULQDQ: folded ymm or zmm registers beside three scalar streams.
#if defined(__x86_64__)

#include "core/hash/crc32c_tiers.h"
#include "core/hash/crc32c_x86.h"

#if defined(__GNUC__) && !defined(__clang__)
// GCC 12 warns about the deliberately undefined registers of its own AVX-512 headers (its bug 105593).
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#endif

namespace bowerbird::crc32c {
namespace {

BOWERBIRD_AVX2 BOWERBIRD_INLINE __m256i Load32(const uint8_t* p) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
}

BOWERBIRD_AVX2 BOWERBIRD_INLINE __m256i Fold32(__m256i a, __m256i k, __m256i there) {
  const __m256i first = _mm256_clmulepi64_epi128(a, k, 0x00);
  const __m256i second = _mm256_clmulepi64_epi128(a, k, 0x11);
  return _mm256_xor_si256(_mm256_xor_si256(first, second), there);
}

template <size_t kDistance>
BOWERBIRD_AVX2 BOWERBIRD_INLINE __m256i FoldBy32() {
  return _mm256_broadcastsi128_si256(FoldBy<kDistance>());
}

BOWERBIRD_AVX2 BOWERBIRD_INLINE __m128i Narrow32(__m256i a) {
  return Fold16(_mm256_castsi256_si128(a), FoldBy<16>(), _mm256_extracti128_si256(a, 1));
}

template <int kVectors, int kWords>
BOWERBIRD_AVX2 BOWERBIRD_INLINE uint64_t FusedYmm(uint64_t state, const uint8_t* p, size_t n) {
  const Shares share = Share<32 * kVectors, kWords>(n);
  const JoinPowers powers = PowersFor(share.stream, share.folded);
  Streams s = {{state, 0, 0}, p, share.stream};
  const uint8_t* const end = p + n;
  p += 3 * share.stream;

  const __m256i k = FoldBy32<32 * kVectors>();
  __m256i a[kVectors];
  for (int i = 0; i < kVectors; ++i) a[i] = Load32(p + 32 * i);
  p += 32 * kVectors;
  for (size_t round = 1; round < share.rounds; ++round) {
    for (int i = 0; i < kVectors; ++i) a[i] = Fold32(a[i], k, Load32(p + 32 * i));
    p += 32 * kVectors;
    Advance<kWords>(s);
  }
  Advance<kWords>(s);

  for (int i = 1; i < kVectors; ++i) a[i] = Fold32(a[i - 1], FoldBy32<32>(), a[i]);
  for (; end - p >= 32; p += 32) a[kVectors - 1] = Fold32(a[kVectors - 1], FoldBy32<32>(), Load32(p));
  return FinishFold(Narrow32(a[kVectors - 1]), Joined(s, powers), p, static_cast<size_t>(end - p));
}

BOWERBIRD_AVX512 BOWERBIRD_INLINE __m512i Load64(const uint8_t* p) { return _mm512_loadu_si512(p); }

BOWERBIRD_AVX512 BOWERBIRD_INLINE __m512i Fold64(__m512i a, __m512i k, __m512i there) {
  const __m512i first = _mm512_clmulepi64_epi128(a, k, 0x00);
  const __m512i second = _mm512_clmulepi64_epi128(a, k, 0x11);
  return _mm512_ternarylogic_epi64(first, second, there, 0x96);  // the sum of all three
}

template <size_t kDistance>
BOWERBIRD_AVX512 BOWERBIRD_INLINE __m512i FoldBy64() {
  return _mm512_broadcast_i32x4(FoldBy<kDistance>());
}

BOWERBIRD_AVX512 BOWERBIRD_INLINE __m256i Narrow64(__m512i a) {
  return Fold32(_mm512_castsi512_si256(a), FoldBy32<32>(), _mm512_extracti64x4_epi64(a, 1));
}

template <int kVectors, int kWords>
BOWERBIRD_AVX512 BOWERBIRD_INLINE uint64_t FusedZmm(uint64_t state, const uint8_t* p, size_t n) {
  const Shares share = Share<64 * kVectors, kWords>(n);
  const JoinPowers powers = PowersFor(share.stream, share.folded);
  Streams s = {{state, 0, 0}, p, share.stream};
  const uint8_t* const end = p + n;
  p += 3 * share.stream;

  const __m512i k = FoldBy64<64 * kVectors>();
  __m512i a[kVectors];
  for (int i = 0; i < kVectors; ++i) a[i] = Load64(p + 64 * i);
  p += 64 * kVectors;
  for (size_t round = 1; round < share.rounds; ++round) {
    for (int i = 0; i < kVectors; ++i) a[i] = Fold64(a[i], k, Load64(p + 64 * i));
    p += 64 * kVectors;
    Advance<kWords>(s);
  }
  Advance<kWords>(s);

  for (int i = 1; i < kVectors; ++i) a[i] = Fold64(a[i - 1], FoldBy64<64>(), a[i]);
  for (; end - p >= 64; p += 64) a[kVectors - 1] = Fold64(a[kVectors - 1], FoldBy64<64>(), Load64(p));
  return FinishFold(Narrow32(Narrow64(a[kVectors - 1])), Joined(s, powers), p, static_cast<size_t>(end - p));
}

}  // namespace

// The shape is the one measured best on Zen 3, where this is the highest tier; Zen 5 would like <3, 4> a tenth better.
BOWERBIRD_AVX2 uint32_t ExtendAvx2(uint32_t crc, const uint8_t* p, size_t n) {
  const uint64_t state = static_cast<uint32_t>(~crc);
  return ~static_cast<uint32_t>(n < 256 ? OneStream(state, p, n) : FusedYmm<3, 5>(state, p, n));
}

// On Zen 5 the streams are the limit (one crc32 a cycle) and this shape gives the folds just enough to fill the gaps.
BOWERBIRD_AVX512 uint32_t ExtendAvx512(uint32_t crc, const uint8_t* p, size_t n) {
  const uint64_t state = static_cast<uint32_t>(~crc);
  return ~static_cast<uint32_t>(n < 320 ? OneStream(state, p, n) : FusedZmm<3, 4>(state, p, n));
}

}  // namespace bowerbird::crc32c

#endif  // defined(__x86_64__)
