#include "core/features/window.h"

#include "core/features/precise.h"

namespace bowerbird::features {

std::vector<double> WindowOf(Window window, size_t length, bool periodic) {
  const size_t period = periodic ? length : length - 1;
  std::vector<double> values(length);
  for (size_t i = 0; i < length; ++i) {
    const double cos = TurnBy(i, period).cos;
    const double hann = 0.5 - 0.5 * cos;
    switch (window) {
      case Window::kHann: values[i] = hann; break;
      case Window::kPovey: values[i] = Power(hann, 0.85); break;
      case Window::kHamming: values[i] = 0.54 - 0.46 * cos; break;
      case Window::kRectangular: values[i] = 1; break;
    }
  }
  return values;
}

}  // namespace bowerbird::features
