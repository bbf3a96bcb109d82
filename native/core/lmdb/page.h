// One page of a tree: its header, its nodes, and how their keys are ordered. Everything is compared with the page before it is used.
#ifndef BOWERBIRD_CORE_LMDB_PAGE_H_
#define BOWERBIRD_CORE_LMDB_PAGE_H_

#include <cstring>

#include "core/base/bytes.h"
#include "core/lmdb/meta.h"

namespace bowerbird::lmdb {

// How keys compare, by the flags of their database.
enum class Order : uint8_t {
  kBytes,      // as memcmp does, then the shorter first
  kBackwards,  // the same from the last byte on
  kInteger,    // whole numbers of the machine
};
Order KeyOrder(uint16_t flags);
// Of the values under one key.
Order DuplicateOrder(uint16_t flags);
// But kBytes.
int CompareUnusual(Order order, Bytes a, Bytes b);
// < 0, 0, > 0
inline int Compare(Order order, Bytes a, Bytes b) {
  if (order != Order::kBytes) return CompareUnusual(order, a, b);
  const size_t shared = a.size() < b.size() ? a.size() : b.size();
  const int first = shared == 0 ? 0 : std::memcmp(a.data(), b.data(), shared);
  if (first != 0) return first;
  return a.size() < b.size() ? -1 : a.size() > b.size() ? 1 : 0;
}

// Borrows the page.
class PageView {
 public:
  PageView() = default;
  // REQUIRES: bytes.size() >= kPageHeader
  explicit PageView(Bytes bytes) : bytes_(bytes) {}

  uint64_t number() const { return LoadLE64(bytes_.data()); }
  uint16_t flags() const { return LoadLE16(bytes_.data() + kFlagsAt); }
  uint16_t lower() const { return LoadLE16(bytes_.data() + kLowerAt); }
  uint16_t upper() const { return LoadLE16(bytes_.data() + kUpperAt); }
  uint16_t fixed_key() const { return LoadLE16(bytes_.data() + kPadAt); }
  uint32_t extent_pages() const { return LoadLE32(bytes_.data() + kExtentPagesAt); }
  size_t size() const { return bytes_.size(); }
  Bytes bytes() const { return bytes_; }

  bool bounded() const { return lower() >= kPageHeader && lower() <= upper() && upper() <= bytes_.size(); }
  // Of nodes, or of fixed keys. REQUIRES: bounded()
  size_t count() const { return (lower() - kPageHeader) / 2; }
  // Of the fixed keys of a kLeaf2 page.
  bool HoldsFixedKeys() const { return fixed_key() > 0 && count() * fixed_key() <= size() - kPageHeader; }
  // REQUIRES: HoldsFixedKeys(), i < count()
  Bytes FixedKey(size_t i) const { return bytes_.subspan(kPageHeader + i * fixed_key(), fixed_key()); }

 private:
  Bytes bytes_;
};

// A node of a leaf, or of a branch, where it has a child instead of flags and data.
struct Node {
  Bytes key;             // borrows the page
  uint16_t flags = 0;
  uint32_t data_size = 0;  // of the value, wherever it is
  size_t data_at = 0;    // in the page: the value, or the number of its first page
  size_t size = 0;       // in the page, header and all

  bool in_extent() const { return (flags & kBigData) != 0; }
};

// What both kinds of nodes have. `b`: what is wrong.
// REQUIRES: page.bounded(), i < page.count(); the same below
inline Fault ReadNodeHeader(const PageView& page, size_t i, size_t& at, Bytes& key, uint64_t& b) {
  const uint8_t* const p = page.bytes().data();
  at = LoadLE16(p + kPageHeader + 2 * i);
  b = at;
  if (at < page.upper() || at + kNodeHeader > page.size()) return Fault::kNodeOffset;
  const size_t key_size = LoadLE16(p + at + 6);
  b = kNodeHeader + key_size;
  if (key_size > page.size() - at - kNodeHeader) return Fault::kNodeSize;
  key = page.bytes().subspan(at + kNodeHeader, key_size);
  return Fault::kNone;
}

inline Fault ReadLeafNode(const PageView& page, size_t i, Node& node, uint64_t& b) {
  size_t at = 0;
  if (const Fault fault = ReadNodeHeader(page, i, at, node.key, b); fault != Fault::kNone) return fault;
  const uint8_t* const p = page.bytes().data() + at;
  node.data_size = LoadLE32(p);
  node.flags = LoadLE16(p + 4);
  node.data_at = at + kNodeHeader + node.key.size();
  b = node.flags;
  const bool known = (node.flags & ~(kBigData | kSubData | kDupData)) == 0;
  if (!known || (node.in_extent() && node.flags != kBigData)) return Fault::kNodeFlags;
  const size_t there = node.in_extent() ? sizeof(uint64_t) : node.data_size;
  node.size = kNodeHeader + node.key.size() + there;
  b = node.size;
  return there > page.size() - node.data_at ? Fault::kNodeSize : Fault::kNone;
}

inline Fault ReadBranchNode(const PageView& page, size_t i, Bytes& key, uint64_t& child, uint64_t& b) {
  size_t at = 0;
  if (const Fault fault = ReadNodeHeader(page, i, at, key, b); fault != Fault::kNone) return fault;
  const uint8_t* const p = page.bytes().data() + at;
  child = LoadLE32(p) | uint64_t{LoadLE16(p + 4)} << 32;
  return Fault::kNone;
}

// Pages that a value takes in pages of its own: OVPAGES.
inline uint64_t ExtentPages(uint64_t size, uint32_t page_size) { return (kPageHeader - 1 + size) / page_size + 1; }

// The pages of the value are in the file.
bool ExtentFits(const Meta& meta, uint64_t first, uint64_t pages);
// `header` is that of the first page. It may claim more pages than the value takes: a shorter value written over a longer one in the same
// transaction keeps them.
Finding CheckExtent(const Meta& meta, PageView header, uint64_t first, uint64_t pages);

// The page at a level of a tree: branches above `depth`, at the last level a leaf. `page` is checked but for its nodes.
Finding CheckPage(const Meta& meta, uint64_t number, PageView page, bool leaf);

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_PAGE_H_
