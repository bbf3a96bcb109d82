// The outer layer of Riegeli files, on which ArrayRecord stands: blocks of 64 KiB, each opened by a header, and between those headers a
// gapless sequence of chunks. Positions are byte offsets in the file.
// The format: https://github.com/google/riegeli/blob/master/doc/riegeli_records_file_format.md
#ifndef BOWERBIRD_CORE_RECORDS_RIEGELI_H_
#define BOWERBIRD_CORE_RECORDS_RIEGELI_H_

#include <algorithm>
#include <cstdint>
#include <vector>

#include "core/base/buffer.h"
#include "core/base/bytes.h"
#include "core/hash/highway.h"

namespace bowerbird::riegeli {

inline constexpr uint64_t kBlock = 65536;
inline constexpr uint64_t kBlockHeader = 24;
inline constexpr uint64_t kUsable = kBlock - kBlockHeader;
inline constexpr uint64_t kChunkHeader = 40;
// Of the block header and the signature chunk that open every file.
inline constexpr uint64_t kSignatureEnd = 64;
// No file is larger: what JavaScript counts exactly. Below it no sum of the functions here overflows.
inline constexpr uint64_t kMaxPosition = uint64_t{1} << 53;

// "Riegeli/records\n", twice.
inline constexpr highway::Key kHashKey = {0x2f696c6567656952, 0x0a7364726f636572, 0x2f696c6567656952, 0x0a7364726f636572};
inline uint64_t Hash(Bytes message) { return highway::Hash(kHashKey, message); }

// The numbers cross to TypeScript (src/formats/records/array-record-faults.ts): append, never renumber.
enum class Fault : uint8_t {
  kNone = 0,
  kTruncated = 1,      // a = bytes that the chunk takes, b = bytes that are there
  kBoundary = 2,       // no chunk can begin at this position
  kBlockHash = 3,      // a = position of the block header
  kBlockPlace = 4,     // a = position of the block header: intact, but of another chunk
  kHeaderHash = 5,
  kDataHash = 6,
  kPadding = 7,        // a = position of a byte that is not zero
  kSignature = 8,      // the file does not open with the signature, or a signature stands elsewhere
  kChunkType = 9,      // a = type
  kCompression = 10,   // a = type of compression
  kDecompress = 11,    // a compressed buffer does not hold what it promises
  kSizes = 12,         // the sizes of the records do not add up
  kTransposed = 13,    // the state machine of a transposed chunk is not sound
  kTooLarge = 14,      // a = bytes that it would take
  kNoCodec = 15,       // a = type of compression, which no library here reads
  kPostscript = 16,    // the last block is not an ArrayRecord postscript
  kFooterPlace = 17,   // a = where the postscript says that the footer is
  kFooter = 18,        // a = version, where it is not 1; else the messages do not parse
  kIndex = 19,         // a = index entry that cannot be
  kIndexMismatch = 20, // an intact chunk is not what the index says: a = records in the index, b = records in the chunk
  kNeedBytes = 21,     // not a finding: a = end of the bytes to bring
  kNeedWhole = 22,     // not a finding: the chunk cannot be decoded in pieces
};

struct Finding {
  Fault fault = Fault::kNone;
  uint64_t offset = 0;
  uint64_t a = 0;
  uint64_t b = 0;

