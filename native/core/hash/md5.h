// MD5 (RFC 1321), which STREAMINFO uses as the fingerprint of decoded audio. Not for anything that must resist an attacker.
#ifndef BOWERBIRD_CORE_HASH_MD5_H_
#define BOWERBIRD_CORE_HASH_MD5_H_

#include <array>
#include <cstdint>

#include "core/base/bytes.h"

namespace bowerbird {

class Md5 {
 public:
  void Update(Bytes data);
  // Of everything so far; more can follow.
  std::array<uint8_t, 16> Digest() const;

 private:
  std::array<uint32_t, 4> state_{0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};
  uint64_t size_ = 0;  // bytes
  std::array<uint8_t, 64> block_{};
};

}  // namespace bowerbird

#endif  // BOWERBIRD_CORE_HASH_MD5_H_
