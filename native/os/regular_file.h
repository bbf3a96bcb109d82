// A regular file of this machine, open for reading at any place by any thread.
#ifndef BOWERBIRD_OS_REGULAR_FILE_H_
#define BOWERBIRD_OS_REGULAR_FILE_H_

#include <cstdint>
#include <string>

#include "core/base/bytes.h"

namespace bowerbird::os {

class RegularFile {
 public:
  RegularFile() = default;
  RegularFile(const RegularFile&) = delete;
  RegularFile& operator=(const RegularFile&) = delete;
  ~RegularFile();

  // Returns 0 or an errno: EISDIR for a folder, ESPIPE for what else is no file.
  int Open(const std::string& path);
  int fd() const { return fd_; }
  // When it was opened.
  uint64_t size() const { return size_; }

  // All of `out` from `offset` on. Returns 0 or an errno: ESTALE where the file became shorter.
  int Read(uint64_t offset, MutableBytes out) const;

 private:
  int fd_ = -1;
  uint64_t size_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_REGULAR_FILE_H_
