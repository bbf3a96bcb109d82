// The verifier on several values under one key (MDB_DUPSORT): a small page inside the node, or a tree of its own.
#include "core/lmdb/walk.h"

namespace bowerbird::lmdb {

void Walk::WalkDuplicates(Tree& tree, const Node& node, const Spot& spot) {
  ++report_.duplicate_keys;
  const Order order = DuplicateOrder(tree.database.flags);
  const Bytes data = spot.page.bytes().subspan(node.data_at, node.data_size);
  if ((node.flags & kSubData) == 0) {
    tree.entries += WalkSubPage(order, data, spot);
    return;
  }
  if (data.size() != kDatabaseRecord) return Add(Fault::kDatabaseSize, spot, data.size());
  const Database database = ReadDatabase(data);
  CheckDatabase(database, spot, false);
  Tree inner{.database = database, .role = Role::kDuplicates, .order = order, .slot = 2 * kMostLevels, .page = spot.number,
             .offset = meta_.offset(spot.number) + node.data_at};
  WalkTree(inner);
  tree.entries += inner.entries;
  tree.inner_branch_pages += inner.branch_pages;
  tree.inner_leaf_pages += inner.leaf_pages;
}

// How many values it holds. LMDB grows it with room to spare, so its nodes need not fill it.
uint64_t Walk::WalkSubPage(Order order, Bytes bytes, const Spot& spot) {
  const auto wrong = [&](uint64_t what) {
    Add(Fault::kSubPage, spot, spot.i, what);
    return uint64_t{0};
  };
  if (bytes.size() < kPageHeader) return wrong(bytes.size());
  const PageView page(bytes);
  const uint16_t flags = page.flags();
  // The copy keeps the mark of a page that is being written.
  const uint16_t kind = flags & ~kDirty;
  const bool fixed = kind == (kLeaf | kLeaf2 | kSubPageFlag);
  if (!fixed && kind != (kLeaf | kSubPageFlag)) return wrong(flags);
  if (fixed ? page.lower() < kPageHeader || !page.HoldsFixedKeys() : !page.bounded()) return wrong(flags);
  Bytes last;
  for (size_t i = 0; i < page.count(); ++i) {
    Node node;
    uint64_t b = 0;
    if (fixed) {
      node.key = page.FixedKey(i);
    } else if (ReadLeafNode(page, i, node, b) != Fault::kNone || node.flags != 0 || node.data_size != 0) {
      return wrong(i);
    }
    if (i > 0 && Compare(order, node.key, last) <= 0) return wrong(i);
    last = node.key;
  }
  return page.count();
}

}  // namespace bowerbird::lmdb
