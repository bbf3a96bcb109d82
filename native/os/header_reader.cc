#include "os/header_reader.h"

#include <unistd.h>

#include <cerrno>

#include "core/records/tfrecord.h"

namespace bowerbird::os {
namespace {

// One page where records are larger than that, else enough for many headers.
constexpr size_t kPage = 4096, kMost = size_t{256} << 10;

}  // namespace

HeaderReader::HeaderReader(int fd) : fd_(fd), buffer_(std::make_unique<uint8_t[]>(kMost)) {}

const uint8_t* HeaderReader::At(uint64_t offset, uint64_t stride) {
  if (offset < begin_ || offset + tfrecord::kHeaderSize > begin_ + size_) {
    begin_ = offset;
    size_ = 0;
    const size_t wanted = stride < kPage ? kMost : kPage;
    while (size_ < tfrecord::kHeaderSize) {
      const ssize_t got = pread(fd_, buffer_.get() + size_, wanted - size_, static_cast<off_t>(begin_ + size_));
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) error_ = errno;
      if (got <= 0) return nullptr;
      size_ += static_cast<size_t>(got);
    }
  }
  return buffer_.get() + (offset - begin_);
}

}  // namespace bowerbird::os
