// The packet loops of HighwayHash with NEON: a vector of the state is two registers of two lanes.
#include "core/hash/highway_tiers.h"

#if defined(__aarch64__)
#include <arm_neon.h>

namespace bowerbird::highway {
namespace {

struct Pair {
  uint64x2_t v0, v1, mul0, mul1;
};

// The low halves of `a` times the high halves of `b`.
inline uint64x2_t LowTimesHigh(uint64x2_t a, uint64x2_t b) { return vmull_u32(vmovn_u64(a), vshrn_n_u64(b, 32)); }

inline uint64x2_t Permute(uint64x2_t v, uint8x16_t zipper) {
  return vreinterpretq_u64_u8(vqtbl1q_u8(vreinterpretq_u8_u64(v), zipper));
}

inline void Absorb(Pair& p, const uint8_t* packet, uint8x16_t zipper) {
  p.v1 = vaddq_u64(p.v1, vaddq_u64(p.mul0, vreinterpretq_u64_u8(vld1q_u8(packet))));
  p.mul0 = veorq_u64(p.mul0, LowTimesHigh(p.v1, p.v0));
  p.v0 = vaddq_u64(p.v0, p.mul1);
  p.mul1 = veorq_u64(p.mul1, LowTimesHigh(p.v0, p.v1));
  p.v0 = vaddq_u64(p.v0, Permute(p.v1, zipper));
  p.v1 = vaddq_u64(p.v1, Permute(p.v0, zipper));
}

inline Pair Load(const State& s, int lane) {
  return {vld1q_u64(s.v0 + lane), vld1q_u64(s.v1 + lane), vld1q_u64(s.mul0 + lane), vld1q_u64(s.mul1 + lane)};
}

inline void Store(State& s, int lane, const Pair& p) {
  vst1q_u64(s.v0 + lane, p.v0);
  vst1q_u64(s.v1 + lane, p.v1);
  vst1q_u64(s.mul0 + lane, p.mul0);
  vst1q_u64(s.mul1 + lane, p.mul1);
}

// The same number of packets of each of `N` messages.
template <size_t N>
void AbsorbMessages(State* const* states, const uint8_t* const* packets, size_t count) {
  alignas(16) static constexpr uint8_t kZipper[16] = {3, 12, 2, 5, 14, 1, 15, 0, 11, 4, 10, 13, 9, 6, 8, 7};
  const uint8x16_t zipper = vld1q_u8(kZipper);
  Pair low[N], high[N];
  for (size_t i = 0; i < N; ++i) {
    low[i] = Load(*states[i], 0);
    high[i] = Load(*states[i], 2);
  }
  for (size_t at = 0; at < count * kPacketSize; at += kPacketSize) {
#pragma GCC unroll 2
    for (size_t i = 0; i < N; ++i) {
      Absorb(low[i], packets[i] + at, zipper);
      Absorb(high[i], packets[i] + at + 16, zipper);
    }
  }
  for (size_t i = 0; i < N; ++i) {
    Store(*states[i], 0, low[i]);
    Store(*states[i], 2, high[i]);
  }
}

}  // namespace

void AbsorbNeon(State& state, const uint8_t* packets, size_t count) {
  State* const one = &state;
  AbsorbMessages<1>(&one, &packets, count);
}

// Two by two: more states than that have no room in the registers.
void AbsorbLanesNeon(LaneStates states, LanePackets packets, size_t count) {
  for (size_t i = 0; i < kLanes; i += 2) AbsorbMessages<2>(states + i, packets + i, count);
}

}  // namespace bowerbird::highway

#endif  // __aarch64__
