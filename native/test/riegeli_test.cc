// Where chunks begin and end, against values of Google's writer, and chunks that are put into a file and taken out again.
#include "core/records/riegeli.h"

#include <random>
#include <vector>

#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::riegeli;

TEST(ChunkEndIsWhereGoogleWriterEndsChunks) {
  struct Case {
    uint64_t begin, data_size, num_records, end;
  };
  for (const Case& c : {Case{0, 0, 0, 64}, Case{64, 4, 1, 108}, Case{64, 65431, 1, 65535}, Case{64, 65432, 1, 65536},
                        Case{64, 65433, 1, 65561}, Case{65536, 41, 3, 65641}, Case{65536, 65472, 1, 131072},
                        Case{65536, 65473, 1, 131097}, Case{65535, 0, 0, 65599}, Case{65500, 10, 0, 65574},
                        Case{64, 200005, 1, 200181}, Case{64, 30, 65400, 65464}, Case{64, 30, 65472, 65536},
                        Case{64, 30, 65473, 65561}, Case{64, 30, 140000, 140064}}) {
    EXPECT_EQ(ChunkEnd(c.begin, c.data_size, c.num_records), c.end) << c.begin << ' ' << c.data_size << ' ' << c.num_records;
  }
}

TEST(PaddingLengthReachesTheNextBoundaryThatHasRoomForAHeader) {
  struct Case {
    uint64_t begin, length, payload;
  };
  for (const Case& c : {Case{462, 65074, 65034}, Case{65495, 41, 1}, Case{65496, 40, 0}, Case{65497, 65575, 65511},
                        Case{65535, 65537, 65473}, Case{65561, 65511, 65471}}) {
    EXPECT_EQ(PaddingLength(c.begin), c.length);
    EXPECT_EQ(Distance(c.begin, c.begin + c.length) - kChunkHeader, c.payload) << c.begin;
  }
  EXPECT_EQ(PaddingLength(65536), 0);
}

TEST(MayBeginForbidsBlockHeadersAndTheByteBehind) {
  for (uint64_t offset = 0; offset < 60; ++offset) EXPECT_EQ(MayBegin(kBlock + offset), offset == 0 || offset >= 25) << offset;
  EXPECT_EQ(RoundUp(kBlock + 1), kBlock + 25);
  EXPECT_EQ(RoundUp(kBlock + 25), kBlock + 25);
  EXPECT_EQ(RoundUp(kBlock), kBlock);
}

std::vector<uint8_t> RandomBytes(size_t n, uint64_t seed) {
  std::mt19937_64 random(seed);
  std::vector<uint8_t> bytes(n);
  for (auto& b : bytes) b = static_cast<uint8_t>(random());
  return bytes;
}

ChunkHeader HeaderOf(const std::vector<uint8_t>& payload, uint64_t num_records) {
  return {.type = 'r', .num_records = num_records, .data_size = payload.size(), .data_hash = Hash(payload), .decoded_size = 7};
}

struct Taken {
  Finding finding;
  ChunkHeader header;
  std::vector<uint8_t> payload;
};

Taken Take(Bytes file, uint64_t position, uint64_t file_size) {
  Taken taken;
  uint64_t end = 0;
  const Window window{file, position, file_size};
  taken.finding = ReadHeader(window, position, taken.header, end);
  if (!taken.finding.ok()) return taken;
  ByteBuffer scratch;
  Bytes payload;
  taken.finding = ReadPayload(window, position, taken.header, end, true, scratch, &payload);
  taken.payload.assign(payload.begin(), payload.end());
  return taken;
}

