// How much memory a chunk of records may take.
#ifndef BOWERBIRD_OS_MOST_DECODED_H_
#define BOWERBIRD_OS_MOST_DECODED_H_

#include <unistd.h>

#include <algorithm>
#include <cstdint>

namespace bowerbird::os {

// Half of the machine's, as for a record of a TFRecord file, and what one ArrayBuffer holds on every Node.
inline uint64_t MostDecoded() {
  static const uint64_t most = [] {
    const long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    const uint64_t memory = pages > 0 && page > 0 ? static_cast<uint64_t>(pages) * static_cast<uint64_t>(page) : UINT64_MAX;
    return std::min(memory / 2, (uint64_t{1} << 32) - 1);
  }();
  return most;
}

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_MOST_DECODED_H_
