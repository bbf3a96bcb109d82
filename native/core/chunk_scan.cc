#include "core/chunk_scan.h"

namespace bowerbird::riegeli {
namespace {

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
  Event failed = Event::kEnd;
  if (!Step(next_, failed)) return failed;
  if (position_ >= file_size_) return Event::kEnd;
  begin_ = position_;
  if (!ReadChunk(failed)) return failed;
  if (end_ != 0) {
    next_ = end_;
    return Event::kChunk;
  }
  // A chunk that is cut off reaches to the end: what looks like chunks inside it is its payload.
  uint64_t next = file_size_;
  if (finding_.fault != Fault::kTruncated && !FindNext(next, failed)) return failed;
  end_ = next_ = next;
  return Event::kDamage;
}

// end_ is 0 where the header does not hold: then nothing says where the chunk ends.
bool ChunkScan::ReadChunk(Event& failed) {
  for (;;) {
    end_ = 0;
    codec_ = Codec::kNone;
    finding_ = ReadHeader(window(), begin_, header_, end_);
    if (finding_.fault == Fault::kNeedBytes) {
      if (!Fill(finding_.a, failed)) return false;
      continue;
    }
    if (!finding_.ok()) {
      end_ = 0;
      return true;
    }
    Bytes payload;
    finding_ = ReadPayload(window(), begin_, header_, end_, true, gathered_, &payload);
    if (finding_.fault == Fault::kNeedBytes) {
      if (!Fill(finding_.a, failed)) return false;
      continue;
    }
    if (finding_.ok() && HoldsRecords(header_)) {
      finding_ = {CheckRecords(payload), begin_, header_.decoded_size};
    } else if (finding_.ok() && header_.num_records != 0) {
      finding_ = {Fault::kChunkType, begin_, header_.type};
    }
    return true;
  }
}

Fault ChunkScan::CheckRecords(Bytes payload) {
  if (!CompressionOf(payload, codec_)) return Fault::kCompression;
  if (!codecs_.Reads(codec_)) return Fault::kNone;
  if (codec_ == Codec::kNone && header_.type == static_cast<uint8_t>(ChunkType::kSimple)) {
    return CheckSimple(header_, payload, sizes_);
  }
  if (header_.decoded_size > most_decoded_ || !decoded_.Resize(header_.decoded_size)) return Fault::kTooLarge;
  return DecodeRecords(header_, payload, codecs_, scratch_, decoded_.span(), sizes_);
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

// The damaged header at begin_ hides how long its chunk is. The header of the next block tells which chunk reaches over its boundary:
//  - the damaged one: it ends where the block header says, and what looks like a chunk inside it is its payload;
//  - a later one: it is a place to go on, and between here and there a chain of headers must lead to it;
//  - none that can be believed: whatever header holds is taken.
bool ChunkScan::FindNext(uint64_t& next, Event& failed) {
  const uint64_t boundary = begin_ - begin_ % kBlock + kBlock;
  if (!Fill(boundary + kBlockHeader, failed)) return false;
  const Window w = window();
  uint64_t goal = std::min(boundary, file_size_);
  bool chained = false;
  BlockHeader block;
  if (boundary + kBlockHeader <= w.end() && ReadBlockHeader(w.At(boundary), boundary, block)) {
    const bool ends = block.chunk_end > boundary && block.chunk_end <= file_size_;
    if (block.chunk_begin == begin_ && ends) {
      next = block.chunk_end;
      return true;
    }
    if (block.chunk_begin > begin_ && block.chunk_begin <= boundary) {
      goal = block.chunk_begin;
      chained = true;
    }
  }
  for (uint64_t at = begin_ + 1; at + kChunkHeader <= std::min(goal, w.end()); ++at) {
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
