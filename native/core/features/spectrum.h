// From frames to mel bands, over lanes. An engine includes this after it has defined what core/features/lanes.h needs.
#ifndef BOWERBIRD_CORE_FEATURES_SPECTRUM_H_
#define BOWERBIRD_CORE_FEATURES_SPECTRUM_H_

#include "core/features/butterflies.h"
#include "core/features/engine.h"
#include "core/features/lanes.h"

namespace bowerbird::features {
namespace {

BOWERBIRD_LANES_INLINE Vec SampleOf(const float* const* frames, size_t i) {
  Vec v;
  for (size_t lane = 0; lane < kLanes; ++lane) v[lane] = frames[lane][i];
  return v;
}

// The windowed frames: sample i of every lane at to[i], zeros behind them.
BOWERBIRD_LANES inline void LoadFrames(const Tables& tables, const float* const* frames, Vec* to) {
  const Params& params = tables.params;
  const size_t length = params.window_length;
  const double* const window = tables.window.data();
  const bool is_plain = !params.remove_mean && params.pre_emphasis == 0;
  for (size_t i = 0; i < length; ++i) {
    const Vec v = SampleOf(frames, i);
    to[i] = is_plain ? v * Splat(window[i]) : v;
  }
  for (size_t i = length; i < params.fft; ++i) to[i] = Splat(0);
  if (is_plain) return;

  Vec mean = Splat(0);
  if (params.remove_mean) {
    for (size_t i = 0; i < length; ++i) mean = mean + to[i];
    mean = mean / Splat(static_cast<double>(length));
  }
  const Vec emphasis = Splat(params.pre_emphasis);
  Vec before = to[0] - mean;
  for (size_t i = 0; i < length; ++i) {
    const Vec here = to[i] - mean;
    to[i] = (here - emphasis * before) * Splat(window[i]);
    before = here;
  }
}

// Lines 0 to half of the spectrum of the real frames whose samples are taken in pairs for complex numbers: with Z their transform and
// D = (Z[k] - conj Z[half - k]) / 2, lines k and half - k are E - T and conj(E + T), where E = Z[k] - D and T = (sin + i cos) D.
BOWERBIRD_LANES inline void PowerOf(const FftPlan& plan, const Complex* z, Vec* power) {
  const size_t half = plan.half;
  const Vec first = z[0].re + z[0].im, last = z[0].re - z[0].im, part = Splat(0.5);
  power[0] = first * first;
  power[half] = last * last;
  for (size_t k = 1; k <= half / 2; ++k) {
    const Complex a = z[k], b = z[half - k];
    const Complex even{(a.re + b.re) * part, (a.im - b.im) * part}, odd{(a.re - b.re) * part, (a.im + b.im) * part};
    const Vec cos = Splat(plan.split[k].cos), sin = Splat(plan.split[k].sin);
    const Complex t{sin * odd.re - cos * odd.im, sin * odd.im + cos * odd.re};
    const Complex below = even - t, above = even + t;
    power[k] = below.re * below.re + below.im * below.im;
    power[half - k] = above.re * above.re + above.im * above.im;
  }
}

BOWERBIRD_LANES inline void Put(const Tables& tables, Vec value, float* out) {
  const Params& params = tables.params;
  if (params.logarithm != Logarithm::kNone) {
    value = LogOf(Max(value, Splat(params.floor)) + Splat(params.offset)) * Splat(tables.log_factor);
  }
  for (size_t lane = 0; lane < kLanes; ++lane) out[lane] = static_cast<float>(value[lane]);
}

BOWERBIRD_LANES inline Vec EnergyOf(const Params& params, const float* const* frames) {
  const size_t length = params.window_length;
  Vec mean = Splat(0), sum = Splat(0);
  if (params.remove_mean) {
    for (size_t i = 0; i < length; ++i) mean = mean + SampleOf(frames, i);
    mean = mean / Splat(static_cast<double>(length));
  }
  for (size_t i = 0; i < length; ++i) {
    const Vec here = SampleOf(frames, i) - mean;
    sum = sum + here * here;
  }
  sum = sum * Splat(params.scale * params.scale);
  return params.magnitude ? Root(sum) : sum;
}

BOWERBIRD_LANES inline void BandsOf(const Tables& tables, const Vec* power, float* out) {
  for (const Band& band : tables.bank.bands) {
    const double* const weights = tables.bank.weights.data() + band.weights;
    const Vec* const lines = power + band.first;
    Vec sum = Splat(0);
    for (size_t k = 0; k < band.count; ++k) sum = sum + lines[k] * Splat(weights[k]);
    Put(tables, sum, out);
    out += kLanes;
  }
}

// Twice the frames, one of them to become the spectrum, and its lines.
inline size_t Memory(const Tables& tables) { return (2 * tables.params.fft + tables.params.fft / 2 + 1) * kLanes; }

BOWERBIRD_LANES inline void RunFrames(const Tables& tables, const float* const* frames, double* memory, float* out) {
  Vec* const samples = reinterpret_cast<Vec*>(memory);
  Vec* const other = samples + tables.params.fft;
  Vec* const power = other + tables.params.fft;
  LoadFrames(tables, frames, samples);
  const Complex* const z = Transform(tables.fft, reinterpret_cast<Complex*>(samples), reinterpret_cast<Complex*>(other));
  PowerOf(tables.fft, z, power);
  if (tables.params.magnitude) {
    for (size_t k = 0; k <= tables.fft.half; ++k) power[k] = Root(power[k]);
  }
  if (tables.params.energy) {
    Put(tables, EnergyOf(tables.params, frames), out);
    out += kLanes;
  }
  BandsOf(tables, power, out);
}

}  // namespace
}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_SPECTRUM_H_
