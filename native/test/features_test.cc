// core/features against the definitions of its parts: long double functions of the C library, the Fourier sum, and its own engines against
// each other. Whole front ends meet other implementations in test/unit/features/.
#include "core/features/log_mel.h"

#include <algorithm>
#include <cmath>
#include <complex>
#include <cstring>
#include <limits>
#include <numbers>
#include <random>
#include <utility>

#include "core/base/cpu.h"
#include "core/features/framing.h"
#include "core/features/precise.h"
#include "core/hash/crc32c.h"
#include "test/test.h"

#define BOWERBIRD_LANES
#define BOWERBIRD_LANE_BYTES 16
#include "core/features/spectrum.h"

namespace {

using namespace bowerbird::features;

// In units in the last place of the double that is nearest to `exact`. A correctly rounded value is at most 0.5 away.
long double Units(double ours, long double exact) {
  const double near = std::abs(static_cast<double>(exact));
  return std::abs(static_cast<long double>(ours) - exact) / (std::nextafter(near, INFINITY) - near);
}
// Half a unit, and what long double itself errs by.
constexpr long double kRounded = 0.502L;

// The same on every machine, unlike the distributions of <random>.
std::vector<float> Noise(size_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::vector<float> noise(count);
  for (float& x : noise) x = static_cast<float>(static_cast<int32_t>(random())) * 0x1p-31f;
  return noise;
}

TEST(TurnBy_rounds_correctly) {
  for (const uint64_t n : {1, 2, 3, 4, 5, 8, 12, 400, 512, 1102, 65536}) {
    for (uint64_t k = 0; k < n; k += 1 + n / 500) {
      const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(k) / static_cast<long double>(n);
      const Direction d = TurnBy(k, n);
      for (const auto& [ours, exact] : {std::pair(d.cos, std::cos(angle)), std::pair(d.sin, std::sin(angle))}) {
        // The angle is rounded too, which is all that is left where the exact value is 0.
        const long double blur = angle * std::numeric_limits<long double>::epsilon();
        if (std::abs(exact) > 2 * blur) {
          EXPECT_LE(Units(ours, exact), kRounded + blur / (std::abs(exact) * 0x1p-53L)) << k << '/' << n;
        } else {
          EXPECT_EQ(ours, 0.0) << k << '/' << n;
        }
      }
    }
  }
  EXPECT_EQ(TurnBy(1, 4).cos, 0.0);
  EXPECT_EQ(TurnBy(1, 6).cos, 0.5);
  EXPECT_EQ(TurnBy(7, 12).sin, -0.5);
  EXPECT_EQ(TurnBy(3, 4).sin, -1.0);
}

TEST(Log_Exp_and_Power_round_correctly) {
  for (double x = 1e-300; x < 1e300; x *= 1.37) EXPECT_LE(Units(Log(x), std::log(static_cast<long double>(x))), kRounded) << x;
  for (double x = 0.5; x < 2; x += 0.00117) {
    EXPECT_LE(Units(Log(x), std::log(static_cast<long double>(x))), kRounded) << x;
    EXPECT_LE(Units(Power(x, 0.85), std::pow(static_cast<long double>(x), static_cast<long double>(0.85))), kRounded) << x;
  }
  for (double x = -300; x < 300; x += 0.37) EXPECT_LE(Units(Exp(x), std::exp(static_cast<long double>(x))), kRounded) << x;
  EXPECT_EQ(Log(1), 0.0);
  EXPECT_EQ(Exp(0), 1.0);
  EXPECT_EQ(Power(0, 0.85), 0.0);
}

TEST(LogOf_is_the_logarithm) {
  for (double x = 1e-300; x < 1e300; x *= 1.0137) {
    const double exact = std::log(x);
    EXPECT_LE(std::abs(LogOf(Splat(x))[1] - exact), 1e-14 * std::max(1.0, std::abs(exact))) << x;
  }
  EXPECT_EQ(LogOf(Splat(1))[0], 0.0);
}

TEST(PowerOf_is_the_Fourier_sum) {
  for (const size_t n : {2, 4, 6, 8, 10, 12, 16, 14, 30, 50, 98, 122, 266, 400, 512}) {
    const std::vector<float> signal = Noise(2 * n, static_cast<uint32_t>(n));
    std::vector<Vec> a(n), b(n), power(n / 2 + 1);
    for (size_t i = 0; i < n; ++i) a[i] = Vec{signal[i], signal[n + i]};
    const FftPlan plan(n);
    PowerOf(plan, Transform(plan, reinterpret_cast<Complex*>(a.data()), reinterpret_cast<Complex*>(b.data())), power.data());
    for (size_t lane = 0; lane < 2; ++lane) {
      for (size_t k = 0; k <= n / 2; ++k) {
        std::complex<long double> sum = 0;
        for (size_t i = 0; i < n; ++i) {
          const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(i * k % n) / static_cast<long double>(n);
          sum += std::polar<long double>(signal[lane * n + i], -angle);
        }
        EXPECT_LE(std::abs(std::sqrt(static_cast<long double>(power[k][lane])) - std::abs(sum)), 1e-15L * n) << n << " line " << k;
      }
    }
  }
}

Params Whisper() {
  return {.pad_to = 480000, .drop_last = true, .range = 8, .shift = 4, .multiplier = 0.25};
}
Params Kaldi() {
  return {.fft = 512, .window = Window::kPovey, .periodic = false, .framing = Framing::kInside, .scale = 32768, .remove_mean = true,
          .pre_emphasis = 0.97, .bins = 23, .low = 20, .mel = MelScale::kHtk, .mel_triangles = true, .equal_area = false,
          .logarithm = Logarithm::kNatural, .floor = 0x1p-23, .frames_first = true};
}
Params Odd() {
  return {.sample_rate = 44100, .fft = 1102, .window_length = 777, .hop = 211, .window = Window::kHamming, .framing = Framing::kMirror,
          .magnitude = true, .bins = 41, .high = 20000, .logarithm = Logarithm::kDecibel, .floor = 0, .offset = 1e-6};
}

Params WithEnergy(Params params) {
  params.energy = true;
  return params;
}

std::vector<float> Run(const Params& params, std::span<const float> samples, const Engine& engine = BestEngine()) {
  std::vector<float> out(FrameCount(params, samples.size()) * Width(params));
  Plan(params, engine).Run(samples, out.data());
  return out;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

TEST(Engines_give_the_same_bits) {
#if defined(__x86_64__)
  if (!bowerbird::Cpu().avx2) return;
  for (const Params& params : {Whisper(), Kaldi(), Odd(), WithEnergy(Kaldi()), WithEnergy(Odd())}) {
    for (const size_t samples : {800, 4000, 4321, 20011}) {
      const std::vector<float> noise = Noise(samples, 7);
      EXPECT_TRUE(SameBits(Run(params, noise, PortableEngine()), Run(params, noise, Avx2Engine()))) << samples;
    }
  }
#endif
}

// What GCC 12 and Clang 14 give on x86-64, with and without AVX2. A compiler that fuses products into sums would give others.
TEST(Features_are_the_same_bits_on_every_machine) {
  const std::vector<float> noise = Noise(20011, 7);
  const auto sum = [&](const Params& params) {
    const std::vector<float> out = Run(params, noise);
    return bowerbird::Crc32c({reinterpret_cast<const uint8_t*>(out.data()), out.size() * sizeof(float)});
  };
  EXPECT_EQ(sum(Whisper()), 2749430930);
  EXPECT_EQ(sum(Kaldi()), 255567362);
  EXPECT_EQ(sum(Odd()), 4064691493);
}

TEST(Energy_stands_in_front_of_bands_that_stay_as_they_are) {
  const std::vector<float> noise = Noise(20011, 7);
  for (const bool frames_first : {false, true}) {
    Params params = Kaldi();
    params.frames_first = frames_first;
    const std::vector<float> bands = Run(params, noise), all = Run(WithEnergy(params), noise);
    const size_t frames = FrameCount(params, noise.size()), bins = params.bins;
    EXPECT_EQ(all.size(), frames * (bins + 1));
    for (size_t t = 0; t < frames; ++t) {
      for (size_t bin = 0; bin < bins; ++bin) {
        const float alone = frames_first ? bands[t * bins + bin] : bands[bin * frames + t];
        EXPECT_EQ(frames_first ? all[t * (bins + 1) + bin + 1] : all[(bin + 1) * frames + t], alone);
      }
    }
  }
}

TEST(Plan_takes_frames_of_padding_for_the_zeros_that_they_are) {
  for (const size_t samples : {1, 199, 200, 5000, 479000, 479999, 480000, 500000}) {
    std::vector<float> noise = Noise(samples, 3);
    const std::vector<float> padded = Run(Whisper(), noise);
    EXPECT_EQ(padded.size(), 3000 * 80);
    noise.resize(480000);
    Params whole = Whisper();
    whole.pad_to = 0;
    EXPECT_TRUE(SameBits(Run(whole, noise), padded)) << samples;
  }
}

TEST(Frames_are_there_from_the_least_length_on) {
  for (const Framing framing : {Framing::kCenterReflect, Framing::kCenterZero, Framing::kInside, Framing::kMirror}) {
    for (const bool drop_last : {false, true}) {
      for (const size_t hop : {1, 2, 160, 401, 5000}) {
        Params params = Kaldi();
        params.framing = framing;
        params.drop_last = drop_last;
        params.hop = hop;
        const uint64_t least = LeastSamples(params);
        EXPECT_GT(FrameCount(params, least), 0) << hop;
        EXPECT_EQ(FrameCount(params, least - 1), 0) << hop;
        // A frame is longer than so short a signal: it is read inside its bounds (AddressSanitizer), and is finite.
        for (const float value : Run(params, Noise(least, 1))) EXPECT_TRUE(std::isfinite(value));
      }
    }
  }
}

TEST(Run_does_not_depend_on_what_ran_before) {
  Plan plan(Kaldi());
  const std::vector<float> loud = Noise(5000, 1), quiet(3000, 1e-5f);
  std::vector<float> first(FrameCount(Kaldi(), 3000) * 23), between(FrameCount(Kaldi(), 5000) * 23), second(first.size());
  plan.Run(quiet, first.data());
  plan.Run(loud, between.data());
  plan.Run(quiet, second.data());
  EXPECT_TRUE(SameBits(first, second));
}

TEST(AreSound_refuses_what_no_plan_can_be_made_of) {
  EXPECT_TRUE(AreSound(Whisper()) && AreSound(Kaldi()) && AreSound(Odd()));
  const double nan = std::numeric_limits<double>::quiet_NaN();
  const auto refuses = [](auto change) {
    Params params = Kaldi();
    change(params);
    return !AreSound(params);
  };
  for (const size_t fft : {0, 1, 511, 401, 65538, 2 * 67}) EXPECT_TRUE(refuses([&](Params& p) { p.fft = fft; p.window_length = 2; })) << fft;
  for (const size_t length : {0, 1, 513}) EXPECT_TRUE(refuses([&](Params& p) { p.window_length = length; })) << length;
  for (const double rate : {0.0, -1.0, nan, 15999.0}) EXPECT_TRUE(refuses([&](Params& p) { p.sample_rate = rate; })) << rate;
  for (const double low : {-1.0, 8000.0, nan}) EXPECT_TRUE(refuses([&](Params& p) { p.low = low; })) << low;
  for (const double value : {-1.0, nan, 1e10}) {
    EXPECT_TRUE(refuses([&](Params& p) { p.floor = value; }));
    EXPECT_TRUE(refuses([&](Params& p) { p.offset = value; }));
    EXPECT_TRUE(refuses([&](Params& p) { p.range = value; }));
    EXPECT_TRUE(refuses([&](Params& p) { p.pre_emphasis = value; }));
  }
  EXPECT_TRUE(refuses([&](Params& p) { p.scale = nan; }) && refuses([&](Params& p) { p.shift = nan; }) && refuses([&](Params& p) { p.multiplier = nan; }));
  EXPECT_TRUE(refuses([](Params& p) { p.hop = 0; }) && refuses([](Params& p) { p.bins = 0; }) && refuses([](Params& p) { p.bins = 4097; }));
  EXPECT_TRUE(refuses([](Params& p) { p.floor = 0; }) && refuses([](Params& p) { p.pad_to = 399; }));
}

TEST(FirstNotFinite_finds_the_first) {
  std::vector<float> samples(5000, 1.0f);
  EXPECT_EQ(FirstNotFinite(samples), 5000);
  samples[4321] = -std::numeric_limits<float>::infinity();
  EXPECT_EQ(FirstNotFinite(samples), 4321);
  samples[1024] = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(FirstNotFinite(samples), 1024);
  EXPECT_EQ(FirstNotFinite({}), 0);
}

}  // namespace
