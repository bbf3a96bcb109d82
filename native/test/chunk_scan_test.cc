// A walk over files with damage in every place: what stands is found, what does not is named, and nothing is invented.
#include "core/records/chunk_scan.h"

#include <algorithm>

#include "core/records/arrayrecord.h"
#include "test/memory_input.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::riegeli;

const Codecs kNoCodecs;

struct Made {
  std::vector<uint8_t> file;
  std::vector<uint64_t> begins;  // of data chunks
};

// `count` records of `size` bytes in chunks of their own.
Made Make(size_t count, size_t size) {
  arrayrecord::FileWriter writer({.compression = {.codec = Codec::kNone}});
  ByteBuffer out;
  EXPECT_TRUE(writer.Begin(out));
  Made made;
  for (size_t i = 0; i < count; ++i) {
    const std::vector<uint8_t> record(size, static_cast<uint8_t>(i));
    const std::vector<uint64_t> sizes = {size};
    ByteBuffer payload;
    EXPECT_TRUE(EncodeSimple(record, sizes, {.codec = Codec::kNone}, kNoCodecs, payload));
    made.begins.push_back(writer.position());
    EXPECT_TRUE(writer.Add(
        {.type = 'r', .num_records = 1, .data_size = payload.size(), .data_hash = Hash(payload.bytes()), .decoded_size = size},
        payload.bytes(), out));
  }
  EXPECT_TRUE(writer.Finish(nullptr, kNoCodecs, out));
  made.file.assign(out.bytes().begin(), out.bytes().end());
  return made;
}

struct Seen {
  std::vector<uint64_t> intact;  // begins of chunks of records
  std::vector<std::pair<uint64_t, uint64_t>> damaged;
};

Seen Scan(const std::vector<uint8_t>& file, size_t step, std::vector<uint64_t> places = {}) {
  test::MemoryInput input(file, step, test::MemoryInput::Manner::kFile, true);
  ChunkScan scan(input, file.size(), kNoCodecs, uint64_t{1} << 32);
  scan.Expect(std::move(places));
  Seen seen;
  uint64_t end = 0;
  for (;;) {
    const ChunkScan::Event event = scan.Next();
    if (event == ChunkScan::Event::kEmpty) continue;
    if (event == ChunkScan::Event::kEnd) break;
    EXPECT_EQ(scan.begin(), end);
    EXPECT_TRUE(scan.end() > scan.begin());
    end = scan.end();
    if (event == ChunkScan::Event::kDamage || !scan.finding().ok()) {
      seen.damaged.push_back({scan.begin(), scan.end()});
    } else if (HoldsRecords(scan.header())) {
      seen.intact.push_back(scan.begin());
    }
  }
  EXPECT_EQ(end, file.size());
  EXPECT_FALSE(input.overfilled());
  return seen;
}

TEST(ChunkScanFindsEveryChunkOfAnIntactFile) {
  for (const size_t size : {0u, 1u, 1000u, 70000u}) {
    const Made made = Make(20, size);
    for (const size_t step : {4096u, 1000000u}) {
      const Seen seen = Scan(made.file, step);
      EXPECT_TRUE(seen.damaged.empty()) << size;
      // The footer and the postscript hold records too.
      EXPECT_EQ(seen.intact.size(), made.begins.size() + 2);
      EXPECT_TRUE(std::equal(made.begins.begin(), made.begins.end(), seen.intact.begin()));
    }
  }
}

TEST(ChunkScanLosesOneChunkToAFlippedBitWhereverItIs) {
  for (const size_t size : {1u, 1000u, 70000u}) {
    const Made made = Make(20, size);
    for (size_t at = 0; at < made.file.size(); at += size < 1000 ? 13 : 997) {
      auto file = made.file;
      file[at] ^= 0x10;
      const Seen seen = Scan(file, 65536);
      EXPECT_EQ(seen.damaged.size(), 1) << "byte " << at << " of " << size;
      if (seen.damaged.size() != 1) continue;
      const auto [begin, end] = seen.damaged[0];
      EXPECT_TRUE(begin <= at && at < end) << "byte " << at;
      // All but the chunk it is in.
      const auto hit = std::count_if(made.begins.begin(), made.begins.end(), [&](uint64_t b) { return b >= begin && b < end; });
      EXPECT_TRUE(hit <= 1) << "byte " << at << " of " << size;
      const auto found = std::count_if(seen.intact.begin(), seen.intact.end(), [&](uint64_t b) {
        return std::find(made.begins.begin(), made.begins.end(), b) != made.begins.end();
      });
      EXPECT_EQ(found + hit, 20) << "byte " << at;
    }
  }
}

// What is a file of its own inside a record must not come to light when the record is damaged.
TEST(ChunkScanTakesNoChunksOutOfADamagedChunk) {
  const Made inner = Make(50, 200);
  arrayrecord::FileWriter writer({.compression = {.codec = Codec::kNone}});
  ByteBuffer out, payload;
  EXPECT_TRUE(writer.Begin(out));
  const std::vector<uint64_t> sizes = {inner.file.size()};
  EXPECT_TRUE(EncodeSimple(inner.file, sizes, {.codec = Codec::kNone}, kNoCodecs, payload));
  EXPECT_TRUE(writer.Add({.type = 'r', .num_records = 1, .data_size = payload.size(), .data_hash = Hash(payload.bytes()),
                          .decoded_size = inner.file.size()},
                         payload.bytes(), out));
  EXPECT_TRUE(writer.Finish(nullptr, kNoCodecs, out));
  for (const size_t at : {64u, 80u, 95u, 120u, 5000u}) {
    std::vector<uint8_t> file(out.bytes().begin(), out.bytes().end());
    file[at] ^= 1;
    const Seen seen = Scan(file, 65536);
    EXPECT_EQ(seen.damaged.size(), 1) << at;
    EXPECT_EQ(seen.intact.size(), 2) << at;
  }
}

