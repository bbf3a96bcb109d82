#include "core/sound/resample.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "core/base/cpu.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace bowerbird::resample {
namespace {

struct Design {
  double attenuation;  // dB, of the Kaiser window
  double pass;         // end of the pass-band, as a part of r/2
};

constexpr Design DesignOf(Quality quality) {
  switch (quality) {
    case Quality::kMedium: return {.attenuation = 82, .pass = 0.90};
    case Quality::kLow: return {.attenuation = 63, .pass = 0.80};
    case Quality::kHigh: break;
  }
  return {.attenuation = 120, .pass = 0.95};
}

// Rows for every phase up to this many floats (4 MiB); beyond, a grid.
constexpr uint64_t kMostFloats = uint64_t{1} << 20;
constexpr size_t kGridPerLowSample = 1024;

// Modified Bessel function of the first kind, order 0, by its power series: every term is positive, so nothing cancels.
double BesselI0(double x) {
  const double quarter = x * x / 4;
  double sum = 1, term = 1;
  for (int k = 1; term > sum * 1e-17; ++k) {
    term *= quarter / (static_cast<double>(k) * k);
    sum += term;
  }
  return sum;
}

// Kaiser and Schafer's empirical formulas (1980): the window's shape, and the taps that a transition `width` (radians a sample) takes.
double KaiserBeta(double attenuation) {
  if (attenuation > 50) return 0.1102 * (attenuation - 8.7);
  return 0.5842 * std::pow(attenuation - 21, 0.4) + 0.07886 * (attenuation - 21);
}
double KaiserTaps(double attenuation, double width) { return (attenuation - 7.95) / (2.285 * width); }

// Thirty-two sums side by side, then folded in halves: the same order in every body, whatever the block.
constexpr size_t kLanes = 32;

float PortableDot(const float* a, const float* b, size_t count) {
  float lanes[kLanes] = {};
  for (size_t i = 0; i < count; i += kLanes) {
    for (size_t k = 0; k < kLanes; ++k) lanes[k] += a[i + k] * b[i + k];
  }
  for (size_t width = kLanes / 2; width > 0; width /= 2) {
    for (size_t k = 0; k < width; ++k) lanes[k] += lanes[k + width];
  }
  return lanes[0];
}

#if defined(__x86_64__)
__attribute__((target("avx2,fma"))) float FmaDot(const float* a, const float* b, size_t count) {
  // Four accumulators hide the latency of the addition.
  __m256 s0 = _mm256_setzero_ps(), s1 = s0, s2 = s0, s3 = s0;
  for (size_t i = 0; i < count; i += kLanes) {
    s0 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i), _mm256_loadu_ps(b + i), s0);
    s1 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 8), _mm256_loadu_ps(b + i + 8), s1);
    s2 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 16), _mm256_loadu_ps(b + i + 16), s2);
    s3 = _mm256_fmadd_ps(_mm256_loadu_ps(a + i + 24), _mm256_loadu_ps(b + i + 24), s3);
  }
  const __m256 eight = _mm256_add_ps(_mm256_add_ps(s0, s2), _mm256_add_ps(s1, s3));
  const __m128 four = _mm_add_ps(_mm256_castps256_ps128(eight), _mm256_extractf128_ps(eight, 1));
  const __m128 two = _mm_add_ps(four, _mm_movehl_ps(four, four));
  return _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)));
}
#endif

}  // namespace

bool IsSupported(Ratio ratio) {
  const uint64_t from = ratio.from, to = ratio.to;
  return from != 0 && to != 0 && from <= to * kMaxFactor && to <= from * kMaxFactor;
}

uint64_t OutputLength(Ratio ratio, uint64_t frames) {
  const uint64_t common = std::gcd(ratio.from, ratio.to);
  const uint64_t from = ratio.from / common, to = ratio.to / common;
  // By whole periods first: the product of a long stream and a high rate would not fit.
  return frames / from * to + (frames % from * to + from - 1) / from;
}

