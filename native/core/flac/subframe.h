// The part of a subframe before its residual (RFC 9639 section 9.2): what both decoders read the same way.
#ifndef BOWERBIRD_CORE_FLAC_SUBFRAME_H_
#define BOWERBIRD_CORE_FLAC_SUBFRAME_H_

#include <cstdint>

#include "core/flac/flac.h"
#include "core/flac/bits.h"

namespace bowerbird::flac {

struct Subframe {
  enum Kind : uint8_t { kConstant, kVerbatim, kFixed, kLpc } kind = kConstant;
  uint8_t order = 0;
  uint8_t bits = 0;    // of the samples as stored: less the wasted ones, one more in a side channel
  uint8_t wasted = 0;
  uint8_t shift = 0;
  int16_t coefficients[32] = {};  // [0] is for the sample before
};

// Bits of the samples of channel c, wasted ones included.
inline uint32_t ChannelBits(const FrameHeader& header, size_t c) {
  const bool side = (header.mode == ChannelMode::kSideRight && c == 0) ||
                    ((header.mode == ChannelMode::kLeftSide || header.mode == ChannelMode::kMidSide) && c == 1);
  return header.bits + side;
}

// Type, order and wasted bits. `bits`: ChannelBits().
inline Fault ReadSubframeHeader(BitReader& in, uint32_t bits, uint32_t block_size, Subframe* out) {
  const uint64_t head = in.Read(8);
  if (head & 0x80) return Fault::kReserved;
  const uint32_t type = static_cast<uint32_t>(head >> 1);
  uint64_t wasted = head & 1 ? in.ReadUnary() + 1 : 0;
  if (wasted >= bits) return Fault::kBadSubframe;
  out->wasted = static_cast<uint8_t>(wasted);
  out->bits = static_cast<uint8_t>(bits - wasted);
  out->order = 0;
  if (type == 0) {
    out->kind = Subframe::kConstant;
  } else if (type == 1) {
    out->kind = Subframe::kVerbatim;
  } else if (type >= 8 && type <= 12) {
    out->kind = Subframe::kFixed;
    out->order = static_cast<uint8_t>(type - 8);
  } else if (type >= 32) {
    out->kind = Subframe::kLpc;
    out->order = static_cast<uint8_t>(type - 31);
  } else {
    return Fault::kReserved;
  }
  return out->order > block_size ? Fault::kBadSubframe : Fault::kNone;
}

// After the warm-up samples: the coefficients that are stored, or those that a fixed predictor stands for.
inline Fault ReadPredictor(BitReader& in, Subframe* out) {
  if (out->kind == Subframe::kFixed) {
    constexpr int16_t kFixed[5][4] = {{}, {1}, {2, -1}, {3, -3, 1}, {4, -6, 4, -1}};
    for (size_t i = 0; i < out->order; ++i) out->coefficients[i] = kFixed[out->order][i];
    out->shift = 0;
    return Fault::kNone;
  }
  const uint32_t precision = static_cast<uint32_t>(in.Read(4)) + 1;
  const int64_t shift = in.ReadSigned(5);
  if (precision == 16) return Fault::kReserved;
  if (shift < 0) return Fault::kBadSubframe;
  out->shift = static_cast<uint8_t>(shift);
  for (size_t i = 0; i < out->order; ++i) out->coefficients[i] = static_cast<int16_t>(in.ReadSigned(precision));
  return Fault::kNone;
}

// The coding of a residual: how many partitions, and how wide their parameters are.
struct Partitions {
  uint32_t parameter_bits = 4;
  uint32_t count = 1;
  uint32_t size = 0;  // samples, warm-up ones included in the first

  uint32_t escape() const { return (1u << parameter_bits) - 1; }
};
inline Fault ReadPartitions(BitReader& in, uint32_t block_size, uint32_t order, Partitions* out) {
  const uint64_t method = in.Read(2);
  if (method > 1) return Fault::kReserved;
  const uint32_t partition_order = static_cast<uint32_t>(in.Read(4));
  out->parameter_bits = method == 0 ? 4 : 5;
  out->count = 1u << partition_order;
  out->size = block_size >> partition_order;
  return out->size << partition_order != block_size || out->size < order ? Fault::kBadSubframe : Fault::kNone;
}

// Zig-zag numbers: 0, -1, 1, -2, ... The last one, -2^31, is not allowed (RFC 9639 section 9.2.7.3).
inline constexpr uint64_t kMaxZigzag = 0xfffffffe;
inline int32_t FromZigzag(uint32_t u) { return static_cast<int32_t>(u >> 1) ^ -static_cast<int32_t>(u & 1); }
inline uint32_t ToZigzag(int32_t v) { return static_cast<uint32_t>(v) << 1 ^ static_cast<uint32_t>(v >> 31); }

// Does a value fit a signed integer of `bits` bits?
inline bool Fits(int64_t value, uint32_t bits) { return value >> (bits - 1) == value >> 63; }

}  // namespace bowerbird::flac

#endif  // BOWERBIRD_CORE_FLAC_SUBFRAME_H_