  bool ok() const { return fault == Fault::kNone; }
};

enum class ChunkType : uint8_t { kSignature = 's', kMetadata = 'm', kPadding = 'p', kSimple = 'r', kTransposed = 't' };

struct ChunkHeader {
  uint8_t type = 0;
  uint64_t num_records = 0;
  uint64_t data_size = 0;  // of the payload, without block headers
  uint64_t data_hash = 0;
  uint64_t decoded_size = 0;
};

inline bool HoldsRecords(const ChunkHeader& h) {
  return h.type == static_cast<uint8_t>(ChunkType::kSimple) || h.type == static_cast<uint8_t>(ChunkType::kTransposed);
}

// Bytes from `position` to the next block boundary: 0 on one.
constexpr uint64_t Remaining(uint64_t position) { return (kBlock - position % kBlock) % kBlock; }
// A chunk may begin on a block boundary (its header then stands behind the block's), but nowhere in a block header nor right behind one.
constexpr bool MayBegin(uint64_t position) { return Remaining(position) < kUsable; }
constexpr uint64_t RoundUp(uint64_t position) {
  const uint64_t remaining = Remaining(position);
  return remaining < kUsable ? position : position + remaining - (kUsable - 1);
}
// Where `length` bytes end that begin at `begin`, block headers counted.
constexpr uint64_t AddOverhead(uint64_t begin, uint64_t length) {
  return begin + length + kBlockHeader * ((length + (begin + kUsable - 1) % kBlock) / kUsable);
}
// Records are addressed by begin + index inside their chunk, so a chunk spans at least as many bytes as it has records.
constexpr uint64_t ChunkEnd(uint64_t begin, uint64_t data_size, uint64_t num_records) {
  return std::max(AddOverhead(begin, kChunkHeader + data_size), RoundUp(begin + num_records));
}
// Bytes between two places where chunks may begin, block headers left out.
constexpr uint64_t Distance(uint64_t begin, uint64_t end) {
  const auto clip = [](uint64_t p) { return p - std::min(p % kBlock, kBlockHeader); };
  return clip(end) - clip(begin) - kBlockHeader * (end / kBlock - begin / kBlock);
}

// A part of a file in memory. Borrows.
struct Window {
  Bytes bytes;
  uint64_t position = 0;   // of bytes[0] in the file
  uint64_t file_size = 0;  // REQUIRES: at most kMaxPosition

  uint64_t end() const { return position + bytes.size(); }
  const uint8_t* At(uint64_t p) const { return bytes.data() + (p - position); }
};

// Reads and verifies the chunk header at `begin` and says where the chunk ends: never beyond the end of the file.
// kNeedBytes where the window ends before the header does. REQUIRES: window.position <= begin
Finding ReadHeader(const Window& window, uint64_t begin, ChunkHeader& header, uint64_t& end);

// The payload of a chunk, in the pieces that block headers cut it into; each of those is verified. Pieces are appended and borrow the window.
// REQUIRES: as for ReadPayload()
Finding FindPieces(const Window& window, uint64_t begin, const ChunkHeader& header, uint64_t end, std::vector<Bytes>& pieces);

// What stands between the payload and the end of a chunk that has more records than bytes. REQUIRES: FindPieces() found the payload
Finding CheckPadding(const Window& window, uint64_t begin, const ChunkHeader& header, uint64_t end, bool check_zeros);

// Verifies the payload and every block header of a chunk, and gathers the payload: it borrows the window where no block header cuts it,
// else `scratch`. `check_padding` also wants the bytes that no hash covers to be zero, as they are written. `payload` may be null.
// REQUIRES: ReadHeader() accepted the same chunk. kNeedBytes where the window ends before the chunk does.
Finding ReadPayload(const Window& window, uint64_t begin, const ChunkHeader& header, uint64_t end, bool check_padding, ByteBuffer& scratch,
                    Bytes* payload);

// The header of the block at `position`: where the chunk that it interrupts begins and ends. REQUIRES: 24 bytes at p
struct BlockHeader {
  uint64_t chunk_begin = 0;
  uint64_t chunk_end = 0;
};
bool ReadBlockHeader(const uint8_t* p, uint64_t position, BlockHeader& header);

// Appends a chunk that begins at `begin` to `out`, with the block headers that fall into it; returns where it ends.
// REQUIRES: MayBegin(begin), payload.size() == header.data_size. False when there is no memory.
bool AppendChunk(uint64_t begin, const ChunkHeader& header, Bytes payload, ByteBuffer& out);
// The payload is `size` zeros.
bool AppendPadding(uint64_t begin, ByteBuffer& out);

// Bytes of AppendPadding(): up to the next block boundary, over it where no chunk header fits before it.
constexpr uint64_t PaddingLength(uint64_t begin) {
  const uint64_t remaining = Remaining(begin);
  return remaining == 0 || remaining >= kChunkHeader ? remaining : remaining + kBlock;
}

}  // namespace bowerbird::riegeli

#endif  // BOWERBIRD_CORE_RECORDS_RIEGELI_H_
