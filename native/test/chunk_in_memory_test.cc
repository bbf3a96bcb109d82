// Postscript, footer and chunks of a written file, out of the bytes that a reader of objects would have fetched.
#include "core/records/chunk_in_memory.h"

#include <string>

#include "test/test.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::riegeli;

const Codecs kNoLibraries;
constexpr uint64_t kMuch = uint64_t{1} << 30;

// Three chunks of one record each, and a text of options.
struct Written {
  Written() {
    const arrayrecord::WriterOptions options{.compression = {.codec = Codec::kNone}};
    const std::string values = "onethree!";
    const uint64_t sizes[] = {3, 0, 6};
    ByteBuffer payloads;
    std::vector<arrayrecord::EncodedChunk> chunks;
    EXPECT_TRUE(arrayrecord::EncodeGroups(AsBytes(values), sizes, options, kNoLibraries, payloads, chunks));
    arrayrecord::HashChunks(payloads.bytes(), chunks);
    arrayrecord::FileWriter writer(options);
    EXPECT_TRUE(writer.Begin(file));
    for (const auto& [header, at] : chunks) {
      EXPECT_TRUE(writer.Add(header, payloads.bytes().subspan(at, header.data_size), file));
    }
    footer = writer.position();
    const std::string_view text = "group_size:1";
    EXPECT_TRUE(writer.Finish(&text, kNoLibraries, file));
  }
  Window From(uint64_t position) const { return {file.bytes().subspan(position), position, file.size()}; }

  ByteBuffer file;
  uint64_t footer = 0;
};

TEST(ReadPostscriptFindsTheFooter) {
  const Written written;
  ChunkMemory memory;
  uint64_t footer = 0;
  EXPECT_TRUE(arrayrecord::ReadPostscript(written.From(written.file.size() - kBlock), kNoLibraries, memory, footer).ok());
  EXPECT_EQ(footer, written.footer);
  // A chunk of records is none.
  EXPECT_EQ(arrayrecord::ReadPostscript(written.From(kSignatureEnd), kNoLibraries, memory, footer).fault, Fault::kPostscript);
  EXPECT_EQ(arrayrecord::ReadPostscript(written.From(0), kNoLibraries, memory, footer).fault, Fault::kChunkType);
}

TEST(ReadFooterGivesTheIndexAndTheOptions) {
  const Written written;
  ChunkMemory memory;
  ByteBuffer records;
  arrayrecord::Footer footer;
  EXPECT_TRUE(arrayrecord::ReadFooter(written.From(written.footer), kMuch, kNoLibraries, memory, records, footer).ok());
  EXPECT_EQ(footer.num_records, uint64_t{3});
  EXPECT_EQ(footer.options, std::string_view("group_size:1"));
  EXPECT_EQ(footer.entries.size(), size_t{3});
  EXPECT_EQ(footer.entries[0].offset, kSignatureEnd);
  EXPECT_EQ(footer.entries[2].decoded_size, uint64_t{6});
  EXPECT_EQ(arrayrecord::ReadFooter(written.From(written.footer), 10, kNoLibraries, memory, records, footer).fault, Fault::kTooLarge);
}

TEST(DecodeChunkAsksForWhatIsMissing) {
  const Written written;
  ChunkMemory memory;
  ByteBuffer records;
  Window window = written.From(kSignatureEnd);
  const DecodeBounds bounds{.most = kMuch};
  EXPECT_TRUE(DecodeChunk(window, bounds, kNoLibraries, memory, records).ok());
  EXPECT_EQ(AsText(records.bytes()), std::string_view("one"));
  EXPECT_TRUE((memory.sizes == std::vector<uint64_t>{3}));
  window.bytes = window.bytes.first(kChunkHeader);
  const Finding finding = DecodeChunk(window, bounds, kNoLibraries, memory, records);
  EXPECT_EQ(finding.fault, Fault::kNeedBytes);
  EXPECT_TRUE(finding.a > window.end());
}

TEST(DecodeChunkWeighsWhatAHeaderPromises) {
  const Written written;
  ChunkMemory memory;
  ByteBuffer records;
  Window window = written.From(kSignatureEnd);
  // Before the bytes of the chunk are asked for.
  window.bytes = window.bytes.first(kChunkHeader);
  EXPECT_EQ(DecodeChunk(window, {.most = 2}, kNoLibraries, memory, records).fault, Fault::kTooLarge);
  EXPECT_EQ(DecodeChunk(window, {.most = 2, .a_record = kMuch, .ceiling = 3}, kNoLibraries, memory, records).fault, Fault::kTooLarge);
  EXPECT_EQ(DecodeChunk(window, {.most = 2, .a_record = kMuch}, kNoLibraries, memory, records).fault, Fault::kNeedBytes);
}

}  // namespace
