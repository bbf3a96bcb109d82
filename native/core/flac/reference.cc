// The plain decoder: one sample after the other, in 64 bits.
#include "core/hash/crc16.h"
#include "core/flac/flac.h"
#include "core/flac/subframe.h"

namespace bowerbird::flac {
namespace {

// One residual after the other into out[order...].
Fault ReadResidual(BitReader& in, uint32_t block_size, uint32_t order, int64_t* out) {
  Partitions partitions;
  if (const Fault fault = ReadPartitions(in, block_size, order, &partitions); fault != Fault::kNone) return fault;
  uint32_t i = order;
  for (uint32_t p = 0; p < partitions.count; ++p) {
    const uint32_t end = (p + 1) * partitions.size;
    const uint32_t parameter = static_cast<uint32_t>(in.Read(partitions.parameter_bits));
    if (parameter == partitions.escape()) {
      const uint32_t bits = static_cast<uint32_t>(in.Read(5));
      for (; i < end; ++i) out[i] = in.ReadSigned(bits);
    } else {
      for (; i < end; ++i) {
        const uint64_t quotient = in.ReadUnary();
        if (in.overrun()) return Fault::kTruncatedFrame;
        if (quotient > kMaxZigzag >> parameter) return Fault::kBadResidual;
        const uint64_t zigzag = quotient << parameter | in.Read(parameter);
        if (zigzag > kMaxZigzag) return Fault::kBadResidual;
        out[i] = FromZigzag(static_cast<uint32_t>(zigzag));
      }
    }
    // A partition of nothing but what lies behind the end would be decoded for nothing, 65535 times.
    if (in.overrun()) return Fault::kTruncatedFrame;
  }
  return Fault::kNone;
}

Fault ReadSubframe(BitReader& in, uint32_t bits, uint32_t block_size, int64_t* out) {
  Subframe sub;
  if (const Fault fault = ReadSubframeHeader(in, bits, block_size, &sub); fault != Fault::kNone) {
    return in.overrun() ? Fault::kTruncatedFrame : fault;
  }
  if (sub.kind == Subframe::kConstant) {
    const int64_t value = in.ReadSigned(sub.bits);
    for (uint32_t i = 0; i < block_size; ++i) out[i] = value;
  } else if (sub.kind == Subframe::kVerbatim) {
    for (uint32_t i = 0; i < block_size; ++i) out[i] = in.ReadSigned(sub.bits);
  } else {
    for (uint32_t i = 0; i < sub.order; ++i) out[i] = in.ReadSigned(sub.bits);
    Fault fault = ReadPredictor(in, &sub);
    if (fault == Fault::kNone) fault = ReadResidual(in, block_size, sub.order, out);
    if (in.overrun()) return Fault::kTruncatedFrame;
    if (fault != Fault::kNone) return fault;
    for (uint32_t i = sub.order; i < block_size; ++i) {
      // |sum| < 32 * 2^15 * 2^33: far from 2^63, as long as every sample before it was checked.
      int64_t sum = 0;
      for (uint32_t j = 0; j < sub.order; ++j) sum += sub.coefficients[j] * out[i - 1 - j];
      out[i] += sum >> sub.shift;
      if (!Fits(out[i], sub.bits)) return Fault::kSampleRange;
    }
  }
  if (in.overrun()) return Fault::kTruncatedFrame;
  for (uint32_t i = 0; i < block_size; ++i) out[i] = static_cast<int64_t>(static_cast<uint64_t>(out[i]) << sub.wasted);
  return Fault::kNone;
}

// Section 4.2: the two channels of a stereo mode become left and right.
void Decorrelate(ChannelMode mode, int64_t* a, int64_t* b, uint32_t n) {
  for (uint32_t i = 0; i < n; ++i) {
    if (mode == ChannelMode::kLeftSide) {
      b[i] = a[i] - b[i];
    } else if (mode == ChannelMode::kSideRight) {
      a[i] += b[i];
    } else if (mode == ChannelMode::kMidSide) {
      const int64_t mid = a[i] * 2 + (b[i] & 1), side = b[i];
      a[i] = (mid + side) >> 1;
      b[i] = (mid - side) >> 1;
    }
  }
}

}  // namespace

ReferenceDecoder::Frame ReferenceDecoder::Decode(Bytes window, const StreamInfo& info) {
  Frame frame;
  frame.fault = ParseFrameHeader(window, info, &frame.header);
  if (frame.fault != Fault::kNone) return frame;

  const uint32_t n = frame.header.block_size;
  const size_t needed = size_t{n} * frame.header.channels;
  if (needed > capacity_) {
    wide_ = std::make_unique_for_overwrite<int64_t[]>(needed);
    samples_ = std::make_unique_for_overwrite<int32_t[]>(needed);
    capacity_ = needed;
  }
  stride_ = n;

  const uint64_t bound = FrameSizeBound(frame.header);
  const Bytes bytes = window.first(std::min<uint64_t>(window.size(), bound));
  BitReader in(bytes, frame.header.size * 8u);
  for (size_t c = 0; c < frame.header.channels; ++c) {
    frame.fault = ReadSubframe(in, ChannelBits(frame.header, c), n, wide_.get() + c * n);
    if (frame.fault == Fault::kTruncatedFrame && window.size() >= bound) frame.fault = Fault::kFrameTooLarge;
    frame.size = std::min<uint64_t>((in.bit() + 7) / 8, bytes.size());
    if (frame.fault != Fault::kNone) return frame;
  }
  if (bytes.size() - frame.size < 2) {
    frame.fault = window.size() >= bound ? Fault::kFrameTooLarge : Fault::kTruncatedFrame;
    return frame;
  }
  frame.size += 2;
  if (Crc16(bytes.first(frame.size)) != 0) {
    frame.fault = Fault::kFrameCrc;
    return frame;
  }
  if (frame.header.mode != ChannelMode::kIndependent) Decorrelate(frame.header.mode, wide_.get(), wide_.get() + n, n);
  for (size_t i = 0; i < needed; ++i) {
    if (!Fits(wide_[i], frame.header.bits)) {
      frame.fault = Fault::kSampleRange;
      return frame;
    }
    samples_[i] = static_cast<int32_t>(wide_[i]);
  }
  return frame;
}

}  // namespace bowerbird::flac
