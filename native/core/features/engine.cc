#include "core/features/engine.h"

#include "core/base/cpu.h"
#include "core/features/window.h"

namespace bowerbird::features {
namespace {

double FactorOf(const Params& params) {
  constexpr double kDecimal = 0x1.bcb7b1526e50ep-2;  // 1 / ln 10
  switch (params.logarithm) {
    case Logarithm::kDecimal: return kDecimal;
    case Logarithm::kDecibel: return (params.magnitude ? 20 : 10) * kDecimal;
    default: return 1;
  }
}

}  // namespace

Tables::Tables(const Params& given)
    : params(given),
      fft(given.fft),
      window(WindowOf(given.window, given.window_length, given.periodic)),
      bank(MelBankOf(given)),
      log_factor(FactorOf(given)) {
  for (double& weight : window) weight *= given.scale;
}

const Engine& BestEngine() {
#if defined(__x86_64__)
  if (Cpu().avx2) return Avx2Engine();
#endif
  return PortableEngine();
}

}  // namespace bowerbird::features
