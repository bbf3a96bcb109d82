// Reads bits most significant first, never past the end: what lies behind it reads as zeros, and overrun() tells.
#ifndef BOWERBIRD_CORE_FLAC_BITS_H_
#define BOWERBIRD_CORE_FLAC_BITS_H_

#include <bit>
#include <cstdint>

#include "core/base/bytes.h"

namespace bowerbird::flac {

inline uint64_t LoadBE64(const uint8_t* p) { return __builtin_bswap64(LoadLE64(p)); }

class BitReader {
 public:
  explicit BitReader(Bytes bytes, uint64_t bit = 0) : data_(bytes.data()), size_(bytes.size()), bit_(bit) {}

  uint64_t bit() const { return bit_; }
  bool overrun() const { return bit_ > size_ * 8; }

  // The next 57 bits or more, at the top.
  uint64_t Peek() const {
    const uint64_t byte = bit_ >> 3;
    if (byte + 8 <= size_) [[likely]] return LoadBE64(data_ + byte) << (bit_ & 7);
    uint64_t word = 0;
    for (uint64_t i = 0; i < 8; ++i) word = word << 8 | (byte + i < size_ ? data_[byte + i] : 0);
    return word << (bit_ & 7);
  }
  void Skip(uint64_t bits) { bit_ += bits; }

  // REQUIRES: bits <= 57
  uint64_t Read(uint32_t bits) {
    const uint64_t value = bits == 0 ? 0 : Peek() >> (64 - bits);
    bit_ += bits;
    return value;
  }
  int64_t ReadSigned(uint32_t bits) {
    const int64_t value = bits == 0 ? 0 : static_cast<int64_t>(Peek()) >> (64 - bits);
    bit_ += bits;
    return value;
  }
  // Zeros up to a one, which is read too. Stops at the end, in overrun().
  uint64_t ReadUnary() {
    uint64_t zeros = 0;
    for (;;) {
      const uint64_t word = Peek() >> 7;  // 57 bits that are there
      if (word != 0) {
        const uint32_t more = static_cast<uint32_t>(std::countl_zero(word)) - 7;
        bit_ += more + 1;
        return zeros + more;
      }
      zeros += 57;
      bit_ += 57;
      if (overrun()) return zeros;
    }
  }

 private:
  const uint8_t* data_;
  uint64_t size_;
  uint64_t bit_;
};

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_BITS_H_
