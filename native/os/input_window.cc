#include "os/input_window.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bowerbird::os {
namespace {

// One megabyte stays in the second-level cache until checksum and parser have been over it.
constexpr size_t kReadSize = size_t{1} << 20;
constexpr uint64_t kPauseEvery = uint64_t{64} << 20;
constexpr size_t kKeptSize = size_t{8} << 20;

}  // namespace

InputWindow::~InputWindow() {
  if (fd_ >= 0) close(fd_);
}

int InputWindow::Open(const std::string& path, uint64_t from) {
  // A pipe would wait for its other end; callers have looked what it is, and it may have changed since.
  fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0 && errno == EAGAIN) fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);  // another program holds a lease on it
  if (fd_ < 0) return errno;
  struct stat status;
  if (fstat(fd_, &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
  size_ = static_cast<uint64_t>(status.st_size);
#if defined(POSIX_FADV_SEQUENTIAL)
  posix_fadvise(fd_, 0, 0, POSIX_FADV_SEQUENTIAL);
#endif
  if (from == 0) return 0;
  // Reads land on page boundaries, so the first one begins at the page that holds `from`.
  from = std::min(from, size_);
  taken_ = paused_at_ = from - from % kPage;
  const uint64_t lead = from - taken_;
  if (Fill(lead) != Status::kOk) return error_;
  Skip(std::min<uint64_t>(lead, end_ - begin_));
  return 0;
}

uint64_t InputWindow::Left() const {
  if (fd_ >= 0) return (end_ - begin_) + (size_ - taken_);
  return ended_ ? end_ - begin_ : tfrecord::kUnknown;
}

// Makes room for `more` bytes behind the window. The unread tail moves so that it ends on a page boundary: then the next read lands on one.
bool InputWindow::MakeRoom(uint64_t more) {
  if (buffer_.size() - end_ >= more) return true;
  const size_t held = end_ - begin_;
  const size_t new_end = fd_ >= 0 ? RoundUpToPage(held) : held;
  if (new_end > SIZE_MAX - more) return false;
  const size_t new_begin = new_end - held;
  if (!buffer_.Grow(std::max<size_t>(new_end + more, end_))) return false;
  std::memmove(buffer_.data() + new_begin, buffer_.data() + begin_, held);
  begin_ = new_begin;
  end_ = new_end;
  return true;
}

bool InputWindow::Push(Bytes block) {
  // An empty array has no address, and none may be copied from.
  if (block.empty()) return true;
  if (buffer_.size() - end_ < block.size()) {
    const size_t held = end_ - begin_;
    // Double, so that a record of n bytes in small blocks is not moved n times; never more than twice of what has come.
    const size_t room = std::max(block.size(), held > kReadSize ? held : kReadSize);
    if (!MakeRoom(room)) return false;
  }
  std::memcpy(buffer_.data() + end_, block.data(), block.size());
  end_ += block.size();
  taken_ += block.size();
  return true;
}

Input::Status InputWindow::Fill(uint64_t need) {
  if (end_ - begin_ >= need) return Status::kOk;
  if (fd_ >= 0) return FillFromFile(need);
  return ended_ ? Status::kOk : Status::kEmpty;
}

Input::Status InputWindow::FillFromFile(uint64_t need) {
  if (taken_ - paused_at_ >= kPauseEvery) {
    paused_at_ = taken_;
    return Status::kEmpty;
  }
  const uint64_t held = end_ - begin_;
  need = std::min(need, Left());
  // A big record is read into memory of its own size, once.
  if (!MakeRoom(std::max<uint64_t>(kReadSize, RoundUpToPage(need - held)))) {
    error_ = ENOMEM;
    return Status::kError;
  }
  while (end_ - begin_ < need) {
    const size_t most = std::min<uint64_t>({kReadSize, size_ - taken_, buffer_.size() - end_});
    const ssize_t got = pread(fd_, buffer_.data() + end_, most, static_cast<off_t>(taken_));
    if (got < 0) {
      if (errno == EINTR) continue;
      error_ = errno;
      return Status::kError;
    }
    if (got == 0) {  // the file shrank under us
      size_ = taken_;
      break;
    }
    end_ += static_cast<size_t>(got);
    taken_ += static_cast<uint64_t>(got);
  }
  return Status::kOk;
}

PageBuffer InputWindow::Release() {
  begin_ = end_ = 0;
  if (buffer_.size() > kKeptSize) buffer_.Free();
  return std::move(buffer_);
}

}  // namespace bowerbird::os
