// Every bit of small ArrayRecord files of each kind, flipped one after another: the walk finds each, names the chunk that it is in, and keeps
// all others. There is no byte that it takes for granted. The zeros behind the payload of a chunk with more records than bytes are under no
// hash, so they are held against zero; all else is under a hash of a block header, a chunk header or a payload.
//
// The long runs of zeros that fill blocks up, and the long record in "across blocks", are flipped bit by bit in the first file alone; in the
// others one bit of every 61st of their bytes. Slow builds (sanitizers, emulated processors) do so in the first file too.
#include <algorithm>
#include <string>

#include "os/codec_library.h"
#include "core/records/arrayrecord.h"
#include "core/records/chunk_scan.h"
#include "test/memory_input.h"
#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::riegeli;

#if defined(__SANITIZE_ADDRESS__) || defined(__aarch64__)
constexpr bool kSlow = true;
#else
constexpr bool kSlow = false;
#endif
constexpr uint64_t kSparse = 61;
// Behind its header (and its first bytes) a chunk as long as this is a long run.
constexpr uint64_t kLong = 4096;

struct Kind {
  std::string name;
  arrayrecord::WriterOptions options;
  std::vector<std::string> records;
};

std::vector<uint8_t> FileOf(const Kind& kind) {
  ByteBuffer values, payloads, out;
  std::vector<uint64_t> sizes;
  std::vector<arrayrecord::EncodedChunk> chunks;
  for (const std::string& record : kind.records) {
    EXPECT_TRUE(values.Append(AsBytes(record)));
    sizes.push_back(record.size());
  }
  EXPECT_TRUE(arrayrecord::EncodeGroups(values.bytes(), sizes, kind.options, os::CodecLibrary(), payloads, chunks));
  arrayrecord::HashChunks(payloads.bytes(), chunks);
  arrayrecord::FileWriter writer(kind.options);
  EXPECT_TRUE(writer.Begin(out));
  for (const auto& [header, at] : chunks) {
    EXPECT_TRUE(writer.Add(header, payloads.bytes().subspan(at, header.data_size), out));
  }
  const std::string_view text = "group_size:1";
  EXPECT_TRUE(writer.Finish(&text, os::CodecLibrary(), out));
  return {out.bytes().begin(), out.bytes().end()};
}

struct Chunk {
  uint64_t begin, end;
  bool intact;
  bool operator==(const Chunk&) const = default;
};

void Walk(const std::vector<uint8_t>& file, std::vector<Chunk>& chunks) {
  test::MemoryInput input(file, file.size());
  ChunkScan scan(input, file.size(), os::CodecLibrary(), uint64_t{1} << 32);
  chunks.clear();
  for (;;) {
    const ChunkScan::Event event = scan.Next();
    if (event == ChunkScan::Event::kEnd) return;
    chunks.push_back({scan.begin(), scan.end(), event == ChunkScan::Event::kChunk && scan.finding().ok()});
  }
}

bool IsInLongRun(uint64_t at, const Chunk& chunk) {
  return chunk.end - chunk.begin >= kLong && at >= chunk.begin + 2 * kChunkHeader && at % kBlock >= kBlockHeader;
}

// Returns how many bits were flipped.
uint64_t FlipEveryBit(const Kind& kind, bool long_runs_too) {
  std::vector<uint8_t> file = FileOf(kind);
  std::vector<Chunk> chunks, seen;
  Walk(file, chunks);
  EXPECT_TRUE(std::all_of(chunks.begin(), chunks.end(), [](const Chunk& c) { return c.intact; })) << kind.name;
  EXPECT_EQ(chunks.back().end, file.size()) << kind.name;
  uint64_t flips = 0;
  for (Chunk& hit : chunks) {
    hit.intact = false;  // as the walk must see it, and nothing else otherwise than it is
    for (uint64_t at = hit.begin; at < hit.end; ++at) {
      const bool sparse = !long_runs_too && IsInLongRun(at, hit);
      if (sparse && at % kSparse != 0) continue;
      for (uint64_t bit = sparse ? at % 8 : 0; bit < 8; bit += sparse ? 8 : 1) {
        file[at] ^= uint8_t{1} << bit;
        Walk(file, seen);
        EXPECT_TRUE(seen == chunks) << kind.name << ", bit " << bit << " of byte " << at;
        file[at] ^= uint8_t{1} << bit;
        ++flips;
      }
    }
    hit.intact = true;
  }
  return flips;
}

const std::vector<std::string> kWords = {"zero", "", "two", "the quick brown fox", "the quick brown fox jumps", std::string(90, '0'), "six"};

constexpr Compression Of(Codec codec) { return {.codec = codec, .level = codec == Codec::kBrotli ? 6 : 3, .window_log = 0}; }

TEST(EveryFlippedBitOfAFileIsFoundInItsChunk) {
  const Kind kind{"uncompressed", {.compression = Of(Codec::kNone)}, kWords};
  EXPECT_GT(FlipEveryBit(kind, !kSlow), kSlow ? 10'000 : 1'000'000);
}

TEST(EveryFlippedBitOfEachKindOfFileIsFoundInItsChunk) {
  std::vector<Kind> kinds = {
      {"padded", {.group_size = 4, .pad_to_block_boundary = true, .compression = Of(Codec::kNone)}, kWords},
      {"across blocks", {.compression = Of(Codec::kNone)}, {"a", std::string(65300, 'b'), std::string(300, 'c')}},
      {"empties", {.group_size = 500, .compression = Of(Codec::kSnappy)}, std::vector<std::string>(700)},
      {"none", {.compression = Of(Codec::kNone)}, {}},
  };
  for (const Codec codec : {Codec::kNone, Codec::kSnappy, Codec::kZstd, Codec::kBrotli}) {
    // Without such a library here, test/unit/jobs/array-record-damage.test.ts has that of Node.
    if (!os::CodecLibrary().Writes(codec) || !os::CodecLibrary().Reads(codec)) continue;
    for (const uint64_t group : {1, 3}) {
      for (const bool transpose : {false, true}) {
        const std::string name = "codec " + std::to_string(static_cast<int>(codec)) + ", groups of " + std::to_string(group);
        kinds.push_back({name + (transpose ? ", transposed" : ""),
                         {.group_size = group, .transpose = transpose, .compression = Of(codec)},
                         kWords});
      }
    }
  }
  for (const Kind& kind : kinds) EXPECT_GT(FlipEveryBit(kind, false), 5000) << kind.name;
}

}  // namespace
