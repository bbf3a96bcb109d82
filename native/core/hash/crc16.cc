// CRC-16 by tables (eight bytes a step) and by carry-less multiplication (64 or 128 bytes a step).
#include "core/hash/crc16.h"

#include <array>

#include "core/base/cpu.h"

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
template <size_t n>
[[maybe_unused]] constexpr uint64_t kPower = [] {
  uint32_t power = 1;
  for (size_t i = 0; i < n; ++i) power = (power << 1) ^ (power & 0x8000 ? kPolynomial : 0);
  return power & 0xffff;
}();

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

BOWERBIRD_FOLD __m128i Reverse() { return _mm_set_epi8(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15); }

// 16 bytes as a polynomial: the first byte holds the highest powers.
BOWERBIRD_FOLD __m128i Load(const uint8_t* p) {
  return _mm_shuffle_epi8(_mm_loadu_si128(reinterpret_cast<const __m128i*>(p)), Reverse());
}

// A polynomial congruent to a * x^bits, where powers = {x^bits, x^(bits+64)} mod P: 64 + 16 bits never overflow the register.
BOWERBIRD_FOLD __m128i Moved(__m128i a, __m128i powers) {
  return _mm_xor_si128(_mm_clmulepi64_si128(a, powers, 0x00), _mm_clmulepi64_si128(a, powers, 0x11));
}

BOWERBIRD_FOLD __m128i ByOne() { return _mm_set_epi64x(kPower<192>, kPower<128>); }

// The CRC of what was folded with n more bytes behind it.
BOWERBIRD_FOLD uint16_t FinishFold(__m128i folded, const uint8_t* p, size_t n) {
  for (; n >= 16; p += 16, n -= 16) folded = _mm_xor_si128(Moved(folded, ByOne()), Load(p));
  uint8_t rest[32];
  _mm_storeu_si128(reinterpret_cast<__m128i*>(rest), _mm_shuffle_epi8(folded, Reverse()));
  std::memcpy(rest + 16, p, n);
  return Crc16Portable({rest, 16 + n});
}

}  // namespace

__attribute__((target("sse4.1,pclmul"))) uint16_t Crc16Pclmul(Bytes data) {
  const uint8_t* p = data.data();
  size_t n = data.size();
  if (n < 64) return Crc16Portable(data);

  const __m128i by_four = _mm_set_epi64x(kPower<576>, kPower<512>), by_one = ByOne();
  __m128i a = Load(p), b = Load(p + 16), c = Load(p + 32), d = Load(p + 48);
  for (p += 64, n -= 64; n >= 64; p += 64, n -= 64) {
    a = _mm_xor_si128(Moved(a, by_four), Load(p));
    b = _mm_xor_si128(Moved(b, by_four), Load(p + 16));
    c = _mm_xor_si128(Moved(c, by_four), Load(p + 32));
    d = _mm_xor_si128(Moved(d, by_four), Load(p + 48));
  }
  b = _mm_xor_si128(b, Moved(a, by_one));
  c = _mm_xor_si128(c, Moved(b, by_one));
  return FinishFold(_mm_xor_si128(d, Moved(c, by_one)), p, n);
}

#define BOWERBIRD_FOLD_WIDE __attribute__((target("avx2,vpclmulqdq,sse4.1,pclmul")))

BOWERBIRD_FOLD_WIDE uint16_t Crc16Vpclmul(Bytes data) {
  constexpr size_t kVectors = 4, kStep = 32 * kVectors;
  const uint8_t* p = data.data();
  size_t n = data.size();
  if (n < kStep) return Crc16Pclmul(data);

  const __m256i reverse = _mm256_broadcastsi128_si256(Reverse());
  const __m256i powers = _mm256_broadcastsi128_si256(_mm_set_epi64x(kPower<8 * kStep + 64>, kPower<8 * kStep>));
  __m256i v[kVectors];
  for (size_t i = 0; i < kVectors; ++i) v[i] = _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p) + i), reverse);
  for (p += kStep, n -= kStep; n >= kStep; p += kStep, n -= kStep) {
    for (size_t i = 0; i < kVectors; ++i) {
      const __m256i there = _mm256_shuffle_epi8(_mm256_loadu_si256(reinterpret_cast<const __m256i*>(p) + i), reverse);
      const __m256i moved = _mm256_xor_si256(_mm256_clmulepi64_epi128(v[i], powers, 0x00), _mm256_clmulepi64_epi128(v[i], powers, 0x11));
      v[i] = _mm256_xor_si256(moved, there);
    }
  }
  __m128i folded = _mm_setzero_si128();
  for (size_t i = 0; i < kVectors; ++i) {
    folded = _mm_xor_si128(Moved(folded, ByOne()), _mm256_castsi256_si128(v[i]));
    folded = _mm_xor_si128(Moved(folded, ByOne()), _mm256_extracti128_si256(v[i], 1));
  }
  return FinishFold(folded, p, n);
}

uint16_t Crc16(Bytes data) {
  if (Cpu().vpclmul) return Crc16Vpclmul(data);
  return Cpu().pclmul ? Crc16Pclmul(data) : Crc16Portable(data);
}

#else

uint16_t Crc16Pclmul(Bytes data) { return Crc16Portable(data); }
uint16_t Crc16Vpclmul(Bytes data) { return Crc16Portable(data); }
uint16_t Crc16(Bytes data) { return Crc16Portable(data); }

#endif

}  // namespace bowerbird
