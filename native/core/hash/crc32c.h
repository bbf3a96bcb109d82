// CRC-32C (Castagnoli, RFC 3720 appendix B.4), its TFRecord mask, and the algebra to join two of them.
//
// Every function is pure and safe from any thread. Which instructions do the work is decided once, from Cpu().
#ifndef BOWERBIRD_CORE_HASH_CRC32C_H_
#define BOWERBIRD_CORE_HASH_CRC32C_H_

#include <cstdint>
#include <span>

#include "core/base/bytes.h"
#include "core/base/cpu.h"

namespace bowerbird {

struct Crc32cImplementation {
  const char* name;  // "portable", "sse42", "pclmul", "avx2", "avx512" or "arm64crc"
  uint32_t (*extend)(uint32_t crc, const uint8_t* data, size_t size);
};

// All bodies that can run here, slowest first; the last is the one in use. Never empty.
std::span<const Crc32cImplementation> Crc32cImplementations();

// The body in use.
inline const Crc32cImplementation& Crc32cInUse() {
  static const Crc32cImplementation chosen = Crc32cImplementations().back();
  return chosen;
}
inline const char* Crc32cTier() { return Crc32cInUse().name; }

// The CRC of A+B, given `crc` = the CRC of A and `data` = B. Start with 0.
inline uint32_t Crc32cExtend(uint32_t crc, Bytes data) { return Crc32cInUse().extend(crc, data.data(), data.size()); }
inline uint32_t Crc32c(Bytes data) { return Crc32cExtend(0, data); }

// What a CRC must be multiplied by when `length` bytes follow. Records of one file have few lengths: keep it and join
// each pair for the price of one multiplication.
struct Crc32cShift {
  uint32_t power;  // x^(8 length - 33) mod P; crc32c_math.h says why 33
};
Crc32cShift Crc32cShiftOf(uint64_t length);

// The CRC of A+B from the CRCs of A and of B and the length of B.
uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, Crc32cShift length_b);
inline uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) {
  return Crc32cCombine(crc_a, crc_b, Crc32cShiftOf(length_b));
}

// The CRC of the eight bytes of a record length: one instruction, spelled in assembly because an intrinsic would be
// inlined only into functions that are compiled for SSE4.2 (or +crc) themselves.
inline uint32_t Crc32cOf8(uint64_t little_endian) {
#if defined(__x86_64__)
  if (Cpu().sse42) [[likely]] {
    uint64_t crc = 0xffffffffu;
    __asm__("crc32q %1, %0" : "+r"(crc) : "r"(little_endian));
    return ~static_cast<uint32_t>(crc);
  }
#elif defined(__aarch64__)
  if (Cpu().arm_crc) [[likely]] {
    uint32_t crc = 0xffffffffu;
    __asm__(".arch_extension crc\n\tcrc32cx %w0, %w0, %x1" : "+r"(crc) : "r"(little_endian));
    return ~crc;
  }
#endif
  uint8_t raw[8];
  StoreLE64(raw, little_endian);
  return Crc32c({raw, 8});
}

// TFRecord stores CRCs rotated and offset, so that a CRC of data that holds CRCs stays strong
// (tensorflow/core/lib/hash/crc32c.h).
inline constexpr uint32_t kMaskDelta = 0xa282ead8u;
inline uint32_t Crc32cMask(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + kMaskDelta; }
inline uint32_t Crc32cUnmask(uint32_t masked) {
  const uint32_t rotated = masked - kMaskDelta;
  return (rotated >> 17) | (rotated << 15);
}

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_HASH_CRC32C_H_
