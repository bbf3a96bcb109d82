// CRC-32C against published vectors, and every body that can run here against the portable one.
#include "core/hash/crc32c.h"

#include <cstddef>
#include <memory>
#include <random>
#include <vector>

#include "test/test.h"

namespace {

using bowerbird::AsBytes;
using bowerbird::Bytes;
using bowerbird::Crc32c;
using bowerbird::Crc32cCombine;
using bowerbird::Crc32cExtend;
using bowerbird::Crc32cImplementation;
using bowerbird::Crc32cImplementations;

std::vector<uint8_t> RandomBytes(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> bytes(n);
  for (auto& b : bytes) b = static_cast<uint8_t>(random());
  return bytes;
}

struct Vector {
  std::vector<uint8_t> data;
  uint32_t crc;
};

// RFC 3720 appendix B.4, whose CRC bytes are in the order in which they are sent, and the check value of the Rocksoft catalogue.
std::vector<Vector> PublishedVectors() {
  std::vector<uint8_t> up(32), down(32);
  for (uint8_t i = 0; i < 32; ++i) {
    up[i] = i;
    down[i] = static_cast<uint8_t>(31 - i);
  }
  std::vector<uint8_t> read_command(48, 0);
  read_command[0] = 0x01;
  read_command[1] = 0xc0;
  read_command[16] = 0x14;
  read_command[22] = 0x04;
  read_command[27] = 0x14;
  read_command[31] = 0x18;
  read_command[32] = 0x28;
  read_command[40] = 0x02;
  const Bytes digits = AsBytes("123456789");
  return {{std::vector<uint8_t>(32, 0x00), 0x8a9136aau},
          {std::vector<uint8_t>(32, 0xff), 0x62a8ab43u},
          {up, 0x46dd794eu},
          {down, 0x113fdb5cu},
          {read_command, 0xd9963a56u},
          {{digits.begin(), digits.end()}, 0xe3069283u},
          {{}, 0}};
}

TEST(EveryCrc32cBodyGivesThePublishedValues) {
  for (const Crc32cImplementation& body : Crc32cImplementations()) {
    for (const Vector& v : PublishedVectors()) {
      EXPECT_EQ(body.extend(0, v.data.data(), v.data.size()), v.crc) << body.name << ", " << v.data.size() << " bytes";
    }
  }
}

TEST(Crc32cImplementationsBeginsWithPortableAndEndsWithTheOneInUse) {
  EXPECT_EQ(std::string_view(Crc32cImplementations().front().name), "portable");
  EXPECT_EQ(std::string_view(Crc32cImplementations().back().name), bowerbird::Crc32cTier());
}

TEST(Crc32cExtendJoinsAtEverySplitPoint) {
  const std::vector<uint8_t> data = RandomBytes(256, 1);
  const Bytes all(data);
  for (const Crc32cImplementation& body : Crc32cImplementations()) {
    const uint32_t whole = body.extend(0, all.data(), all.size());
    for (size_t i = 0; i <= all.size(); ++i) {
      const uint32_t head = body.extend(0, all.data(), i);
      EXPECT_EQ(body.extend(head, all.data() + i, all.size() - i), whole) << body.name << ", split at " << i;
    }
  }
}

TEST(EveryCrc32cBodyAgreesAtEveryLengthAndAlignment) {
  const auto bodies = Crc32cImplementations();
  const std::vector<uint8_t> data = RandomBytes(2048 + 64, 2);
  for (size_t alignment = 0; alignment < 64; ++alignment) {
    // The CRC of each prefix, made byte by byte by the portable body.
    uint32_t expected = 0x12345678u;
    for (size_t n = 0; n <= 2048; ++n) {
      for (const Crc32cImplementation& body : bodies) {
        EXPECT_EQ(body.extend(0x12345678u, &data[alignment], n), expected)
            << body.name << ", length " << n << ", alignment " << alignment;
      }
      if (n < 2048) expected = bodies[0].extend(expected, &data[alignment + n], 1);
    }
  }
}

// Under the address sanitizer, the heap block ends where the data end: reading one byte more is caught.
TEST(NoCrc32cBodyReadsPastTheEnd) {
  for (const size_t n : {1u, 7u, 8u, 63u, 255u, 256u, 257u, 319u, 320u, 383u, 385u, 1023u, 4097u, 61635u}) {
    const auto exact = std::make_unique<uint8_t[]>(n);
    const uint32_t expected = Crc32cImplementations()[0].extend(0, exact.get(), n);
    for (const Crc32cImplementation& body : Crc32cImplementations()) EXPECT_EQ(body.extend(0, exact.get(), n), expected);
  }
}

TEST(EveryCrc32cBodyAgreesOnBigBuffers) {
  const std::vector<uint8_t> data = RandomBytes((4u << 20) + 64, 3);
  std::mt19937_64 random(4);
  for (int i = 0; i < 24; ++i) {
    const size_t n = i == 0 ? size_t{4} << 20 : random() % (size_t{1} << (12 + i % 11));
    const size_t at = random() % (data.size() - n);
    const uint32_t start = static_cast<uint32_t>(random());
    const uint32_t expected = Crc32cImplementations()[0].extend(start, &data[at], n);
    for (const Crc32cImplementation& body : Crc32cImplementations()) {
      EXPECT_EQ(body.extend(start, &data[at], n), expected) << body.name << ", length " << n << " at " << at;
    }
  }
}

TEST(Crc32cCombineEqualsTheCrcOfTheWhole) {
  const std::vector<uint8_t> data = RandomBytes(1u << 20, 5);
  const Bytes all(data);
  std::mt19937_64 random(6);
  for (int i = 0; i < 400; ++i) {
    const size_t limit = size_t{1} << (i % 20);
    const size_t a = random() % limit, b = i % 7 == 0 ? 0 : random() % limit;
    const uint32_t crc_a = Crc32c(all.first(a)), crc_b = Crc32c(all.subspan(a, b));
    const uint32_t whole = Crc32c(all.first(a + b));
    EXPECT_EQ(Crc32cCombine(crc_a, crc_b, b), whole) << a << " + " << b;
    EXPECT_EQ(Crc32cCombine(crc_a, crc_b, bowerbird::Crc32cShiftOf(b)), whole) << a << " + " << b;
  }
}

// No buffer is that long, but the algebra is: appending a zeros, then b, is appending a+b of them.
TEST(Crc32cCombineAddsLengthsUpToTheirFullRange) {
  std::mt19937_64 random(7);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t a = random() >> (1 + i % 63), b = random() >> (1 + i % 61);
    const uint32_t crc = static_cast<uint32_t>(random());
    EXPECT_EQ(Crc32cCombine(Crc32cCombine(crc, 0, a), 0, b), Crc32cCombine(crc, 0, a + b)) << a << " + " << b;
  }
}

