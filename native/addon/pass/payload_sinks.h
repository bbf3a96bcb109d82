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
class CheckSink : public RecordSink {
 public:
  Outcome Take(const Record&, FaultReport&) override { return Outcome::kTaken; }
};

class CollectSink : public RecordSink {
 public:
  explicit CollectSink(uint64_t batch_bytes) : batch_(batch_bytes) {}

  Outcome Take(const Record& record, FaultReport&) override {
    batch_.rows.Append(record.payload);
    for (const uint64_t place : {record.index, record.offset, uint64_t{record.payload.size()}}) {
      batch_.places.push_back(static_cast<double>(place));
    }
    return Outcome::kTaken;
  }
  Batch* batch() override { return &batch_; }

 private:
  Batch batch_;
};

// The file goes on living after the pass.
class WriterSink : public RecordSink {
 public:
  WriterSink(std::shared_ptr<RecordWriter> file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}

  Outcome Take(const Record& record, FaultReport&) override {
    file_->Append(record.payload);
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
