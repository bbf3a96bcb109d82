// What AVX-512 adds to pcm_avx2.h; included by core/sound/pcm.cc only.
#ifndef BOWERBIRD_CORE_SOUND_PCM_AVX512_H_
#define BOWERBIRD_CORE_SOUND_PCM_AVX512_H_

#include "core/sound/pcm.h"

namespace bowerbird::pcm::avx512 {

// As avx2::ToFloat(), of the layouts that gain by it: A-law and mu-law, whose sixteen lines are one register, and 24 bits.
// REQUIRES: Cpu().avx512.
size_t ToFloat(Layout layout, const uint8_t* in, size_t count, float* out);

}  // namespace bowerbird::pcm::avx512

#endif  // BOWERBIRD_CORE_SOUND_PCM_AVX512_H_
