// Sinks for records whose content is nobody's business: checked only, collected, or written to another file of records.
#ifndef BOWERBIRD_ADDON_PASS_PAYLOAD_SINKS_H_
#define BOWERBIRD_ADDON_PASS_PAYLOAD_SINKS_H_

#include <memory>
#include <string>
#include <utility>

#include "addon/pass/sink.h"
#include "addon/record_writer.h"

namespace bowerbird::addon {

// That the stream gave the record is all there is to know.
class CheckSink final : public RecordSink {
 public:
  Outcome Take(Bytes, uint64_t, uint64_t, FaultReport&) override { return Outcome::kTaken; }
};

class CollectSink final : public RecordSink {
 public:
  explicit CollectSink(uint64_t batch_bytes) : batch_(batch_bytes) {}

  Outcome Take(Bytes payload, uint64_t index, uint64_t offset, FaultReport&) override {
    batch_.rows.Append(payload);
    for (const uint64_t place : {index, offset, uint64_t{payload.size()}}) {
      batch_.places.push_back(static_cast<double>(place));
    }
    return Outcome::kTaken;
  }
  Batch* batch() override { return &batch_; }

 private:
  Batch batch_;
};

// The file goes on living after the pass.
class WriterSink final : public RecordSink {
 public:
  WriterSink(std::shared_ptr<RecordWriter> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Outcome Take(Bytes payload, uint64_t, uint64_t, FaultReport&) override {
    file_->Append(payload);
    return Outcome::kTaken;
  }
  SystemFailure failure() const override {
    const int error = file_->error();
    return error == 0 ? SystemFailure() : SystemFailure{error, path_};
  }

 private:
  const std::shared_ptr<RecordWriter> file_;
  const std::string path_;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_PASS_PAYLOAD_SINKS_H_
