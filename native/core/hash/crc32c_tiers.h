// The bodies that crc32c.cc chooses from. One that does not exist for this architecture is never defined nor called.
#ifndef BOWERBIRD_CORE_HASH_CRC32C_TIERS_H_
#define BOWERBIRD_CORE_HASH_CRC32C_TIERS_H_

#include <cstddef>
#include <cstdint>

namespace bowerbird::crc32c {

// All take and return a finished CRC (inverted at both ends); `p` may be null when `n` is 0.
uint32_t ExtendPortable(uint32_t crc, const uint8_t* p, size_t n);
uint32_t ExtendSse42(uint32_t crc, const uint8_t* p, size_t n);     // REQUIRES: SSE4.2
uint32_t ExtendPclmul(uint32_t crc, const uint8_t* p, size_t n);    // REQUIRES: SSE4.2, PCLMULQDQ
uint32_t ExtendAvx2(uint32_t crc, const uint8_t* p, size_t n);      // REQUIRES: AVX2, VPCLMULQDQ
uint32_t ExtendAvx512(uint32_t crc, const uint8_t* p, size_t n);    // REQUIRES: AVX-512 F and VL, VPCLMULQDQ
uint32_t ExtendArm64Crc(uint32_t crc, const uint8_t* p, size_t n);  // REQUIRES: CRC32, PMULL

// Product of two scaled powers, or of a CRC and a scaled power (crc32c_math.h).
uint32_t MultiplyPortable(uint32_t a, uint32_t b);
uint32_t MultiplyPclmul(uint32_t a, uint32_t b);    // REQUIRES: SSE4.2, PCLMULQDQ
uint32_t MultiplyArm64Crc(uint32_t a, uint32_t b);  // REQUIRES: CRC32, PMULL

}  // namespace bowerbird::crc32c

#endif  // BOWERBIRD_CORE_HASH_CRC32C_TIERS_H_
