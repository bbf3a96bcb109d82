#include "core/features/log_mel.h"

#include <algorithm>
#include <bit>
#include <new>

#include "core/features/framing.h"

namespace bowerbird::features {
namespace {

constexpr std::align_val_t kBoundary{64};

}  // namespace

void Plan::Free::operator()(double* p) const { ::operator delete[](p, kBoundary); }

Plan::Plan(const Params& params, const Engine& engine)
    : tables_(params),
      engine_(engine),
      memory_(static_cast<double*>(::operator new[](engine.memory(tables_) * sizeof(double), kBoundary))),
      scratch_(engine.lanes * params.window_length),
      block_(engine.lanes * Width(params)) {}

void Plan::Run(std::span<const float> samples, float* out) {
  const Frames frames(tables_.params, samples);
  const size_t lanes = engine_.lanes, length = tables_.params.window_length;
  for (uint64_t t = 0; t < frames.count(); t += lanes) {
    const size_t used = static_cast<size_t>(std::min<uint64_t>(lanes, frames.count() - t));
    const bool is_silent = frames.IsSilent(t);
    const float* places[kMostLanes];
    // A lane without a frame of its own does another's work again.
    for (size_t lane = 0; lane < lanes; ++lane) places[lane] = frames.At(t + std::min(lane, used - 1), &scratch_[lane * length]);
    engine_.run(tables_, places, memory_.get(), block_.data());
    if (!is_silent) {
      Store(t, used, frames.count(), out);
      continue;
    }
    // All that follows is the same.
    for (; t < frames.count(); t += lanes) Store(t, static_cast<size_t>(std::min<uint64_t>(lanes, frames.count() - t)), frames.count(), out);
  }
  Finish({out, static_cast<size_t>(frames.count()) * Width(tables_.params)});
}

void Plan::Store(uint64_t frame, size_t lanes, uint64_t frames, float* out) const {
  const size_t width = Width(tables_.params);
  const float* from = block_.data();
  if (tables_.params.frames_first) {
    for (size_t row = 0; row < width; ++row, from += engine_.lanes) {
      for (size_t lane = 0; lane < lanes; ++lane) out[(frame + lane) * width + row] = from[lane];
    }
  } else {
    for (size_t row = 0; row < width; ++row, from += engine_.lanes) std::copy_n(from, lanes, out + row * frames + frame);
  }
}

// In single precision, as transformers and librosa do it.
void Plan::Finish(std::span<float> values) const {
  const Params& params = tables_.params;
  if (values.empty()) return;
  if (params.range > 0) {
    const float least = *std::max_element(values.begin(), values.end()) - static_cast<float>(params.range);
    for (float& value : values) value = std::max(value, least);
  }
  if (params.shift != 0 || params.multiplier != 1) {
    const auto shift = static_cast<float>(params.shift), multiplier = static_cast<float>(params.multiplier);
    for (float& value : values) value = (value + shift) * multiplier;
  }
}

size_t FirstNotFinite(std::span<const float> samples) {
  constexpr uint32_t kExponent = 0x7f800000;
  const auto is_not = [](float sample) { return (std::bit_cast<uint32_t>(sample) & kExponent) == kExponent; };
  constexpr size_t kBlock = 1024;
  for (size_t at = 0; at < samples.size(); at += kBlock) {
    const std::span<const float> block = samples.subspan(at, std::min(kBlock, samples.size() - at));
    // Without a way out of the loop it is done in vectors.
    uint32_t found = 0;
    for (const float sample : block) found |= is_not(sample) ? 1 : 0;
    if (found != 0) return at + static_cast<size_t>(std::find_if(block.begin(), block.end(), is_not) - block.begin());
  }
  return samples.size();
}

}  // namespace bowerbird::features
