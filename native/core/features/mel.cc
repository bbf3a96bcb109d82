#include "core/features/mel.h"

#include <algorithm>

#include "core/features/precise.h"

namespace bowerbird::features {
namespace {

// Slaney's scale: 200/3 Hz a mel below 1000 Hz, which is 15 mel; above, 27 mel for each factor of 6.4.
constexpr double kHertzAMel = 200.0 / 3, kBendHertz = 1000, kBendMel = 15;
double SlaneyStep() { return Log(6.4) / 27; }

double ToMel(MelScale scale, double hertz) {
  if (scale == MelScale::kHtk) return 1127 * Log(1 + hertz / 700);
  return hertz < kBendHertz ? hertz / kHertzAMel : kBendMel + Log(hertz / kBendHertz) / SlaneyStep();
}

double ToHertz(MelScale scale, double mel) {
  if (scale == MelScale::kHtk) return 700 * (Exp(mel / 1127) - 1);
  return mel < kBendMel ? mel * kHertzAMel : kBendHertz * Exp((mel - kBendMel) * SlaneyStep());
}

}  // namespace

size_t MelBank::Empty() const {
  return static_cast<size_t>(std::count_if(bands.begin(), bands.end(), [](const Band& band) { return band.count == 0; }));
}

MelBank MelBankOf(const Params& params) {
  const double low = ToMel(params.mel, params.low), high = ToMel(params.mel, params.high);
  // Edges in Hz, and in what the triangles are straight over.
  std::vector<double> hertz(params.bins + 2), edges(params.bins + 2);
  for (size_t i = 0; i < edges.size(); ++i) {
    const double mel = low + (high - low) * static_cast<double>(i) / static_cast<double>(params.bins + 1);
    hertz[i] = ToHertz(params.mel, mel);
    edges[i] = params.mel_triangles ? mel : hertz[i];
  }
  std::vector<double> lines(params.fft / 2 + 1);
  for (size_t k = 0; k < lines.size(); ++k) {
    const double at = static_cast<double>(k) * params.sample_rate / static_cast<double>(params.fft);
    lines[k] = params.mel_triangles ? ToMel(params.mel, at) : at;
  }

  MelBank bank;
  for (size_t b = 0; b < params.bins; ++b) {
    const double left = edges[b], middle = edges[b + 1], right = edges[b + 2];
    const double height = params.equal_area ? 2 / (hertz[b + 2] - hertz[b]) : 1;
    Band band{.weights = bank.weights.size()};
    for (size_t k = 0; k < lines.size(); ++k) {
      const double weight = std::min((lines[k] - left) / (middle - left), (right - lines[k]) / (right - middle));
      if (!(weight > 0)) continue;
      if (band.count++ == 0) band.first = static_cast<uint32_t>(k);
      bank.weights.push_back(weight * height);
    }
    bank.bands.push_back(band);
  }
  return bank;
}

}  // namespace bowerbird::features
