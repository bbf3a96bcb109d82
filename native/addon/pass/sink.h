// Where a pass puts its records. There is a class for each thing that can be done with them: payload_sinks.h, extract_sinks.h.
#ifndef BOWERBIRD_ADDON_PASS_SINK_H_
#define BOWERBIRD_ADDON_PASS_SINK_H_

#include <cstdint>
#include <string>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/fault.h"
#include "core/embedding/embedding.h"

namespace bowerbird::addon {

// What the system refused, and of which file; error 0: nothing.
struct SystemFailure {
  int error = 0;
  std::string path = {};
};

// Collects what a file would get.
class MemorySink final : public embedding::Sink {
 public:
  void Append(Bytes bytes) override { bytes_.insert(bytes_.end(), bytes.begin(), bytes.end()); }
  Bytes bytes() const { return bytes_; }
  void Clear() { bytes_.clear(); }

 private:
  std::vector<uint8_t> bytes_;
};

// What a sink in memory has taken since it was last cleared.
struct Batch {
  explicit Batch(uint64_t limit) : limit(limit) {}

  // Empty records take no bytes and still take places.
  bool IsFull() const { return rows.bytes().size() + places.size() * sizeof(double) >= limit; }
  void Clear() {
    rows.Clear();
    json.Clear();
    places.clear();
  }

  const uint64_t limit;
  MemorySink rows, json;
  std::vector<double> places;  // index, offset and length of each payload, where payloads are collected
};

class RecordSink {
 public:
  enum class Outcome : uint8_t {
    kTaken,
    kRejected,  // `report` says why: fault, a, b, text
    kNeedName,  // extractor()->pending_name(); answered, the same record is given again
  };

  RecordSink() = default;
  RecordSink(const RecordSink&) = delete;
  RecordSink& operator=(const RecordSink&) = delete;
  virtual ~RecordSink() = default;

  // The record of this index, whose header begins at `offset`; the payload is borrowed for the call. Single arguments, so that they stay in
  // registers: records may be tiny and many.
  virtual Outcome Take(Bytes payload, uint64_t index, uint64_t offset, FaultReport& report) = 0;
  // After the last record, once.
  virtual void End() {}
  // Of the files that it writes, so far: whoever runs a pass looks here between blocks.
  virtual SystemFailure failure() const { return {}; }

  // Of a sink in memory; else null.
  virtual Batch* batch() { return nullptr; }
  // Of a sink that extracts; else null.
  virtual embedding::Extractor* extractor() { return nullptr; }
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_PASS_SINK_H_
