#include "core/records/chunk_scan.h"

#include <algorithm>
#include <optional>

namespace bowerbird::riegeli {
namespace {

// Chunks that are verified together: small ones take more memory here than in the window.
constexpr size_t kMostAhead = 64;
// A window that grows beyond this waits for no more chunks than the first.
constexpr uint64_t kMostWindow = uint64_t{8} << 20;
// Headers of blocks that are looked at behind a damaged chunk header: 64 KiB that were overwritten reach two of them.
constexpr int kBlocksAhead = 4;
// A chunk that decodes to more is checked piece by piece, where its compression allows.
constexpr uint64_t kDecodedInPieces = uint64_t{4} << 20;

// Cuts pieces into records, for a proof that wants them.
class RecordTaker : public Taker {
 public:
  // `sizes` are filled when the first piece comes. Null: nothing is proved.
  RecordTaker(const std::vector<uint64_t>& sizes, Proof* proof) : sizes_(sizes), proof_(proof) {}

  bool Take(Bytes piece) override {
    if (proof_ == nullptr) return true;
    while (next_ < sizes_.size() && (!piece.empty() || (!hasher_ && sizes_[next_] == 0))) {
      if (!hasher_) {
        hasher_ = Proof::Hasher(sizes_[next_]);
        left_ = sizes_[next_];
      }
      const Bytes part = piece.first(std::min<uint64_t>(piece.size(), left_));
      hasher_->Update(part);
      piece = piece.subspan(part.size());
      left_ -= part.size();
      if (left_ != 0) continue;
      proof_->Add(*hasher_);
      hasher_.reset();
      ++next_;
    }
    return true;
  }

