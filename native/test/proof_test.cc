// Proofs: HighwayHash-128 against published values, arithmetic modulo 2^127 - 1 against small cases, and what a proof must tell apart.
#include "core/hash/proof.h"

#include <array>
#include <vector>

#include "core/hash/highway.h"
#include "test/test.h"

namespace {

using bowerbird::Add127;
using bowerbird::AsBytes;
using bowerbird::Multiply127;
using bowerbird::Proof;
using bowerbird::Reduce127;
using bowerbird::Residue127;

constexpr Residue127 kOne = {0, 1};
constexpr Residue127 kLargest = {0x7fffffffffffffff, 0xfffffffffffffffe};

TEST(HighwayHash128GivesThePublishedValues) {
  constexpr bowerbird::highway::Key kTestKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x1716151413121110, 0x1f1e1d1c1b1a1918};
  // HighwayHash's published list: of messages 0, 1, 2, ... of 0 to 4 bytes.
  constexpr std::array<std::array<uint64_t, 2>, 5> kValues = {{{0x0fed268f9d8ffec7, 0x33565e767f093e6f},
                                                              {0xd6b0a8893681e7a8, 0xdc291df9eb9cdcb4},
                                                              {0x3d15ad265a16da04, 0x78085638dc32e868},
                                                              {0x0607621b295f0beb, 0xbfe69a0fd9cedd79},
                                                              {0x26399eb46dace49e, 0x2e922ad039319208}}};
  for (const auto& body : bowerbird::highway::Implementations()) {
    std::vector<uint8_t> message;
    for (const auto& value : kValues) {
      bowerbird::highway::Hasher hasher(kTestKey, body);
      hasher.Update(message);
      EXPECT_TRUE(hasher.Finish128() == value) << body.name << ", " << message.size() << " bytes";
      message.push_back(static_cast<uint8_t>(message.size()));
    }
  }
}

TEST(Residue127WrapsAtThePrime) {
  EXPECT_TRUE(Reduce127(0x7fffffffffffffff, 0xffffffffffffffff) == Residue127{});
  EXPECT_TRUE(Reduce127(0xffffffffffffffff, 0xffffffffffffffff) == kOne);
  EXPECT_TRUE(Reduce127(0x8000000000000000, 0) == kOne);
  EXPECT_TRUE(Add127(kLargest, kOne) == Residue127{});
  EXPECT_TRUE(Add127(kLargest, kLargest) == (Residue127{0x7fffffffffffffff, 0xfffffffffffffffd}));
}

TEST(Multiply127MultipliesModuloThePrime) {
  // (-1) (-1) = 1; 2^64 2^63 = 2^127 = 1; 2^126 2 = 1; 2^100 2^100 = 2^200 = 2^73.
  EXPECT_TRUE(Multiply127(kLargest, kLargest) == kOne);
  EXPECT_TRUE(Multiply127({1, 0}, {0, uint64_t{1} << 63}) == kOne);
  EXPECT_TRUE(Multiply127({uint64_t{1} << 62, 0}, {0, 2}) == kOne);
  EXPECT_TRUE(Multiply127({uint64_t{1} << 36, 0}, {uint64_t{1} << 36, 0}) == (Residue127{uint64_t{1} << 9, 0}));
  EXPECT_TRUE(Multiply127({}, kLargest) == Residue127{});
  EXPECT_TRUE(Multiply127(kLargest, kOne) == kLargest);
}

std::string ProofOf(std::initializer_list<std::string_view> records) {
  Proof proof;
  for (const std::string_view record : records) proof.Add(AsBytes(record));
  return proof.Hex();
}

TEST(ProofDependsOnEveryRecordItsLengthAndItsPlace) {
  EXPECT_EQ(ProofOf({}), std::string(32, '0'));
  const std::string proof = ProofOf({"ab", "", "c"});
  EXPECT_EQ(proof, ProofOf({"ab", "", "c"}));
  for (const std::string& other : {ProofOf({"", "ab", "c"}), ProofOf({"ab", "c"}), ProofOf({"ab", "c", ""}), ProofOf({"a", "b", "c"}),
                                   ProofOf({"ab", "", "d"}), ProofOf({"ab", std::string_view("\0", 1), "c"}), ProofOf({"ab", "", "c", ""})}) {
    EXPECT_TRUE(other != proof) << other;
  }
}

}  // namespace
