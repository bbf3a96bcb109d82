// HighwayHash-64 (Alakuijala, Cox, Wassenberg, "Fast keyed hash/pseudo-random function using SIMD multiply and permute", 2016), the
// hash of Riegeli and so of ArrayRecord files.
//
// Every function is pure and safe from any thread. Which instructions do the work is decided once, from Cpu().
#ifndef BOWERBIRD_CORE_HASH_HIGHWAY_H_
#define BOWERBIRD_CORE_HASH_HIGHWAY_H_

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "core/base/bytes.h"

namespace bowerbird::highway {

using Key = std::array<uint64_t, 4>;

inline constexpr size_t kPacketSize = 32;

// Four vectors of four lanes; all arithmetic is modulo 2^64.
struct State {
  alignas(32) uint64_t v0[4];
  alignas(32) uint64_t v1[4];
  alignas(32) uint64_t mul0[4];
  alignas(32) uint64_t mul1[4];
};

// Messages that are hashed side by side.
inline constexpr size_t kLanes = 4;

struct Implementation {
  const char* name;  // "portable", "avx2", "avx512" or "neon"
  // Absorbs whole packets.
  void (*absorb)(State& state, const uint8_t* packets, size_t count);
  // As many packets of each of four messages, in the time of little more than one: most of it is waiting for multiplications. The states
  // are different ones.
  void (*absorb_lanes)(State* const states[kLanes], const uint8_t* const packets[kLanes], size_t count);
};

// All bodies that can run here, slowest first; the last is the one in use. Never empty.
std::span<const Implementation> Implementations();

// One message, in as many pieces as its owner has.
class Hasher {
 public:
  explicit Hasher(const Key& key) : Hasher(key, Implementations().back()) {}
  Hasher(const Key& key, const Implementation& implementation);

  void Update(Bytes piece);
  // The hash of all pieces. The hasher is used up.
  uint64_t Finish();
  // HighwayHash-128: another function of the same state, not the one above made longer. Used up as well.
  std::array<uint64_t, 2> Finish128();

 private:
  friend class BatchHasher;
  void Permute(int rounds);

  void (*absorb_)(State&, const uint8_t*, size_t);
  State state_;
  uint8_t rest_[kPacketSize];  // the bytes behind the last whole packet
  size_t rest_size_ = 0;
};

inline uint64_t Hash(const Key& key, Bytes message) {
  Hasher hasher(key);
  hasher.Update(message);
  return hasher.Finish();
}

// Many messages under one key, which are hashed together.
class BatchHasher {
 public:
  explicit BatchHasher(const Key& key) : BatchHasher(key, Implementations().back()) {}
  BatchHasher(const Key& key, const Implementation& implementation) : key_(key), implementation_(implementation) {}

  // Begins a message.
  void Begin() { begins_.push_back(pieces_.size()); }
  // Goes on with it. Borrows until Finish(). REQUIRES: Begin()
  void Add(Bytes piece) { pieces_.push_back(piece); }
  // The hashes in the order of the messages, which are forgotten. Valid until the next call.
  std::span<const uint64_t> Finish();

 private:
  struct Lane;
  bool Refill(Lane& lane);

  const Key key_;
  const Implementation implementation_;
  std::vector<Bytes> pieces_;
  std::vector<size_t> begins_;  // of each message, in pieces_
  std::vector<uint64_t> hashes_;
  size_t next_ = 0;  // message that no lane has taken
};

}  // namespace bowerbird::highway

#endif  // BOWERBIRD_CORE_HASH_HIGHWAY_H_
