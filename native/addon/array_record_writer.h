// An ArrayRecord file that is written here: chunks are encoded on several threads and written in their order. Whoever is free does what
// comes next, the thread that brings the records too, so no more threads are busy than were asked for.
#ifndef BOWERBIRD_ADDON_ARRAY_RECORD_WRITER_H_
#define BOWERBIRD_ADDON_ARRAY_RECORD_WRITER_H_

#include <pthread.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "addon/record_writer.h"
#include "core/records/arrayrecord.h"

namespace bowerbird::addon {

class ArrayRecordWriter : public RecordWriter {
 public:
  // `options_text` is stored in the file as it is. `codecs` must live on and write options.compression. `threads`: the caller's counted. One
  // that cannot be started is not missed. The bytes of the file are the same for any number.
  ArrayRecordWriter(int fd, bool flush_early, const arrayrecord::WriterOptions& options, std::string options_text, const Codecs& codecs,
                    size_t threads);
  ~ArrayRecordWriter() override { Stop(); }

  void Append(Bytes record) override;
  int Finish() override;
  void Stop() override;
  int error() const override { return error_.load(std::memory_order_relaxed); }

 private:
  // Some chunks on their way.
  struct Batch {
    ByteBuffer values;
    std::vector<uint64_t> sizes;
    ByteBuffer payloads;
    std::vector<arrayrecord::EncodedChunk> chunks;
    uint64_t bytes = 0;  // of its records
    enum class State : uint8_t { kCollected, kTaken, kEncoded } state = State::kCollected;
  };

  bool IsFull(const Batch& batch) const;
  bool HasRoom(size_t batches) const;
  void Submit();
  bool Step(std::unique_lock<std::mutex>& lock);
  void Encode(Batch& batch);
  void Write(Batch& batch);
  void WriteOut(bool encoded);
  void Fail(int error);
  void EndHelpers();
  static void* Help(void* writer);

  const arrayrecord::WriterOptions options_;
  const std::string options_text_;
  const Codecs& codecs_;
  // Nothing is compressed and no group is collected: encoding is a copy, made in place of the one that a batch would keep.
  const bool copies_;
  std::vector<pthread_t> helpers_;
  std::unique_ptr<Batch> filling_ = std::make_unique<Batch>();
  std::atomic<int> error_ = 0;

  std::mutex mutex_;
  std::condition_variable work_, room_;  // for helpers; for the caller
  // Guarded by mutex_.
  std::deque<std::unique_ptr<Batch>> queue_;  // in the order of the file; what is encoded leaves at its head
  std::vector<std::unique_ptr<Batch>> spare_;
  size_t in_flight_ = 0;  // batches, the one that is being written counted
  uint64_t bytes_in_flight_ = 0;
  bool ended_ = false;
  bool writing_ = false;  // who set it owns what is below

  arrayrecord::FileWriter writer_;
  ByteBuffer out_;
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_ARRAY_RECORD_WRITER_H_
