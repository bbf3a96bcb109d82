#include "os/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "core/hash/crc32c.h"

namespace bowerbird::os {
namespace {

// Larger single writes make ext4 allocate huge folios, which a virtual machine's host often has to fetch first: eight times slower.
constexpr size_t kBlock = size_t{256} << 10;
// Small files had better be in the cache when somebody looks at them.
constexpr uint64_t kDirectFrom = uint64_t{4} << 20;

}  // namespace

OutputFile::OutputFile(PageBuffer buffer, int fd, uint64_t head, bool flush_early)
    : buffer_(std::move(buffer)), head_(head), flush_early_(flush_early), fd_(fd), block_(kBlock) {
  if (!buffer_.Grow(kBlock)) {
    error_ = ENOMEM;
    return;
  }
  std::memset(buffer_.data(), 0, head_);
  used_ = head_;
}

void OutputFile::Append(Bytes bytes) {
  while (!bytes.empty() && error_ == 0) {
    const size_t now = std::min(bytes.size(), block_ - used_);
    std::memcpy(buffer_.data() + used_, bytes.data(), now);
    used_ += now;
    bytes = bytes.subspan(now);
    if (used_ == block_) Flush();
  }
}

void OutputFile::Flush() {
  const size_t skip = written_ == 0 ? head_ : 0;
  crc_ = Crc32cExtend(crc_, {buffer_.data() + skip, used_ - skip});
  if (!direct_ || used_ != DirectBlocks::kBlock || !direct_->Take(buffer_, written_, CachedTime())) WriteThroughCache();
  written_ += used_;
  used_ = 0;
  if (may_be_direct_ && written_ >= kDirectFrom) GoDirect();
}

void OutputFile::WriteThroughCache() {
  const auto start = DirectBlocks::Clock::now();
  for (size_t at = 0; at < used_; at += kBlock) Write(buffer_.data() + at, std::min(kBlock, used_ - at), written_ + at);
  cached_time_ += DirectBlocks::Clock::now() - start;
  cached_bytes_ += used_;
#if defined(__linux__)
  if (flush_early_ && error_ == 0) sync_file_range(fd_, static_cast<off_t>(written_), static_cast<off_t>(used_), SYNC_FILE_RANGE_WRITE);
#endif
}

DirectBlocks::Clock::duration OutputFile::CachedTime() const {
  const auto blocks = static_cast<int64_t>(cached_bytes_ / DirectBlocks::kBlock);
  return cached_time_ / std::max<int64_t>(1, blocks);
}

void OutputFile::GoDirect() {
  may_be_direct_ = false;
  direct_ = DirectBlocks::Open(fd_);
  if (direct_ && buffer_.Grow(DirectBlocks::kBlock)) block_ = DirectBlocks::kBlock;
}

void OutputFile::Write(const uint8_t* data, size_t size, uint64_t offset) {
  while (size > 0 && error_ == 0) {
    const ssize_t wrote = pwrite(fd_, data, size, static_cast<off_t>(offset));
    if (wrote < 0) {
      if (errno != EINTR) error_ = errno;
      continue;
    }
    data += wrote;
    size -= static_cast<size_t>(wrote);
    offset += static_cast<uint64_t>(wrote);
  }
}

int OutputFile::Finish(Bytes head) {
  if (used_ > 0 && error_ == 0) Flush();
  if (direct_) {
    const int error = direct_->Finish();
    if (error_ == 0) error_ = error;
    direct_.reset();
  }
  if (!head.empty()) {
    Write(head.data(), head.size(), 0);
    crc_ = Crc32cCombine(Crc32c(head), crc_, written_ - head_);
  }
  return error_;
}

}  // namespace bowerbird::os
