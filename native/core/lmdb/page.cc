#include "core/lmdb/page.h"

#include <algorithm>

namespace bowerbird::lmdb {
namespace {

int Sign(size_t a, size_t b) { return a < b ? -1 : a > b ? 1 : 0; }

}  // namespace

Order KeyOrder(uint16_t flags) {
  // LMDB's own precedence (mdb_default_cmp).
  if (flags & kReverseKey) return Order::kBackwards;
  return (flags & kIntegerKey) ? Order::kInteger : Order::kBytes;
}

Order DuplicateOrder(uint16_t flags) {
  if (flags & kIntegerDup) return Order::kInteger;
  return (flags & kReverseDup) ? Order::kBackwards : Order::kBytes;
}

int CompareUnusual(Order order, Bytes a, Bytes b) {
  const size_t shared = std::min(a.size(), b.size());
  if (order == Order::kBackwards) {
    for (size_t i = 1; i <= shared; ++i) {
      if (a[a.size() - i] != b[b.size() - i]) return a[a.size() - i] < b[b.size() - i] ? -1 : 1;
    }
    return Sign(a.size(), b.size());
  }
  // All keys of a database have one size; of two numbers of different sizes the shorter is taken as if zeros followed.
  for (size_t i = std::max(a.size(), b.size()); i-- > 0;) {
    const uint8_t x = i < a.size() ? a[i] : 0, y = i < b.size() ? b[i] : 0;
    if (x != y) return x < y ? -1 : 1;
  }
  return Sign(a.size(), b.size());
}

bool ExtentFits(const Meta& meta, uint64_t first, uint64_t pages) {
  return first >= kMetaPages && first < meta.end() && pages <= meta.end() - first;
}

Finding CheckExtent(const Meta& meta, PageView header, uint64_t first, uint64_t pages) {
  const uint64_t offset = meta.offset(first);
  if (header.number() != first) return {Fault::kPageNumber, first, offset, header.number()};
  if (header.flags() != kOverflow) return {Fault::kExtentFlags, first, offset + kFlagsAt, header.flags()};
  if (header.extent_pages() < pages || !ExtentFits(meta, first, header.extent_pages())) {
    return {Fault::kExtentPages, first, offset + kExtentPagesAt, header.extent_pages(), pages};
  }
  return {};
}

Finding CheckPage(const Meta& meta, uint64_t number, PageView page, bool leaf) {
  const uint64_t offset = meta.offset(number);
  if (page.number() != number) return {Fault::kPageNumber, number, offset, page.number()};
  const uint16_t flags = page.flags(), expected = leaf ? kLeaf : kBranch;
  if (flags & kDirty) return {Fault::kDirty, number, offset + kFlagsAt, flags};
  if (flags != expected && !(leaf && flags == (kLeaf | kLeaf2))) {
    const bool is_tree = flags == kBranch || flags == kLeaf || flags == (kLeaf | kLeaf2);
    if (is_tree) return {Fault::kPageKind, number, offset + kFlagsAt, expected, flags};
    return {Fault::kPageFlags, number, offset + kFlagsAt, flags};
  }
  if (!page.bounded()) return {Fault::kPageBounds, number, offset + kLowerAt, page.lower(), page.upper()};
  if (page.count() == 0) return {Fault::kPageEmpty, number, offset + kLowerAt};
  return {};
}

}  // namespace bowerbird::lmdb