// The header of the chunk and those of the blocks that it lies in: one that holds, of any block, tells that all is one chunk.
TEST(ChunkScanTakesNoChunksOutOfALongDamagedChunk) {
  const Made inner = Make(900, 300);
  EXPECT_TRUE(inner.file.size() > 4 * kBlock);
  arrayrecord::FileWriter writer({.compression = {.codec = Codec::kNone}});
  ByteBuffer out, payload;
  EXPECT_TRUE(writer.Begin(out));
  const std::vector<uint64_t> sizes = {inner.file.size()};
  EXPECT_TRUE(EncodeSimple(inner.file, sizes, {.codec = Codec::kNone}, kNoCodecs, payload));
  EXPECT_TRUE(writer.Add({.type = 'r', .num_records = 1, .data_size = payload.size(), .data_hash = Hash(payload.bytes()),
                          .decoded_size = inner.file.size()},
                         payload.bytes(), out));
  EXPECT_TRUE(writer.Finish(nullptr, kNoCodecs, out));
  for (const uint64_t blocks : {1u, 2u}) {
    std::vector<uint8_t> file(out.bytes().begin(), out.bytes().end());
    file[80] ^= 1;
    for (uint64_t block = 1; block <= blocks; ++block) file[block * kBlock + 9] ^= 1;
    const Seen seen = Scan(file, 65536);
    EXPECT_EQ(seen.damaged.size(), 1) << blocks;
    EXPECT_EQ(seen.intact.size(), 2) << blocks;
  }
}

// Two damaged headers in one block: what stands between them leads nowhere, and the index alone tells that it is there.
TEST(ChunkScanFindsWhatTheIndexListsBetweenTwoDamagedHeaders) {
  const Made made = Make(40, 1000);
  auto file = made.file;
  file[made.begins[3] + 2] ^= 1;
  file[made.begins[7] + 30] ^= 1;
  std::vector<uint64_t> places = made.begins;
  places.push_back(ChunkEnd(made.begins.back(), 1004, 1));
  const Seen seen = Scan(file, 65536, places);
  EXPECT_EQ(seen.damaged.size(), 2);
  EXPECT_EQ(seen.intact.size(), 40 + 2 - 2);
}

// The header of a chunk of another file, which holds and claims more than stands here: it does not hide what is behind it, whether the index
// says what that is or, where there is none, the headers of blocks, which are many where it is one.
TEST(ChunkScanDoesNotBelieveAChunkHeaderOfAnotherPlace) {
  const Made made = Make(20, 200000), other = Make(2, 500000);
  std::vector<uint64_t> places = made.begins;
  places.push_back(ChunkEnd(made.begins.back(), 200005, 1));
  for (const bool listed : {false, true}) {
    auto file = made.file;
    std::copy_n(other.file.begin() + static_cast<ptrdiff_t>(other.begins[0]), kChunkHeader,
                file.begin() + static_cast<ptrdiff_t>(made.begins[5]));
    const Seen seen = Scan(file, 65536, listed ? places : std::vector<uint64_t>());
    EXPECT_EQ(seen.damaged.size(), 1) << listed;
    EXPECT_EQ(seen.intact.size(), 20 + 2 - 1) << listed;
    EXPECT_TRUE(std::find(seen.intact.begin(), seen.intact.end(), made.begins[6]) != seen.intact.end()) << listed;
  }
}

// A whole chunk of another file behind a damaged header: the index knows that there is none.
TEST(ChunkScanTakesNoChunkThatTheIndexDoesNotList) {
  const Made made = Make(20, 2000), other = Make(2, 100);
  auto file = made.file;
  std::copy_n(other.file.begin() + static_cast<ptrdiff_t>(other.begins[0]), other.begins[1] - other.begins[0],
              file.begin() + static_cast<ptrdiff_t>(made.begins[5]));
  std::vector<uint64_t> places = made.begins;
  places.push_back(ChunkEnd(made.begins.back(), 2004, 1));
  std::copy_n(other.file.begin() + static_cast<ptrdiff_t>(other.begins[0]), other.begins[1] - other.begins[0],
              file.begin() + static_cast<ptrdiff_t>(made.begins[9]) + 700);
  file[made.begins[9] + 3] ^= 1;
  const Seen seen = Scan(file, 65536, places);
  for (const uint64_t begin : seen.intact) {
    EXPECT_TRUE(begin >= places.back() || std::binary_search(made.begins.begin(), made.begins.end(), begin)) << begin;
  }
  // The short one stands where one is listed; what is left behind it is damage, and so is chunk 9.
  EXPECT_EQ(seen.damaged.size(), 2);
  EXPECT_EQ(seen.intact.size(), 20 + 2 - 1);
}

TEST(ChunkScanKeepsAllWholeChunksOfACutFile) {
  const Made made = Make(30, 5000);
  for (size_t cut = 1; cut < made.file.size(); cut += 1237) {
    const std::vector<uint8_t> file(made.file.begin(), made.file.begin() + static_cast<ptrdiff_t>(cut));
    const Seen seen = Scan(file, 65536);
    size_t whole = 0;
    for (size_t i = 0; i < made.begins.size(); ++i) whole += ChunkEnd(made.begins[i], 5000 + 4, 1) <= cut;
    const size_t found = std::min(seen.intact.size(), made.begins.size());
    EXPECT_EQ(found, whole) << cut;
  }
}

}  // namespace
