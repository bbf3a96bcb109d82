// Reads the record headers of an open file, a page at a time where the records are large.
#ifndef BOWERBIRD_OS_HEADER_READER_H_
#define BOWERBIRD_OS_HEADER_READER_H_

#include <cstddef>
#include <memory>

#include "core/records/header_walk.h"

namespace bowerbird::os {

class HeaderReader : public tfrecord::HeaderSource {
 public:
  // The descriptor stays the caller's.
  explicit HeaderReader(int fd);

  const uint8_t* At(uint64_t offset, uint64_t stride) override;
  // The errno because of which At() was null; 0 where the file just ended.
  int error() const { return error_; }

 private:
  const int fd_;
  const std::unique_ptr<uint8_t[]> buffer_;
  uint64_t begin_ = 0;
  size_t size_ = 0;
  int error_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_HEADER_READER_H_
