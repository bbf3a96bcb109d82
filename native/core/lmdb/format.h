// The numbers of LMDB's data format v1 (LMDB 0.9) as a 64-bit little-endian machine writes it. Source: lmdb.h and mdb.c of LMDB 0.9.29, whose
// names stand in the comments.
#ifndef BOWERBIRD_CORE_LMDB_FORMAT_H_
#define BOWERBIRD_CORE_LMDB_FORMAT_H_

#include <cstddef>
#include <cstdint>

namespace bowerbird::lmdb {

inline constexpr uint32_t kMagic = 0xBEEFC0DE;  // MDB_MAGIC
inline constexpr uint32_t kVersion = 1;         // MDB_DATA_VERSION

// MDB_page: number (8), pad (2), flags (2), lower and upper (2 each) or the pages of an extent (4).
inline constexpr size_t kPageHeader = 16;
inline constexpr size_t kPadAt = 8, kFlagsAt = 10, kLowerAt = 12, kUpperAt = 14, kExtentPagesAt = 12;
// MDB_node: size of the data or number of a page, low to high (2 + 2), flags (2), key size (2).
inline constexpr size_t kNodeHeader = 8;
// MDB_db, MDB_meta behind the header of its page.
inline constexpr size_t kDatabaseRecord = 48;
inline constexpr size_t kMetaSize = 136;

inline constexpr uint64_t kMetaPages = 2;          // NUM_METAS
inline constexpr uint64_t kNoPage = ~uint64_t{0};  // P_INVALID
inline constexpr size_t kMostLevels = 32;          // CURSOR_STACK
inline constexpr size_t kUsualKey = 511;           // MDB_MAXKEYSIZE
// Offsets in a page are 16 bits wide, and `upper` of an empty one is its size. The least that is taken holds a meta page.
inline constexpr uint32_t kLeastPage = 256, kMostPage = 32768;

// P_BRANCH and so on.
inline constexpr uint16_t kBranch = 0x01, kLeaf = 0x02, kOverflow = 0x04, kMeta = 0x08, kDirty = 0x10, kLeaf2 = 0x20, kSubPageFlag = 0x40;
// F_BIGDATA, F_SUBDATA, F_DUPDATA.
inline constexpr uint16_t kBigData = 0x01, kSubData = 0x02, kDupData = 0x04;
// MDB_REVERSEKEY and so on, of a database. 0x8000 is in memory only.
inline constexpr uint16_t kReverseKey = 0x02, kDupSort = 0x04, kIntegerKey = 0x08, kDupFixed = 0x10, kIntegerDup = 0x20, kReverseDup = 0x40;
inline constexpr uint16_t kValidOnly = 0x8000;

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_FORMAT_H_
