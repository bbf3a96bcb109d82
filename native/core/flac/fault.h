// What can be wrong with FLAC, and the largest that it can be.
#ifndef BOWERBIRD_CORE_FLAC_FAULT_H_
#define BOWERBIRD_CORE_FLAC_FAULT_H_

#include <cstdint>

namespace bowerbird::flac {

inline constexpr uint32_t kMaxChannels = 8;
// RFC 9639 section 9.1.6 forbids the largest that a header can say, since STREAMINFO cannot; there are files of it.
inline constexpr uint32_t kMaxBlockSize = 65536;
inline constexpr uint32_t kMaxHeaderSize = 16;  // of a frame: 4 + 7 + 2 + 2 + 1

// What can be wrong. The numbers cross to TypeScript: append, never renumber.
enum class Fault : uint8_t {
  kNone = 0,

  // Metadata.
  kNotFlac = 1,           // no "fLaC" (after ID3v2 tags)
  kNoStreamInfo = 2,      // the first block is another one, or has not 34 bytes
  kBadStreamInfo = 3,     // sample rate 0, fewer than 4 bits
  kBadMetadata = 4,       // block type 127, or a second STREAMINFO
  kTruncatedMetadata = 5, // the stream ends before its first frame

  // Frames.
  kLostSync = 16,         // no frame header where one must be
  kHeaderCrc = 17,        // sync code and fields of a header, but CRC-8 differs
  kReserved = 18,         // a header, subframe or residual uses a reserved pattern
  kFormatChanged = 19,    // channels or bits per sample are not those of STREAMINFO
  kBadSubframe = 20,      // impossible: order > block size, partitions that do not divide it, wasted bits >= bits, negative shift
  kBadResidual = 21,      // a residual outside 32 bits
  kSampleRange = 22,      // a decoded sample does not fit its bits: no lossless encoder writes this
  kFrameCrc = 23,         // CRC-16 differs
  kTruncatedFrame = 24,   // the stream ends inside a frame
  kFrameTooLarge = 25,    // longer than FrameSizeBound()
  kMissingFrames = 26,    // intact frames, but their numbers jump
  kMissingSamples = 27,   // the stream ends at a frame's end before the total of STREAMINFO
  kRateChanged = 28,      // an intact frame, but of another sample rate than STREAMINFO or the frames before it

  // Ogg pages.
  kNotOggFlac = 32,       // no page, or its first packet is not FLAC's
  kPageCrc = 33,
  kTruncatedPage = 34,
};

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_FAULT_H_
