// Takes chunks out of blocks, and puts them in.
#include "core/records/riegeli.h"

namespace bowerbird::riegeli {
namespace {

constexpr uint64_t kUnknownEnd = 0;

// The block header at `position` as part of the chunk [begin, end).
Finding CheckBlockHeader(const Window& window, uint64_t position, uint64_t begin, uint64_t end) {
  BlockHeader header;
  if (!ReadBlockHeader(window.At(position), position, header)) return {Fault::kBlockHash, begin, position};
  if (header.chunk_begin != begin || (end != kUnknownEnd && header.chunk_end != end)) return {Fault::kBlockPlace, begin, position};
  return {};
}

// Calls piece(pointer, length) for `count` bytes of the chunk [begin, end) from `position` on, block headers verified and left out.
// Steps `position` behind them. REQUIRES: the window holds what it walks over, or kNeedBytes comes back.
template <typename Piece>
Finding ForPieces(const Window& window, uint64_t begin, uint64_t end, uint64_t& position, uint64_t count, Piece piece) {
  while (count != 0) {
    if (position % kBlock == 0) {
      if (window.end() < position + kBlockHeader) return {Fault::kNeedBytes, begin, position + kBlockHeader};
      const Finding found = CheckBlockHeader(window, position, begin, end);
      if (!found.ok()) return found;
      position += kBlockHeader;
    }
    const uint64_t length = std::min(kBlock - position % kBlock, count);
    if (window.end() < position + length) return {Fault::kNeedBytes, begin, position + length};
    piece(window.At(position), length);
    position += length;
    count -= length;
  }
  return {};
}

bool IsZero(const uint8_t* p, uint64_t length) {
  return length == 0 || (p[0] == 0 && std::memcmp(p, p + 1, length - 1) == 0);
}

void StoreHeader(const ChunkHeader& header, uint8_t out[kChunkHeader]) {
  StoreLE64(out + 8, header.data_size);
  StoreLE64(out + 16, header.data_hash);
  StoreLE64(out + 24, header.type | header.num_records << 8);
  StoreLE64(out + 32, header.decoded_size);
  StoreLE64(out, Hash({out + 8, kChunkHeader - 8}));
}

void StoreBlockHeader(uint64_t previous, uint64_t next, uint8_t out[kBlockHeader]) {
  StoreLE64(out + 8, previous);
  StoreLE64(out + 16, next);
  StoreLE64(out, Hash({out + 8, kBlockHeader - 8}));
}

// Writes bytes and zeros in turn into a chunk whose memory is there already.
class ChunkWriter {
 public:
  ChunkWriter(uint64_t begin, uint64_t end, uint8_t* out) : begin_(begin), end_(end), position_(begin), out_(out) {}

  // Null for zeros.
  void Put(const uint8_t* bytes, uint64_t count) {
    while (count != 0) {
      PutBlockHeader();
      const uint64_t length = std::min(kBlock - position_ % kBlock, count);
      if (bytes == nullptr) {
        std::memset(out_, 0, length);
      } else {
        std::memcpy(out_, bytes, length);
        bytes += length;
      }
      Step(length);
      count -= length;
    }
  }
  void PutZerosToTheEnd() {
    while (position_ < end_) {
      PutBlockHeader();
      Put(nullptr, std::min(kBlock - position_ % kBlock, end_ - position_));
    }
  }

 private:
  void PutBlockHeader() {
    if (position_ % kBlock != 0) return;
    StoreBlockHeader(position_ - begin_, end_ - position_, out_);
    Step(kBlockHeader);
  }
  void Step(uint64_t count) {
    position_ += count;
    out_ += count;
  }

