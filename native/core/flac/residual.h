// Entropy decoding for the engines: subframe headers, warm-up samples and residuals of a batch, two frames at a time.
//
// All hot functions are inlined into one function per engine, so that the compiler uses that engine's instructions: this code lives on
// counting leading zeros and on shifts by a register that leave the flags alone.
#ifndef BOWERBIRD_CORE_FLAC_RESIDUAL_H_
#define BOWERBIRD_CORE_FLAC_RESIDUAL_H_

#include <algorithm>

#include "core/flac/batch.h"

#define BOWERBIRD_FLAC_INLINE __attribute__((always_inline)) inline

namespace bowerbird::flac {

// Symbols that are decoded from one load of 64 bits, by Rice parameter. They may use 56 bits (in the worst alignment) and run over that
// in a few per cent of the groups or less; such a group is decoded again, symbol by symbol.
inline constexpr uint32_t kMaxGroup = 8;
inline constexpr uint32_t kMaxGrouped = 24;  // with quotients below 64 a residual then never reaches 31 bits
inline constexpr uint8_t kGroup[kMaxGrouped + 1] = {8, 8, 8, 8, 7, 6, 6, 5, 4, 4, 4, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2};

// Walks one frame from one run of Rice symbols (a partition) to the next, doing everything else on the way.
struct RunReader {
  const uint8_t* data = nullptr;
  uint64_t bit = 0;
  uint64_t safe = 0;        // loads of 8 bytes may begin up to this bit
  uint32_t* out = nullptr;  // of the run
  uint32_t left = 0;        // symbols of the run; 0: the frame has ended
  uint32_t parameter = 0;   // of the run, <= kMaxGrouped
  uint32_t partition = 0;
  Partitions partitions;
  size_t channel = 0;
  BatchFrame* frame = nullptr;
  Lane* lane = nullptr;
  bool failed = false;

  void Start(BatchFrame* next) {
    frame = next;
    next->ok = false;
    data = next->bytes.data();
    bit = next->header.size * 8u;
    channel = 0;
    failed = false;
    partition = partitions.count = left = 0;
    // The smallest frame has 10 bytes, so the subtraction is safe for all that are proven.
    safe = (next->bytes.size() - 8) * 8 + 7;
    NextRun();
  }

  // After a run: the next one, or the end of the frame.
  BOWERBIRD_FLAC_INLINE void Next() {
    if (partition < partitions.count && bit <= safe) [[likely]] {
      const uint64_t word = LoadBE64(data + (bit >> 3)) << (bit & 7);
      parameter = static_cast<uint32_t>(word >> (64 - partitions.parameter_bits));
      if (parameter <= kMaxGrouped && parameter != partitions.escape()) [[likely]] {
        bit += partitions.parameter_bits;
        ++partition;
        left = partitions.size;
        return;
      }
    }
    NextRun();
  }

  // residual.cc
  void NextRun();
  void Symbols(uint32_t count);  // one by one, each checked; ends the frame when they cannot be

