// What happens between the runs of Rice symbols, and in the few runs that groups cannot decode. Cold: correctness before speed.
#include "core/flac/residual.h"

namespace bowerbird::flac {

// Leaves left == 0 only at the end of the frame, with frame->ok set when it ended as it must.
void RunReader::NextRun() {
  left = 0;
  for (;;) {
    if (partition < partitions.count) {
      if (!Partition()) return Fail();
      if (left != 0) return;
    } else if (channel < frame->header.channels) {
      if (!Subframe()) return Fail();
    } else {
      // Padding bits up to the byte are not looked at, as nowhere else.
      frame->ok = !failed && (bit + 7) / 8 == frame->bytes.size() - 2;
      return;
    }
  }
}

bool RunReader::Subframe() {
  const FrameHeader& header = frame->header;
  lane = &frame->lanes[channel];
  BitReader in = Bits();
  auto& sub = lane->sub;
  lane->count = header.block_size;
  lane->wide = lane->bad = false;
  if (ReadSubframeHeader(in, ChannelBits(header, channel), header.block_size, &sub) != Fault::kNone || in.overrun()) return false;
  ++channel;

  const uint32_t n = header.block_size;
  int32_t* const samples = lane->samples;
  lane->predicted = sub.kind == Subframe::kFixed || sub.kind == Subframe::kLpc;
  if (lane->predicted) {
    for (uint32_t i = 0; i < sub.order; ++i) samples[i] = static_cast<int32_t>(in.ReadSigned(sub.bits));
    if (ReadPredictor(in, &sub) != Fault::kNone || ReadPartitions(in, n, sub.order, &partitions) != Fault::kNone) return false;
    partition = 0;
    out = reinterpret_cast<uint32_t*>(samples) + sub.order;
  } else if (sub.kind == Subframe::kConstant) {
    const int32_t value = static_cast<int32_t>(in.ReadSigned(sub.bits) << sub.wasted);
    for (uint32_t i = 0; i < n; ++i) samples[i] = value;
  } else {
    for (uint32_t i = 0; i < n; ++i) samples[i] = static_cast<int32_t>(in.ReadSigned(sub.bits) << sub.wasted);
  }
  bit = in.bit();
  return !in.overrun();
}

bool RunReader::Partition() {
  BitReader in = Bits();
  parameter = static_cast<uint32_t>(in.Read(partitions.parameter_bits));
  uint32_t count = partitions.size - (partition == 0 ? lane->sub.order : 0);
  ++partition;
  if (parameter == partitions.escape()) {
    const uint32_t bits = static_cast<uint32_t>(in.Read(5));
    for (; count != 0; --count) *out++ = ToZigzag(static_cast<int32_t>(in.ReadSigned(bits)));
    lane->wide |= bits == 31;
  }
  bit = in.bit();
  if (in.overrun()) return false;
  left = count;
  if (count != 0 && parameter > kMaxGrouped) {
    Symbols(count);
    if (failed) return false;
    out += count;
    left = 0;
  }
  return true;
}

void RunReader::Symbols(uint32_t count) {
  BitReader in = Bits();
  for (uint32_t i = 0; i < count; ++i) {
    const uint64_t quotient = in.ReadUnary();
    if (in.overrun() || quotient > kMaxZigzag >> parameter) return Fail();
    const uint64_t zigzag = quotient << parameter | in.Read(parameter);
    if (zigzag > kMaxZigzag) return Fail();
    lane->wide |= zigzag >> 31 != 0;
    out[i] = static_cast<uint32_t>(zigzag);
  }
  if (in.overrun()) return Fail();
  bit = in.bit();
}

}  // namespace bowerbird::flac
