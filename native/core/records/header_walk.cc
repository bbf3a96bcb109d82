#include "core/records/header_walk.h"

#include <algorithm>

#include "core/records/tfrecord.h"

namespace bowerbird::tfrecord {

HeaderWalk WalkHeaders(HeaderSource& headers, uint64_t size, uint64_t from, uint64_t most, uint64_t every) {
  HeaderWalk walk;
  walk.offset = from;
  uint64_t stride = kUnknown;
  while (walk.records < most && walk.offset < size) {
    const uint64_t left = size - walk.offset;
    const uint8_t* const header = left < kHeaderSize ? nullptr : headers.At(walk.offset, stride);
    // A window of the header alone: whatever else the frame says, it cannot say that the payload is sound.
    const Frame frame = header == nullptr ? ReadFrame({}, std::min(left, kHeaderSize - 1)) : ReadFrame({header, kHeaderSize}, left);
    if (frame.kind == Frame::Kind::kFault) {
      walk.fault = frame.fault;
      walk.a = frame.a;
      walk.b = frame.b;
      break;
    }
    if (walk.records % every == 0) walk.places.push_back(walk.offset);
    stride = frame.need;
    walk.offset += stride;
    ++walk.records;
  }
  return walk;
}

}  // namespace bowerbird::tfrecord
