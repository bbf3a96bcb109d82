// CRC-16 by tables (eight bytes a step) and by carry-less multiplication (64 bytes a step).
#include "core/crc16.h"

#include <array>

#include "core/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bowerbird {
namespace {

constexpr uint32_t kPolynomial = 0x18005;

// kTable[k][b]: the CRC of byte b with k zero bytes behind it.
constexpr auto kTable = [] {
  std::array<std::array<uint16_t, 256>, 8> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte << 8;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ (crc & 0x8000 ? kPolynomial : 0);
    table[0][byte] = static_cast<uint16_t>(crc);
  }
  for (size_t k = 1; k < 8; ++k) {
    for (uint32_t byte = 0; byte < 256; ++byte) {
      const uint16_t shorter = table[k - 1][byte];
      table[k][byte] = static_cast<uint16_t>((shorter << 8) ^ table[0][shorter >> 8]);
    }
  }
  return table;
}();

constexpr auto kTable8 = [] {
  std::array<uint8_t, 256> table{};
  for (uint32_t byte = 0; byte < 256; ++byte) {
    uint32_t crc = byte;
    for (int bit = 0; bit < 8; ++bit) crc = (crc << 1) ^ (crc & 0x80 ? 0x107 : 0);
    table[byte] = static_cast<uint8_t>(crc);
  }
  return table;
}();

// x^n mod P
[[maybe_unused]] constexpr uint64_t Power(int n) {
  uint32_t power = 1;
  while (n-- > 0) power = (power << 1) ^ (power & 0x8000 ? kPolynomial : 0);
  return power & 0xffff;
}

}  // namespace

uint16_t Crc16Portable(Bytes data) {
  uint32_t crc = 0;
  const uint8_t* p = data.data();
  size_t n = data.size();
  for (; n >= 8; n -= 8, p += 8) {
    crc = kTable[7][p[0] ^ (crc >> 8)] ^ kTable[6][p[1] ^ (crc & 0xff)] ^ kTable[5][p[2]] ^ kTable[4][p[3]] ^ kTable[3][p[4]] ^
          kTable[2][p[5]] ^ kTable[1][p[6]] ^ kTable[0][p[7]];
  }
  for (; n != 0; --n, ++p) crc = ((crc << 8) & 0xffff) ^ kTable[0][(crc >> 8) ^ *p];
  return static_cast<uint16_t>(crc);
}

uint8_t Crc8(Bytes data) {
  uint8_t crc = 0;
  for (const uint8_t byte : data) crc = kTable8[crc ^ byte];
  return crc;
}

#if defined(__x86_64__)

namespace {

#define BOWERBIRD_FOLD __attribute__((target("sse4.1,pclmul"), always_inline)) inline

// 16 bytes as a polynomial: the first byte holds the highest powers.
BOWERBIRD_FOLD __m128i Load(const uint8_t* p) {
  const __m128i reverse = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), reverse);
}

// A polynomial congruent to a * x^bits, where powers = {x^bits, x^(bits+64)} mod P: 64 + 16 bits never overflow the register.
BOWERBIRD_FOLD __m128i Moved(__m128i a, __m128i powers) {
  return _mm_xor_si128(_mm_clmulepi64_si128(a, powers, 0x00), _mm_clmulepi64_si128(a, powers, 0x11));
}

}  // namespace

__attribute__((target("sse4.1,pclmul"))) uint16_t Crc16Pclmul(Bytes data) {
  const uint8_t* p = data.data();
  size_t n = data.size();
  if (n < 64) return Crc16Portable(data);

  constexpr uint64_t k512 = Power(512), k576 = Power(576), k128 = Power(128), k192 = Power(192);
  const __m128i by_four = _mm_set_epi64x(k576, k512);
  const __m128i by_one = _mm_set_epi64x(k192, k128);
  __m128i a = Load(p), b = Load(p + 16), c = Load(p + 32), d = Load(p + 48);
  for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
    a = _mm_xor_si128(Moved(a, by_four), Load(p));
    b = _mm_xor_si128(Moved(b, by_four), Load(p + 16));
    c = _mm_xor_si128(Moved(c, by_four), Load(p + 32));
    d = _mm_xor_si128(Moved(d, by_four), Load(p + 48));
  }
  b = _mm_xor_si128(b, Moved(a, by_one));
  c = _mm_xor_si128(c, Moved(b, by_one));
  d = _mm_xor_si128(d, Moved(c, by_one));
  for (; n >= 16; p += 16, n -= 16) d = _mm_xor_si128(Moved(d, by_one), Load(p));

  // What is left, with the folded bytes before it, is short.
  uint8_t rest[32];
  const __m128i reverse = _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), _mm_shuffle_epi8(d, reverse));
  std::memcpy(rest + 16, p, n);
  return Crc16Portable({rest, 16 + n});
}

uint16_t Crc16(Bytes data) { return Cpu().pclmul ? Crc16Pclmul(data) : Crc16Portable(data); }

#else

uint16_t Crc16Pclmul(Bytes data) { return Crc16Portable(data); }
uint16_t Crc16(Bytes data) { return Crc16Portable(data); }

#endif

}  // namespace bowerbird
