// HighwayHash-64 (Alakuijala, Cox, Wassenberg, "Fast keyed hash/pseudo-random function using SIMD multiply and permute", 2016), the
// hash of Riegeli and so of ArrayRecord files.
//
// Every function is pure and safe from any thread. Which instructions do the work is decided once, from Cpu().
#ifndef BOWERBIRD_CORE_HIGHWAY_H_
#define BOWERBIRD_CORE_HIGHWAY_H_

#include <array>
#include <cstdint>
#include <span>

#include "core/bytes.h"

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

struct Implementation {
  const char* name;  // "portable", "avx2" or "neon"
  // Absorbs whole packets.
  void (*absorb)(State& state, const uint8_t* packets, size_t count);
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

}  // namespace bowerbird::highway

#endif  // BOWERBIRD_CORE_HIGHWAY_H_
