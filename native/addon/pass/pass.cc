#include "addon/pass/pass.h"

#include <algorithm>
#include <atomic>
#include <utility>

namespace bowerbird::addon {
namespace {

constexpr size_t kFaultBatch = 256;
// Bytes between two looks at the world outside: the stop flag, the counters, the outputs' errors.
constexpr uint64_t kLookEvery = uint64_t{4} << 20;

}  // namespace

Pass::Pass(std::shared_ptr<WarmBuffers> warm, std::unique_ptr<RecordSink> sink, StopOn stop_on, uint64_t max_record, SharedCounters counters)
    : warm_(std::move(warm)),
      sink_(std::move(sink)),
      batch_(sink_->batch()),
      stop_on_(stop_on),
      counters_(counters),
      input_(std::make_unique<os::InputWindow>(std::move(warm_->input))),
      stream_(*input_, stop_on == StopOn::kNothing, max_record) {}

Pass::~Pass() { warm_->input = input_->Release(); }

int Pass::OpenFile(const std::string& path, uint64_t from) {
  input_path_ = path;
  const int error = input_->Open(path, from);
  // What was not read is no progress. A file may have become shorter than `from`.
  published_bytes_ = std::min(from, input_->taken());
  return error;
}

void Pass::Slice(uint64_t index, uint64_t offset, uint64_t skip, uint64_t take) {
  stream_.StartAt(index, offset);
  skip_ = skip;
  left_ = take;
  if (take == 0) ended_ = true;
}

Pass::Event Pass::Failed(SystemFailure failure) {
  failure_ = std::move(failure);
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
      if (Event event; !LookAround(&event)) return event;
    }
    switch (stream_.Next()) {
      case RecordStream::Event::kRecord:
        if (Event event; !Take(&event)) return event;
        break;
      case RecordStream::Event::kDamage:
        if (AddFault(stream_.report())) return Event::kFaults;
        break;
      case RecordStream::Event::kEmpty:
        Publish();
        if (!input_->is_file()) return Event::kNeedInput;
        if (StopAsked()) return Event::kStopped;
        // Perhaps nothing, and still an occasion to end it here.
        if (batch_ != nullptr) return Event::kBatch;
        break;
      case RecordStream::Event::kError: return Failed({input_->error(), input_path_});
      case RecordStream::Event::kEnd: ended_ = true; break;
    }
  }
  Publish();
  if (!faults_.empty()) return Event::kFaults;
  if (!sink_ended_) {
    sink_ended_ = true;
    sink_->End();
    if (batch_ != nullptr) return Event::kBatch;
  }
  return Event::kEnd;
}

bool Pass::LookAround(Event* event) {
  Publish();
  if (StopAsked()) return Return(Event::kStopped, event);
  if (SystemFailure failure = sink_->failure(); failure.error != 0) return Return(Failed(std::move(failure)), event);
  return !input_->is_file() || Return(Event::kPaused, event);
}

// Gives the record at the stream's position to the sink.
bool Pass::Take(Event* event) {
  if (skip_ > 0) {
    --skip_;
    stream_.Advance();
    return true;
  }
  const Bytes payload = stream_.payload();
  const RecordSink::Outcome outcome = sink_->Take(payload, stream_.index(), stream_.offset(), rejection_);
  if (outcome == RecordSink::Outcome::kNeedName) return Return(Event::kNeedName, event);
  if (outcome == RecordSink::Outcome::kTaken) Note(payload);
  ++records_;
  payload_bytes_ += payload.size();
  if (outcome == RecordSink::Outcome::kRejected) {
    rejection_.record = stream_.index();
    rejection_.offset = stream_.offset();
  }
  stream_.Advance();
  if (--left_ == 0) ended_ = true;
  if (outcome == RecordSink::Outcome::kRejected) {
    return !AddFault(std::exchange(rejection_, {})) || Return(Event::kFaults, event);
  }
  return batch_ == nullptr || !batch_->IsFull() || Return(Event::kBatch, event);
}

void Pass::Note(Bytes payload) {
  if (prove_) proof_.Add(payload);
  if (note_every_ == 0 || records_ % note_every_ != 0) return;
  for (const uint64_t place : {records_, stream_.offset()}) noted_.push_back(static_cast<double>(place));
}

}  // namespace bowerbird::addon
