// ArrayRecord on top of Riegeli's chunks: an index of the data chunks in a footer, and a postscript in the last block that finds it.
#ifndef BOWERBIRD_CORE_RECORDS_ARRAYRECORD_H_
#define BOWERBIRD_CORE_RECORDS_ARRAYRECORD_H_

#include <string_view>
#include <vector>

#include "core/records/record_chunk.h"
#include "core/records/riegeli.h"

namespace bowerbird::arrayrecord {

inline constexpr uint64_t kMagic = 0x71930e704fdae05e;

// One data chunk. Offsets and sizes stay below 2^53.
struct Entry {
  uint64_t offset = 0;
  uint64_t decoded_size = 0;
  uint64_t num_records = 0;
};

struct Footer {
  uint64_t num_records = 0;
  bool has_options = false;
  std::string_view options;  // borrows the records
  std::vector<Entry> entries;
};

// The records of a footer chunk (one behind the other, with their lengths) that begins at `footer_offset`. Every entry is checked: its
// place is one where a chunk may begin, behind the one before it and before the footer.
riegeli::Finding ParseFooter(Bytes records, std::span<const uint64_t> sizes, uint64_t footer_offset, Footer& footer);

// The first of the records of a postscript chunk. False where it is not one.
bool ParsePostscript(Bytes record, uint64_t& footer_offset);

struct WriterOptions {
  uint64_t group_size = 1;
  bool transpose = false;
  bool pad_to_block_boundary = false;
  Compression compression;
};

// A chunk of records that is ready but for its place in a file.
struct EncodedChunk {
  riegeli::ChunkHeader header;
  uint64_t payload_offset = 0;  // in the buffer that EncodeGroups() appended to
};

// Cuts records into groups of options.group_size (the last may be smaller) and appends the payload of each; HashChunks() makes them ready.
// Safe from any thread.
// REQUIRES: sizes add up to values.size(), codecs.Writes(options.compression.codec). False when there is no memory.
bool EncodeGroups(Bytes values, std::span<const uint64_t> sizes, const WriterOptions& options, const Codecs& codecs, ByteBuffer& payloads,
                  std::vector<EncodedChunk>& chunks);

// Sets the hashes of all chunks in `payloads`. Several at once take little longer than one.
void HashChunks(Bytes payloads, std::vector<EncodedChunk>& chunks);

// Lays out one file from its first byte to its last. The caller writes what is appended to `out`, in order. False when there is no memory.
class FileWriter {
 public:
  explicit FileWriter(const WriterOptions& options) : options_(options) {}

  bool Begin(ByteBuffer& out);
  bool Add(const riegeli::ChunkHeader& header, Bytes payload, ByteBuffer& out);
  // `options_text` is stored as it is; null stores none.
  bool Finish(const std::string_view* options_text, const Codecs& codecs, ByteBuffer& out);

  uint64_t position() const { return position_; }
  uint64_t num_records() const { return num_records_; }
  uint64_t num_chunks() const { return entries_.size(); }

 private:
  bool AddChunk(const riegeli::ChunkHeader& header, Bytes payload, ByteBuffer& out);
  bool Pad(ByteBuffer& out);
  bool AddRecords(const std::vector<ByteBuffer>& records, const Compression& compression, const Codecs& codecs, ByteBuffer& out);

  const WriterOptions options_;
  uint64_t position_ = 0;
  uint64_t num_records_ = 0;
  std::vector<Entry> entries_;
};

}  // namespace bowerbird::arrayrecord

#endif  // BOWERBIRD_CORE_RECORDS_ARRAYRECORD_H_
