// Sample bytes of a WAV file (or any raw PCM) to numbers and back: the bulk work behind src/formats/audio/pcm.ts.
//
// Scale. An integer sample of a container of n bytes is divided by 2^(8n-1), so that full scale is [-1, 1): what TensorFlow's
// decode_wav and libsndfile do. 8-bit WAV samples are unsigned, (x - 128) / 128. Fewer valid bits than the container has (12 in
// 16, 20 in 24) sit at the top, as the specification asks, so the container's scale is theirs too.
#ifndef BOWERBIRD_CORE_SOUND_PCM_H_
#define BOWERBIRD_CORE_SOUND_PCM_H_

#include <cstddef>
#include <cstdint>

#include "core/base/bytes.h"

namespace bowerbird::pcm {

// The numbers cross to TypeScript (src/formats/audio/pcm.ts).
enum class Kind : uint8_t {
  kInteger = 0,   // signed two's complement, 2 to 8 bytes
  kUnsigned = 1,  // one byte, offset by 128
  kFloat = 2,     // IEEE 754, 4 or 8 bytes
  kALaw = 3,      // ITU-T G.711, one byte
  kMuLaw = 4,
  kLow24 = 5,     // 24 bits in the low three of four bytes; the fourth means nothing
};

struct Layout {
  Kind kind = Kind::kInteger;
  uint8_t bytes = 2;  // of one sample
  bool big_endian = false;
};

// Whether the functions below know it: kind and size fit together.
bool IsKnown(Layout layout);

// Bits of the integers that ToInt32() and ToInt16() give, and of those that a scale speaks of; 0 for floats.
int IntegerBits(Layout layout);

// All of these convert in.size() / layout.bytes samples and leave a rest that is no whole sample alone. `out` holds at least as
// many, aligned for its type; `in` has any alignment and does not overlap.
// REQUIRES: IsKnown(layout).
//
// Rounded once, to nearest even, where float32 cannot hold the value (32-bit integers and wider, float64).
void ToFloat(Layout layout, Bytes in, float* out);
// REQUIRES: 0 < IntegerBits(layout). Wider than 32 bits: rounded to 32, to nearest even, and clipped to what they hold.
void ToInt32(Layout layout, Bytes in, int32_t* out);
// REQUIRES: 0 < IntegerBits(layout) <= 16.
void ToInt16(Layout layout, Bytes in, int16_t* out);

// Writes little-endian samples. Integers: x * 2^(bits-1), rounded to nearest, ties to even, then clipped to what the bits hold (so 1.0
// becomes the largest value, not the smallest); NaN becomes 0. Since reading divides by the same power of two, integers of up
// to 24 bits come back as they were. Floats are copied, and neither rounded nor clipped.
// REQUIRES: a little-endian layout: kInteger of 2, 3 or 4 bytes, kUnsigned, or kFloat of 4 bytes. `out` holds count * bytes.
bool CanWrite(Layout layout);
void FromFloat(Layout layout, const float* in, size_t count, uint8_t* out);

// Channels. `in` is interleaved, `frames` times `channels` values; out does not overlap it.
// Of float, int32_t and int16_t. Channel c goes to out + c * plane.
template <typename Sample>
void Deinterleave(const Sample* in, size_t frames, size_t channels, Sample* out, size_t plane);
template <typename Sample>
void PickChannel(const Sample* in, size_t frames, size_t channels, size_t channel, Sample* out);
// The mean of a frame: its samples summed in double in the order of channels, divided, rounded to float once.
void MixToMono(const float* in, size_t frames, size_t channels, float* out);

// The bodies that use no special instructions, for tests to compare with.
void PortableToFloat(Layout layout, Bytes in, float* out);

}  // namespace bowerbird::pcm

#endif  // BOWERBIRD_CORE_SOUND_PCM_H_
