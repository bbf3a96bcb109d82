// The arithmetic behind every CRC-32C body, done by the compiler: polynomials over GF(2) modulo Castagnoli's P.
//
// A 32-bit value stands for a polynomial with its bits reversed: bit 31 is the coefficient of x^0, bit 0 that of x^31.
// So "times x" is a shift to the right, and a message's first bit, the lowest of its first byte, has the highest power.
//
// What the bodies use of it:
// - crc32 r64 (and crc32cx) turn state s and eight bytes w into (s + w) x^32 mod P, w being read as 64 reversed bits.
// - A carry-less multiply of reversed numbers comes out one place short: clmul(a, b) read as 128 reversed bits is a b x.
//   A 32-bit value in the low half of a 64-bit lane already counts x^32 more than its own worth.
// - Folding (V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ", Intel 2009): 16 bytes
//   (h, l) that lie D bytes before others can be added to them as h x^(8D+64) + l x^(8D), and any smaller polynomial with
//   the same remainder does as well. h times (x^(8D+31) mod P) is that: 31 + 32 for the lane + 1 for the multiply = 64.
//   The second half needs 8D-33 by the same count.
// - The same reduction by one crc32 instruction (clmul, then crc32 of its low eight bytes) multiplies two 32-bit values
//   and adds x^33: 32 from the crc32, 1 from the multiply. Powers are therefore kept divided by x^33 ("scaled"): scaled
//   times scaled is scaled, and a plain CRC times a scaled power is plain. P. Cawley's notes on fast-crc32
//   (corsix.org) show how cheap this makes joining several streams.
#ifndef BOWERBIRD_CORE_HASH_CRC32C_MATH_H_
#define BOWERBIRD_CORE_HASH_CRC32C_MATH_H_

#include <array>
#include <cstddef>
#include <cstdint>

namespace bowerbird::crc32c {

inline constexpr uint32_t kPolynomial = 0x82f63b78u;  // RFC 3720 section 12.1, reversed, without its x^32
inline constexpr uint32_t kOne = 0x80000000u;

constexpr uint32_t TimesX(uint32_t a) { return (a >> 1) ^ ((a & 1) ? kPolynomial : 0); }
// P has a constant term, so x has an inverse: whatever was shifted out can be told from the top bit.
constexpr uint32_t OverX(uint32_t a) { return (a & kOne) ? ((a ^ kPolynomial) << 1) | 1 : a << 1; }

constexpr uint32_t Multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (; b != 0; b <<= 1) {
    if (b & kOne) product ^= a;
    a = TimesX(a);
  }
  return product;
}

// x^n mod P, for n below zero too.
constexpr uint32_t Power(int64_t n) {
  uint32_t result = kOne;
  for (; n < 0; ++n) result = OverX(result);
  for (uint32_t square = kOne >> 1; n > 0; n >>= 1) {
    if (n & 1) result = Multiply(result, square);
    square = Multiply(square, square);
  }
  return result;
}
constexpr uint32_t ScaledPower(int64_t n) { return Power(n - 33); }

// The pair of multipliers that carries 16 bytes forward by kDistance bytes.
struct FoldPair {
  uint64_t first;
  uint64_t second;
};
template <size_t kDistance>
inline constexpr FoldPair kFold = {Power(8 * int64_t{kDistance} + 31), Power(8 * int64_t{kDistance} - 33)};

// kShiftTable[k][d] = x^(8 d 16^k), scaled: a shift by any 64-bit number of bytes is a product of one entry a hex digit.
using ShiftTable = std::array<std::array<uint32_t, 16>, 16>;
constexpr ShiftTable MakeShiftTable() {
  ShiftTable table{};
  uint32_t digit = Power(8);
  for (auto& row : table) {
    uint32_t power = Power(-33);
    for (auto& entry : row) {
      entry = power;
      power = Multiply(power, digit);
    }
    for (int i = 0; i < 4; ++i) digit = Multiply(digit, digit);
  }
  return table;
}
inline constexpr ShiftTable kShiftTable = MakeShiftTable();

}  // namespace bowerbird::crc32c

#endif  // BOWERBIRD_CORE_HASH_CRC32C_MATH_H_
