#include "core/crc32c.h"

#include <array>

namespace bowerbird {
namespace {

constexpr uint32_t kPolynomial = 0x82f63b78u;  // reflected

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t c = i;
    for (int k = 0; k < 8; ++k) c = (c >> 1) ^ ((c & 1) ? kPolynomial : 0);
    table[i] = c;
  }
  return table;
}
constexpr auto kTable = MakeTable();

}  // namespace

uint32_t Crc32cExtend(uint32_t crc, Bytes data) {
  uint32_t c = ~crc;
  for (const uint8_t b : data) c = kTable[(c ^ b) & 255] ^ (c >> 8);
  return ~c;
}

uint32_t Crc32cCombine(uint32_t crc_a, uint32_t crc_b, uint64_t length_b) {
  // x^(8n) mod P by squaring: each bit of n costs one 32-step multiply.
  const auto multiply = [](uint32_t a, uint32_t b) {
    uint32_t product = 0;
    for (int i = 0; i < 32; ++i) {
      if (b & 0x80000000u) product ^= a;
      b <<= 1;
      a = (a >> 1) ^ ((a & 1) ? kPolynomial : 0);
    }
    return product;
  };
  uint32_t power = 0x00800000u;  // x^8
  uint32_t result = 0x80000000u; // 1
  for (uint64_t n = length_b; n != 0; n >>= 1) {
    if (n & 1) result = multiply(result, power);
    power = multiply(power, power);
  }
  return multiply(crc_a, result) ^ crc_b;
}

uint32_t Crc32cOf8(uint64_t little_endian) {
  uint8_t raw[8];
  StoreLE64(raw, little_endian);
  return Crc32c({raw, 8});
}

const char* Crc32cTier() { return "portable"; }

}  // namespace bowerbird
