// One pass over one TFRecord stream: verify it, extract from it, or hand out batches. The state behind the JavaScript class RecordPass.
#ifndef BOWERBIRD_ADDON_PASS_H_
#define BOWERBIRD_ADDON_PASS_H_

#include <memory>
#include <string>
#include <vector>

#include "os/input_window.h"
#include "addon/memory_sink.h"
#include "os/output_file.h"
#include "addon/record_writer.h"
#include "core/embedding/embedding.h"
#include "core/hash/proof.h"
#include "core/records/record_stream.h"

namespace bowerbird::addon {

// Memory that passes of one thread hand on to each other: fresh pages are slow to touch.
struct WarmBuffers {
  os::PageBuffer input, rows, json;
};

// Which findings end the pass.
enum class StopOn : uint8_t { kAnyFault, kDamage, kNothing };

// Counters in memory shared by all threads of a run; the layout is src/counters.ts. Null members where nobody counts.
struct SharedCounters {
  int32_t* stop = nullptr;
  uint64_t* bytes = nullptr;
  uint64_t* records = nullptr;
};

class Pass {
 public:
  // Numbers cross to TypeScript.
  enum class Event : int { kDone = 0, kNeedInput = 1, kNeedName = 2, kFaults = 3, kStopped = 4, kBatch = 5, kError = 6, kPaused = 7 };

  Pass(std::shared_ptr<WarmBuffers> warm, StopOn stop_on, uint64_t max_record, SharedCounters counters);
  ~Pass();

  // Reads from byte `from` on.
  int OpenFile(const std::string& path, uint64_t from = 0);
  os::InputWindow& input() { return *input_; }

  // Before Run(): what to do with the records; without any of these they are only checked.
  struct Target {
    int fd;            // stays the caller's
    std::string path;  // for errors
  };
  void ExtractToFiles(embedding::Options options, Target npy, Target json, bool flush_early);
  void ExtractToMemory(embedding::Options options, uint64_t batch_bytes);
  void ExtractToNothing(embedding::Options options);
  // Reads a part of a stream: the input begins at `offset` with the record of this index, of which `skip` are stepped over and `take` are
  // used; kEverything: to the end.
  void Slice(uint64_t index, uint64_t offset, uint64_t skip, uint64_t take);
  static constexpr uint64_t kEverything = ~uint64_t{0};
  // Notes the offset of every n-th record.
  void NotePlaces(uint64_t every) { note_every_ = every; }
  // Makes a proof of the records.
  void Prove() { prove_ = true; }
  // Writes the payloads to a file of records, which goes on living after this pass.
  void WriteRecords(std::shared_ptr<RecordWriter> file, std::string path);
  // Hands out the payloads themselves.
  void CollectRecords(uint64_t batch_bytes) { batch_bytes_ = batch_bytes; }

  // A local file gives kPaused every few MiB: its caller may be a thread that has other things to hear.
  Event Run();

  // 0 or the errno behind kError, and which file it was about.
  int error() const { return error_; }
  const std::string& error_path() const { return error_path_; }

  std::vector<FaultReport> TakeFaults() { return std::move(faults_); }
  embedding::Extractor* extractor() { return extractor_.get(); }
  const MemorySink& rows() const { return memory_rows_; }
  const MemorySink& json() const { return memory_json_; }
  // Of the collected records: index, offset and length of each.
  const std::vector<double>& places() const { return places_; }
  // Of NotePlaces(): number of records before it and offset of each.
  const std::vector<double>& noted() const { return noted_; }
  const Proof& proof() const { return proof_; }
  void ClearBatch();

  // REQUIRES: may_finish(), which is true once, after kDone with ExtractToFiles.
  int Finish();
  bool may_finish() const { return npy_file_ && json_file_ && finished_ && !files_finished_; }
  const os::OutputFile& npy_file() const { return *npy_file_; }
  const os::OutputFile& json_file() const { return *json_file_; }

  uint64_t records() const { return records_; }
  // Of the record that would come next.
  uint64_t next_index() const { return stream_->index(); }
  uint64_t next_offset() const { return stream_->offset(); }
  uint64_t payload_bytes() const { return payload_bytes_; }

 private:
  void Extract(embedding::Options options, embedding::Sink& rows, embedding::Sink& json);
  Event Take();
  void Use(Bytes payload);
  bool AddFault(FaultReport report);
  Event Failed(int error, const std::string& path);
  void Publish();
  bool StopAsked() const;

  const std::shared_ptr<WarmBuffers> warm_;
  const StopOn stop_on_;
  const SharedCounters counters_;
  std::unique_ptr<os::InputWindow> input_;
  std::string input_path_;
  std::unique_ptr<RecordStream> stream_;

  std::string npy_path_, json_path_;
  std::unique_ptr<os::OutputFile> npy_file_, json_file_;
  MemorySink memory_rows_, memory_json_;
  std::vector<double> places_;
  NullSink nothing_;
  uint64_t batch_bytes_ = 0;
  std::unique_ptr<embedding::Extractor> extractor_;
  std::shared_ptr<RecordWriter> record_writer_;
  std::string record_path_;
  bool prove_ = false;
  Proof proof_;
  uint64_t note_every_ = 0;
  std::vector<double> noted_;
  uint64_t skip_ = 0;
  uint64_t left_ = kEverything;

  std::vector<FaultReport> faults_;
  uint64_t records_ = 0;
  uint64_t payload_bytes_ = 0;
  uint64_t published_bytes_ = 0;
  uint64_t published_records_ = 0;
  bool ended_ = false;     // the stream
  bool finished_ = false;  // the metadata text
  bool files_finished_ = false;
  int error_ = 0;
  std::string error_path_;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_PASS_H_
