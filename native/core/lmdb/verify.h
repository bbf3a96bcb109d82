// Walks every page of a file and compares what it finds with every rule that the format has. There are no checksums in v1: a bit that
// changes inside a key or a value without breaking the order is not found.
//
// The rules are those of mdb.c, and of py-lmdb's lmdb/verify.py, plus: a separator bounds the keys on both sides, nodes do not overlap and
// fill their page from `upper` on, no leaf is empty, all leaves are on the level that the database says.
#ifndef BOWERBIRD_CORE_LMDB_VERIFY_H_
#define BOWERBIRD_CORE_LMDB_VERIFY_H_

#include <vector>

#include "core/lmdb/page.h"
#include "core/lmdb/pages.h"

namespace bowerbird::lmdb {

// Hears of pages as they are read. False ends the walk.
class Watcher {
 public:
  virtual ~Watcher() = default;
  virtual bool Reached(uint64_t pages) = 0;
};

struct Report {
  // The first of them; `faults` are all.
  std::vector<Finding> findings;
  uint64_t faults = 0;
  bool stopped = false;

  uint64_t entries = 0;         // of the main database and of those in it
  uint64_t branch_pages = 0;    // here and below: of all trees
  uint64_t leaf_pages = 0;
  uint64_t overflow_pages = 0;
  uint64_t databases = 0;       // in the main database
  uint64_t duplicate_keys = 0;  // keys with more than one value
  uint64_t free_pages = 0;
  uint64_t long_keys = 0;       // more than the 511 bytes that LMDB takes as it is built by default

  // Notes: no damage. Pages that are neither in use nor in the list of free ones, lost to whoever writes.
  uint64_t leaked_pages = 0;
  uint64_t first_leaked = 0;
};

inline constexpr size_t kMostFindings = 200;

// Memory: two bits a page of the file, and what kSlots take.
Report Verify(Pages& pages, const Meta& meta, Watcher* watcher);

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_VERIFY_H_
