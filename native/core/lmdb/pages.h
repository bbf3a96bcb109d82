// Where the pages of a file come from: memory, or a file that is read.
#ifndef BOWERBIRD_CORE_LMDB_PAGES_H_
#define BOWERBIRD_CORE_LMDB_PAGES_H_

#include "core/lmdb/meta.h"

namespace bowerbird::lmdb {

class Pages {
 public:
  virtual ~Pages() = default;
  // A whole page. It stays until another is read into the same slot, of which there are kSlots. Null where the source does not give it.
  // REQUIRES: page < Meta::pages
  virtual const uint8_t* Read(uint64_t page, size_t slot) = 0;
};

// A level of a tree each, and a database in a database, and what is sorted under one key of that; then one for values.
inline constexpr size_t kValueSlot = 3 * kMostLevels, kSlots = kValueSlot + 1;

// A file in memory, which the caller keeps there.
class SpanPages : public Pages {
 public:
  // REQUIRES: whole pages of `meta` are in `file`
  SpanPages(Bytes file, const Meta& meta) : file_(file), meta_(meta) {}
  const uint8_t* Read(uint64_t page, size_t) override { return file_.data() + meta_.offset(page); }

 private:
  const Bytes file_;
  const Meta& meta_;
};

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_PAGES_H_
