// The vector loops behind pcm::ToFloat(), for processors with AVX2; included by core/sound/pcm.cc only.
#ifndef BOWERBIRD_CORE_SOUND_PCM_AVX2_H_
#define BOWERBIRD_CORE_SOUND_PCM_AVX2_H_

#include "core/sound/pcm.h"

namespace bowerbird::pcm::avx2 {

// Converts samples from the front as long as whole vectors can be loaded inside `count` samples, and returns how many it did: 0 for a
// layout that has no vector loop. The results are those of PortableToFloat(), bit for bit.
// REQUIRES: Cpu().avx2.
size_t ToFloat(Layout layout, const uint8_t* in, size_t count, float* out);

}  // namespace bowerbird::pcm::avx2

#endif  // BOWERBIRD_CORE_SOUND_PCM_AVX2_H_
