// Transposed chunks without columns: records that are whole, and empty ones, which are messages without fields. The state machine that tells them
// apart is the one that Google's encoder makes, so that chunks of such records are its chunks, byte for byte.
#include <algorithm>
#include <optional>

#include "core/records/record_chunk.h"

namespace bowerbird::riegeli {
namespace {

// Tags of states. An empty record parses as a message, so it is one.
constexpr uint8_t kWholeRecord = 1, kMessageStart = 3;
// Google's encoder gives a state a list of its own of those that follow it so often. Others share a list, but for those that follow one state only.
constexpr uint64_t kOwnListFrom = 10;
constexpr size_t kKinds = 2;

// The kinds of records in the order in which they first come. The machine runs from the last record to the first.
class Kinds {
 public:
  explicit Kinds(std::span<const uint64_t> sizes) : sizes_(sizes), first_is_empty_(sizes[0] == 0) {
    for (size_t i = sizes.size() - 1; i > 0; --i) ++moves[Of(i)][Of(i - 1)];
  }

  size_t Of(size_t record) const { return (sizes_[record] == 0) == first_is_empty_ ? 0 : 1; }
  uint8_t Tag(size_t kind) const { return (kind == 0) == first_is_empty_ ? kMessageStart : kWholeRecord; }

  uint64_t moves[kKinds][kKinds] = {};  // from one kind to another

 private:
  const std::span<const uint64_t> sizes_;
  const bool first_is_empty_;
};

struct Encoded {
  std::vector<size_t> states;                         // the kind of each
  std::optional<size_t> list[kKinds];                 // where the states begin that may follow a kind
  std::optional<size_t> own[kKinds][kKinds], shared[kKinds];  // the state of a kind in such a list
  size_t targets[kKinds] = {};                        // kinds that follow

  size_t StateAfter(size_t from, size_t to) const { return own[from][to] ? *own[from][to] : *shared[to]; }
};

// Appends a list of states: those that are come to most often first.
template <typename Weight, typename Place>
void AppendList(std::span<const size_t> kinds, Weight weight, Place place, Encoded& machine) {
  std::vector<size_t> order(kinds.begin(), kinds.end());
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) { return weight(a) > weight(b); });
  for (const size_t kind : order) {
    place(kind) = machine.states.size();
    machine.states.push_back(kind);
  }
}

Encoded MakeMachine(const Kinds& kinds, size_t last) {
  Encoded machine;
  uint64_t incoming[kKinds] = {};  // moves to a kind that no list serves yet
  for (size_t a = 0; a < kKinds; ++a) {
    for (size_t b = 0; b < kKinds; ++b) {
      machine.targets[a] += kinds.moves[a][b] != 0 ? 1 : 0;
      incoming[b] += kinds.moves[a][b];
    }
  }
  // Where the machine starts, there has to be a state.
  incoming[last] = std::max<uint64_t>(incoming[last], 1);
  for (const auto& moves : kinds.moves) {
    for (size_t b = 0; b < kKinds; ++b) incoming[b] -= moves[b] >= kOwnListFrom ? moves[b] : 0;
  }
  for (size_t a = 0; a < kKinds; ++a) {
    const auto& moves = kinds.moves[a];
    std::vector<size_t> own, others;
    for (size_t b = 0; b < kKinds; ++b) {
      if (moves[b] == 0) continue;
      (moves[b] >= kOwnListFrom || moves[b] == incoming[b] ? own : others).push_back(b);
    }
    if (own.empty()) continue;
    // One that is left over comes along.
    own.insert(own.end(), others.begin(), others.end());
    std::sort(own.begin(), own.end());
    for (const size_t b : own) incoming[b] -= moves[b] >= kOwnListFrom ? 0 : moves[b];
    machine.list[a] = machine.states.size();
    AppendList(own, [&](size_t b) { return moves[b]; }, [&](size_t b) -> auto& { return machine.own[a][b]; }, machine);
  }
  std::vector<size_t> left;
  for (size_t b = 0; b < kKinds; ++b) {
    if (incoming[b] != 0) left.push_back(b);
  }
  AppendList(left, [&](size_t b) { return incoming[b]; }, [&](size_t b) -> auto& { return machine.shared[b]; }, machine);
  for (size_t a = 0; a < kKinds; ++a) {
    if (machine.list[a]) continue;
    for (size_t b = 0; b < kKinds; ++b) {
      if (kinds.moves[a][b] != 0) machine.list[a] = std::min(machine.list[a].value_or(*machine.shared[b]), *machine.shared[b]);
    }
  }
  return machine;
}

