// Window functions.
#ifndef BOWERBIRD_CORE_FEATURES_WINDOW_H_
#define BOWERBIRD_CORE_FEATURES_WINDOW_H_

#include <vector>

#include "core/features/params.h"

namespace bowerbird::features {

// Harris (1978), "On the use of windows for harmonic analysis"; Povey as in Kaldi's feat/feature-window.cc. A Hamming window is
// 0.54 - 0.46 cos. REQUIRES: length >= 2.
std::vector<double> WindowOf(Window window, size_t length, bool periodic);

}  // namespace bowerbird::features

#endif  // BOWERBIRD_CORE_FEATURES_WINDOW_H_
