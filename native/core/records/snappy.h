// Raw Snappy blocks (https://github.com/google/snappy/blob/main/format_description.txt): a length, then literals and copies.
#ifndef BOWERBIRD_CORE_RECORDS_SNAPPY_H_
#define BOWERBIRD_CORE_RECORDS_SNAPPY_H_

#include "core/base/buffer.h"
#include "core/base/bytes.h"

namespace bowerbird::snappy {

// True when the block holds exactly `out.size()` bytes, which are then there. Reads and writes inside the two spans only.
bool Decompress(Bytes block, MutableBytes out);

// Appends one block to `out`. REQUIRES: data.size() < 2^32. False when there is no memory.
bool Compress(Bytes data, ByteBuffer& out);

}  // namespace bowerbird::snappy

#endif  // BOWERBIRD_CORE_RECORDS_SNAPPY_H_
