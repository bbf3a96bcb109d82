#include "os/regular_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace bowerbird::os {

RegularFile::~RegularFile() {
  if (fd_ >= 0) close(fd_);
}

int RegularFile::Open(const std::string& path) {
  // A pipe would wait for its other end; callers have looked what it is, and it may have changed since.
  fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd_ < 0 && errno == EAGAIN) fd_ = open(path.c_str(), O_RDONLY | O_CLOEXEC);  // another program holds a lease on it
  if (fd_ < 0) return errno;
  struct stat status;
  if (fstat(fd_, &status) != 0) return errno;
  if (!S_ISREG(status.st_mode)) return S_ISDIR(status.st_mode) ? EISDIR : ESPIPE;
  size_ = static_cast<uint64_t>(status.st_size);
  return 0;
}

int RegularFile::Read(uint64_t offset, MutableBytes out) const {
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

}  // namespace bowerbird::os