TEST(Crc32cOf8EqualsTheCrcOfTheEightBytes) {
  std::mt19937_64 random(8);
  for (int i = 0; i < 1000; ++i) {
    const uint64_t value = random() >> (i % 64);
    uint8_t raw[8];
    bowerbird::StoreLE64(raw, value);
    EXPECT_EQ(bowerbird::Crc32cOf8(value), Crc32cImplementations()[0].extend(0, raw, 8)) << value;
  }
}

// Lengths, payloads and the masked CRCs beside them in files written by others: Grain, Magenta, the sagemaker and nucleus tests.
TEST(Crc32cMaskGivesWhatTfRecordFilesHold) {
  struct Record {
    std::string_view payload;
    uint32_t masked_of_length, masked_of_payload;
  };
  for (const Record& r : {Record{"1", 0x41de7501u, 0xd64a0cc3u}, Record{"hello world", 0x04f51586u, 0x6dd87e00u},
                          Record{"hello world 0", 0x34b8373cu, 0x94d09326u},
                          Record{"\n\rNODESC:header\x1a\aGATTACA\"\aBB>B@FA", 0xf6ec7b01u, 0x6f90e351u}}) {
    EXPECT_EQ(bowerbird::Crc32cMask(bowerbird::Crc32cOf8(r.payload.size())), r.masked_of_length) << r.payload;
    EXPECT_EQ(bowerbird::Crc32cMask(Crc32c(AsBytes(r.payload))), r.masked_of_payload) << r.payload;
    EXPECT_EQ(bowerbird::Crc32cUnmask(r.masked_of_payload), Crc32c(AsBytes(r.payload))) << r.payload;
  }
}

TEST(Crc32cUnmaskUndoesMask) {
  std::mt19937 random(9);
  for (int i = 0; i < 1000; ++i) {
    const uint32_t crc = random();
    EXPECT_EQ(bowerbird::Crc32cUnmask(bowerbird::Crc32cMask(crc)), crc);
    EXPECT_EQ(bowerbird::Crc32cMask(bowerbird::Crc32cUnmask(crc)), crc);
  }
}

}  // namespace
