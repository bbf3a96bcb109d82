// Entropy decoding for the engines: subframe headers, warm-up samples and residuals of a batch, two frames at a time.
//
// All hot functions are inlined into one function per engine, so that the compiler uses that engine's instructions: this code lives on
// counting leading zeros and on shifts by a register that leave the flags alone.
#ifndef BOWERBIRD_CORE_FLAC_RESIDUAL_H_
#define BOWERBIRD_CORE_FLAC_RESIDUAL_H_

#include "core/flac_batch.h"

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

  // flac_residual.cc
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
  // The lowest bit marks the end: where it is afterwards says how many bits were used, and when it is gone they were too many.
  uint64_t word = (LoadBE64(data + (bit >> 3)) | 1) << (bit & 7);
  const uint32_t top = 1u << k, drop = 63 - k, next = k + 1;
#pragma GCC unroll 8
  for (uint32_t i = 0; i < kSize; ++i) {
    const uint32_t zeros = LeadingZeros<kLzcnt>(word);
    word <<= zeros & 63;
    out[i] = (zeros << k) + static_cast<uint32_t>(word >> drop) - top;
    word <<= next;
  }
  if (word == 0) [[unlikely]] return false;
  bit = (bit & ~uint64_t{7}) + static_cast<uint32_t>(__builtin_ctzll(word));
  return true;
}

// `groups` groups of kSize symbols from a, and as many from b, whose chains the processor then works on side by side.
template <uint32_t kSize, bool kLzcnt>
BOWERBIRD_FLAC_INLINE void DecodeBoth(RunReader& a, RunReader& b, uint32_t groups) {
  const uint8_t *const data_a = a.data, *const data_b = b.data;
  uint64_t bit_a = a.bit, bit_b = b.bit;
  const uint64_t safe_a = a.safe, safe_b = b.safe;
  const uint32_t k_a = a.parameter, k_b = b.parameter;
  uint32_t *out_a = a.out, *out_b = b.out;
  for (; groups != 0; --groups) {
    if (!DecodeGroup<kSize, kLzcnt>(data_a, bit_a, safe_a, k_a, out_a)) [[unlikely]] {
      a.bit = bit_a;
      a.out = out_a;
      a.Symbols(kSize);
      bit_a = a.bit;
    }
    if (!DecodeGroup<kSize, kLzcnt>(data_b, bit_b, safe_b, k_b, out_b)) [[unlikely]] {
      b.bit = bit_b;
      b.out = out_b;
      b.Symbols(kSize);
      bit_b = b.bit;
    }
    out_a += kSize;
    out_b += kSize;
  }
  a.bit = bit_a;
  b.bit = bit_b;
  a.out = out_a;
  b.out = out_b;
}

template <uint32_t kSize, bool kLzcnt>
BOWERBIRD_FLAC_INLINE void DecodeOne(RunReader& a, uint32_t groups) {
  uint64_t bit = a.bit;
  uint32_t* out = a.out;
  for (; groups != 0; --groups) {
    if (!DecodeGroup<kSize, kLzcnt>(a.data, bit, a.safe, a.parameter, out)) [[unlikely]] {
      a.bit = bit;
      a.out = out;
      a.Symbols(kSize);
      bit = a.bit;
    }
    out += kSize;
  }
  a.bit = bit;
  a.out = out;
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

template <bool kLzcnt>
BOWERBIRD_FLAC_INLINE void DecodeRuns(RunReader& a, RunReader& b) {
  const uint32_t common = a.left < b.left ? a.left : b.left;
  const uint32_t size = kGroup[a.parameter] < kGroup[b.parameter] ? kGroup[a.parameter] : kGroup[b.parameter];
  const uint32_t groups = common / size;
  a.left -= common;
  b.left -= common;
#define BOWERBIRD_CALL(n) DecodeBoth<n, kLzcnt>(a, b, groups)
  BOWERBIRD_FLAC_BY_SIZE(size, BOWERBIRD_CALL)
#undef BOWERBIRD_CALL
#define BOWERBIRD_CALL(n) DecodeBoth<n, kLzcnt>(a, b, 1)
  BOWERBIRD_FLAC_BY_SIZE(common - groups * size, BOWERBIRD_CALL)
#undef BOWERBIRD_CALL
}

template <bool kLzcnt>
BOWERBIRD_FLAC_INLINE void DecodeRun(RunReader& a) {
  const uint32_t size = kGroup[a.parameter];
  const uint32_t groups = a.left / size;
  const uint32_t rest = a.left - groups * size;
  a.left = 0;
#define BOWERBIRD_CALL(n) DecodeOne<n, kLzcnt>(a, groups)
  BOWERBIRD_FLAC_BY_SIZE(size, BOWERBIRD_CALL)
#undef BOWERBIRD_CALL
#define BOWERBIRD_CALL(n) DecodeOne<n, kLzcnt>(a, 1)
  BOWERBIRD_FLAC_BY_SIZE(rest, BOWERBIRD_CALL)
#undef BOWERBIRD_CALL
}

template <bool kLzcnt>
BOWERBIRD_FLAC_INLINE void DecodeResiduals(Batch& batch) {
  RunReader a, b;
  size_t next = 0;
  for (;;) {
    while (a.left == 0 && next < batch.frame_count) a.Start(&batch.frames[next++]);
    while (b.left == 0 && next < batch.frame_count) b.Start(&batch.frames[next++]);
    if (a.left == 0 || b.left == 0) break;
    do {
      DecodeRuns<kLzcnt>(a, b);
      if (a.left == 0) a.Next();
      if (b.left == 0) b.Next();
    } while (a.left != 0 && b.left != 0);
  }
  RunReader& last = a.left != 0 ? a : b;
  while (last.left != 0) {
    DecodeRun<kLzcnt>(last);
    last.Next();
  }
}

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_RESIDUAL_H_
