// Sinks that make rows and metadata of records: in memory, a batch at a time, or in two files.
#ifndef BOWERBIRD_ADDON_PASS_EXTRACT_SINKS_H_
#define BOWERBIRD_ADDON_PASS_EXTRACT_SINKS_H_

#include <memory>
#include <string>
#include <utility>

#include "addon/pass/sink.h"
#include "addon/warm_buffers.h"
#include "os/output_file.h"

namespace bowerbird::addon {

// Whoever derives owns the extractor, behind what it writes to.
class ExtractSink : public RecordSink {
 public:
  Outcome Take(Bytes payload, uint64_t index, uint64_t offset, FaultReport& report) override;
  void End() override { extractor()->Finish(); }
};

class ExtractToMemory final : public ExtractSink {
 public:
  ExtractToMemory(embedding::Options options, uint64_t batch_bytes)
      : batch_(batch_bytes), extractor_(std::move(options), batch_.rows, batch_.json) {}

  Batch* batch() override { return &batch_; }
  embedding::Extractor* extractor() override { return &extractor_; }

 private:
  Batch batch_;
  embedding::Extractor extractor_;
};

// An open file to write to.
struct OutputTarget {
  int fd;            // stays the caller's
  std::string path;  // for errors
};

class ExtractToFiles final : public ExtractSink {
 public:
  ExtractToFiles(std::shared_ptr<WarmBuffers> warm, embedding::Options options, OutputTarget npy, OutputTarget json, bool flush_early);
  ~ExtractToFiles() override;

  void End() override {
    ExtractSink::End();
    ended_ = true;
  }
  SystemFailure failure() const override;
  embedding::Extractor* extractor() override { return &extractor_; }

  // Writes what is left, and what only the end tells. REQUIRES: End() was called, and this was not
  SystemFailure Finish();
  bool may_finish() const { return ended_ && !finished_; }
  // REQUIRES: Finish() returned no failure.
  const os::OutputFile& npy() const { return npy_; }
  const os::OutputFile& json() const { return json_; }

 private:
  const std::shared_ptr<WarmBuffers> warm_;
  const std::string npy_path_, json_path_;
  os::OutputFile npy_, json_;
  embedding::Extractor extractor_;
  bool ended_ = false, finished_ = false;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_PASS_EXTRACT_SINKS_H_
