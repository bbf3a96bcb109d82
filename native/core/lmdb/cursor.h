// The keys and values of a database in the order of its keys, and one of them by its key.
#ifndef BOWERBIRD_CORE_LMDB_CURSOR_H_
#define BOWERBIRD_CORE_LMDB_CURSOR_H_

#include <span>
#include <vector>

#include "core/lmdb/page.h"
#include "core/lmdb/pages.h"

namespace bowerbird::lmdb {

// `key` and `inlined` borrow the page: until the cursor moves.
struct Entry {
  Bytes key;
  Bytes inlined;              // the value, where it stands in the page: right behind the key
  uint64_t size = 0;          // of the value
  uint64_t offset = 0;        // of the value in the file
  uint64_t first_page = 0;    // of a value in pages of its own, else 0. CheckExtent() has yet to see its header
  uint64_t extent_pages = 0;  // that it takes
};

// Where an entry is whose value stands in a leaf.
struct Placed {
  uint32_t key, key_size, value, value_size;
};

// What it is given it refuses or reads whole: it reads each page at most once, in the depth that the database says, finds keys in ascending
// order and, from the first to the end, as many as the database says. So it ends, whatever the file holds.
// Values under one key (MDB_DUPSORT) and databases in the database are refused: kDuplicates, kSubDatabase.
class Cursor {
 public:
  enum class Step : uint8_t { kEntry, kEnd, kFault };

  // All three stay with the caller.
  Cursor(Pages& pages, const Meta& meta, const Database& database);

  // Goes before the first entry whose key is not less; where there is no key, before the first of all.
  Finding Seek(Bytes key);
  // The next entry. The first call begins at the first of all, unless Seek() was called.
  Step Next(Entry& entry);
  // The same for the entries that follow in this leaf, as many as `out` takes: up to the first whose value is elsewhere, or that is not sound,
  // of which Next() says more. Places are counted from `base` bytes before the leaf. Returns how many.
  // REQUIRES: Next() gave an entry
  size_t NextInLeaf(uint32_t base, std::span<Placed> out);
  // The page that Next() gave an entry of.
  const uint8_t* leaf() const { return levels_.back().page.bytes().data(); }
  // Gives the entry that Next() gave last again. REQUIRES: it gave one, and none was given again since
  void Back();
  // Goes on in a leaf that the source reads anew: what it gave before may be gone. Between Pause() and Resume() nothing is touched.
  void Pause();
  Finding Resume();
  const Finding& finding() const { return finding_; }

 private:
  struct Level {
    PageView page;
    uint64_t number = 0;
    size_t at = 0;  // node
  };

  size_t depth() const { return database_.depth; }
  uint64_t OffsetOf(const Level& level) const { return meta_.offset(level.number); }
  Step Fail(const Finding& finding);
  bool Load(size_t level, uint64_t number);
  bool Descend(size_t level);
  bool NextLeaf();
  void KeepLast();
  bool Search(Level& level, Bytes key, bool leaf);

  Pages& pages_;
  const Meta& meta_;
  const Database& database_;
  const Order order_;
  std::vector<Level> levels_;
  bool placed_ = false;  // levels_ are those of the next entry, which may be behind the last of its page
  bool whole_ = true;    // begun at the first
  uint64_t loaded_ = 0;  // pages
  uint64_t entries_ = 0;
  // Of the entry given last and of the one before it, in the page or in kept_.
  Bytes last_key_, before_;
  bool has_last_ = false, has_before_ = false;
  std::vector<uint8_t> kept_;
  std::vector<uint8_t> from_;  // what Seek() was given
  Finding finding_;
};

// The entry of a key. kEnd: there is none.
Cursor::Step Find(Pages& pages, const Meta& meta, const Database& database, Bytes key, Entry& entry, Finding& finding);

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_CURSOR_H_
