// CRC-32C without any special instruction: eight table look-ups for eight bytes. The reference for all other bodies.
#include <array>

#include "core/base/bytes.h"
#include "core/hash/crc32c_math.h"
#include "core/hash/crc32c_tiers.h"

namespace bowerbird::crc32c {
namespace {

// kTables[k][b]: what byte b leaves behind when k more bytes follow (M. Kounavis and F. Berry, "slicing-by-8").
using Tables = std::array<std::array<uint32_t, 256>, 8>;
constexpr Tables MakeTables() {
  Tables tables{};
  for (uint32_t b = 0; b < 256; ++b) {
    uint32_t crc = b;
    for (int bit = 0; bit < 8; ++bit) crc = TimesX(crc);
    tables[0][b] = crc;
  }
  for (size_t k = 1; k < 8; ++k) {
    for (size_t b = 0; b < 256; ++b) tables[k][b] = tables[0][tables[k - 1][b] & 255] ^ (tables[k - 1][b] >> 8);
  }
  return tables;
}
constexpr Tables kTables = MakeTables();

uint32_t Eight(uint32_t state, uint64_t word) {
  const uint64_t w = word ^ state;
  return kTables[7][w & 255] ^ kTables[6][(w >> 8) & 255] ^ kTables[5][(w >> 16) & 255] ^ kTables[4][(w >> 24) & 255] ^
         kTables[3][(w >> 32) & 255] ^ kTables[2][(w >> 40) & 255] ^ kTables[1][(w >> 48) & 255] ^ kTables[0][w >> 56];
}

}  // namespace

uint32_t ExtendPortable(uint32_t crc, const uint8_t* p, size_t n) {
  uint32_t state = ~crc;
  for (; n >= 8; p += 8, n -= 8) state = Eight(state, LoadLE64(p));
  for (; n != 0; ++p, --n) state = kTables[0][(state ^ *p) & 255] ^ (state >> 8);
  return ~state;
}

uint32_t MultiplyPortable(uint32_t a, uint32_t b) {
  uint64_t product = 0;  // carry-less
  for (int i = 0; i < 32; ++i) product ^= (uint64_t{a} << i) & (0 - uint64_t{(b >> i) & 1});
  return Eight(0, product);
}

}  // namespace bowerbird::crc32c
