// CRC-32C (Castagnoli, RFC 3720 appendix B.4), its TFRecord mask, and the algebra to join two of them.
#ifndef BOWERBIRD_CORE_CRC32C_H_
#define BOWERBIRD_CORE_CRC32C_H_

#include <cstdint>

#include "core/bytes.h"

namespace bowerbird {

// The CRC of A+B, given `crc` = the CRC of A. Start with 0.
uint32_t Crc32cExtend(uint32_t crc, Bytes data);
inline uint32_t Crc32c(Bytes data) { return Crc32cExtend(0, data); }

// The CRC of A+B from the CRCs of A and of B and the length of B.
uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b);

// CRC of the eight bytes of a record length.
uint32_t Crc32cOf8(uint64_t little_endian);

// TFRecord stores CRCs rotated and offset, so that a CRC of data that holds CRCs stays strong
// (tensorflow/core/lib/hash/crc32c.h).
inline constexpr uint32_t kMaskDelta = 0xa282ead8u;
inline uint32_t Crc32cMask(uint32_t crc) { return ((crc >> 15) | (crc << 17)) + kMaskDelta; }
inline uint32_t Crc32cUnmask(uint32_t masked) {
  const uint32_t rotated = masked - kMaskDelta;
  return (rotated >> 17) | (rotated << 15);
}

// Which body runs here: "portable", "sse42", "pclmul", "avx2", "avx512" or "arm64crc".
const char* Crc32cTier();

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_CRC32C_H_
