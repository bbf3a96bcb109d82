#include "core/features/params.h"

#include <cmath>

#include "core/features/framing.h"

namespace bowerbird::features {
namespace {

bool IsWithin(double x, double least, double most) { return x >= least && x <= most; }

}  // namespace

bool IsFftLength(size_t length) {
  if (length < 2 || length > kMostFft || length % 2 != 0) return false;
  size_t rest = length / 2;
  for (size_t factor = 2; factor <= kMostFactor; ++factor) {
    while (rest % factor == 0) rest /= factor;
  }
  return rest == 1;
}

bool AreSound(const Params& p) {
  return IsWithin(p.sample_rate, 1, 1e9) && IsFftLength(p.fft) && p.window_length >= 2 && p.window_length <= p.fft && p.hop >= 1 &&
         p.hop <= (uint64_t{1} << 32) && p.pad_to <= (uint64_t{1} << 40) && IsWithin(std::abs(p.scale), 1e-9, 1e9) &&
         IsWithin(p.pre_emphasis, 0, 1) && p.bins >= 1 && p.bins <= kMostBins && p.low >= 0 && p.low < p.high && p.high <= p.sample_rate / 2 &&
         // A logarithm of zero would be infinite, and that of less than a normal number is not offered.
         IsWithin(p.floor, 0, 1e9) && IsWithin(p.offset, 0, 1e9) && (p.logarithm == Logarithm::kNone || p.floor + p.offset >= 1e-200) &&
         IsWithin(p.range, 0, 1e9) && IsWithin(std::abs(p.shift), 0, 1e9) && IsWithin(std::abs(p.multiplier), 0, 1e9) &&
         (p.pad_to == 0 || FrameCount(p, 0) > 0);
}

}  // namespace bowerbird::features
