#include "os/lmdb_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <memory>

namespace bowerbird::os {
namespace {

constexpr size_t kMostAhead = size_t{64} << 10;

}  // namespace

LmdbFile::~LmdbFile() {
  if (fd_ >= 0) close(fd_);
}

int LmdbFile::Open(const std::string& path) {
  // A pipe would wait for its other end.
  fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0 && errno == EAGAIN) fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);  // another program holds a lease on it
  if (fd_ < 0) return errno;
  struct stat status;
  if (fstat(fd_, &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
  const uint64_t size = static_cast<uint64_t>(status.st_size);
  const size_t head_size = static_cast<size_t>(std::min<uint64_t>(size, lmdb::kMetaBytes));
  const auto head = std::make_unique<uint8_t[]>(head_size);
  if (const int error = Read(0, {head.get(), head_size})) return error;
  finding_ = lmdb::ReadMeta({head.get(), head_size}, size, meta_);
  return 0;
}

int LmdbFile::Read(uint64_t offset, MutableBytes out) const {
  while (!out.empty()) {
    const ssize_t got = pread(fd_, out.data(), std::min<size_t>(out.size(), size_t{1} << 30), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) return ESTALE;
    out = out.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
  return 0;
}

const uint8_t* FilePages::Read(uint64_t page, size_t slot) {
  const lmdb::Meta& meta = file_.meta();
  Window& window = windows_[slot];
  if (page < window.begin || page >= window.end) {
    const uint64_t most = std::max<uint64_t>(1, kMostAhead / meta.page_size);
    window.ahead = page == window.end && page != 0 ? std::min(2 * window.ahead, most) : 1;
    const uint64_t count = std::min(window.ahead, meta.pages - page);
    const size_t size = static_cast<size_t>(count * meta.page_size);
    window.begin = window.end = 0;
    if (!window.memory.Grow(RoundUpToPage(size))) {
      error_ = ENOMEM;
      return nullptr;
    }
    error_ = file_.Read(meta.offset(page), {window.memory.data(), size});
    if (error_ != 0) return nullptr;
    window.begin = page;
    window.end = page + count;
  }
  return window.memory.data() + (page - window.begin) * meta.page_size;
}

}  // namespace bowerbird::os
