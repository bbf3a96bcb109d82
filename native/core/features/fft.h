// The tables of a Fourier transform of real frames: half as many complex numbers, in stages of small factors (Stockham's order, which needs
// no bit reversal; Van Loan 1992, "Computational frameworks for the fast Fourier transform", section 1.7).
#ifndef BOWERBIRD_CORE_FEATURES_FFT_H_
#define BOWERBIRD_CORE_FEATURES_FFT_H_

#include <cstddef>
#include <vector>

#include "core/features/precise.h"

namespace bowerbird::features {

// One factor. `stride` transforms lie interleaved; each of length radix * count becomes radix of length count.
struct FftStage {
  size_t radix, count, stride;
  size_t turns;  // place in FftPlan::turns: radix - 1 for each of `count`
  size_t roots;  // the same: `radix` of them, where the radix has no body of its own
};

// Angles are those of exp(i * angle); a forward transform turns by their negatives.
struct FftPlan {
  // REQUIRES: IsFftLength(length).
  explicit FftPlan(size_t length);

  size_t half;  // of the length
  std::vector<FftStage> stages;
  std::vector<Direction> turns;
  std::vector<Direction> split;  // 2 * pi * k / length for k up to half / 2
};

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_FFT_H_
