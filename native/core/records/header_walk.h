// Steps over the records of a plain TFRecord file by their headers, which tells where they are without reading them.
#ifndef BOWERBIRD_CORE_RECORDS_HEADER_WALK_H_
#define BOWERBIRD_CORE_RECORDS_HEADER_WALK_H_

#include <cstdint>
#include <vector>

#include "core/base/fault.h"

namespace bowerbird::tfrecord {

// The headers of a file, as the walk comes by them.
class HeaderSource {
 public:
  virtual ~HeaderSource() = default;
  // The kHeaderSize bytes at `offset`, valid until the next call; null when they are not all there. `stride` is the size of the record
  // before, as a hint of how far on the next header may be: kUnknown at the first.
  virtual const uint8_t* At(uint64_t offset, uint64_t stride) = 0;
};

struct HeaderWalk {
  uint64_t offset = 0;  // where the next record begins: the end of the file, or the place of the fault
  uint64_t records = 0;
  Fault fault = Fault::kNone;
  uint64_t a = 0;
  uint64_t b = 0;
  std::vector<uint64_t> places;  // offsets of every n-th record, the first among them
};

// Up to `most` records of a file of `size` bytes, from the one that begins at `from` on. REQUIRES: from <= size, every > 0
HeaderWalk WalkHeaders(HeaderSource& headers, uint64_t size, uint64_t from, uint64_t most, uint64_t every);

}  // namespace bowerbird::tfrecord

#endif  // BOWERBIRD_CORE_RECORDS_HEADER_WALK_H_
