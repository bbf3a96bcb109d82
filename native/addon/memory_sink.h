// Collects what a file would get, for callers that want it in memory a batch at a time.
#ifndef BOWERBIRD_ADDON_MEMORY_SINK_H_
#define BOWERBIRD_ADDON_MEMORY_SINK_H_

#include <vector>

#include "core/embedding/embedding.h"

namespace bowerbird::addon {

class MemorySink : public embedding::Sink {
 public:
  void Append(Bytes bytes) override { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  Bytes bytes() const { return bytes_; }
  void Clear() { bytes_.clear(); }

 private:
  std::vector<uint8_t> bytes_;
};

// Takes everything and keeps nothing: what reading alone costs.
class NullSink : public embedding::Sink {
 public:
  void Append(Bytes) override {}
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_MEMORY_SINK_H_
