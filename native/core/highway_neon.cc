// The packet loop of HighwayHash with NEON: a vector of the state is two registers of two lanes.
#include "core/highway_tiers.h"

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

}  // namespace

void AbsorbNeon(State& state, const uint8_t* packets, size_t count) {
  alignas(16) static constexpr uint8_t kZipper[16] = {3, 12, 2, 5, 14, 1, 15, 0, 11, 4, 10, 13, 9, 6, 8, 7};
  const uint8x16_t zipper = vld1q_u8(kZipper);
  Pair low = Load(state, 0), high = Load(state, 2);
  for (; count != 0; --count, packets += kPacketSize) {
    Absorb(low, packets, zipper);
    Absorb(high, packets + 16, zipper);
  }
  Store(state, 0, low);
  Store(state, 2, high);
}

}  // namespace bowerbird::highway

#endif  // __aarch64__
