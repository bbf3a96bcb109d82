// Writes a new file in aligned blocks and keeps its CRC-32C.
#ifndef BOWERBIRD_ADDON_OUTPUT_FILE_H_
#define BOWERBIRD_ADDON_OUTPUT_FILE_H_

#include <cstdint>
#include <string>

#include "addon/page_buffer.h"
#include "core/embedding.h"

namespace bowerbird::addon {

class OutputFile : public embedding::Sink {
 public:
  // `head` bytes at the start are left for Finish(), since they depend on what follows.
  OutputFile(PageBuffer buffer, uint64_t head, bool durable) : buffer_(std::move(buffer)), head_(head), durable_(durable) {}
  ~OutputFile() override;

  // Creates or empties the file. Returns 0 or an errno.
  int Open(const std::string& path);
  // Errors are kept for error(): whoever writes looks there between blocks.
  void Append(Bytes bytes) override;
  // Writes what is left and the head; flushes to the disk when durable; closes. Returns 0 or an errno.
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
  const bool durable_;
  int fd_ = -1;
  int error_ = 0;
  size_t used_ = 0;       // bytes in the buffer
  uint64_t written_ = 0;  // bytes of the file before it
  uint32_t crc_ = 0;      // of the bytes behind the head
};

}  // namespace bowerbird::addon

#endif  // BOWERBIRD_ADDON_OUTPUT_FILE_H_
