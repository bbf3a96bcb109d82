// The parts of HighwayHash that run once a message, the portable packet loop, and the choice among the loops.
#include "core/hash/highway.h"

#include <algorithm>
#include <bit>

#include "core/base/cpu.h"
#include "core/hash/highway_tiers.h"

namespace bowerbird::highway {
namespace {

// Digits of pi, as nothing-up-the-sleeve numbers; the names are those of the paper.
constexpr Key kInit0 = {0xdbe6d5d5fe4cce2f, 0xa4093822299f31d0, 0x13198a2e03707344, 0x243f6a8885a308d3};
constexpr Key kInit1 = {0x3bd39e10cb0ef593, 0xc0acf169b5f18a8c, 0xbe5466cf34e90c6c, 0x452821e638d01377};

constexpr uint64_t SwapHalves(uint64_t x) { return std::rotl(x, 32); }

constexpr uint64_t Byte(uint64_t word, int from, int to) { return ((word >> (8 * from)) & 0xff) << (8 * to); }

// Adds a fixed permutation of the bytes of the pair (x, y) to (sum0, sum1). The bytes land so that those which a 32-bit multiplication
// mixed well (the middle ones) are spread over both words.
inline void ZipperMergeAndAdd(uint64_t x, uint64_t y, uint64_t& sum0, uint64_t& sum1) {
  sum0 += Byte(x, 3, 0) | Byte(y, 4, 1) | Byte(x, 2, 2) | Byte(x, 5, 3) | Byte(y, 6, 4) | Byte(x, 1, 5) | Byte(y, 7, 6) | Byte(x, 0, 7);
  sum1 += Byte(y, 3, 0) | Byte(x, 4, 1) | Byte(y, 2, 2) | Byte(y, 5, 3) | Byte(y, 1, 4) | Byte(x, 6, 5) | Byte(y, 0, 6) | Byte(x, 7, 7);
}

// The last `size` bytes of the message, 1 to 31, spread over a packet of their own.
void PackRest(State& s, const uint8_t* rest, size_t size, uint8_t packet[kPacketSize]) {
  const int r = static_cast<int>(size);
  for (int i = 0; i < 4; ++i) {
    s.v0[i] += (static_cast<uint64_t>(r) << 32) + static_cast<uint64_t>(r);
    const uint32_t low = std::rotl(static_cast<uint32_t>(s.v1[i]), r), high = std::rotl(static_cast<uint32_t>(s.v1[i] >> 32), r);
    s.v1[i] = (uint64_t{high} << 32) | low;
  }
  std::memset(packet, 0, kPacketSize);
  const size_t words = size & ~size_t{3}, odd = size & 3;
  std::memcpy(packet, rest, words);
  if (size >= 16) {
    std::memcpy(packet + 28, rest + size - 4, 4);
  } else if (odd != 0) {
    packet[16] = rest[words];
    packet[17] = rest[words + (odd >> 1)];
    packet[18] = rest[words + odd - 1];
  }
}

struct Choice {
  std::array<Implementation, 3> usable{};
  size_t count = 0;
};

Choice Choose() {
  Choice choice;
  choice.usable[choice.count++] = {"portable", AbsorbPortable, AbsorbLanesPortable};
#if defined(__x86_64__)
  if (Cpu().avx2) choice.usable[choice.count++] = {"avx2", AbsorbAvx2, AbsorbLanesAvx2};
  if (Cpu().avx512) choice.usable[choice.count++] = {"avx512", AbsorbAvx2, AbsorbLanesAvx512};
#elif defined(__aarch64__)
  // Every 64-bit ARM has NEON; BOWERBIRD_CPU=portable takes the CRC away, which stands for all of it here.
  if (Cpu().arm_crc) choice.usable[choice.count++] = {"neon", AbsorbNeon, AbsorbLanesNeon};
#endif
  return choice;
}

}  // namespace

void AbsorbPortable(State& s, const uint8_t* packets, size_t count) {
  for (; count != 0; --count, packets += kPacketSize) {
    for (int i = 0; i < 4; ++i) {
      s.v1[i] += s.mul0[i] + LoadLE64(packets + 8 * i);
      s.mul0[i] ^= (s.v1[i] & 0xffffffff) * (s.v0[i] >> 32);
      s.v0[i] += s.mul1[i];
      s.mul1[i] ^= (s.v0[i] & 0xffffffff) * (s.v1[i] >> 32);
    }
    for (int i = 0; i < 4; i += 2) ZipperMergeAndAdd(s.v1[i], s.v1[i + 1], s.v0[i], s.v0[i + 1]);
    for (int i = 0; i < 4; i += 2) ZipperMergeAndAdd(s.v0[i], s.v0[i + 1], s.v1[i], s.v1[i + 1]);
  }
}

void AbsorbLanesPortable(LaneStates states, LanePackets packets, size_t count) {
  for (size_t i = 0; i < kLanes; ++i) AbsorbPortable(*states[i], packets[i], count);
}

std::span<const Implementation> Implementations() {
  static const Choice choice = Choose();
  return std::span(choice.usable).first(choice.count);
}

Hasher::Hasher(const Key& key, const Implementation& implementation) : absorb_(implementation.absorb) {
  for (size_t i = 0; i < 4; ++i) {
    state_.mul0[i] = kInit0[i];
    state_.mul1[i] = kInit1[i];
    state_.v0[i] = kInit0[i] ^ key[i];
    state_.v1[i] = kInit1[i] ^ SwapHalves(key[i]);
  }
}

void Hasher::Update(Bytes piece) {
  if (rest_size_ != 0) {
    const size_t taken = std::min(kPacketSize - rest_size_, piece.size());
    if (taken != 0) std::memcpy(rest_ + rest_size_, piece.data(), taken);
    rest_size_ += taken;
    piece = piece.subspan(taken);
    if (rest_size_ < kPacketSize) return;
    absorb_(state_, rest_, 1);
  }
  const size_t packets = piece.size() / kPacketSize;
  if (packets != 0) absorb_(state_, piece.data(), packets);
  const Bytes rest = piece.subspan(packets * kPacketSize);
  if (!rest.empty()) std::memcpy(rest_, rest.data(), rest.size());
  rest_size_ = rest.size();
}

void Hasher::Permute(int rounds) {
  State& s = state_;
  uint8_t packet[kPacketSize];
  if (rest_size_ != 0) {
    PackRest(s, rest_, rest_size_, packet);
    absorb_(s, packet, 1);
  }
  for (int round = 0; round < rounds; ++round) {
    for (size_t i = 0; i < 4; ++i) StoreLE64(packet + 8 * i, SwapHalves(s.v0[i ^ 2]));
    absorb_(s, packet, 1);
  }
}

uint64_t Hasher::Finish() {
  Permute(4);
  const State& s = state_;
  return s.v0[0] + s.v1[0] + s.mul0[0] + s.mul1[0];
}

std::array<uint64_t, 2> Hasher::Finish128() {
  Permute(6);
  const State& s = state_;
  return {s.v0[0] + s.mul0[0] + s.v1[2] + s.mul1[2], s.v0[1] + s.mul0[1] + s.v1[3] + s.mul1[3]};
}

}  // namespace bowerbird::highway
