// What can be wrong with an LMDB data file. Codes and numbers only: the sentences are TypeScript's (src/formats/lmdb/faults.ts).
#ifndef BOWERBIRD_CORE_LMDB_FAULT_H_
#define BOWERBIRD_CORE_LMDB_FAULT_H_

#include <cstdint>

namespace bowerbird::lmdb {

// The numbers cross to TypeScript: append, never renumber.
enum class Fault : uint8_t {
  kNone = 0,

  // The file as a whole.
  kTruncated = 1,        // a = the byte up to which it has to reach, b = bytes there
  kNotLmdb = 2,          // no magic where any format has it
  kUnsupported = 3,      // a = Format, b = its version word
  kMetaFlags = 4,        // a = flags of the page
  kMetaMagic = 5,        // a = what stands for the magic
  kMetaVersion = 6,      // a = version word
  kPageSize = 7,         // a = page size
  kMetasDiffer = 8,      // page sizes: a = of this, b = of the other
  kTransaction = 9,      // a = transaction that this meta page cannot have
  kLastPage = 10,        // a = last page, b = whole pages of the file
  kDatabaseFlags = 11,   // a = flags
  kDatabaseSize = 12,    // of a database's record: a = bytes there
  kDatabaseKeySize = 13, // a = size of its fixed keys
  kNotEmpty = 14,        // no root, but a = entries, b = pages

  // A page of a tree.
  kPageOutside = 20,     // refers to page a, of b
  kPageTwice = 21,       // refers to page a, which is used already
  kPageNumber = 22,      // a = number that it stores
  kPageFlags = 23,       // a = flags
  kDirty = 24,           // a = flags
  kPageBounds = 25,      // a = lower, b = upper
  kPageEmpty = 26,       // no node
  kPageKind = 27,        // a = flags expected, b = flags found
  kTooDeep = 28,         // a = levels
  kNodeOffset = 29,      // a = number of the node, b = its offset in the page
  kNodeSize = 30,        // a = number of the node, b = bytes that it claims
  kNodeOverlap = 31,     // a = number of the node
  kPageSpace = 32,       // a = bytes of nodes, b = bytes for them
  kNodeFlags = 33,       // a = number of the node, b = flags
  kKeySize = 34,         // a = number of the node, b = size of the key
  kKeyOrder = 35,        // a = number of the node
  kFixedKeys = 36,       // a = size of a key, b = keys
  kSubPage = 37,         // a = number of the node, b = its flags, or the item that is wrong

  // A value in pages of its own.
  kExtentOutside = 40,   // a = first page, b = pages
  kExtentFlags = 41,     // a = flags
  kExtentPages = 42,     // a = pages that it claims, b = pages that the value takes

  // What a database says of itself: a = what it says, b = what there is.
  kEntries = 50,
  kBranchPages = 51,
  kLeafPages = 52,
  kOverflowPages = 53,
  kDepth = 54,

  // The list of free pages.
  kFreeKey = 60,         // a = transaction, or b = bytes of a key that is none
  kFreeSize = 61,        // a = bytes of the list, b = pages that it claims
  kFreeOrder = 62,       // a = page, b = the one before
  kFreeOutside = 63,     // a = page
  kFreeTwice = 64,       // a = page
  kFreeInUse = 65,       // a = how many pages; the first is the page

  // Intact, but not what a reader of keys and values hands out.
  kDuplicates = 70,      // a = number of the node
  kSubDatabase = 71,     // a = number of the node
};

// Where: `page` is its number, `offset` a byte of the file.
struct Finding {
  Fault fault = Fault::kNone;
  uint64_t page = 0;
  uint64_t offset = 0;
  uint64_t a = 0;
  uint64_t b = 0;

  bool ok() const { return fault == Fault::kNone; }
};

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_FAULT_H_
