// Two lanes of doubles, which x86-64 (SSE2) and arm64 (NEON) always have.
#include "core/features/engine.h"

#define BOWERBIRD_LANES
#define BOWERBIRD_LANE_BYTES 16
#include "core/features/spectrum.h"

namespace bowerbird::features {

const Engine& PortableEngine() {
  static constexpr Engine engine{.name = "portable", .lanes = kLanes, .memory = Memory, .run = RunFrames};
  return engine;
}

}  // namespace bowerbird::features
