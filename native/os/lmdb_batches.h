// The entries of an LMDB file in the order of their keys, as many at a time as a block of memory holds.
#ifndef BOWERBIRD_OS_LMDB_BATCHES_H_
#define BOWERBIRD_OS_LMDB_BATCHES_H_

#include <memory>
#include <vector>

#include "core/lmdb/cursor.h"
#include "os/lmdb_file.h"

namespace bowerbird::os {

// Where a key and its value are in the block; where only keys are read, `value` is its byte of the file.
struct LmdbRow {
  uint64_t key, key_size, value, value_size;
};

class LmdbBatches {
 public:
  // `values`: else keys alone are read, and how large the values are.
  LmdbBatches(std::shared_ptr<const LmdbFile> file, bool values);

  // Begins at the first key that is not less; without one at the first of all.
  void Seek(Bytes key) { from_.assign(key.begin(), key.end()); }

  // Fills `out`, and rows() with where things are in it. Values in pages of their own are read in runs, with whatever stands between them.
  // No row: the end, a failure, or `out` holds not even the next one, which then wants needed() bytes.
  // At a failure the rows before it stand, and each later call gives it again.
  void Fill(MutableBytes out);

  const std::vector<LmdbRow>& rows() const { return rows_; }
  uint64_t needed() const { return needed_; }
  bool ended() const { return ended_; }
  const lmdb::Finding& finding() const { return finding_; }
  int error() const { return error_; }

 private:
  // Neighbouring pages that are read at once.
  struct Run {
    uint64_t begin, end;
    size_t at;  // in the block
  };
  struct Pending {
    size_t row, run;
    uint64_t first_page, pages;
  };

  void Collect(MutableBytes out);
  bool AddExtent(const lmdb::Entry& entry, size_t room);
  void ReadRuns(MutableBytes out);

  const std::shared_ptr<const LmdbFile> file_;
  FilePages pages_;
  lmdb::Cursor cursor_;
  const bool values_;
  std::vector<uint8_t> from_;
  bool begun_ = false;
  std::vector<LmdbRow> rows_;
  std::vector<Run> runs_;
  std::vector<Pending> pending_;
  size_t packed_ = 0;       // bytes of keys, and of values out of leaves, at the front of the block
  uint64_t run_pages_ = 0;
  uint64_t needed_ = 0;
  bool ended_ = false;
  lmdb::Finding finding_;
  int error_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_LMDB_BATCHES_H_
