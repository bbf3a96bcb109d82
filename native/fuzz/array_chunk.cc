// ArrayRecord files: the walk over them ends, covers every byte once, and says the same however the bytes arrive; what it calls intact
// can be read by itself.
#include <vector>

#include "core/records/arrayrecord.h"
#include "core/records/chunk_scan.h"
#include "fuzz/fuzz.h"
#include "test/memory_input.h"

namespace {

using namespace bowerbird;
using namespace bowerbird::fuzz;
using namespace bowerbird::riegeli;

constexpr size_t kChoices = 4;
constexpr uint64_t kMostDecoded = 1 << 20;

struct Step {
  ChunkScan::Event event;
  uint64_t begin, end;
  riegeli::Fault fault;
  uint8_t type;
  bool operator==(const Step&) const = default;
};

std::vector<Step> Scan(Bytes file, uint64_t block, bool fresh) {
  static const Codecs codecs;
  test::MemoryInput input(file, block, test::MemoryInput::Manner::kFile, fresh);
  ChunkScan scan(input, file.size(), codecs, kMostDecoded);
  std::vector<Step> steps;
  uint64_t end = 0;
  for (;;) {
    const ChunkScan::Event event = scan.Next();
    if (event == ChunkScan::Event::kEnd) break;
    CHECK(event == ChunkScan::Event::kChunk || event == ChunkScan::Event::kDamage);
    CHECK(scan.begin() == end);
    CHECK(scan.end() > scan.begin() && scan.end() <= file.size());
    CHECK(event == ChunkScan::Event::kChunk || !scan.finding().ok());
    end = scan.end();
    steps.push_back({event, scan.begin(), scan.end(), scan.finding().fault, event == ChunkScan::Event::kChunk ? scan.header().type : uint8_t{0}});
  }
  CHECK(end == file.size());
  CHECK(!input.overfilled());
  return steps;
}

// Reads a chunk that the walk found intact, and parses it as a footer and a postscript too.
void ReadAlone(Bytes file, uint64_t begin) {
  static const Codecs codecs;
  const Window window{file.subspan(begin), begin, file.size()};
  ChunkHeader header;
  uint64_t end = 0;
  CHECK(ReadHeader(window, begin, header, end).ok());
  ByteBuffer gathered, values;
  Bytes payload;
  CHECK(ReadPayload(window, begin, header, end, false, gathered, &payload).ok());
  CHECK(payload.size() == header.data_size);
  Codec codec;
  CHECK(CompressionOf(payload, codec));
  if (!codecs.Reads(codec)) return;
  CHECK(values.Resize(header.decoded_size));
  DecodeScratch scratch;
  std::vector<uint64_t> sizes;
  CHECK(DecodeRecords(header, payload, codecs, scratch, values.span(), sizes) == riegeli::Fault::kNone);
  uint64_t total = 0;
  for (const uint64_t size : sizes) total += size;
  CHECK(sizes.size() == header.num_records && total == header.decoded_size);

  arrayrecord::Footer footer;
  if (arrayrecord::ParseFooter(values.bytes(), sizes, begin, footer).ok()) {
    uint64_t next = kSignatureEnd;
    for (const arrayrecord::Entry& entry : footer.entries) {
      CHECK(entry.offset >= next && entry.offset < begin);
      next = entry.offset + 1;
    }
    CHECK(!footer.has_options || Inside(AsBytes(footer.options), values.bytes()));
  }
  uint64_t offset = 0;
  if (!sizes.empty()) (void)arrayrecord::ParsePostscript(values.bytes().first(sizes[0]), offset);
}

// Changes bytes, then makes hashes hold again, mostly: otherwise nothing behind them would ever be reached.
std::string MutateFile(const std::string& input, size_t limit, Random& random, ByteMutator bytes) {
  std::string out = bytes(input, limit, random);
  if (out.size() <= kChoices + kSignatureEnd || random() % 8 == 0) return out;
  uint8_t* const file = reinterpret_cast<uint8_t*>(out.data()) + kChoices;
  const uint64_t size = out.size() - kChoices;
  const Bytes view(file, size);
  for (uint64_t at = kSignatureEnd; at + kChunkHeader <= size && at < kBlock - kChunkHeader;) {
    const uint64_t data_size = LoadLE64(file + at + 8), records = LoadLE64(file + at + 24) >> 8;
    const bool fits = data_size <= size - at - kChunkHeader && records <= size;
    if (fits && random() % 16 != 0) StoreLE64(file + at + 16, Hash(view.subspan(at + kChunkHeader, data_size)));
    if (random() % 16 != 0) StoreLE64(file + at, Hash(view.subspan(at + 8, kChunkHeader - 8)));
    if (!fits) break;
    at = ChunkEnd(at, data_size, records);
  }
  return out;
}

}  // namespace

FUZZ(array_chunk, MutateFile) {
  Choices choices(input);
  const uint64_t block = 1 + choices.Byte() * 97;
  for (size_t i = 1; i < kChoices; ++i) choices.Byte();
  const std::vector<Step> steps = Scan(input, block, true);
  CHECK(steps == Scan(input, input.size() + 1, false));
  for (const Step& step : steps) {
    if (step.fault == riegeli::Fault::kNone && (step.type == 'r' || step.type == 't')) ReadAlone(input, step.begin);
  }
}
