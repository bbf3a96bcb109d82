// Measures what core/sound/resample.h promises, by our own Fourier sums over the impulse response, and compares bodies and block sizes.
#include "core/sound/resample.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstdio>
#include <numbers>
#include <random>

#include "test/test.h"

namespace {

using namespace bowerbird::resample;

// Every sample that one run gives.
std::vector<float> Run(Ratio ratio, Quality quality, std::span<const float> in, size_t channels = 1, size_t block = SIZE_MAX) {
  Stream stream(std::make_shared<const Filter>(ratio, quality), channels);
  std::vector<float> out;
  block = std::min(block, in.size() / channels) * channels;
  for (size_t at = 0; at < in.size(); at += block) stream.Push(in.subspan(at, std::min(block, in.size() - at)), out);
  stream.Flush(out);
  return out;
}

std::vector<float> Noise(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(-1, 1);
  std::vector<float> noise(count);
  for (float& x : noise) x = uniform(random);
  return noise;
}

// The filter's impulse response at phases() times the input rate, as Apply() has it: output phase p of an impulse at tap k.
std::vector<double> ImpulseResponse(const Filter& filter) {
  const size_t taps = filter.taps(), phases = filter.phases();
  std::vector<double> response(taps * phases);
  std::vector<float> impulse(taps, 0.0f);
  for (size_t k = 0; k < taps; ++k) {
    impulse[k] = 1;
    for (size_t p = 0; p < phases; ++p) response[(taps - 1 - k) * phases + p] = filter.PortableApply(impulse.data(), p);
    impulse[k] = 0;
  }
  return response;
}

// Gain at `frequency`, in cycles an input sample.
double GainAt(const std::vector<double>& response, size_t phases, double frequency) {
  const std::complex<double> turn = std::polar(1.0, -2 * std::numbers::pi * frequency / static_cast<double>(phases));
  std::complex<double> sum = 0, w = 1;
  for (size_t i = 0; i < response.size(); ++i) {
    // Started anew now and then, so that rounding does not pile up.
    if (i % 256 == 0) w = std::polar(1.0, -2 * std::numbers::pi * frequency * static_cast<double>(i) / static_cast<double>(phases));
    sum += response[i] * w;
    w *= turn;
  }
  return std::abs(sum) / static_cast<double>(phases);
}

double Decibels(double gain) { return 20 * std::log10(std::max(gain, 1e-20)); }

struct Promise {
  Quality quality;
  double pass, ripple, stop;
};
constexpr Promise kPromises[] = {
    {Quality::kHigh, 0.95, 0.00002, 115}, {Quality::kMedium, 0.90, 0.001, 80}, {Quality::kLow, 0.80, 0.01, 60}};

struct Response {
  double ripple = 0, stop = 0;  // dB
};

Response Measure(Ratio ratio, const Promise& promise, int points) {
  const Filter filter(ratio, promise.quality);
  const size_t phases = filter.phases();
  const std::vector<double> response = ImpulseResponse(filter);
  const double low = std::min(1.0, static_cast<double>(ratio.to) / ratio.from);
  double least = 2, most = 0, leak = 0;
  for (int i = 0; i <= points; ++i) {
    const double gain = GainAt(response, phases, promise.pass * low / 2 * i / points);
    least = std::min(least, gain);
    most = std::max(most, gain);
  }
  // From r/2 to half the rate at which the response is sampled: first densely where the side lobes are highest, then everywhere.
  const double top = static_cast<double>(phases) / 2;
  for (int i = 0; i <= points; ++i) {
    leak = std::max(leak, GainAt(response, phases, low / 2 * (1 + 0.25 * i / points)));
    leak = std::max(leak, GainAt(response, phases, low / 2 + (top - low / 2) * i / points));
  }
  return {.ripple = std::max(Decibels(most), -Decibels(least)), .stop = -Decibels(leak)};
}

TEST(Filter_keeps_the_promised_ripple_and_attenuation) {
  constexpr Ratio kRatios[] = {{44100, 48000}, {48000, 44100}, {48000, 32000}, {384000, 32000}, {16000, 48000}};
  for (const Ratio ratio : kRatios) {
    for (const Promise& promise : kPromises) {
      const Response r = Measure(ratio, promise, 150);
      EXPECT_LT(r.ripple, promise.ripple) << ratio.from << " to " << ratio.to;
      EXPECT_GT(r.stop, promise.stop) << ratio.from << " to " << ratio.to;
      std::printf("  %u to %u, quality %d: ripple %.6f dB, stop-band %.1f dB\n", ratio.from, ratio.to, static_cast<int>(promise.quality),
                  r.ripple, r.stop);
    }
  }
}

// The ratio of least squares fit of a sine at a known frequency to what is left, away from the ends.
double ResidualDecibels(const std::vector<float>& out, double cycles_a_sample, double phase, double amplitude, size_t skip) {
  double error = 0, count = 0;
  for (size_t i = skip; i + skip < out.size(); ++i) {
    const double wanted = amplitude * std::sin(2 * std::numbers::pi * cycles_a_sample * static_cast<double>(i) + phase);
    error += (out[i] - wanted) * (out[i] - wanted);
    ++count;
  }
  return 10 * std::log10(error / count / (amplitude * amplitude / 2));
}

std::vector<float> Tone(double cycles_a_sample, double phase, size_t count) {
  std::vector<float> tone(count);
  for (size_t i = 0; i < count; ++i) {
    tone[i] = static_cast<float>(0.5 * std::sin(2 * std::numbers::pi * cycles_a_sample * static_cast<double>(i) + phase));
  }
  return tone;
}

TEST(Stream_moves_tones_to_the_new_rate_in_place_and_phase) {
  constexpr Ratio kRatios[] = {{44100, 48000}, {48000, 44100}, {22050, 32000}, {384000, 32000}, {44100, 44101}, {48000, 47999},
                               {8000, 192000}, {250000, 22050}, {96000, 22051}};
  for (const Ratio ratio : kRatios) {
    const double low = std::min(ratio.from, ratio.to);
    const size_t frames = 12 * 312 * ((ratio.from + ratio.to - 1) / ratio.to) + 2000;
    double worst = -400;
    for (const double part : {0.0137, 0.21, 0.5, 0.8, 0.93}) {
      const double hertz = part * low / 2;
      const std::vector<float> out = Run(ratio, Quality::kHigh, Tone(hertz / ratio.from, 0.7, frames));
      EXPECT_EQ(out.size(), OutputLength(ratio, frames));
      const size_t skip = 200 * std::max<size_t>(1, ratio.to / ratio.from) + 200;
      worst = std::max(worst, ResidualDecibels(out, hertz / ratio.to, 0.7, 0.5, skip));
    }
    EXPECT_LT(worst, -116) << ratio.from << " to " << ratio.to;
    std::printf("  %u to %u: error of tones up to 0.93 of the band %.1f dB\n", ratio.from, ratio.to, worst);
  }
}

TEST(Stream_silences_what_the_lower_rate_cannot_carry) {
  constexpr Ratio kRatios[] = {{48000, 32000}, {48000, 44100}, {384000, 32000}, {96000, 22051}, {44101, 44100}};
  for (const Ratio ratio : kRatios) {
    const size_t frames = 8 * 312 * ((ratio.from + ratio.to - 1) / ratio.to) + 2000;
    for (const double part : {1.0, 1.01, 1.3, 1.9}) {
      const double hertz = part * ratio.to / 2;
      if (hertz > 0.99 * ratio.from / 2 && part != 1.0) continue;
      const std::vector<float> out = Run(ratio, Quality::kHigh, Tone(hertz / ratio.from, 0.7, frames));
      double peak = 0;
      for (size_t i = 200; i + 200 < out.size(); ++i) peak = std::max(peak, std::abs(static_cast<double>(out[i])));
      EXPECT_LT(Decibels(peak / 0.5), -115) << ratio.from << " to " << ratio.to << " at " << part;
    }
  }
}

TEST(Stream_passes_constants_unchanged) {
  for (const Ratio ratio : {Ratio{44100, 48000}, Ratio{384000, 32000}, Ratio{44100, 44101}, Ratio{8000, 8000 * 24}}) {
    const std::vector<float> out = Run(ratio, Quality::kHigh, std::vector<float>(20000, 0.625f));
    for (size_t i = out.size() / 3; i < out.size() / 2; ++i) EXPECT_LT(std::abs(out[i] - 0.625f), 1e-6f) << ratio.to;
  }
}

TEST(Stream_copies_when_the_rates_are_equal_within_the_passband) {
  const std::vector<float> out = Run({16000, 16000}, Quality::kHigh, Tone(0.1, 0, 4000));
  EXPECT_EQ(out.size(), 4000);
  EXPECT_LT(ResidualDecibels(out, 0.1, 0, 0.5, 400), -112);
}

TEST(Stream_gives_the_same_samples_whatever_the_blocks) {
  const std::vector<float> noise = Noise(6000, 1);
  for (const Ratio ratio : {Ratio{44100, 48000}, Ratio{48000, 1000}, Ratio{3, 7}, Ratio{44100, 44101}, Ratio{4000, 7}}) {
    for (const size_t channels : {size_t{1}, size_t{3}}) {
      const std::vector<float> whole = Run(ratio, Quality::kMedium, noise, channels);
      EXPECT_EQ(whole.size(), channels * OutputLength(ratio, noise.size() / channels));
      for (const size_t block : {1, 7, 160, 1999}) {
        EXPECT_TRUE(Run(ratio, Quality::kMedium, noise, channels, block) == whole) << ratio.to << " in blocks of " << block;
      }
    }
  }
}

TEST(Stream_keeps_channels_apart) {
  const std::vector<float> a = Noise(3000, 2), b = Noise(3000, 3);
  std::vector<float> both;
  for (size_t i = 0; i < a.size(); ++i) {
    both.push_back(a[i]);
    both.push_back(b[i]);
  }
  const Ratio ratio{22050, 32000};
  const std::vector<float> out = Run(ratio, Quality::kHigh, both, 2, 100), left = Run(ratio, Quality::kHigh, a),
                           right = Run(ratio, Quality::kHigh, b);
  EXPECT_EQ(out.size(), 2 * left.size());
  for (size_t i = 0; i < left.size(); ++i) EXPECT_TRUE(out[2 * i] == left[i] && out[2 * i + 1] == right[i]);
}

TEST(Apply_and_its_portable_twin_agree_within_the_bound) {
  for (const Ratio ratio : {Ratio{44100, 48000}, Ratio{384000, 32000}, Ratio{44100, 44101}}) {
    const Filter filter(ratio, Quality::kHigh);
    std::vector<float> impulse(filter.taps(), 0.0f);
    for (uint32_t round = 0; round < 200; ++round) {
      const std::vector<float> in = Noise(filter.taps(), round);
      const uint64_t phase = (round * 7919) % filter.phases();
      double bound = 0;
      for (size_t k = 0; k < filter.taps(); ++k) {
        impulse[k] = 1;
        bound += std::abs(static_cast<double>(filter.PortableApply(impulse.data(), phase)) * in[k]);
        impulse[k] = 0;
      }
      bound *= static_cast<double>(filter.taps()) * 0x1p-24;
      const double difference = std::abs(static_cast<double>(filter.Apply(in.data(), phase)) - filter.PortableApply(in.data(), phase));
      EXPECT_LE(difference, bound);
    }
  }
}

TEST(OutputLength_is_the_ceiling_and_does_not_overflow) {
  EXPECT_EQ(OutputLength({44100, 48000}, 0), 0);
  EXPECT_EQ(OutputLength({44100, 48000}, 1), 2);
  EXPECT_EQ(OutputLength({48000, 44100}, 1), 1);
  EXPECT_EQ(OutputLength({3, 2}, 10), 7);
  EXPECT_EQ(OutputLength({44100, 44101}, 44100), 44101);
  EXPECT_EQ(OutputLength({4294967291u, 4294967279u}, 4294967291ull * 1000), 4294967279000ull);
}

TEST(Filter_tables_stay_small) {
  for (const Ratio ratio : {Ratio{44100, 48000}, Ratio{44100, 44101}, Ratio{384001, 32000}, Ratio{8000, 4096 * 8000u}, Ratio{4096, 1}}) {
    const Filter filter(ratio, Quality::kHigh);
    EXPECT_LE(filter.table_floats(), (1u << 20) + 4 * filter.taps()) << ratio.from << " to " << ratio.to;
  }
  EXPECT_FALSE(IsSupported({0, 1}));
  EXPECT_FALSE(IsSupported({1, 0}));
  EXPECT_FALSE(IsSupported({1, 5000}));
  EXPECT_FALSE(IsSupported({5000, 1}));
  EXPECT_TRUE(IsSupported({4096, 1}));
}

}  // namespace
