// Writes a file from its start in aligned blocks and keeps its CRC-32C: the beginning through the page cache, the rest of a large one past
// it, as far as the disk keeps up. Who opened the file names, flushes and closes it.
#ifndef BOWERBIRD_OS_OUTPUT_FILE_H_
#define BOWERBIRD_OS_OUTPUT_FILE_H_

#include <cstdint>
#include <memory>

#include "os/direct_blocks.h"
#include "os/page_buffer.h"
#include "core/embedding/embedding.h"

namespace bowerbird::os {

class OutputFile : public embedding::Sink {
 public:
  // `head` bytes at the start are left for Finish(), since they depend on what follows. `flush_early` has the kernel start writing
  // to the device at once, for files that will be flushed at the end.
  OutputFile(PageBuffer buffer, int fd, uint64_t head, bool flush_early);

  // Errors are kept for error(): whoever writes looks there between blocks.
  void Append(Bytes bytes) override;
  // Writes what is left and the head. Returns 0 or an errno.
  int Finish(Bytes head);

  int error() const { return error_ != 0 || direct_ == nullptr ? error_ : direct_->error(); }
  uint64_t size() const { return written_ + used_; }
  // Of the whole file. REQUIRES: Finish() returned 0.
  uint32_t crc() const { return crc_; }
  // Ends all work on a file that is given up.
  void Stop() { direct_.reset(); }
  PageBuffer Release() { return std::move(buffer_); }

 private:
  void Flush();
  void WriteThroughCache();
  // Of a block, so far.
  DirectBlocks::Clock::duration CachedTime() const;
  void GoDirect();
  void Write(const uint8_t* data, size_t size, uint64_t offset);

  PageBuffer buffer_;
  const uint64_t head_;
  const bool flush_early_;
  const int fd_;
  int error_ = 0;
  size_t used_ = 0;       // bytes in the buffer
  size_t block_;          // of which it takes so many
  uint64_t written_ = 0;  // bytes of the file before it
  uint32_t crc_ = 0;      // of the bytes behind the head
  bool may_be_direct_ = true;
  // What went through the page cache, and how long it took.
  uint64_t cached_bytes_ = 0;
  DirectBlocks::Clock::duration cached_time_{};
  std::unique_ptr<DirectBlocks> direct_;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_OUTPUT_FILE_H_
