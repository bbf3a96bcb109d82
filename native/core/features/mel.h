// Mel filter banks: triangles that lie side by side over a spectrum, as wide on a mel scale.
#ifndef BOWERBIRD_CORE_FEATURES_MEL_H_
#define BOWERBIRD_CORE_FEATURES_MEL_H_

#include <cstdint>
#include <vector>

#include "core/features/params.h"

namespace bowerbird::features {

// Weights for the lines [first, first + count) of a spectrum; none for a filter that is narrower than the space between two lines.
struct Band {
  uint32_t first = 0, count = 0;
  size_t weights = 0;  // place in MelBank::weights
};

struct MelBank {
  std::vector<Band> bands;
  std::vector<double> weights;

  size_t Empty() const;
};

// Over fft / 2 + 1 lines, line k at k * sample_rate / fft Hz. REQUIRES: AreSound(params).
MelBank MelBankOf(const Params& params);

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_MEL_H_