  const uint64_t begin_, end_;
  uint64_t position_;
  uint8_t* out_;
};

}  // namespace

bool ReadBlockHeader(const uint8_t* p, uint64_t position, BlockHeader& header) {
  if (Hash({p + 8, kBlockHeader - 8}) != LoadLE64(p)) return false;
  // A distance backwards that leads before the file wraps around: to a beginning that no chunk has.
  header = {position - LoadLE64(p + 8), position + LoadLE64(p + 16)};
  return true;
}

Finding ReadHeader(const Window& window, uint64_t begin, ChunkHeader& header, uint64_t& end) {
  if (!MayBegin(begin)) return {Fault::kBoundary, begin};
  const uint64_t left = window.file_size - std::min(begin, window.file_size);
  if (const uint64_t least = AddOverhead(begin, kChunkHeader) - begin; left < least) return {Fault::kTruncated, begin, least, left};

  uint8_t raw[kChunkHeader];
  uint64_t position = begin;
  size_t filled = 0;
  const auto keep = [&](const uint8_t* p, uint64_t length) {
    std::memcpy(raw + filled, p, length);
    filled += length;
  };
  const Finding cut = ForPieces(window, begin, kUnknownEnd, position, kChunkHeader, keep);
  if (!cut.ok()) return cut;
  if (Hash({raw + 8, kChunkHeader - 8}) != LoadLE64(raw)) return {Fault::kHeaderHash, begin};
  header = {.type = raw[24],
            .num_records = LoadLE64(raw + 24) >> 8,
            .data_size = LoadLE64(raw + 8),
            .data_hash = LoadLE64(raw + 16),
            .decoded_size = LoadLE64(raw + 32)};
  if ((begin == 0) != (header.type == static_cast<uint8_t>(ChunkType::kSignature))) return {Fault::kSignature, begin};

  // Claims, until they are compared with the file: the sums of ChunkEnd() must not overflow.
  if (header.data_size > left || header.num_records > left) {
    return {Fault::kTruncated, begin, std::max(header.data_size, header.num_records), left};
  }
  end = ChunkEnd(begin, header.data_size, header.num_records);
  if (end > window.file_size) return {Fault::kTruncated, begin, end - begin, left};
  // A block header before the end was known: now it must agree.
  if (position - begin == kChunkHeader) return {};
  position = begin;
  return ForPieces(window, begin, end, position, kChunkHeader, [](const uint8_t*, uint64_t) {});
}

Finding FindPieces(const Window& window, uint64_t begin, const ChunkHeader& header, uint64_t end, std::vector<Bytes>& pieces) {
  if (window.end() < end) return {Fault::kNeedBytes, begin, end};
  // Where the chunk header ends on a boundary, AddOverhead() steps over nothing; where it began on one or was cut, over one block header.
  uint64_t position = AddOverhead(begin, kChunkHeader);
  return ForPieces(window, begin, end, position, header.data_size,
                   [&](const uint8_t* p, uint64_t length) { pieces.push_back({p, length}); });
}

Finding CheckPadding(const Window& window, uint64_t begin, const ChunkHeader& header, uint64_t end, bool check_zeros) {
  uint64_t position = AddOverhead(begin, kChunkHeader + header.data_size);
  while (position < end) {
    if (position % kBlock == 0) {
      const Finding found = CheckBlockHeader(window, position, begin, end);
      if (!found.ok()) return found;
      position += kBlockHeader;
    }
    const uint64_t length = std::min(kBlock - position % kBlock, end - position);
    if (check_zeros && !IsZero(window.At(position), length)) return {Fault::kPadding, begin, position};
    position += length;
  }
  return {};
}

Finding ReadPayload(const Window& window, uint64_t begin, const ChunkHeader& header, uint64_t end, bool check_padding, ByteBuffer& scratch,
                    Bytes* payload) {
  if (window.end() < end) return {Fault::kNeedBytes, begin, end};
  uint64_t position = AddOverhead(begin, kChunkHeader);
  const bool whole = header.data_size == 0 || (position % kBlock != 0 && header.data_size <= kBlock - position % kBlock);
  const uint8_t* const first = header.data_size == 0 ? nullptr : window.At(position);
  if (payload != nullptr && !whole && !scratch.Resize(header.data_size)) return {Fault::kTooLarge, begin, header.data_size};

  highway::Hasher hasher(kHashKey);
  uint64_t gathered = 0;
  const Finding cut = ForPieces(window, begin, end, position, header.data_size, [&](const uint8_t* p, uint64_t length) {
    hasher.Update({p, length});
    if (payload != nullptr && !whole) std::memcpy(scratch.data() + gathered, p, length);
    gathered += length;
  });
  if (!cut.ok()) return cut;
  if (hasher.Finish() != header.data_hash) return {Fault::kDataHash, begin};
  if (payload != nullptr) *payload = whole ? Bytes(first, header.data_size) : scratch.bytes();
  return CheckPadding(window, begin, header, end, check_padding);
}

bool AppendChunk(uint64_t begin, const ChunkHeader& header, Bytes payload, ByteBuffer& out) {
  const uint64_t end = ChunkEnd(begin, payload.size(), header.num_records);
  const size_t at = out.size();
  if (!out.Resize(at + (end - begin))) return false;
  uint8_t raw[kChunkHeader];
  StoreHeader(header, raw);
  ChunkWriter writer(begin, end, out.data() + at);
  writer.Put(raw, kChunkHeader);
  writer.Put(payload.data(), payload.size());
  writer.PutZerosToTheEnd();
  return true;
}

bool AppendPadding(uint64_t begin, ByteBuffer& out) {
  const uint64_t length = PaddingLength(begin);
  if (length == 0) return true;
  const uint64_t end = begin + length, zeros = Distance(begin, end) - kChunkHeader;
  static constexpr uint8_t kZeros[4096] = {};
  highway::Hasher hasher(kHashKey);
  for (uint64_t left = zeros; left != 0;) {
    const uint64_t part = std::min<uint64_t>(left, sizeof kZeros);
    hasher.Update({kZeros, part});
    left -= part;
  }
  const size_t at = out.size();
  if (!out.Resize(at + length)) return false;
  uint8_t raw[kChunkHeader];
  StoreHeader({.type = static_cast<uint8_t>(ChunkType::kPadding), .data_size = zeros, .data_hash = hasher.Finish()}, raw);
  ChunkWriter writer(begin, end, out.data() + at);
  writer.Put(raw, kChunkHeader);
  writer.Put(nullptr, zeros);
  return true;
}

}  // namespace bowerbird::riegeli
