// Between the decoder and its engines: several frames whose ends are known, decoded at once.
//
// A batch has up to kMaxLanes subframes, each with a lane: a plain array that first holds what the subframe stores (warm-up samples, then residuals
// as zig-zag numbers) and then, in place, its samples. Entropy decoding works on two frames at a time, because each symbol depends on the one
// before it and a processor has room for two such chains. Prediction works on eight lanes at a time, because it is serial within a
// lane and independent between lanes.
#ifndef BOWERBIRD_CORE_FLAC_BATCH_H_
#define BOWERBIRD_CORE_FLAC_BATCH_H_

#include <array>
#include <cstdint>

#include "core/flac/flac.h"
#include "core/flac/subframe.h"

namespace bowerbird::flac {

inline constexpr size_t kMaxFrames = 16, kMaxLanes = 64;

struct Lane {
  int32_t* samples = nullptr;
  uint32_t count = 0;      // block size
  Subframe sub;
  bool predicted = false;  // residuals wait for prediction; else the samples are there
  bool wide = false;       // a residual needs more than 31 bits
  bool bad = false;        // a sample does not fit its bits
};

struct BatchFrame {
  Bytes bytes;  // header to CRC-16, proven by that CRC
  FrameHeader header;
  Lane* lanes = nullptr;
  bool ok = false;
};

struct Batch {
  std::array<BatchFrame, kMaxFrames> frames;
  std::array<Lane, kMaxLanes> lanes;
  size_t frame_count = 0;
  size_t lane_count = 0;
  int32_t* idle = nullptr;  // a lane's length of memory for lanes that have nothing to do
};

// Where one frame's samples go.
struct Sink {
  const int32_t* planes[kMaxChannels];
  uint32_t channels;
  uint32_t count;
  uint32_t bits;
  ChannelMode mode;
  void* data;  // of the first sample
  uint64_t plane;
  SampleFormat format;
};

struct Engine {
  const char* name;
  size_t lanes;  // of a batch: what its way of working needs, but not so many that they leave the caches. At least kMaxChannels
  // Fills the lanes of all frames; sets ok of those that are well-formed and end where they must.
  void (*residuals)(Batch& batch);
  // Turns residuals into samples; sets `bad` of lanes.
  void (*predict)(Batch& batch);
  // Undoes the stereo mode, interleaves, converts. False when a sample does not fit `bits`; then what was written means nothing.
  bool (*convert)(const Sink& sink);
};

const Engine& PortableEngine();
#if defined(__x86_64__)
const Engine& Sse41Engine();   // REQUIRES: SSE4.1
const Engine& Avx2Engine();    // REQUIRES: AVX2, BMI2, LZCNT
const Engine& Avx512Engine();  // REQUIRES: AVX-512 F, VL, BW, DQ, CD, and what Avx2Engine() does
#elif defined(__aarch64__)
const Engine& NeonEngine();
#endif

// Frames that the engines decode: all but those whose stereo arithmetic needs more than 32 bits, and those longer than the format allows.
inline bool Suits(const FrameHeader& header) {
  return (header.mode == ChannelMode::kIndependent || header.bits <= 24) && header.block_size < kMaxBlockSize;
}

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_BATCH_H_
