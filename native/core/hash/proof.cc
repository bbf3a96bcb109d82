#include "core/hash/proof.h"

namespace bowerbird {
namespace {

using Wide = unsigned __int128;

constexpr Wide kPrime = (Wide{1} << 127) - 1;
// The first primitive root from the digits of pi on: 0x243f6a88 85a308d3 13198a2e 03707344 and 4 more.
constexpr Residue127 kBase = {0x243f6a8885a308d3, 0x13198a2e03707348};

constexpr Wide WideOf(Residue127 r) { return (Wide{r.high} << 64) | r.low; }
constexpr Residue127 ResidueOf(Wide w) { return {static_cast<uint64_t>(w >> 64), static_cast<uint64_t>(w)}; }

// 2^127 is 1 here, so what stands above bit 126 is added to what stands below.
constexpr Wide Fold(Wide w) {
  const Wide folded = (w & kPrime) + (w >> 127);
  return folded >= kPrime ? folded - kPrime : folded;
}

}  // namespace

Residue127 Reduce127(uint64_t high, uint64_t low) { return ResidueOf(Fold(WideOf({high, low}))); }

Residue127 Add127(Residue127 a, Residue127 b) { return ResidueOf(Fold(WideOf(a) + WideOf(b))); }

// Schoolbook on halves of 64 bits. The product has 254 bits: `top` of them count 2^128, which is 2 here.
Residue127 Multiply127(Residue127 a, Residue127 b) {
  const Wide low = Wide{a.low} * b.low;
  const Wide cross_a = Wide{a.high} * b.low, cross_b = Wide{a.low} * b.high;
  const Wide middle = (low >> 64) + static_cast<uint64_t>(cross_a) + static_cast<uint64_t>(cross_b);
  const Wide top = Wide{a.high} * b.high + (cross_a >> 64) + (cross_b >> 64) + (middle >> 64);
  const Wide bottom = (middle << 64) | static_cast<uint64_t>(low);
  return ResidueOf(Fold(Fold(bottom) + Fold(top << 1)));
}

std::string Proof::Hex() const {
  std::string text(32, '0');
  for (size_t i = 0; i < 32; ++i) {
    const uint64_t half = i < 16 ? value_.high : value_.low;
    text[i] = "0123456789abcdef"[(half >> (60 - 4 * (i % 16))) & 15];
  }
  return text;
}

highway::Hasher Proof::Hasher(uint64_t size) {
  // ASCII "Bowerbird: proof of records, v1\n", with the length over its first eight bytes.
  const highway::Key key = {0x7269627265776f42 ^ size, 0x666f6f7270203a64, 0x6f63657220666f20, 0x0a3176202c736472};
  return highway::Hasher(key);
}

void Proof::Add(highway::Hasher record) {
  const auto [low, high] = record.Finish128();
  value_ = Add127(Multiply127(value_, kBase), Reduce127(high, low));
}

void Proof::Add(Bytes record) {
  highway::Hasher hasher = Hasher(record.size());
  hasher.Update(record);
  Add(hasher);
}

}  // namespace bowerbird
