#include "core/chunk_scan.h"

namespace bowerbird::riegeli {
namespace {

// Chunks that are verified together: small ones take more memory here than in the window.
constexpr size_t kMostAhead = 64;
// A window that grows beyond this waits for no more chunks than the first.
constexpr uint64_t kMostWindow = uint64_t{8} << 20;

// A cheap look before the hash of what may be a chunk header: its type, and sizes that fit the file.
bool LooksLikeHeader(const uint8_t* p, uint64_t left) {
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
      uint64_t next = file_size_;
      if (current_.finding.fault != Fault::kTruncated && !FindNext(next, failed)) return failed;
      current_.end = next_ = next;
      return Event::kDamage;
    }
  }
  current_ = ahead_[told_++];
  next_ = current_.end;
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
    chunk.finding = FindPieces(window(), at, chunk.header, chunk.end, pieces_);
    if (chunk.finding.fault == Fault::kNeedBytes) return chunk.finding;
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
  Bytes joined;
  if (chunk.codec == Codec::kNone && header.type == static_cast<uint8_t>(ChunkType::kSimple)) {
    if (!Gather(payload, prove ? header.data_size : SizesAtMost(header), joined)) return Fault::kTooLarge;
    const Fault fault = CheckSimple(header, joined, sizes_);
    if (prove && fault == Fault::kNone) AddToProof(joined.last(header.decoded_size));
    return fault;
  }
  const bool fits = header.decoded_size <= most_decoded_ && decoded_.Resize(header.decoded_size);
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

// True where a chain of chunk headers that hold leads from `at` exactly to `goal`, as far as the window shows.
bool ChunkScan::LeadsTo(uint64_t at, uint64_t goal) const {
  const Window w = window();
  while (at < goal) {
    ChunkHeader header;
    uint64_t end = 0;
    if (!ReadHeader(w, at, header, end).ok()) return false;
    at = end;
  }
  return at == goal;
}

// The damaged header at position_ hides how long its chunk is. The header of the next block tells which chunk reaches over its boundary:
//  - the damaged one: it ends where the block header says, and what looks like a chunk inside it is its payload;
//  - a later one: it is a place to go on, and between here and there a chain of headers must lead to it;
//  - none that can be believed: whatever header holds is taken.
bool ChunkScan::FindNext(uint64_t& next, Event& failed) {
  const uint64_t begin = position_, boundary = begin - begin % kBlock + kBlock;
  if (!Fill(boundary + kBlockHeader, failed)) return false;
  const Window w = window();
  uint64_t goal = std::min(boundary, file_size_);
  bool chained = false;
  BlockHeader block;
  if (boundary + kBlockHeader <= w.end() && ReadBlockHeader(w.At(boundary), boundary, block)) {
    const bool ends = block.chunk_end > boundary && block.chunk_end <= file_size_;
    if (block.chunk_begin == begin && ends) {
      next = block.chunk_end;
      return true;
    }
    if (block.chunk_begin > begin && block.chunk_begin <= boundary) {
      goal = block.chunk_begin;
      chained = true;
    }
  }
  for (uint64_t at = begin + 1; at + kChunkHeader <= std::min(goal, w.end()); ++at) {
    if (!MayBegin(at) || !LooksLikeHeader(w.At(at), file_size_ - at)) continue;
    ChunkHeader header;
    uint64_t end = 0;
    if (chained ? LeadsTo(at, goal) : ReadHeader(w, at, header, end).ok()) {
      next = at;
      return true;
    }
  }
  next = goal;
  return true;
}

}  // namespace bowerbird::riegeli
