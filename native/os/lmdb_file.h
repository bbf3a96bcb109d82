// A local LMDB file: its pages one by one, and values straight into the memory of whoever asks.
//
// It is read, not mapped. A file that becomes shorter while it is mapped ends the process (SIGBUS), and here nobody keeps a lock; a value is
// copied once either way, since what JavaScript holds has to outlive the file. Measured against the same code over a map, with values of
// 64 kB, 3 kB and 100 bytes in the page cache: between 5 % faster and 20 % slower, which is less than the runs differ among themselves.
#ifndef BOWERBIRD_OS_LMDB_FILE_H_
#define BOWERBIRD_OS_LMDB_FILE_H_

#include <array>
#include <string>

#include "core/lmdb/pages.h"
#include "os/page_buffer.h"
#include "os/regular_file.h"

namespace bowerbird::os {

// Shared between threads, once it is open.
class LmdbFile {
 public:
  // Opens a regular file and reads its meta pages, once: what a writer adds later is not seen. Returns 0 or an errno; with 0, finding()
  // says whether it can be read.
  int Open(const std::string& path);
  const lmdb::Meta& meta() const { return meta_; }
  const lmdb::Finding& finding() const { return finding_; }

  // All of `out` from `offset` on. Returns 0 or an errno: ESTALE where the file became shorter.
  int Read(uint64_t offset, MutableBytes out) const { return file_.Read(offset, out); }
  const RegularFile& file() const { return file_; }

 private:
  RegularFile file_;
  lmdb::Meta meta_;
  lmdb::Finding finding_;
};

// Pages of a file for one thread. Neighbours are read ahead once a slot goes through the file in order.
class FilePages : public lmdb::Pages {
 public:
  explicit FilePages(const LmdbFile& file) : file_(file) {}
  const uint8_t* Read(uint64_t page, size_t slot) override;
  // Of the read because of which Read() gave nothing.
  int error() const { return error_; }

 private:
  struct Window {
    PageBuffer memory;
    uint64_t begin = 0, end = 0;  // pages
    uint64_t ahead = 1;
  };

  const LmdbFile& file_;
  std::array<Window, lmdb::kSlots> windows_;
  int error_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_LMDB_FILE_H_
