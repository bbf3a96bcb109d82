// Writes a file from its start in aligned blocks and keeps its CRC-32C. Who opened the file names, flushes and closes it.
#ifndef BOWERBIRD_ADDON_OUTPUT_FILE_H_
#define BOWERBIRD_ADDON_OUTPUT_FILE_H_

#include <cstdint>
#include "addon/page_buffer.h"
#include "core/embedding.h"

namespace bowerbird::addon {

class OutputFile : public embedding::Sink {
 public:
  // `head` bytes at the start are left for Finish(), since they depend on what follows. `flush_early` has the kernel start writing
  // to the device at once, for files that will be flushed at the end.
  OutputFile(PageBuffer buffer, int fd, uint64_t head, bool flush_early);

  // Errors are kept for error(): whoever writes looks there between blocks.
  void Append(Bytes bytes) override;
  // Writes what is left and the head. Returns 0 or an errno.
  int Finish(Bytes head);

  int error() const { return error_; }
  uint64_t size() const { return written_ + used_; }
  // Of the whole file. REQUIRES: Finish() returned 0.
  uint32_t crc() const { return crc_; }
  PageBuffer Release() { return std::move(buffer_); }

 private:
  void Flush();
  void Write(const uint8_t* data, size_t size, uint64_t offset);

  PageBuffer buffer_;
  const uint64_t head_;
  const bool flush_early_;
  const int fd_;
  int error_ = 0;
  size_t used_ = 0;       // bytes in the buffer
  uint64_t written_ = 0;  // bytes of the file before it
  uint32_t crc_ = 0;      // of the bytes behind the head
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_OUTPUT_FILE_H_