 private:
  const std::vector<uint64_t>& sizes_;
  Proof* const proof_;
  std::optional<highway::Hasher> hasher_;
  uint64_t left_ = 0;
  size_t next_ = 0;
};

// A cheap look before the hash of what may be a chunk header: its type, and sizes that fit the file. True where a block header cuts it.
bool LooksLikeHeader(const Window& window, uint64_t begin) {
  const uint64_t at = begin % kBlock == 0 ? begin + kBlockHeader : begin, left = window.file_size - begin;
  if (at + kChunkHeader > window.end()) return false;
  if (kBlock - at % kBlock < kChunkHeader) return true;
  const uint8_t* const p = window.At(at);
  const uint8_t type = p[24];
  return (type == 'r' || type == 'p' || type == 't' || type == 'm') && LoadLE64(p + 8) <= left && LoadLE64(p + 24) >> 8 <= left;
}

}  // namespace

// True when the window now reaches `end`; else what Next() must return.
bool ChunkScan::Fill(uint64_t end, Event& failed) {
  switch (input_.Fill(std::min(end, file_size_) - position_)) {
    case Input::Status::kOk:
      // The file shrank while it was read: what is left is all there is.
      if (position_ + input_.Window().size() < std::min(end, file_size_)) file_size_ = position_ + input_.Window().size();
      return true;
    case Input::Status::kEmpty: failed = Event::kEmpty; return false;
    case Input::Status::kError: failed = Event::kError; return false;
  }
  return false;
}

// Moves the input to `end`, however far that is.
bool ChunkScan::Step(uint64_t end, Event& failed) {
  while (position_ < end && position_ < file_size_) {
    if (input_.Window().empty() && !Fill(position_ + 1, failed)) return false;
    const uint64_t count = std::min<uint64_t>(input_.Window().size(), end - position_);
    input_.Skip(count);
    position_ += count;
  }
  return true;
}

ChunkScan::Event ChunkScan::Next() {
  if (told_ == ahead_.size()) {
    Event failed = Event::kEnd;
    if (!Step(next_, failed)) return failed;
    if (position_ >= file_size_) return Event::kEnd;
    if (!LookAhead(failed)) return failed;
    if (ahead_.empty()) {
      // A chunk that is cut off reaches to the end: what looks like chunks inside it is its payload.
      uint64_t next = NextExpected(position_);
      if (next < file_size_) is_sure_ = true;
      else if (current_.finding.fault != Fault::kTruncated && !FindNext(next, failed)) return failed;
      current_.end = next_ = next;
      return Event::kDamage;
    }
  }
  current_ = ahead_[told_++];
  next_ = current_.end;
  is_sure_ = true;
  return Event::kChunk;
}

// Verifies the chunks that the window holds, enough to hash them side by side where that takes no giant window. None where the header of
// the first does not hold: nothing says where it ends, and current_ tells why. False: what Next() must return.
bool ChunkScan::LookAhead(Event& failed) {
  for (;;) {
    const Finding end = Collect();
    const bool few = ahead_.empty() || (ahead_.size() < highway::kLanes && end.a - position_ <= kMostWindow);
    if (end.fault == Fault::kNeedBytes && few) {
      ahead_.clear();
      if (!Fill(end.a, failed)) return false;
      continue;
    }
    // A last one that is hashed alone takes as long as four; it comes along with those behind it.
    if (end.fault == Fault::kNeedBytes && ahead_.size() > highway::kLanes) ahead_.resize(ahead_.size() - ahead_.size() % highway::kLanes);
    if (!end.ok() && ahead_.empty()) current_ = {.begin = position_, .finding = end};
    CheckChunks();
    return true;
  }
}

// Fills ahead_ with chunks whose headers hold, and says what comes in the way of more.
Finding ChunkScan::Collect() {
  ahead_.clear();
  told_ = 0;
  pieces_.clear();
  for (uint64_t at = position_; at < file_size_ && ahead_.size() < kMostAhead; at = ahead_.back().end) {
    Chunk chunk{.begin = at, .piece = pieces_.size()};
    if (const Finding found = ReadHeader(window(), at, chunk.header, chunk.end); !found.ok()) return found;
    if (IsForeign(at, chunk.header, chunk.end)) return {Fault::kIndexMismatch, at, 0, chunk.header.num_records};
    if (chunk.header.data_size > MostStored(most_decoded_, chunk.header.num_records)) {
      chunk.finding = {Fault::kTooLarge, at, chunk.header.data_size};
      ahead_.push_back(chunk);
      continue;
    }
    chunk.finding = FindPieces(window(), at, chunk.header, chunk.end, pieces_);
    if (chunk.finding.fault == Fault::kNeedBytes) return chunk.finding;
    if (chunk.finding.fault == Fault::kBlockPlace && IsContradicted(at, chunk.end)) return chunk.finding;
    chunk.pieces = pieces_.size() - chunk.piece;
    ahead_.push_back(chunk);
  }
  return {};
}

void ChunkScan::CheckChunks() {
  const auto payload_of = [this](size_t i) {
    return std::span<const Bytes>(pieces_).subspan(ahead_[i].piece, ahead_[i].pieces);
  };
  for (size_t i = 0; i < ahead_.size(); ++i) {
    hasher_.Begin();
    for (const Bytes piece : payload_of(i)) hasher_.Add(piece);
  }
  const std::span<const uint64_t> hashes = hasher_.Finish();
  for (size_t i = 0; i < ahead_.size(); ++i) {
    Chunk& chunk = ahead_[i];
    const ChunkHeader& header = chunk.header;
    if (!chunk.finding.ok()) continue;
    if (hashes[i] != header.data_hash) {
      chunk.finding = {Fault::kDataHash, chunk.begin};
      continue;
    }
    chunk.finding = CheckPadding(window(), chunk.begin, header, chunk.end, true);
    if (!chunk.finding.ok()) continue;
    if (HoldsRecords(header)) {
      const Fault fault = CheckRecords(chunk, payload_of(i));
      chunk.finding = {fault, chunk.begin, fault == Fault::kNoCodec ? static_cast<uint64_t>(chunk.codec) : header.decoded_size};
    } else if (header.num_records != 0) {
      chunk.finding = {Fault::kChunkType, chunk.begin, header.type};
    }
  }
}

// The first `size` bytes of a payload, in one piece. False when there is no memory.
bool ChunkScan::Gather(std::span<const Bytes> payload, uint64_t size, Bytes& joined) {
  if (payload.front().size() >= size) {
    joined = payload.front().first(size);
    return true;
  }
  gathered_.Clear();
  for (const Bytes piece : payload) {
    if (!gathered_.Append(piece.first(std::min<uint64_t>(piece.size(), size - gathered_.size())))) return false;
  }
  joined = gathered_.bytes();
  return true;
}

Fault ChunkScan::CheckRecords(Chunk& chunk, std::span<const Bytes> payload) {
  const ChunkHeader& header = chunk.header;
  if (payload.empty() || !CompressionOf(payload.front(), chunk.codec)) return Fault::kCompression;
  const bool prove = proof_ != nullptr && chunk.begin < prove_before_;
  if (!codecs_.Reads(chunk.codec)) return prove ? Fault::kNoCodec : Fault::kNone;
  if (header.num_records > most_decoded_ / sizeof(uint64_t)) return Fault::kTooLarge;
  Bytes joined;
  if (chunk.codec == Codec::kNone && header.type == static_cast<uint8_t>(ChunkType::kSimple)) {
    if (!Gather(payload, prove ? header.data_size : SizesAtMost(header), joined)) return Fault::kTooLarge;
    const Fault fault = CheckSimple(header, joined, sizes_);
    if (prove && fault == Fault::kNone) AddToProof(joined.last(header.decoded_size));
    return fault;
  }
  if (header.decoded_size > kDecodedInPieces && header.type == static_cast<uint8_t>(ChunkType::kSimple)) {
    if (!Gather(payload, header.data_size, joined)) return Fault::kTooLarge;
    Proof proof;
    if (prove) proof = *proof_;
    RecordTaker taker(sizes_, prove ? &proof : nullptr);
    const Fault fault = DecodeInPieces(header, joined, codecs_, scratch_, sizes_, taker);
    if (prove && fault == Fault::kNone) *proof_ = proof;
    if (fault != Fault::kNeedWhole) return fault;
  }
  const bool fits = MemoryOf(header) <= most_decoded_ && decoded_.Resize(header.decoded_size);
  if (!fits || !Gather(payload, header.data_size, joined)) return Fault::kTooLarge;
  const Fault fault = DecodeRecords(header, joined, codecs_, scratch_, decoded_.span(), sizes_);
  if (prove && fault == Fault::kNone) AddToProof(decoded_.bytes());
  return fault;
}

// One behind the other, with the lengths in sizes_.
void ChunkScan::AddToProof(Bytes records) {
  for (const uint64_t size : sizes_) {
    proof_->Add(records.first(size));
    records = records.subspan(size);
  }
}

// Where the index expects the next chunk behind `position`: the end of the file where it expects none, or there is no index.
uint64_t ChunkScan::NextExpected(uint64_t position) const {
  const auto next = std::upper_bound(expected_.begin(), expected_.end(), position);
  return next == expected_.end() ? file_size_ : std::min(*next, file_size_);
}

// True for a chunk with a header that holds, and no place in the file: what damaged it brought such bytes along.
bool ChunkScan::IsForeign(uint64_t begin, const ChunkHeader& header, uint64_t end) const {
  if (expected_.empty() || begin >= expected_.back()) return false;
  return end > NextExpected(begin) || (HoldsRecords(header) && !std::binary_search(expected_.begin(), expected_.end(), begin));
}

// True where no header of a block inside the chunk says that it is there, and one says that another is.
bool ChunkScan::IsContradicted(uint64_t begin, uint64_t end) const {
  bool contradicted = false;
  for (uint64_t boundary = begin - begin % kBlock + kBlock; boundary < end; boundary += kBlock) {
    BlockHeader block;
    if (!ReadBlockHeader(window().At(boundary), boundary, block)) continue;
    if (block.chunk_begin == begin && block.chunk_end == end) return false;
    contradicted = true;
  }
  return contradicted;
}

// True where a chain of chunk headers that hold leads from `at` exactly to `goal`, as far as the window shows. `dead`: places from which none
// does; they are found but once, however many chains lead there.
bool ChunkScan::LeadsTo(uint64_t at, uint64_t goal, std::unordered_set<uint64_t>& dead) const {
  const Window w = window();
  std::vector<uint64_t> chain;
  while (at < goal && !dead.contains(at)) {
    chain.push_back(at);
    ChunkHeader header;
    uint64_t end = 0;
    if (!ReadHeader(w, at, header, end).ok()) break;
    at = end;
  }
  if (at == goal) return true;
  dead.insert(chain.begin(), chain.end());
  return false;
}

// The next header of a block that holds and says something of what stands behind position_. chunk_end is 0 where there is none near.
bool ChunkScan::FindBlock(BlockHeader& block, Event& failed) {
  const uint64_t begin = position_;
  uint64_t boundary = begin - begin % kBlock;
  for (int i = 0; i < kBlocksAhead; ++i) {
    boundary += kBlock;
    if (!Fill(boundary + kBlockHeader, failed)) return false;
    if (boundary + kBlockHeader > window().end()) break;
    if (!ReadBlockHeader(window().At(boundary), boundary, block)) continue;
    if (block.chunk_begin > begin && block.chunk_begin <= boundary) return true;
    const bool ends = block.chunk_end > boundary && block.chunk_end <= file_size_;
    // A chunk that begins before a place where one begins surely is not one of this file.
    if (ends && (block.chunk_begin == begin || (block.chunk_begin < begin && !is_sure_))) return true;
  }
  block = {};
  return true;
}

// The damaged header at position_ hides how long its chunk is. The header of a block behind it tells which chunk reaches over its boundary:
//  - the damaged one, or the one in which we are: it ends where the block header says, and what looks like a chunk inside is its payload;
//  - a later one: it is a place to go on, and between here and there a chain of headers must lead to it;
//  - none that can be believed: whatever header holds is taken, up to the next boundary.
bool ChunkScan::FindNext(uint64_t& next, Event& failed) {
  BlockHeader block;
  if (!FindBlock(block, failed)) return false;
  const uint64_t begin = position_, boundary = begin - begin % kBlock + kBlock;
  const bool told = block.chunk_end != 0, chained = told && block.chunk_begin > begin;
  is_sure_ = true;
  if (told && !chained) {
    next = block.chunk_end;
    return true;
  }
  const Window w = window();
  const uint64_t goal = chained ? block.chunk_begin : std::min(boundary, file_size_);
  std::unordered_set<uint64_t> dead;
  for (uint64_t at = begin + 1; at + kChunkHeader <= goal; ++at) {
    if (!MayBegin(at) || !LooksLikeHeader(w, at)) continue;
    ChunkHeader header;
    uint64_t end = 0;
    if (chained ? LeadsTo(at, goal, dead) : ReadHeader(w, at, header, end).ok()) {
      next = at;
      return true;
    }
  }
  is_sure_ = chained || goal == file_size_;
  next = goal;
  return true;
}

}  // namespace bowerbird::riegeli
