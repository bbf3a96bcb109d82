// Which kind of LMDB file it is, by its first bytes, and what its two meta pages say.
#ifndef BOWERBIRD_CORE_LMDB_META_H_
#define BOWERBIRD_CORE_LMDB_META_H_

#include "core/base/bytes.h"
#include "core/lmdb/fault.h"
#include "core/lmdb/format.h"

namespace bowerbird::lmdb {

// The numbers cross to TypeScript.
enum class Format : uint8_t {
  kNone = 0,          // no LMDB file
  kV1 = 1,            // LMDB 0.9, 64-bit little-endian: what is read here
  kV2 = 2,            // the npm package lmdb
  kV3 = 3,            // LMDB 1.0
  kV1Of32Bits = 4,    // LMDB 0.9 on a machine of 32 bits
  kBigEndian = 5,     // any version, on a big-endian machine
  kOther = 6,         // a version that is not known
};

// Bytes that ReadFormat() looks at.
inline constexpr size_t kFormatBytes = 32;

// `version`: the version word, where there is one. Fewer than kFormatBytes are told by what they hold.
Format ReadFormat(Bytes head, uint32_t& version);

// MDB_db: where the tree of a database begins and what it claims to hold.
struct Database {
  uint32_t key_size = 0;  // of fixed keys; in the list of free pages the page size
  uint16_t flags = 0;
  uint16_t depth = 0;
  uint64_t branch_pages = 0;
  uint64_t leaf_pages = 0;
  uint64_t overflow_pages = 0;
  uint64_t entries = 0;
  uint64_t root = kNoPage;
};

// REQUIRES: record.size() == kDatabaseRecord
Database ReadDatabase(Bytes record);
bool AreDatabaseFlags(uint16_t flags);

struct Meta {
  uint32_t page_size = 0;
  uint64_t file_size = 0;
  uint64_t pages = 0;      // whole ones in the file
  uint64_t map_size = 0;
  uint64_t last_page = 0;  // the file may end before it where the last pages are free
  uint64_t transaction = 0;
  uint64_t at = 0;         // which of the two pages
  uint64_t transactions[kMetaPages] = {};
  Database free, main;

  uint64_t offset(uint64_t page) const { return page * page_size; }
  // Pages that hold data, in use or free.
  uint64_t end() const { return last_page + 1 < pages ? last_page + 1 : pages; }
};

// Bytes from the start of the file on in which both meta pages are, for any page size.
inline constexpr size_t kMetaBytes = kMostPage + kPageHeader + kMetaSize;

// Takes the page of the later transaction, as LMDB does; both must hold, as LMDB demands. `head` is as much of the first kMetaBytes as the
// file has.
Finding ReadMeta(Bytes head, uint64_t file_size, Meta& meta);

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_META_H_
