// Four lanes of doubles. Without FMA: its products are not rounded, and results would differ from those of other machines.
#include "core/features/engine.h"

#if defined(__x86_64__)

#define BOWERBIRD_LANES __attribute__((target("avx2")))
#define BOWERBIRD_LANE_BYTES 32
#include "core/features/spectrum.h"

namespace bowerbird::features {

const Engine& Avx2Engine() {
  static constexpr Engine engine{.name = "avx2", .lanes = kLanes, .memory = Memory, .run = RunFrames};
  return engine;
}

}  // namespace bowerbird::features

#endif
