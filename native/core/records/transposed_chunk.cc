// Transposed chunks: the fields of protobuf records in columns, and a state machine that weaves them together again, from the last byte of
// the last record to the first of the first.
// Riegeli's page on its format (riegeli.h) names such chunks and leaves their content open; its decoder,
// riegeli/chunk_encoding/transpose_decoder.cc, is what tells it.
#include "core/records/record_chunk.h"
#include "core/base/wire.h"

namespace bowerbird::riegeli {
namespace {

// Of the state machine, unpacked: some hundred thousand states. Google's encoder makes some thousand of the most motley records.
constexpr uint64_t kMostHeader = uint64_t{8} << 20;
// An encoder needs a move for an action at the most, and a few more between states that are far apart.
constexpr uint64_t kMovesAnAction = 8;
constexpr uint64_t kMovesAtLeast = 64;

constexpr uint32_t kNoOp = 0, kNonProto = 1, kSubmessageStart = 2, kMessageStart = 3;
// Subtypes of varint fields: how many bytes (0 to 9: one to ten), or a value below 128 that stands in the subtype itself.
constexpr uint8_t kMaxVarintBytes = 9, kFirstInline = 10, kLastInline = 137;

bool ReadVarint32(Bytes& rest, uint32_t& value) {
  uint64_t wide = 0;
  const size_t before = rest.size();
  if (!wire::ReadVarint(rest, wide) || wide > 0xffffffffu || before - rest.size() > 5) return false;
  value = static_cast<uint32_t>(wide);
  return true;
}

bool ReadByte(Bytes& rest, uint8_t& byte) {
  if (rest.empty()) return false;
  byte = rest[0];
  rest = rest.subspan(1);
  return true;
}

bool IsVarintTag(uint32_t tag) { return tag >= 8 && (tag & 7) == 0; }

bool NeedsBuffer(uint32_t tag, uint8_t subtype) {
  if (tag == kNonProto) return true;
  if (tag < 8) return false;
  switch (tag & 7) {
    case 0: return subtype <= kMaxVarintBytes;
    case 1:
    case 2:
    case 5: return true;
    default: return false;
  }
}

struct StateNode {
  uint32_t tag = 0;
  uint32_t target = 0;
  uint32_t buffer = 0;
  uint8_t subtype = 0;
  bool implicit = false;
};

struct Machine {
  std::vector<uint64_t> bucket_lengths, buffer_lengths;
  std::vector<StateNode> states;
  uint32_t first_state = 0;
};

// Counts are compared with the bytes that their lists take at least, before there is memory for them. `stored`: of all buckets; none is empty.
bool ReadMachine(Bytes rest, uint64_t stored, Machine& m) {
  uint32_t num_buckets, num_buffers, num_states;
  if (!ReadVarint32(rest, num_buckets) || !ReadVarint32(rest, num_buffers)) return false;
  if (num_buckets > stored || num_buckets > rest.size() || num_buffers > rest.size() - num_buckets) return false;
  m.bucket_lengths.resize(num_buckets);
  m.buffer_lengths.resize(num_buffers);
  for (uint64_t& length : m.bucket_lengths) {
    if (!wire::ReadVarint(rest, length)) return false;
  }
  for (uint64_t& length : m.buffer_lengths) {
    if (!wire::ReadVarint(rest, length)) return false;
  }
  if (!ReadVarint32(rest, num_states) || num_states > rest.size() / 2) return false;
  m.states.resize(num_states);
  for (StateNode& s : m.states) {
    if (!ReadVarint32(rest, s.tag)) return false;
  }
  for (StateNode& s : m.states) {
    if (!ReadVarint32(rest, s.target)) return false;
    s.implicit = s.target >= num_states;
    if (s.implicit) s.target -= num_states;
    if (s.target >= num_states) return false;
  }
  for (StateNode& s : m.states) {
    if (IsVarintTag(s.tag) && (!ReadByte(rest, s.subtype) || s.subtype > kLastInline)) return false;
  }
  for (StateNode& s : m.states) {
    const bool invalid = (s.tag >= 4 && s.tag < 8) || (s.tag & 7) == 7;
    if (invalid) return false;
    if (NeedsBuffer(s.tag, s.subtype) && (!ReadVarint32(rest, s.buffer) || s.buffer >= num_buffers)) return false;
  }
  return ReadVarint32(rest, m.first_state) && m.first_state < num_states && rest.empty();
}

// Cuts the buffers out of the unpacked buckets, in order; all buckets must be used up.
bool CutBuffers(const std::vector<ByteBuffer>& buckets, const std::vector<uint64_t>& lengths, std::vector<Bytes>& buffers) {
  size_t bucket = 0;
  Bytes rest = buckets.empty() ? Bytes() : buckets[0].bytes();
  for (const uint64_t length : lengths) {
    if (length > rest.size()) return false;
    buffers.push_back(rest.first(length));
    rest = rest.subspan(length);
    while (rest.empty() && bucket + 1 < buckets.size()) rest = buckets[++bucket].bytes();
  }
  return rest.empty() && bucket + 1 >= buckets.size();
}

// Writes the records from the end of `out` to its beginning.
class Weaver {
 public:
  Weaver(const Machine& machine, std::vector<Bytes>& buffers, MutableBytes out, uint64_t num_records, std::vector<uint64_t>& limits)
      : machine_(machine), buffers_(buffers), out_(out), num_records_(num_records), limits_(limits) {}