TEST(AppendChunkAndReadPayloadAgreeWhereverTheChunkBegins) {
  for (const uint64_t begin : {64u, 65400u, 65495u, 65496u, 65500u, 65535u, 65536u, 65561u, 131000u, 131072u}) {
    for (const size_t size : {0u, 1u, 11u, 36u, 100u, 65400u, 65472u, 65473u, 65511u, 65512u, 200005u}) {
      for (const uint64_t num_records : {uint64_t{1}, uint64_t{70}, uint64_t{140000}}) {
        const auto payload = RandomBytes(size, begin + size);
        ByteBuffer out;
        EXPECT_TRUE(AppendChunk(begin, HeaderOf(payload, num_records), payload, out));
        const uint64_t end = ChunkEnd(begin, size, num_records);
        EXPECT_EQ(out.size(), end - begin);
        const Taken taken = Take(out.bytes(), begin, end);
        EXPECT_TRUE(taken.finding.ok()) << begin << ' ' << size << ' ' << num_records << ": fault " << taken.finding.fault;
        EXPECT_TRUE(taken.payload == payload) << begin << ' ' << size;
        EXPECT_EQ(taken.header.num_records, num_records);
        // A window that is too short says so, and says how much it needs.
        for (const uint64_t less : {uint64_t{1}, (end - begin) / 2, end - begin - 1}) {
          const Taken cut = Take(out.bytes().first(end - begin - less), begin, end);
          EXPECT_EQ(cut.finding.fault, Fault::kNeedBytes);
          EXPECT_TRUE(cut.finding.a > begin && cut.finding.a <= end);
        }
        EXPECT_EQ(Take(out.bytes().first(end - begin - 1), begin, end - 1).finding.fault, Fault::kTruncated);
      }
    }
  }
}

TEST(EveryFlippedBitOfAChunkIsFound) {
  // Across a block boundary, and with padding behind its payload.
  for (const uint64_t begin : {uint64_t{65460}, uint64_t{65520}}) {
    const auto payload = RandomBytes(50, 3);
    ByteBuffer out;
    EXPECT_TRUE(AppendChunk(begin, HeaderOf(payload, 200), payload, out));
    const uint64_t end = ChunkEnd(begin, payload.size(), 200);
    for (size_t bit = 0; bit < 8 * out.size(); ++bit) {
      out.data()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
      EXPECT_FALSE(Take(out.bytes(), begin, end).finding.ok()) << "bit " << bit;
      out.data()[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    }
    EXPECT_TRUE(Take(out.bytes(), begin, end).finding.ok());
  }
}

TEST(ReadHeaderBelievesNoSizeBeyondTheFile) {
  for (const uint64_t claim : {uint64_t{1} << 40, ~uint64_t{0}, ~uint64_t{0} - 39}) {
    ChunkHeader header{.type = 'r', .num_records = 1, .data_size = claim};
    ByteBuffer out;
    EXPECT_TRUE(AppendChunk(64, header, {}, out));
    EXPECT_EQ(Take(out.bytes(), 64, 1 << 20).finding.fault, Fault::kTruncated) << claim;
    header = {.type = 'r', .num_records = claim & ((uint64_t{1} << 56) - 1)};
    ByteBuffer raw;
    EXPECT_TRUE(AppendChunk(64, {.type = 'r', .num_records = 0}, {}, raw));
    StoreLE64(raw.data() + 24, 'r' | header.num_records << 8);
    StoreLE64(raw.data(), Hash(raw.bytes().subspan(8, 32)));
    EXPECT_EQ(Take(raw.bytes(), 64, 1 << 20).finding.fault, Fault::kTruncated) << claim;
  }
}

TEST(AppendPaddingEndsOnABoundary) {
  for (const uint64_t begin : {uint64_t{462}, uint64_t{65495}, uint64_t{65496}, uint64_t{65497}, uint64_t{65535}, uint64_t{65561}}) {
    ByteBuffer out;
    EXPECT_TRUE(AppendPadding(begin, out));
    EXPECT_EQ((begin + out.size()) % kBlock, 0);
    const Taken taken = Take(out.bytes(), begin, begin + out.size());
    EXPECT_TRUE(taken.finding.ok()) << begin;
    EXPECT_EQ(taken.header.type, 'p');
  }
}

}  // namespace
