// Writes FLAC files like field recordings: pink noise with a slowly varying level, frequency-modulated chirps with a harmonic and vibrato,
// and a white floor. material OUT RATE CHANNELS BITS LEVEL SECONDS; the same bytes every time.
#include <FLAC/stream_encoder.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

namespace {

struct Noise {
  uint64_t state = 88172645463325252ull;
  double Next() {  // uniform in [-1, 1)
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return static_cast<double>(static_cast<int64_t>(state)) / 9223372036854775808.0;
  }
};

// Paul Kellet's filter: white noise to pink within half a decibel.
struct Pink {
  double b[6] = {};
  double Next(double white) {
    constexpr double kPoles[6] = {0.99886, 0.99332, 0.96900, 0.86650, 0.55000, -0.7616};
    constexpr double kGains[6] = {0.0555179, 0.0750759, 0.1538520, 0.3104856, 0.5329522, -0.0168980};
    double sum = white * 0.5362;
    for (int i = 0; i < 6; ++i) sum += b[i] = kPoles[i] * b[i] + white * kGains[i];
    return sum / 5;
  }
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 7) return 2;
  const double rate = std::atof(argv[2]);
  const unsigned channels = static_cast<unsigned>(std::atoi(argv[3])), bits = static_cast<unsigned>(std::atoi(argv[4]));
  const size_t samples = static_cast<size_t>(rate * std::atof(argv[6]));
  FLAC__StreamEncoder* encoder = FLAC__stream_encoder_new();
  FLAC__stream_encoder_set_compression_level(encoder, static_cast<unsigned>(std::atoi(argv[5])));
  FLAC__stream_encoder_set_channels(encoder, channels);
  FLAC__stream_encoder_set_bits_per_sample(encoder, bits);
  FLAC__stream_encoder_set_sample_rate(encoder, static_cast<unsigned>(rate));
  FLAC__stream_encoder_set_total_samples_estimate(encoder, samples);
  if (FLAC__stream_encoder_init_file(encoder, argv[1], nullptr, nullptr) != FLAC__STREAM_ENCODER_INIT_STATUS_OK) return 1;

  Noise noise;
  std::vector<Pink> pink(channels);
  const double full = std::ldexp(1.0, static_cast<int>(bits) - 1);
  double phase = 0;
  std::vector<FLAC__int32> block;
  for (size_t i = 0; i < samples;) {
    block.clear();
    for (size_t end = std::min(samples, i + 4096); i < end; ++i) {
      const double t = static_cast<double>(i) / rate;
      const double level = 0.010 * (1.0 + 0.6 * std::sin(t * 0.31) + 0.3 * std::sin(t * 1.7));
      const double in_call = std::fmod(t, 3.7);
      const double envelope = in_call < 0.9 ? std::sin(in_call / 0.9 * 3.14159265) : 0;
      phase += 2 * 3.14159265 * (2200 + 1500 * in_call + 120 * std::sin(t * 90)) / rate;
      const double call = 0.12 * envelope * (std::sin(phase) + 0.3 * std::sin(2 * phase));
      const double common = noise.Next();
      for (unsigned c = 0; c < channels; ++c) {
        const double own = channels == 1 ? common : 0.7 * common + 0.7 * noise.Next();
        const double value = level * pink[c].Next(own) + call * (c == 0 ? 1 : 0.6) + 0.0006 * noise.Next();
        block.push_back(static_cast<FLAC__int32>(std::lrint(std::clamp(value, -0.99, 0.99) * full)));
      }
    }
    if (!FLAC__stream_encoder_process_interleaved(encoder, block.data(), static_cast<unsigned>(block.size() / channels))) return 1;
  }
  const bool ok = FLAC__stream_encoder_finish(encoder);
  FLAC__stream_encoder_delete(encoder);
  return ok ? 0 : 1;
}
