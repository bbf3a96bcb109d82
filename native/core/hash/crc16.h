// CRC-16 of FLAC frames (RFC 9639 section 9.3): x^16 + x^15 + x^2 + 1, most significant bit first, start 0.
//
// Over a frame together with its stored CRC it is 0.
#ifndef BOWERBIRD_CORE_HASH_CRC16_H_
#define BOWERBIRD_CORE_HASH_CRC16_H_

#include <cstdint>

#include "core/base/bytes.h"

namespace bowerbird {

uint16_t Crc16Portable(Bytes data);
uint16_t Crc16Pclmul(Bytes data);   // REQUIRES: Cpu().pclmul
uint16_t Crc16Vpclmul(Bytes data);  // REQUIRES: Cpu().vpclmul

// The fastest of them that can run here.
uint16_t Crc16(Bytes data);

// CRC-8 of frame headers: x^8 + x^2 + x + 1, most significant bit first, start 0.
uint8_t Crc8(Bytes data);

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_HASH_CRC16_H_
