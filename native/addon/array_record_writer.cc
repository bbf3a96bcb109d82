#include "addon/array_record_writer.h"

#include <algorithm>
#include <cerrno>

namespace bowerbird::addon {
namespace {

// Memory that a single giant record made is not kept for the rest of the file.
constexpr size_t kKept = size_t{8} << 20;

// Enough chunks to hash them side by side, and few enough bytes that they are in the second cache still. Large ones are not waited for.
constexpr size_t kChunksAtOnce = 64;
constexpr size_t kBytesAtOnce = size_t{256} << 10;
constexpr size_t kMostBytes = size_t{1} << 20;

// Batches for each helper, where they are small. A caller that has to wait does so until half of them are gone: to wake it costs as much as
// to hash one.
constexpr size_t kMostBatches = 8;
constexpr uint64_t kMostInFlight = uint64_t{8} << 20;

// Some C libraries give 128 KiB, which is little for a compressor.
constexpr size_t kStackBytes = size_t{1} << 20;

}  // namespace

ArrayRecordWriter::ArrayRecordWriter(int fd, bool flush_early, const arrayrecord::WriterOptions& options, std::string options_text,
                                     const Codecs& codecs, size_t threads)
    : RecordWriter(fd, flush_early),
      options_(options),
      options_text_(std::move(options_text)),
      codecs_(codecs),
      copies_(options.compression.codec == Codec::kNone && options.group_size == 1),
      writer_(options) {
  WriteOut(writer_.Begin(out_));
  pthread_attr_t attributes;
  if (pthread_attr_init(&attributes) != 0) return;
  pthread_attr_setstacksize(&attributes, kStackBytes);
  pthread_t helper;
  while (helpers_.size() + 1 < threads && pthread_create(&helper, &attributes, Help, this) == 0) helpers_.push_back(helper);
  pthread_attr_destroy(&attributes);
}

void ArrayRecordWriter::Append(Bytes record) {
  if (error() != 0) return;
  const uint64_t size = record.size();
  Batch& batch = *filling_;
  if (copies_) {
    if (!arrayrecord::EncodeGroups(record, {&size, 1}, options_, codecs_, batch.payloads, batch.chunks)) return Fail(ENOMEM);
  } else {
    if (!batch.values.Append(record)) return Fail(ENOMEM);
    batch.sizes.push_back(size);
  }
  batch.bytes += size;
  if (IsFull(batch)) Submit();
}

bool ArrayRecordWriter::IsFull(const Batch& batch) const {
  if (batch.sizes.size() % options_.group_size != 0) return false;
  const size_t chunks = batch.chunks.size() + batch.sizes.size() / options_.group_size;
  const bool enough = chunks >= kChunksAtOnce || batch.bytes >= kBytesAtOnce;
  return batch.bytes >= kMostBytes || (enough && chunks % highway::kLanes == 0);
}

// Every helper may have a batch, however large.
bool ArrayRecordWriter::HasRoom(size_t batches) const {
  return in_flight_ <= helpers_.size() || (in_flight_ <= batches * helpers_.size() && bytes_in_flight_ <= kMostInFlight);
}

// Queues what was collected. Where the queue is full, the caller helps until it is not.
void ArrayRecordWriter::Submit() {
  std::unique_lock lock(mutex_);
  ++in_flight_;
  bytes_in_flight_ += filling_->bytes;
  queue_.push_back(std::move(filling_));
  work_.notify_one();
  while (!HasRoom(kMostBatches)) {
    if (!Step(lock)) room_.wait(lock, [this] { return HasRoom(kMostBatches / 2); });
  }
  if (spare_.empty()) {
    filling_ = std::make_unique<Batch>();
  } else {
    filling_ = std::move(spare_.back());
    spare_.pop_back();
  }
}

// Writes what is ready, else encodes what is not, without the lock. False where all there is to do is in other hands.
bool ArrayRecordWriter::Step(std::unique_lock<std::mutex>& lock) {
  using State = Batch::State;
  if (!writing_ && !queue_.empty() && queue_.front()->state == State::kEncoded) {
    std::unique_ptr<Batch> batch = std::move(queue_.front());
    queue_.pop_front();
    writing_ = true;
    lock.unlock();
    Write(*batch);
    lock.lock();
    writing_ = false;
    --in_flight_;
    bytes_in_flight_ -= batch->bytes;
    batch->bytes = 0;
    batch->state = State::kCollected;
    spare_.push_back(std::move(batch));
    if (HasRoom(kMostBatches / 2)) room_.notify_one();
    return true;
  }
  const auto next = std::find_if(queue_.begin(), queue_.end(), [](const auto& batch) { return batch->state == State::kCollected; });
  if (next == queue_.end()) return false;
  Batch& batch = **next;
  batch.state = State::kTaken;
  lock.unlock();
  Encode(batch);
  lock.lock();
  batch.state = State::kEncoded;
  return true;
}

void ArrayRecordWriter::Encode(Batch& batch) {
  if (error() != 0) return;
  if (!arrayrecord::EncodeGroups(batch.values.bytes(), batch.sizes, options_, codecs_, batch.payloads, batch.chunks)) return Fail(ENOMEM);
  arrayrecord::HashChunks(batch.payloads.bytes(), batch.chunks);
  batch.values.Clear();
  batch.values.Trim(kKept);
  batch.sizes.clear();
}

void ArrayRecordWriter::Write(Batch& batch) {
  for (const auto& [header, at] : batch.chunks) {
    if (error() != 0) break;
    WriteOut(writer_.Add(header, batch.payloads.bytes().subspan(at, header.data_size), out_));
  }
  batch.payloads.Clear();
  batch.payloads.Trim(kKept);
  batch.chunks.clear();
}

void ArrayRecordWriter::WriteOut(bool encoded) {
  if (!encoded) Fail(ENOMEM);
  if (error() == 0) file_.Append(out_.bytes());
  if (file_.error() != 0) Fail(file_.error());
  out_.Clear();
  out_.Trim(kKept);
}

// The first one is told.
void ArrayRecordWriter::Fail(int error) {
  int none = 0;
  error_.compare_exchange_strong(none, error, std::memory_order_relaxed);
}

int ArrayRecordWriter::Finish() {
  {
    std::unique_lock lock(mutex_);
    ++in_flight_;
    queue_.push_back(std::move(filling_));
    while (in_flight_ > 0) {
      if (!Step(lock)) room_.wait(lock);
    }
  }
  EndHelpers();
  if (error() == 0) {
    const std::string_view text = options_text_;
    WriteOut(writer_.Finish(&text, codecs_, out_));
  }
  if (error() == 0) Fail(file_.Finish({}));
  return error();
}

void* ArrayRecordWriter::Help(void* writer) {
  ArrayRecordWriter& self = *static_cast<ArrayRecordWriter*>(writer);
  std::unique_lock lock(self.mutex_);
  while (!self.ended_) {
    if (!self.Step(lock)) self.work_.wait(lock);
  }
  return nullptr;
}

void ArrayRecordWriter::Stop() {
  EndHelpers();
  file_.Stop();
}

void ArrayRecordWriter::EndHelpers() {
  {
    const std::lock_guard lock(mutex_);
    ended_ = true;
  }
  work_.notify_all();
  for (const pthread_t helper : helpers_) pthread_join(helper, nullptr);
  helpers_.clear();
}

}  // namespace bowerbird::addon
