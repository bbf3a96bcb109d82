// Which samples a frame is made of.
#ifndef BOWERBIRD_CORE_FEATURES_FRAMING_H_
#define BOWERBIRD_CORE_FEATURES_FRAMING_H_

#include <cstdint>
#include <span>

#include "core/features/params.h"

namespace bowerbird::features {

class Frames {
 public:
  // Keeps `samples`, of which those beyond pad_to are not seen. REQUIRES: AreSound(params).
  Frames(const Params& params, std::span<const float> samples);

  // 0 where the signal is too short: for a frame, or for its own reflection.
  uint64_t count() const { return count_; }

  // The window_length() samples of frame t: in the signal itself where they all are there, else put together in `scratch`.
  const float* At(uint64_t t, float* scratch) const;
  // Whether frame t and all after it are nothing but zeros that the signal was filled up with.
  bool IsSilent(uint64_t t) const;

 private:
  int64_t Start(uint64_t t) const { return static_cast<int64_t>(t * hop_) + lead_; }
  float Sample(int64_t place) const;

  std::span<const float> samples_;
  Framing framing_;
  int64_t length_;  // with what it is filled up with
  int64_t window_;
  uint64_t hop_;
  int64_t lead_;  // where frame 0 begins
  uint64_t count_;
};

// Of a signal of so many samples.
uint64_t FrameCount(const Params& params, uint64_t samples);
// The fewest samples that give a frame.
uint64_t LeastSamples(const Params& params);

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_FRAMING_H_
