// HighwayHash-64 against published values, and every body that can run here against the portable one.
#include "core/hash/highway.h"

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

#include "core/records/riegeli.h"
#include "test/test.h"

namespace {

using bowerbird::AsBytes;
using bowerbird::Bytes;
using bowerbird::highway::BatchHasher;
using bowerbird::highway::Hasher;
using bowerbird::highway::Implementation;
using bowerbird::highway::Implementations;
using bowerbird::highway::Key;
using bowerbird::riegeli::kHashKey;

// The key of HighwayHash's own tests: bytes 0 to 31.
constexpr Key kTestKey = {0x0706050403020100, 0x0f0e0d0c0b0a0908, 0x1716151413121110, 0x1f1e1d1c1b1a1918};

uint64_t HashWith(const Implementation& body, const Key& key, Bytes message) {
  Hasher hasher(key, body);
  hasher.Update(message);
  return hasher.Finish();
}

struct Value {
  size_t length;  // of a message 0, 1, 2, ...
  uint64_t test_key, riegeli_key;
};

// The second column is HighwayHash's published list; the third was computed with Google's library.
constexpr Value kValues[] = {
    {0, 0x907a56de22c26e53, 0x72c3b1e9c0139fe1},  {1, 0x7eab43aac7cddd78, 0x2cd57bc47907559d},
    {2, 0xb8d0569ab0b53d62, 0x79f89e5c740f5e3b},  {3, 0x5c6befab8a463d80, 0x3bbb8da470c80319},
    {4, 0xf205a46893007eda, 0x4d9e82979ab17ce7},  {5, 0x2b8a1668e4a94541, 0xfeefa31feeebed80},
    {6, 0xbd4ccc325befca6f, 0xc19178294e51d520},  {7, 0x4d02ae1738f59482, 0x81d00cb703e09f52},
    {8, 0xe1205108e55f3171, 0x28aad15071ce9aff},  {15, 0x40793f86a449f33b, 0x3402cb26fb217163},
    {16, 0xcfab3489f97eb832, 0x3e13be3a4140f4a7}, {17, 0x19fe67d2c8c5c0e2, 0xa7084c614077eaca},
    {19, 0x75d9518e2371c504, 0x357ed62531a86044}, {20, 0x38ad9b1141d3dd16, 0xfbc84e6f3ddb64e3},
    {23, 0xd7b05492003f028c, 0x931ec63999ebd181}, {24, 0x205f615aea59e51e, 0x5ee2c131eacabcb6},
    {31, 0x9fc7007ccf035a68, 0x4d262a709c34ae7d}, {32, 0xa0c964d9ecd580fc, 0xb73f6df550f9dce4},
    {33, 0x2c90f73ca03181fc, 0xec2f920014eaa741}, {47, 0x1326bac06b911e08, 0x132110a48afeaea0},
    {48, 0xb926168d2b154f34, 0x277958c5b5a06961}, {63, 0xab8eebe9bf2139a0, 0xbea28b7a087e1493},
    {64, 0x75542c5d4cd2a6ff, 0xe34b1e100f1322af},
};

std::vector<uint8_t> Counting(size_t n) {
  std::vector<uint8_t> bytes(n);
  for (size_t i = 0; i < n; ++i) bytes[i] = static_cast<uint8_t>(i);
  return bytes;
}

TEST(EveryHighwayBodyGivesThePublishedValues) {
  for (const Implementation& body : Implementations()) {
    for (const Value& v : kValues) {
      EXPECT_EQ(HashWith(body, kTestKey, Counting(v.length)), v.test_key) << body.name << ", " << v.length << " bytes";
      EXPECT_EQ(HashWith(body, kHashKey, Counting(v.length)), v.riegeli_key) << body.name << ", " << v.length << " bytes";
    }
    EXPECT_EQ(HashWith(body, kHashKey, AsBytes("0")), 0xf10d3f1650609190u) << body.name;
    EXPECT_EQ(HashWith(body, kHashKey, AsBytes("Riegeli")), 0x07179813ca01243cu) << body.name;
    EXPECT_EQ(HashWith(body, kHashKey, std::vector<uint8_t>(65034)), 0x1633406ff07931b4u) << body.name;
    EXPECT_EQ(HashWith(body, kHashKey, Counting(100)), 0xe809487465a44f74u) << body.name;
  }
}

TEST(HighwayImplementationsBeginWithPortable) {
  EXPECT_EQ(std::string_view(Implementations().front().name), "portable");
}

TEST(HighwayHasherJoinsPiecesAtEverySplitPoint) {
  const std::vector<uint8_t> data = Counting(200);
  for (const Implementation& body : Implementations()) {
    const uint64_t whole = HashWith(body, kHashKey, data);
    for (size_t i = 0; i <= data.size(); ++i) {
      for (const size_t second : {size_t{0}, size_t{1}, size_t{31}, size_t{32}, size_t{33}}) {
        if (i + second > data.size()) continue;
        Hasher hasher(kHashKey, body);
        const Bytes all(data);
        hasher.Update(all.first(i));
        hasher.Update(all.subspan(i, second));
        hasher.Update(all.subspan(i + second));
        EXPECT_EQ(hasher.Finish(), whole) << body.name << ", split at " << i << " and " << i + second;
      }
    }
  }
}

TEST(EveryHighwayBodyAgreesAtEveryLengthAndAlignment) {
  std::mt19937_64 random(1);
  std::vector<uint8_t> data(1200);
  for (auto& b : data) b = static_cast<uint8_t>(random());
  for (size_t alignment = 0; alignment < 33; ++alignment) {
    for (size_t n = 0; n <= 600; n += n < 140 ? 1 : 37) {
      const Bytes message(&data[alignment], n);
      const uint64_t expected = HashWith(Implementations()[0], kHashKey, message);
      for (const Implementation& body : Implementations()) EXPECT_EQ(HashWith(body, kHashKey, message), expected) << body.name << ' ' << n;
    }
  }
}

// Every published value at once, each message in several pieces, and as many messages as leave lanes without one.
TEST(EveryHighwayBodyGivesThePublishedValuesSideBySide) {
  const std::vector<uint8_t> data = Counting(64);
  for (const Implementation& body : Implementations()) {
    BatchHasher batch(kTestKey, body);
    EXPECT_TRUE(batch.Finish().empty()) << body.name;
    for (size_t count = 1; count <= std::size(kValues); ++count) {
      for (const size_t step : {size_t{1}, size_t{31}, size_t{32}, size_t{64}}) {
        for (size_t i = 0; i < count; ++i) {
          batch.Begin();
          for (size_t at = 0; at < kValues[i].length; at += step) {
            batch.Add(Bytes(data).subspan(at, std::min(step, kValues[i].length - at)));
          }
        }
        const auto hashes = batch.Finish();
        EXPECT_EQ(hashes.size(), count);
        for (size_t i = 0; i < count; ++i) EXPECT_EQ(hashes[i], kValues[i].test_key) << body.name << ", " << i << " of " << count;
      }
    }
  }
}

TEST(HighwayBatchHasherAgreesWithOneMessageAtATime) {
  std::mt19937_64 random(2);
  std::vector<uint8_t> data(70000);
  for (auto& b : data) b = static_cast<uint8_t>(random());
  for (const Implementation& body : Implementations()) {
    BatchHasher batch(kHashKey, body);
    for (int round = 0; round < 40; ++round) {
      std::vector<uint64_t> expected(random() % 12);
      for (uint64_t& hash : expected) {
        Hasher hasher(kHashKey, Implementations()[0]);
        batch.Begin();
        for (uint64_t pieces = random() % 4; pieces > 0; --pieces) {
          const size_t size = random() % (random() % 2 == 0 ? 100 : 20000), at = random() % (data.size() - size);
          const Bytes piece = Bytes(data).subspan(at, size);
          batch.Add(piece);
          hasher.Update(piece);
        }
        hash = hasher.Finish();
      }
      const auto hashes = batch.Finish();
      EXPECT_TRUE(std::equal(hashes.begin(), hashes.end(), expected.begin(), expected.end())) << body.name << ", round " << round;
    }
  }
}

// Under the address sanitizer, the heap block ends where the message ends.
TEST(NoHighwayBodyReadsPastTheEnd) {
  for (const size_t n : {1u, 3u, 15u, 17u, 31u, 32u, 33u, 63u, 65u, 4097u}) {
    const auto exact = std::make_unique<uint8_t[]>(n);
    const uint64_t expected = HashWith(Implementations()[0], kHashKey, {exact.get(), n});
    for (const Implementation& body : Implementations()) {
      EXPECT_EQ(HashWith(body, kHashKey, {exact.get(), n}), expected) << body.name;
      BatchHasher batch(kHashKey, body);
      for (int i = 0; i < 5; ++i) {
        batch.Begin();
        batch.Add({exact.get(), n});
      }
      for (const uint64_t hash : batch.Finish()) EXPECT_EQ(hash, expected) << body.name << " side by side";
    }
  }
}

}  // namespace