 private:
  bool Subframe();
  bool Partition();
  void Fail() {
    failed = true;
    left = partition = partitions.count = 0;
    channel = frame->header.channels;
  }
  BitReader Bits() const { return BitReader(frame->bytes.first(frame->bytes.size() - 2), bit); }
};

// 64 for 0. kLzcnt: by the instruction, which the compiler would put behind a branch.
template <bool kLzcnt>
BOWERBIRD_FLAC_INLINE uint32_t LeadingZeros(uint64_t word) {
#if defined(__x86_64__)
  if constexpr (kLzcnt) {
    uint64_t count;
    __asm__("lzcntq %1, %0" : "=r"(count) : "r"(word) : "cc");
    return static_cast<uint32_t>(count);
  }
#endif
  return word == 0 ? 64 : static_cast<uint32_t>(__builtin_clzll(word));
}

// kSize symbols of a run, or none when they are too long or too near the end: then the caller decodes them one by one.
template <uint32_t kSize, bool kLzcnt>
BOWERBIRD_FLAC_INLINE bool DecodeGroup(const uint8_t* data, uint64_t& bit, uint64_t safe, uint32_t k, uint32_t* out) {
  if (bit > safe) [[unlikely]] return false;
  uint64_t word = LoadBE64(data + (bit >> 3)) << (bit & 7);
  const uint32_t top = 1u << k, drop = 63 - k, next = k + 1;
  uint32_t used = 0;
#pragma GCC unroll 8
  for (uint32_t i = 0; i < kSize; ++i) {
    const uint32_t zeros = LeadingZeros<kLzcnt>(word), length = zeros + next;
    out[i] = (zeros << k) + static_cast<uint32_t>(word >> ((drop - zeros) & 63)) - top;
    word <<= length & 63;
    used += length;
  }
  // A symbol that runs out of bits counts 64 zeros; one that was shifted by 64 or more made the sum too large in itself.
  if ((bit & 7) + used > 64) [[unlikely]] return false;
  bit += used;
  return true;
}

// `groups` groups of kSize symbols of each reader, whose chains the processor then works on side by side.
template <uint32_t kSize, bool kLzcnt, size_t kWays>
BOWERBIRD_FLAC_INLINE void DecodeGroups(RunReader* const* readers, uint32_t groups) {
  const uint8_t* data[kWays];
  uint64_t bit[kWays], safe[kWays];
  uint32_t k[kWays], *out[kWays];
#pragma GCC unroll 2
  for (size_t i = 0; i < kWays; ++i) {
    data[i] = readers[i]->data;
    bit[i] = readers[i]->bit;
    safe[i] = readers[i]->safe;
    k[i] = readers[i]->parameter;
    out[i] = readers[i]->out;
  }
  for (; groups != 0; --groups) {
#pragma GCC unroll 2
    for (size_t i = 0; i < kWays; ++i) {
      if (!DecodeGroup<kSize, kLzcnt>(data[i], bit[i], safe[i], k[i], out[i])) [[unlikely]] {
        readers[i]->bit = bit[i];
        readers[i]->out = out[i];
        readers[i]->Symbols(kSize);
        bit[i] = readers[i]->bit;
      }
      out[i] += kSize;
    }
  }
#pragma GCC unroll 2
  for (size_t i = 0; i < kWays; ++i) {
    readers[i]->bit = bit[i];
    readers[i]->out = out[i];
  }
}

// The size of a group is a template's argument, so that its loop unrolls; a switch picks it per run.
#define BOWERBIRD_FLAC_BY_SIZE(size, call) \
  switch (size) {                          \
    case 8: call(8); break;                \
    case 7: call(7); break;                \
    case 6: call(6); break;                \
    case 5: call(5); break;                \
    case 4: call(4); break;                \
    case 3: call(3); break;                \
    case 2: call(2); break;                \
    case 1: call(1); break;                \
    default: break;                        \
  }

// As many symbols of each reader as all of them have left in their runs.
template <bool kLzcnt, size_t kWays>
BOWERBIRD_FLAC_INLINE void DecodeRuns(RunReader* const* readers) {
  uint32_t common = readers[0]->left, size = kGroup[readers[0]->parameter];
  for (size_t i = 1; i < kWays; ++i) {
    common = std::min(common, readers[i]->left);
    size = std::min<uint32_t>(size, kGroup[readers[i]->parameter]);
  }
  for (size_t i = 0; i < kWays; ++i) readers[i]->left -= common;
  const uint32_t groups = common / size;
#define BOWERBIRD_CALL(n) DecodeGroups<n, kLzcnt, kWays>(readers, groups)
  BOWERBIRD_FLAC_BY_SIZE(size, BOWERBIRD_CALL)
#undef BOWERBIRD_CALL
#define BOWERBIRD_CALL(n) DecodeGroups<n, kLzcnt, kWays>(readers, 1)
  BOWERBIRD_FLAC_BY_SIZE(common - groups * size, BOWERBIRD_CALL)
#undef BOWERBIRD_CALL
}

// Takes a reader that is at the start of a subframe to where all have the same position, so that the runs of frames with the same block
// size end together; left == 0 only at the end of its frame.
template <bool kLzcnt>
BOWERBIRD_FLAC_INLINE void Align(RunReader& reader) {
  RunReader* const one[] = {&reader};
  while (reader.left != 0) {
    const uint32_t position = static_cast<uint32_t>(reader.out - reinterpret_cast<uint32_t*>(reader.lane->samples));
    const uint32_t goal = reader.lane->sub.order <= 16 ? 16 : 32;
    if (position >= goal) return;
    const uint32_t count = std::min(goal - position, reader.left), left = reader.left - count;
    reader.left = count;
    DecodeRuns<kLzcnt, 1>(one);
    if (reader.failed) return;
    reader.left = left;
    if (left == 0) reader.Next();
  }
}

// Two frames at a time: four do not fit the registers.
template <bool kLzcnt>
BOWERBIRD_FLAC_INLINE void DecodeResiduals(Batch& batch) {
  constexpr size_t kWays = 2;
  RunReader readers[kWays];
  RunReader* live[kWays];
  for (size_t i = 0; i < kWays; ++i) live[i] = &readers[i];
  size_t next = 0;
  for (size_t count = kWays; count != 0;) {
    // Those that are at the end of a run go on to the next one, or to the next frame.
    size_t kept = 0;
    for (size_t i = 0; i < count; ++i) {
      RunReader& reader = *live[i];
      while (reader.left == 0) {
        if (reader.frame != nullptr) {
          reader.Next();
          if (reader.left == 0) reader.frame = nullptr;
        } else if (next < batch.frame_count) {
          reader.Start(&batch.frames[next++]);
        } else {
          break;
        }
        Align<kLzcnt>(reader);
      }
      if (reader.left != 0) live[kept++] = &reader;
    }
    count = kept;
    if (count == kWays) {
      DecodeRuns<kLzcnt, kWays>(live);
    } else if (count == 1) {
      DecodeRuns<kLzcnt, 1>(live);
    }
  }
}

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_RESIDUAL_H_
