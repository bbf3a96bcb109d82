// CRC-32C for arm64 with the CRC32 and PMULL extensions: four folded q registers beside three scalar streams. The plan is that
// of crc32c_x86.h.
//
// The instructions are spelled in assembly: clang declares their intrinsics only in files compiled for +crc+aes, and a
// PMULL written next to its EOR executes as one operation on most cores.
#if defined(__aarch64__)

#include <arm_neon.h>

#include "core/base/bytes.h"
#include "core/hash/crc32c_math.h"
#include "core/hash/crc32c_tiers.h"

#define BOWERBIRD_INLINE __attribute__((always_inline)) inline

namespace bowerbird::crc32c {
namespace {

constexpr int kVectors = 4;
constexpr int kWords = 2;
constexpr size_t kRound = 16 * kVectors + 24 * kWords;

BOWERBIRD_INLINE uint32_t Crc64(uint32_t state, uint64_t word) {
  __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(state) : "r"(word));
  return state;
}
BOWERBIRD_INLINE uint32_t Crc32(uint32_t state, uint32_t word) {
  __asm__(".arch_extension crc\n\tcrc32cw %w0, %w0, %w1" : "+r"(state) : "r"(word));
  return state;
}
BOWERBIRD_INLINE uint32_t Crc16(uint32_t state, uint32_t word) {
  __asm__(".arch_extension crc\n\tcrc32ch %w0, %w0, %w1" : "+r"(state) : "r"(word));
  return state;
}
BOWERBIRD_INLINE uint32_t Crc8(uint32_t state, uint32_t word) {
  __asm__(".arch_extension crc\n\tcrc32cb %w0, %w0, %w1" : "+r"(state) : "r"(word));
  return state;
}

BOWERBIRD_INLINE uint32_t OneStream(uint32_t state, const uint8_t* p, size_t n) {
  for (; n >= 8; p += 8, n -= 8) state = Crc64(state, LoadLE64(p));
  if (n & 4) {
    state = Crc32(state, LoadLE32(p));
    p += 4;
  }
  if (n & 2) {
    state = Crc16(state, LoadLE16(p));
    p += 2;
  }
  if (n & 1) state = Crc8(state, *p);
  return state;
}

// The low halves of two registers, multiplied; only the low 64 bits of the product are needed of 32-bit values.
BOWERBIRD_INLINE uint64_t LowProduct(uint64_t a, uint64_t b) {
  uint64x2_t product;
  __asm__(".arch_extension aes\n\tpmull %0.1q, %1.1d, %2.1d"
          : "=w"(product)
          : "w"(vdupq_n_u64(a)), "w"(vdupq_n_u64(b)));
  return vgetq_lane_u64(product, 0);
}

BOWERBIRD_INLINE uint32_t MultiplyScaled(uint32_t a, uint32_t b) { return Crc64(0, LowProduct(a, b)); }

BOWERBIRD_INLINE uint32_t ShiftPower(uint64_t length) {
  uint32_t power = kShiftTable[0][length & 15];
  for (size_t digit = 1; (length >>= 4) != 0; ++digit) power = MultiplyScaled(power, kShiftTable[digit][length & 15]);
  return power;
}

BOWERBIRD_INLINE uint64x2_t Load16(const uint8_t* p) { return vreinterpretq_u64_u8(vld1q_u8(p)); }

// `a` carried forward by the distance that `k` stands for, plus what lies there.
BOWERBIRD_INLINE uint64x2_t Fold16(uint64x2_t a, uint64x2_t k, uint64x2_t there) {
  uint64x2_t sum, second;
  __asm__(
      ".arch_extension aes\n\t"
      "pmull %0.1q, %2.1d, %3.1d\n\t"
      "eor %0.16b, %0.16b, %4.16b\n\t"
      "pmull2 %1.1q, %2.2d, %3.2d\n\t"
      "eor %0.16b, %0.16b, %1.16b"
      : "=&w"(sum), "=&w"(second)
      : "w"(a), "w"(k), "w"(there));
  return sum;
}

template <size_t kDistance>
BOWERBIRD_INLINE uint64x2_t FoldBy() {
  return vcombine_u64(vcreate_u64(kFold<kDistance>.first), vcreate_u64(kFold<kDistance>.second));
}

// REQUIRES: n >= kRound
uint32_t Fused(uint32_t state, const uint8_t* p, size_t n) {
  const size_t rounds = n / kRound;
  const size_t stream = rounds * 8 * kWords;
  const uint32_t one = ShiftPower(stream);
  const uint32_t third = ShiftPower((n - 3 * stream) & ~size_t{15});
  const uint32_t second = MultiplyScaled(third, one);
  const uint32_t first = MultiplyScaled(second, one);

  const uint8_t* s = p;
  uint32_t s0 = state, s1 = 0, s2 = 0;
  const auto advance = [&]() __attribute__((always_inline)) {
    for (int i = 0; i < kWords; ++i) {
      s0 = Crc64(s0, LoadLE64(s + 8 * i));
      s1 = Crc64(s1, LoadLE64(s + stream + 8 * i));
      s2 = Crc64(s2, LoadLE64(s + 2 * stream + 8 * i));
    }
    s += 8 * kWords;
  };

  const uint8_t* const end = p + n;
  p += 3 * stream;
  uint64x2_t a[kVectors];
  for (int i = 0; i < kVectors; ++i) a[i] = Load16(p + 16 * i);
  p += 16 * kVectors;
  for (size_t round = 1; round < rounds; ++round) {
    for (int i = 0; i < kVectors; ++i) a[i] = Fold16(a[i], FoldBy<16 * kVectors>(), Load16(p + 16 * i));
    p += 16 * kVectors;
    advance();
  }
  advance();

  for (int i = 1; i < kVectors; ++i) a[i] = Fold16(a[i - 1], FoldBy<16>(), a[i]);
  uint64x2_t last = a[kVectors - 1];
  for (; end - p >= 16; p += 16) last = Fold16(last, FoldBy<16>(), Load16(p));
  const uint64_t joined = LowProduct(s0, first) ^ LowProduct(s1, second) ^ LowProduct(s2, third);
  state = Crc64(Crc64(0, vgetq_lane_u64(last, 0)), vgetq_lane_u64(last, 1) ^ joined);
  return OneStream(state, p, static_cast<size_t>(end - p));
}

}  // namespace

uint32_t ExtendArm64Crc(uint32_t crc, const uint8_t* p, size_t n) {
  return n < 256 ? ~OneStream(~crc, p, n) : ~Fused(~crc, p, n);
}

uint32_t MultiplyArm64Crc(uint32_t a, uint32_t b) { return MultiplyScaled(a, b); }

}  // namespace bowerbird::crc32c

#endif  // defined(__aarch64__)