// A byte holds how far on in its list the next state is, and how many moves to the first of a list come behind that.
bool AppendMoves(const Kinds& kinds, const Encoded& machine, size_t records, ByteBuffer& out) {
  std::optional<uint8_t> last;
  bool ok = true;
  for (size_t i = records - 1; ok && i > 0; --i) {
    const size_t from = kinds.Of(i), to = kinds.Of(i - 1);
    if (machine.targets[from] == 1) continue;
    const size_t step = machine.StateAfter(from, to) - *machine.list[from];
    if (step == 0 && last && (*last & 3) < 3) {
      ++*last;
      continue;
    }
    if (last) ok = out.Append({&*last, 1});
    last = static_cast<uint8_t>(step << 2);
  }
  return ok && (!last || out.Append({&*last, 1}));
}

bool AppendMachine(const Kinds& kinds, const Encoded& machine, size_t last, ByteBuffer& header) {
  const size_t count = machine.states.size();
  bool ok = AppendVarint(count, header);
  for (const size_t kind : machine.states) ok = ok && AppendVarint(kinds.Tag(kind), header);
  for (const size_t kind : machine.states) {
    const bool implicit = machine.targets[kind] == 1;
    ok = ok && AppendVarint(machine.list[kind].value_or(0) + (implicit ? count : 0), header);
  }
  // All whole records are in one buffer, the first.
  for (const size_t kind : machine.states) ok = ok && (kinds.Tag(kind) != kWholeRecord || AppendVarint(0, header));
  const auto first = std::find(machine.states.begin(), machine.states.end(), last);
  return ok && AppendVarint(static_cast<uint64_t>(first - machine.states.begin()), header);
}

}  // namespace

bool EncodeTransposed(Bytes values, std::span<const uint64_t> sizes, const Compression& compression, const Codecs& codecs,
                      ByteBuffer& out) {
  // The decoder builds its output backwards, so both columns run from the last record to the first.
  ByteBuffer records, lengths;
  uint64_t end = values.size();
  for (size_t i = sizes.size(); i-- > 0;) {
    end -= sizes[i];
    if (sizes[i] == 0) continue;
    if (!records.Append(values.subspan(end, sizes[i])) || !AppendVarint(sizes[i], lengths)) return false;
  }
  ByteBuffer packed_records, packed_lengths, header, moves;
  bool ok = true;
  if (records.empty()) {
    ok = AppendVarint(0, header) && AppendVarint(0, header);
  } else {
    ok = Pack(records.bytes(), compression, codecs, packed_records) && Pack(lengths.bytes(), compression, codecs, packed_lengths) &&
         AppendVarint(2, header) && AppendVarint(2, header) && AppendVarint(packed_records.size(), header) &&
         AppendVarint(packed_lengths.size(), header) && AppendVarint(records.size(), header) && AppendVarint(lengths.size(), header);
  }
  const Kinds kinds(sizes);
  const size_t last = kinds.Of(sizes.size() - 1);
  Encoded machine = MakeMachine(kinds, last);
  // Behind the first record nothing follows, which has to be seen: a move from there is never left out.
  if (machine.targets[kinds.Of(0)] == 1) ++machine.targets[kinds.Of(0)];
  ByteBuffer packed_header;
  const uint8_t type = static_cast<uint8_t>(compression.codec);
  return ok && AppendMachine(kinds, machine, last, header) && AppendMoves(kinds, machine, sizes.size(), moves) &&
         Pack(header.bytes(), compression, codecs, packed_header) && out.Append({&type, 1}) && AppendVarint(packed_header.size(), out) &&
         out.Append(packed_header.bytes()) && out.Append(packed_records.bytes()) && out.Append(packed_lengths.bytes()) &&
         Pack(moves.bytes(), compression, codecs, out);
}

}  // namespace bowerbird::riegeli