  bool Run(Bytes moves) {
    // Every action makes bytes, ends a record or opens what must be closed with bytes, but for the no-ops, of which an encoder puts a few
    // between two moves. What takes many more steps runs in circles.
    const uint64_t most_steps = 16 * (out_.size() + num_records_ + machine_.states.size() + kMovesAtLeast);
    uint32_t state = machine_.first_state;
    uint32_t free_moves = 0;
    for (uint64_t step = 0; step < most_steps; ++step) {
      const StateNode& s = machine_.states[state];
      if (!Act(s)) return false;
      state = s.target;
      if (s.implicit) continue;
      if (free_moves > 0) {
        --free_moves;
        continue;
      }
      uint8_t move;
      if (!ReadByte(moves, move)) return open_.empty() && limits_.size() == num_records_ && made_ == out_.size() && EndsWhole();
      free_moves = move & 3;
      if ((move >> 2) >= machine_.states.size() - state) return false;
      state += move >> 2;
    }
    return false;
  }

 private:
  struct Submessage {
    uint64_t made;
    uint32_t tag;
  };

  bool EndsWhole() const { return limits_.empty() ? made_ == 0 : limits_.back() == made_; }

  bool Prepend(Bytes bytes) {
    if (bytes.size() > out_.size() - made_) return false;
    made_ += bytes.size();
    if (!bytes.empty()) std::memcpy(out_.data() + (out_.size() - made_), bytes.data(), bytes.size());
    return true;
  }
  bool PrependVarint(uint64_t value) {
    uint8_t raw[10];
    return Prepend({raw, PutVarint(value, raw)});
  }
  bool Take(uint32_t buffer, uint64_t count, Bytes& taken) {
    Bytes& rest = buffers_[buffer];
    if (count > rest.size()) return false;
    taken = rest.first(count);
    rest = rest.subspan(count);
    return true;
  }
  bool PrependFrom(const StateNode& s, uint64_t count) {
    Bytes taken;
    return Take(s.buffer, count, taken) && Prepend(taken);
  }

  bool EndMessage() {
    if (!open_.empty() || limits_.size() == num_records_) return false;
    limits_.push_back(made_);
    return true;
  }

  bool Act(const StateNode& s) {
    switch (s.tag) {
      case kNoOp: return true;
      case kNonProto: {
        // The lengths of such records are the last buffer.
        uint32_t length;
        return ReadVarint32(buffers_.back(), length) && PrependFrom(s, length) && EndMessage();
      }
      case kSubmessageStart: {
        if (open_.empty()) return false;
        const Submessage message = open_.back();
        open_.pop_back();
        return PrependVarint(made_ - message.made) && PrependVarint(message.tag);
      }
      case kMessageStart: return EndMessage();
      default: return ActOnField(s);
    }
  }

  bool ActOnField(const StateNode& s) {
    switch (s.tag & 7) {
      case 0: return PrependNumber(s) && PrependVarint(s.tag);
      case 1: return PrependFrom(s, 8) && PrependVarint(s.tag);
      case 2: return PrependString(s) && PrependVarint(s.tag);
      case 5: return PrependFrom(s, 4) && PrependVarint(s.tag);
      case 6:
        // What is open holds at least a tag and a length when it is closed: no more can be open than there is room for.
        if (open_.size() > out_.size()) return false;
        open_.push_back({made_, s.tag - 4});  // the same field, of wire type 2
        return true;
      default: return PrependVarint(s.tag);  // groups
    }
  }