Filter::Filter(Ratio ratio, Quality quality) {
  const uint32_t common = std::gcd(ratio.from, ratio.to);
  ratio_ = {.from = ratio.from / common, .to = ratio.to / common};
  const Design design = DesignOf(quality);

  // Frequencies in cycles an input sample; the lower rate r is `low` of them.
  const double low = std::min(1.0, static_cast<double>(ratio_.to) / ratio_.from);
  const double cutoff = low * (1 + design.pass) / 4;
  const double width = low * (1 - design.pass) * std::numbers::pi;
  const size_t half = static_cast<size_t>(std::ceil(KaiserTaps(design.attenuation, width) / kLanes)) * (kLanes / 2);
  taps_ = 2 * half;

  exact_ = uint64_t{ratio_.to} * taps_ <= kMostFloats;
  grid_ = static_cast<size_t>(std::max(1.0, std::ceil(kGridPerLowSample * low)));
  const size_t divisions = exact_ ? ratio_.to : grid_;
  // One row more than the grid has, for the mix of the last one with its successor.
  const size_t rows = exact_ ? divisions : divisions + 1;

  const double beta = KaiserBeta(design.attenuation);
  const double edge = BesselI0(beta);
  const double reach = static_cast<double>(half);
  table_.resize(rows * taps_);
  std::vector<double> row(taps_);
  for (size_t r = 0; r < rows; ++r) {
    const double fraction = static_cast<double>(r) / static_cast<double>(divisions);
    double sum = 0;
    for (size_t k = 0; k < taps_; ++k) {
      const double x = static_cast<double>(k) - (reach - 1) - fraction;  // input samples from the output's place
      const double inside = 1 - (x / reach) * (x / reach);
      const double angle = 2 * std::numbers::pi * cutoff * x;
      const double sinc = angle == 0 ? 1 : std::sin(angle) / angle;
      row[k] = inside <= 0 ? 0 : sinc * BesselI0(beta * std::sqrt(inside)) / edge;
      sum += row[k];
    }
    for (size_t k = 0; k < taps_; ++k) table_[r * taps_ + k] = static_cast<float>(row[k] / sum);
  }

  dot_ = PortableDot;
#if defined(__x86_64__)
  if (Cpu().avx2 && Cpu().fma) dot_ = FmaDot;
#endif
}

float Filter::ApplyWith(Dot dot, const float* in, uint64_t phase) const {
  if (exact_) return dot(in, Row(phase), taps_);
  const uint64_t scaled = phase * grid_;
  const size_t row = static_cast<size_t>(scaled / ratio_.to);
  const float mix = static_cast<float>(static_cast<double>(scaled % ratio_.to) / ratio_.to);
  const float a = dot(in, Row(row), taps_), b = dot(in, Row(row + 1), taps_);
  return a + (b - a) * mix;
}

float Filter::Apply(const float* in, uint64_t phase) const { return ApplyWith(dot_, in, phase); }
float Filter::PortableApply(const float* in, uint64_t phase) const { return ApplyWith(PortableDot, in, phase); }

Stream::Stream(std::shared_ptr<const Filter> filter, size_t channels) : filter_(std::move(filter)) {
  // The first output lies on the first input: before it there is silence.
  history_.assign(channels, std::vector<float>(filter_->taps() / 2 - 1, 0.0f));
}

void Stream::Push(std::span<const float> in, std::vector<float>& out) {
  const size_t channels = history_.size(), frames = in.size() / channels;
  taken_ += frames;
  const size_t first = static_cast<size_t>(std::min<uint64_t>(skip_, frames));
  skip_ -= first;
  for (size_t c = 0; c < channels; ++c) {
    std::vector<float>& h = history_[c];
    const size_t old = h.size();
    h.resize(old + frames - first);
    for (size_t i = first; i < frames; ++i) h[old + i - first] = in[i * channels + c];
  }
  Emit(out);
}

void Stream::Flush(std::vector<float>& out) {
  const uint64_t wanted = OutputLength({.from = static_cast<uint32_t>(filter_->step() * filter_->phases() + filter_->step_phase()),
                                        .to = static_cast<uint32_t>(filter_->phases())},
                                       taken_);
  // The place of the last output is before the end of the input: half a filter of silence completes it, and perhaps a few beyond it.
  const size_t size = out.size() + static_cast<size_t>(wanted - made_) * history_.size();
  const std::vector<float> silence((filter_->taps() / 2) * history_.size(), 0.0f);
  Push(silence, out);
  out.resize(size);
}

void Stream::Emit(std::vector<float>& out) {
  const size_t channels = history_.size(), taps = filter_->taps();
  const uint64_t phases = filter_->phases(), step = filter_->step(), step_phase = filter_->step_phase();
  const size_t held = history_[0].size();

  size_t at = 0;
  while (skip_ == 0 && held - at >= taps) {
    const size_t end = out.size();
    out.resize(end + channels);
    for (size_t c = 0; c < channels; ++c) out[end + c] = filter_->Apply(history_[c].data() + at, phase_);
    ++made_;
    uint64_t advance = step;
    phase_ += step_phase;
    if (phase_ >= phases) {
      phase_ -= phases;
      ++advance;
    }
    const uint64_t here = std::min<uint64_t>(advance, held - at);
    at += static_cast<size_t>(here);
    skip_ = advance - here;
  }
  for (std::vector<float>& h : history_) h.erase(h.begin(), h.begin() + static_cast<std::ptrdiff_t>(at));
}

}  // namespace bowerbird::resample
