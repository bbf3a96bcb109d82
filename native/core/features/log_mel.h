// Log-mel features of a signal: frames, window, spectrum, mel filters, logarithm. One plan serves any number of signals, one at a time.
#ifndef BOWERBIRD_CORE_FEATURES_LOG_MEL_H_
#define BOWERBIRD_CORE_FEATURES_LOG_MEL_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/features/engine.h"

namespace bowerbird::features {

class Plan {
 public:
  // REQUIRES: AreSound(params).
  explicit Plan(const Params& params, const Engine& engine = BestEngine());

  const Tables& tables() const { return tables_; }

  // Fills out[0, FrameCount(params, samples.size()) * Width(params)). Only finite samples mean something; results beyond the range of a float, which
  // takes features without a logarithm, are infinite.
  void Run(std::span<const float> samples, float* out);

 private:
  void Store(uint64_t frame, size_t lanes, uint64_t frames, float* out) const;
  void Finish(std::span<float> values) const;

  struct Free {
    void operator()(double* p) const;
  };

  const Tables tables_;
  const Engine& engine_;
  std::unique_ptr<double[], Free> memory_;
  std::vector<float> scratch_;  // frames that are not in the signal as they are, one a lane
  std::vector<float> block_;    // what the engine gives
};

// Of the first sample that is infinite or no number; samples.size() where there is none.
size_t FirstNotFinite(std::span<const float> samples);

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_LOG_MEL_H_
