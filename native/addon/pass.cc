#include "addon/pass.h"

#include <algorithm>
#include <atomic>

#include "core/embedding/npy_header.h"

namespace bowerbird::addon {
namespace {

constexpr size_t kFaultBatch = 256;
// Bytes between two looks at the world outside: the stop flag, the counters, the outputs' errors.
constexpr uint64_t kLookEvery = uint64_t{4} << 20;

}  // namespace

Pass::Pass(std::shared_ptr<WarmBuffers> warm, StopOn stop_on, uint64_t max_record, SharedCounters counters)
    : warm_(std::move(warm)),
      stop_on_(stop_on),
      counters_(counters),
      input_(std::make_unique<os::InputWindow>(std::move(warm_->input))),
      stream_(std::make_unique<RecordStream>(*input_, stop_on == StopOn::kNothing, max_record)) {}

Pass::~Pass() {
  warm_->input = input_->Release();
  if (npy_file_) warm_->rows = npy_file_->Release();
  if (json_file_) warm_->json = json_file_->Release();
}

int Pass::OpenFile(const std::string& path, uint64_t from) {
  input_path_ = path;
  const int error = input_->Open(path, from);
  // What was not read is no progress. A file may have become shorter than `from`.
  published_bytes_ = std::min(from, input_->taken());
  return error;
}

void Pass::Slice(uint64_t index, uint64_t offset, uint64_t skip, uint64_t take) {
  stream_->StartAt(index, offset);
  skip_ = skip;
  left_ = take;
  if (take == 0) ended_ = true;
}

void Pass::WriteRecords(std::shared_ptr<RecordWriter> file, std::string path) {
  record_writer_ = std::move(file);
  record_path_ = std::move(path);
}

void Pass::Extract(embedding::Options options, embedding::Sink& rows, embedding::Sink& json) {
  extractor_ = std::make_unique<embedding::Extractor>(std::move(options), rows, json);
}

void Pass::ExtractToFiles(embedding::Options options, Target npy, Target json, bool flush_early) {
  npy_file_ = std::make_unique<os::OutputFile>(std::move(warm_->rows), npy.fd, kNpyHeaderSize, flush_early);
  json_file_ = std::make_unique<os::OutputFile>(std::move(warm_->json), json.fd, 0, flush_early);
  npy_path_ = std::move(npy.path);
  json_path_ = std::move(json.path);
  Extract(std::move(options), *npy_file_, *json_file_);
}

void Pass::ExtractToMemory(embedding::Options options, uint64_t batch_bytes) {
  batch_bytes_ = batch_bytes;
  Extract(std::move(options), memory_rows_, memory_json_);
}

void Pass::ExtractToNothing(embedding::Options options) { Extract(std::move(options), nothing_, nothing_); }

void Pass::ClearBatch() {
  memory_rows_.Clear();
  memory_json_.Clear();
  places_.clear();
}

Pass::Event Pass::Failed(int error, const std::string& path) {
  error_ = error;
  error_path_ = path;
  return Event::kError;
}

// Progress, seen by the main thread a few times a second.
void Pass::Publish() {
  const auto add = [](uint64_t* counter, uint64_t& published, uint64_t now) {
    if (counter != nullptr) std::atomic_ref(*counter).fetch_add(now - published, std::memory_order_relaxed);
    published = now;
  };
  // Blocks that were pushed are counted by whoever knows how large they were before decompression.
  add(input_path_.empty() ? nullptr : counters_.bytes, published_bytes_, input_->taken());
  add(counters_.records, published_records_, records_);
}

bool Pass::StopAsked() const {
  if (counters_.stop == nullptr) return false;
  return std::atomic_ref(*counters_.stop).load(std::memory_order_relaxed) != 0;
}

// True when the pass must end here, or when it is time to hand the findings over.
bool Pass::AddFault(FaultReport report) {
  const bool damage = IsDamage(report.fault);
  if (stop_on_ == StopOn::kAnyFault || (stop_on_ == StopOn::kDamage && damage)) ended_ = true;
  faults_.push_back(std::move(report));
  return ended_ || faults_.size() >= kFaultBatch;
}

Pass::Event Pass::Run() {
  while (!ended_) {
    if (input_->taken() >= published_bytes_ + kLookEvery) {
      Publish();
      if (StopAsked()) return Event::kStopped;
      if (npy_file_ && npy_file_->error() != 0) return Failed(npy_file_->error(), npy_path_);
      if (json_file_ && json_file_->error() != 0) return Failed(json_file_->error(), json_path_);
      if (record_writer_ && record_writer_->error() != 0) return Failed(record_writer_->error(), record_path_);
      if (input_->is_file()) return Event::kPaused;
    }
    switch (stream_->Next()) {
      case RecordStream::Event::kRecord:
        if (const Event event = Take(); event != Event::kDone) return event;
        break;
      case RecordStream::Event::kDamage:
        if (AddFault(stream_->report())) return Event::kFaults;
        break;
      case RecordStream::Event::kEmpty:
        Publish();
        if (!input_->is_file()) return Event::kNeedInput;
        if (StopAsked()) return Event::kStopped;
        // Perhaps nothing, and still an occasion to end it here.
        if (batch_bytes_ != 0) return Event::kBatch;
        break;
      case RecordStream::Event::kError: return Failed(input_->error(), input_path_);
      case RecordStream::Event::kEnd: ended_ = true; break;
    }
  }
  Publish();
  if (!faults_.empty()) return Event::kFaults;
  if (!finished_) {
    finished_ = true;
    if (extractor_) extractor_->Finish();
    if (batch_bytes_ != 0) return Event::kBatch;
  }
  return Event::kDone;
}

// kDone when the stream may go on.
Pass::Event Pass::Take() {
  if (skip_ > 0) {
    --skip_;
    stream_->Advance();
    return Event::kDone;
  }
  if (extractor_) {
    FaultReport report;
    switch (extractor_->Take(stream_->payload(), stream_->index(), report)) {
      case embedding::Extractor::Outcome::kNeedName: return Event::kNeedName;
      case embedding::Extractor::Outcome::kTaken: break;
      case embedding::Extractor::Outcome::kRejected:
        report.record = stream_->index();
        report.offset = stream_->offset();
        ++records_;
        payload_bytes_ += stream_->payload().size();
        stream_->Advance();
        return AddFault(std::move(report)) ? Event::kFaults : Event::kDone;
    }
  } else {
    Use(stream_->payload());
  }
  ++records_;
  payload_bytes_ += stream_->payload().size();
  stream_->Advance();
  if (--left_ == 0) ended_ = true;
  // Empty records take no bytes and still take places.
  const size_t held = memory_rows_.bytes().size() + places_.size() * sizeof(double);
  return batch_bytes_ != 0 && held >= batch_bytes_ ? Event::kBatch : Event::kDone;
}

void Pass::Use(Bytes payload) {
  if (prove_) proof_.Add(payload);
  if (record_writer_) record_writer_->Append(payload);
  if (note_every_ != 0 && records_ % note_every_ == 0) {
    for (const uint64_t place : {records_, stream_->offset()}) noted_.push_back(static_cast<double>(place));
  }
  if (batch_bytes_ == 0) return;
  memory_rows_.Append(payload);
  for (const uint64_t place : {stream_->index(), stream_->offset(), uint64_t{payload.size()}}) {
    places_.push_back(static_cast<double>(place));
  }
}

int Pass::Finish() {
  files_finished_ = true;
  const std::string header = NpyHeader(extractor_->descr(), extractor_->rows(), extractor_->width() == 0 ? 1280 : extractor_->width());
  if (const int error = npy_file_->Finish(AsBytes(header))) return Failed(error, npy_path_), error;
  if (const int error = json_file_->Finish({})) return Failed(error, json_path_), error;
  return 0;
}

}  // namespace bowerbird::addon
