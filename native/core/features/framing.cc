#include "core/features/framing.h"

#include <algorithm>

namespace bowerbird::features {

uint64_t LeastSamples(const Params& params) {
  if (params.pad_to > 0) return 1;
  const uint64_t dropped = params.drop_last ? 1 : 0;
  switch (params.framing) {
    // A reflection does not repeat the sample at the end, so it takes one more than half a frame.
    case Framing::kCenterReflect: return std::max<uint64_t>(params.fft / 2 + 1, dropped * params.hop);
    case Framing::kCenterZero: return std::max<uint64_t>(1, dropped * params.hop);
    case Framing::kInside: return params.window_length + dropped * params.hop;
    case Framing::kMirror: break;
  }
  return std::max<uint64_t>(1, (1 + dropped) * params.hop - params.hop / 2);
}

uint64_t FrameCount(const Params& params, uint64_t samples) {
  const uint64_t length = params.pad_to > 0 ? params.pad_to : samples, hop = params.hop;
  uint64_t count = 0;
  switch (params.framing) {
    case Framing::kCenterReflect: count = length > params.fft / 2 ? 1 + length / hop : 0; break;
    case Framing::kCenterZero: count = length > 0 ? 1 + length / hop : 0; break;
    case Framing::kInside: count = length < params.window_length ? 0 : 1 + (length - params.window_length) / hop; break;
    case Framing::kMirror: count = (length + hop / 2) / hop; break;
  }
  return count > 0 && params.drop_last ? count - 1 : count;
}

Frames::Frames(const Params& params, std::span<const float> samples)
    : samples_(samples), framing_(params.framing), window_(static_cast<int64_t>(params.window_length)), hop_(params.hop), lead_(0) {
  length_ = static_cast<int64_t>(params.pad_to > 0 ? params.pad_to : samples.size());
  samples_ = samples.first(std::min(samples.size(), static_cast<size_t>(length_)));
  count_ = FrameCount(params, samples.size());
  const auto fft = static_cast<int64_t>(params.fft), hop = static_cast<int64_t>(params.hop);
  if (framing_ == Framing::kCenterReflect || framing_ == Framing::kCenterZero) lead_ = (fft - window_) / 2 - fft / 2;
  if (framing_ == Framing::kMirror) lead_ = hop / 2 - window_ / 2;
}

const float* Frames::At(uint64_t t, float* scratch) const {
  const int64_t start = Start(t);
  if (start >= 0 && start + window_ <= static_cast<int64_t>(samples_.size())) return samples_.data() + start;
  for (int64_t i = 0; i < window_; ++i) scratch[i] = Sample(start + i);
  return scratch;
}

bool Frames::IsSilent(uint64_t t) const {
  // At the end of what it was filled up with, a reflection may bring sound back; only frames before that are told.
  const auto last = count_ == 0 ? 0 : Start(count_ - 1) + window_ - length_;
  return Start(t) >= static_cast<int64_t>(samples_.size()) + std::max<int64_t>(last, 0);
}

float Frames::Sample(int64_t place) const {
  if (place < 0 || place >= length_) {
    switch (framing_) {
      case Framing::kCenterReflect: {
        // More than one turn where a window reaches beyond both ends.
        const int64_t period = std::max<int64_t>(1, 2 * (length_ - 1));
        place = (place % period + period) % period;
        if (place >= length_) place = period - place;
        break;
      }
      case Framing::kMirror: {
        const int64_t period = 2 * length_;
        place = (place % period + period) % period;
        if (place >= length_) place = period - 1 - place;
        break;
      }
      default: return 0;
    }
  }
  return place < static_cast<int64_t>(samples_.size()) ? samples_[static_cast<size_t>(place)] : 0;
}

}  // namespace bowerbird::features