  bool PrependNumber(const StateNode& s) {
    if (s.subtype >= kFirstInline) {
      const uint8_t value = static_cast<uint8_t>(s.subtype - kFirstInline);
      return Prepend({&value, 1});
    }
    // Stored without the bits that say "more follows".
    Bytes taken;
    const size_t count = s.subtype + size_t{1};
    if (!Take(s.buffer, count, taken)) return false;
    uint8_t raw[kMaxVarintBytes + 1];
    for (size_t i = 0; i < count; ++i) raw[i] = static_cast<uint8_t>(taken[i] | (i + 1 < count ? 0x80 : 0));
    return Prepend({raw, count});
  }

  bool PrependString(const StateNode& s) {
    Bytes& rest = buffers_[s.buffer];
    const Bytes start = rest;
    uint32_t length;
    if (!ReadVarint32(rest, length)) return false;
    const Bytes prefix = start.first(start.size() - rest.size());
    return PrependFrom(s, length) && Prepend(prefix);
  }

  const Machine& machine_;
  std::vector<Bytes>& buffers_;
  const MutableBytes out_;
  const uint64_t num_records_;
  std::vector<uint64_t>& limits_;
  std::vector<Submessage> open_;
  uint64_t made_ = 0;
};

// The header, and everything behind it.
Fault OpenTransposed(Bytes payload, Packed& header, Bytes& rest) {
  Codec codec;
  uint64_t length = 0;
  if (!CompressionOf(payload, codec)) return Fault::kCompression;
  rest = payload.subspan(1);
  if (!wire::ReadVarint(rest, length) || length > rest.size()) return Fault::kTransposed;
  if (!OpenPacked(codec, rest.first(length), header)) return Fault::kDecompress;
  rest = rest.subspan(length);
  return Fault::kNone;
}

// The buckets, then the transitions.
Fault OpenBuckets(Codec codec, const Machine& machine, Bytes rest, std::vector<Packed>& parts) {
  for (const uint64_t length : machine.bucket_lengths) {
    if (length > rest.size()) return Fault::kTransposed;
    Packed& packed = parts.emplace_back();
    if (!OpenPacked(codec, rest.first(length), packed)) return Fault::kDecompress;
    rest = rest.subspan(length);
  }
  return OpenPacked(codec, rest, parts.emplace_back()) ? Fault::kNone : Fault::kDecompress;
}

}  // namespace

Fault DecodeTransposed(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, MutableBytes out,
                       std::vector<uint64_t>& sizes) {
  Packed packed_header;
  Bytes rest;
  if (const Fault fault = OpenTransposed(payload, packed_header, rest); fault != Fault::kNone) return fault;
  if (packed_header.size > kMostHeader) return Fault::kTransposed;
  if (const Fault fault = UnpackInto(packed_header, codecs, scratch.sizes); fault != Fault::kNone) return fault;
  Machine machine;
  if (!ReadMachine(scratch.sizes.bytes(), rest.size(), machine)) return Fault::kTransposed;

  std::vector<Packed> parts;
  if (const Fault fault = OpenBuckets(packed_header.codec, machine, rest, parts); fault != Fault::kNone) return fault;
  // Every byte of a buffer ends up in a record, but for the lengths of records: few bytes each. Checked before memory is asked for.
  uint64_t room = header.decoded_size + 5 * header.num_records;
  scratch.buckets.resize(machine.bucket_lengths.size());
  for (size_t i = 0; i < scratch.buckets.size(); ++i) {
    if (parts[i].size > room) return Fault::kTransposed;
    room -= parts[i].size;
    if (const Fault fault = UnpackInto(parts[i], codecs, scratch.buckets[i]); fault != Fault::kNone) return fault;
  }
  if (parts.back().size > kMovesAnAction * (header.decoded_size + header.num_records) + kMovesAtLeast) return Fault::kTransposed;
  if (const Fault fault = UnpackInto(parts.back(), codecs, scratch.transitions); fault != Fault::kNone) return fault;

  std::vector<Bytes> buffers;
  if (!CutBuffers(scratch.buckets, machine.buffer_lengths, buffers)) return Fault::kTransposed;
  scratch.limits.clear();
  Weaver weaver(machine, buffers, out, header.num_records, scratch.limits);
  if (!weaver.Run(scratch.transitions.bytes())) return Fault::kTransposed;
  // Limits count from the end, the last record's first.
  sizes.resize(header.num_records);
  uint64_t before = 0;
  for (size_t i = 0; i < sizes.size(); ++i) {
    sizes[sizes.size() - 1 - i] = scratch.limits[i] - before;
    before = scratch.limits[i];
  }
  return Fault::kNone;
}

}  // namespace bowerbird::riegeli
