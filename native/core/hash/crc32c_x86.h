// What the x86 bodies of CRC-32C share: the scalar streams, the ends of a buffer, and powers by carry-less multiply.
#ifndef BOWERBIRD_CORE_HASH_CRC32C_X86_H_
#define BOWERBIRD_CORE_HASH_CRC32C_X86_H_

#include <immintrin.h>

#include "core/base/bytes.h"
#include "core/hash/crc32c_math.h"

// Per function, so that the file compiles without -m flags and nothing else in it can use what may not be there.
#define BOWERBIRD_SSE42 __attribute__((target("sse4.2")))
#define BOWERBIRD_PCLMUL __attribute__((target("sse4.2,pclmul")))
#define BOWERBIRD_AVX2 __attribute__((target("sse4.2,pclmul,avx2,vpclmulqdq")))
#define BOWERBIRD_AVX512 __attribute__((target("sse4.2,pclmul,avx2,vpclmulqdq,avx512f,avx512vl")))
#define BOWERBIRD_INLINE __attribute__((always_inline)) inline

namespace bowerbird::crc32c {

// The state is 32 bits, kept in 64 because that is what the instruction reads and writes.
BOWERBIRD_SSE42 BOWERBIRD_INLINE uint64_t Eight(uint64_t state, const uint8_t* p) {
  return _mm_crc32_u64(state, LoadLE64(p));
}

// REQUIRES: n < 8
BOWERBIRD_SSE42 BOWERBIRD_INLINE uint64_t BelowEight(uint64_t state, const uint8_t* p, size_t n) {
  uint32_t s = static_cast<uint32_t>(state);
  if (n & 4) {
    s = _mm_crc32_u32(s, LoadLE32(p));
    p += 4;
  }
  if (n & 2) {
    s = _mm_crc32_u16(s, LoadLE16(p));
    p += 2;
  }
  if (n & 1) s = _mm_crc32_u8(s, *p);
  return s;
}

BOWERBIRD_SSE42 BOWERBIRD_INLINE uint64_t OneStream(uint64_t state, const uint8_t* p, size_t n) {
  for (; n >= 8; p += 8, n -= 8) state = Eight(state, p);
  return BelowEight(state, p, n);
}

// Three neighbouring stretches, each with a state of its own: the instruction takes three cycles, but one can start in
// every cycle.
struct Streams {
  uint64_t state[3];
  const uint8_t* at;  // of the first
  size_t length;      // of each
};

template <int kWords>
BOWERBIRD_SSE42 BOWERBIRD_INLINE void Advance(Streams& s) {
  for (int i = 0; i < kWords; ++i) {
    s.state[0] = Eight(s.state[0], s.at + 8 * i);
    s.state[1] = Eight(s.state[1], s.at + s.length + 8 * i);
    s.state[2] = Eight(s.state[2], s.at + 2 * s.length + 8 * i);
  }
  s.at += 8 * kWords;
}

// Product of two scaled powers: scaled.
BOWERBIRD_PCLMUL BOWERBIRD_INLINE uint32_t MultiplyScaled(uint32_t a, uint32_t b) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi32_si128(static_cast<int>(a)), _mm_cvtsi32_si128(static_cast<int>(b)), 0);
  return static_cast<uint32_t>(_mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(product))));
}

BOWERBIRD_PCLMUL BOWERBIRD_INLINE uint32_t ShiftPower(uint64_t length) {
  uint32_t power = kShiftTable[0][length & 15];
  for (size_t digit = 1; (length >>= 4) != 0; ++digit) power = MultiplyScaled(power, kShiftTable[digit][length & 15]);
  return power;
}

// What to multiply the three states with when `after` bytes follow the last stream. Needs no data, so that the processor
// works on it while the streams run.
struct JoinPowers {
  __m128i power[3];
};
BOWERBIRD_PCLMUL BOWERBIRD_INLINE JoinPowers PowersFor(size_t length, size_t after) {
  const uint32_t one = ShiftPower(length);
  const uint32_t third = ShiftPower(after);
  const uint32_t second = MultiplyScaled(third, one);
  const uint32_t first = MultiplyScaled(second, one);
  return {{_mm_cvtsi32_si128(static_cast<int>(first)), _mm_cvtsi32_si128(static_cast<int>(second)),
           _mm_cvtsi32_si128(static_cast<int>(third))}};
}

// The states carried to the end of the folded bytes, not yet reduced: the last crc32 of the fold does that too.
BOWERBIRD_PCLMUL BOWERBIRD_INLINE uint64_t Joined(const Streams& s, const JoinPowers& powers) {
  __m128i sum = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<int64_t>(s.state[0])), powers.power[0], 0);
  for (int i = 1; i < 3; ++i) {
    const __m128i state = _mm_cvtsi64_si128(static_cast<int64_t>(s.state[i]));
    sum = _mm_xor_si128(sum, _mm_clmulepi64_si128(state, powers.power[i], 0));
  }
  return static_cast<uint64_t>(_mm_cvtsi128_si64(sum));
}

BOWERBIRD_PCLMUL BOWERBIRD_INLINE __m128i Load16(const uint8_t* p) {
  return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p));
}

// `a` carried forward by the distance that `k` stands for, plus what lies there.
BOWERBIRD_PCLMUL BOWERBIRD_INLINE __m128i Fold16(__m128i a, __m128i k, __m128i there) {
  return _mm_xor_si128(_mm_xor_si128(_mm_clmulepi64_si128(a, k, 0x00), _mm_clmulepi64_si128(a, k, 0x11)), there);
}

template <size_t kDistance>
BOWERBIRD_PCLMUL BOWERBIRD_INLINE __m128i FoldBy() {
  return _mm_set_epi64x(static_cast<int64_t>(kFold<kDistance>.second), static_cast<int64_t>(kFold<kDistance>.first));
}

// Ends a fold: `a` stands for all bytes before p, `joined` for the streams before those; n bytes are left.
BOWERBIRD_PCLMUL BOWERBIRD_INLINE uint64_t FinishFold(__m128i a, uint64_t joined, const uint8_t* p, size_t n) {
  for (; n >= 16; p += 16, n -= 16) a = Fold16(a, FoldBy<16>(), Load16(p));
  uint64_t state = _mm_crc32_u64(0, static_cast<uint64_t>(_mm_cvtsi128_si64(a)));
  state = _mm_crc32_u64(state, static_cast<uint64_t>(_mm_extract_epi64(a, 1)) ^ joined);
  return OneStream(state, p, n);
}

// How a buffer is dealt out: three streams, then the bytes that are folded.
struct Shares {
  size_t rounds;
  size_t stream;  // bytes of each stream
  size_t folded;  // bytes the powers must reach over: whole 16s
};
template <int kVectorBytes, int kWords>
constexpr Shares Share(size_t n) {
  const size_t rounds = n / (kVectorBytes + 24 * kWords);
  const size_t stream = rounds * 8 * kWords;
  return {rounds, stream, (n - 3 * stream) & ~size_t{15}};
}

}  // namespace bowerbird::crc32c

#endif  // BOWERBIRD_CORE_HASH_CRC32C_X86_H_
