#include "core/features/fft.h"

namespace bowerbird::features {

FftPlan::FftPlan(size_t length) : half(length / 2) {
  size_t rest = half, stride = 1;
  while (rest > 1) {
    size_t radix = 4;
    if (rest % 4 != 0) {
      radix = 2;
      while (rest % radix != 0) ++radix;
    }
    const size_t count = rest / radix;
    stages.push_back({.radix = radix, .count = count, .stride = stride, .turns = turns.size(), .roots = 0});
    for (size_t p = 0; p < count; ++p) {
      for (size_t k = 1; k < radix; ++k) turns.push_back(TurnBy(p * k, rest));
    }
    stages.back().roots = turns.size();
    if (radix > 5) {
      for (size_t k = 0; k < radix; ++k) turns.push_back(TurnBy(k, radix));
    }
    rest = count;
    stride *= radix;
  }
  for (size_t k = 0; k <= half / 2; ++k) split.push_back(TurnBy(k, length));
}

}  // namespace bowerbird::features
