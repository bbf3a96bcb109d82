// An Input over bytes in memory that gives them as a file, a pipe or a slow decompressor would.
#ifndef BOWERBIRD_TEST_MEMORY_INPUT_H_
#define BOWERBIRD_TEST_MEMORY_INPUT_H_

#include <algorithm>
#include <string>
#include <vector>

#include "core/records/record_stream.h"

namespace bowerbird::test {

class MemoryInput : public Input {
 public:
  enum class Manner : uint8_t {
    kFile,   // the length is known, Fill() reads
    kPipe,   // Fill() says kEmpty until Give() was called, the length is known when the end has been given
  };

  // The window grows by `block` bytes at a time. `fresh`: every Fill() moves it to memory that ends where it ends, so that the address
  // sanitizer sees views that outlived it and reads past it.
  MemoryInput(Bytes data, uint64_t block, Manner manner = Manner::kFile, bool fresh = false)
      : data_(data), block_(std::max<uint64_t>(block, 1)), manner_(manner), fresh_(fresh) {
    if (fresh_) Move();
  }

  Bytes Window() const override {
    if (fresh_) return Bytes(copy_).subspan(begin_ - copied_from_);
    return data_.subspan(begin_, end_ - begin_);
  }
  uint64_t Left() const override {
    if (manner_ == Manner::kFile) return data_.size() - begin_;
    return ended_ ? end_ - begin_ : tfrecord::kUnknown;
  }
  Status Fill(uint64_t need) override {
    overfilled_ |= need > Left();
    if (end_ - begin_ < need) {
      if (manner_ == Manner::kPipe) {
        if (!ended_) return Status::kEmpty;
      } else {
        const uint64_t blocks = (need - (end_ - begin_) + block_ - 1) / block_;
        end_ = std::min<uint64_t>(data_.size(), end_ + blocks * block_);
      }
    }
    if (fresh_) Move();
    return Status::kOk;
  }
  void Skip(uint64_t count) override {
    overfilled_ |= count > end_ - begin_;
    begin_ += count;
  }

  // One more block, or the news that there is none.
  void Give() {
    if (end_ == data_.size()) ended_ = true;
    end_ = std::min<uint64_t>(data_.size(), end_ + block_);
    if (fresh_) Move();
  }

  // Whether Fill() or Skip() was ever asked for more than its contract allows.
  bool overfilled() const { return overfilled_; }

 private:
  void Move() {
    const Bytes window = data_.subspan(begin_, end_ - begin_);
    copy_ = std::vector<uint8_t>(window.begin(), window.end());
    copied_from_ = begin_;
  }

  const Bytes data_;
  const uint64_t block_;
  const Manner manner_;
  const bool fresh_;
  std::vector<uint8_t> copy_;
  uint64_t copied_from_ = 0;
  uint64_t begin_ = 0;
  uint64_t end_ = 0;
  bool ended_ = false;
  bool overfilled_ = false;
};

// What a stream said, with copies of the payloads.
struct Said {
  struct Record {
    uint64_t index, offset;
    std::string payload;
    bool operator==(const Record&) const = default;
  };
  std::vector<Record> records;
  std::vector<FaultReport> damages;
  bool ended = false;  // with kEnd, and without breaking the contract of Input
};

inline Said ReadAll(MemoryInput& input, bool salvage, uint64_t max_record = uint64_t{1} << 40) {
  RecordStream stream(input, salvage, max_record);
  Said said;
  for (;;) {
    switch (stream.Next()) {
      case RecordStream::Event::kRecord:
        said.records.push_back({stream.index(), stream.offset(), std::string(AsText(stream.payload()))});
        stream.Advance();
        break;
      case RecordStream::Event::kDamage: said.damages.push_back(stream.report()); break;
      case RecordStream::Event::kEmpty: input.Give(); break;
      case RecordStream::Event::kEnd: said.ended = !input.overfilled(); return said;
      case RecordStream::Event::kError: return said;
    }
  }
}

}  // namespace bowerbird::test

#endif  // BOWERBIRD_TEST_MEMORY_INPUT_H_
