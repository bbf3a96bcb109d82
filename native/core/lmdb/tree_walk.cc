// The verifier's way through one tree.
#include <algorithm>

#include "core/lmdb/walk.h"

namespace bowerbird::lmdb {

void Walk::WalkTree(Tree& tree) {
  const Database& database = tree.database;
  const uint64_t claimed = database.branch_pages | database.leaf_pages | database.overflow_pages | database.depth;
  if (database.root == kNoPage) {
    if (claimed != 0 || database.entries != 0) Add(Fault::kNotEmpty, tree.page, tree.offset, database.entries, database.leaf_pages);
    return;
  }
  if (database.depth > kMostLevels) return Add(Fault::kTooDeep, tree.page, tree.offset, database.depth);
  WalkPage(tree, database.root, 0, tree.page, tree.offset);
  if (!report_.stopped) CheckCounts(tree);
  report_.branch_pages += tree.branch_pages;
  report_.leaf_pages += tree.leaf_pages;
  report_.overflow_pages += tree.overflow_pages;
}

void Walk::CheckCounts(const Tree& tree) {
  const Database& d = tree.database;
  const auto check = [&](Fault fault, uint64_t said, uint64_t least, uint64_t most) {
    if (said < least || said > most) Add(fault, tree.page, tree.offset, said, least);
  };
  // LMDB 0.9.36 and 1.0 count the pages of the trees under a key too, earlier ones do not, and a file may have seen both (ITS#9388).
  check(Fault::kBranchPages, d.branch_pages, tree.branch_pages, tree.branch_pages + tree.inner_branch_pages);
  check(Fault::kLeafPages, d.leaf_pages, tree.leaf_pages, tree.leaf_pages + tree.inner_leaf_pages);
  check(Fault::kOverflowPages, d.overflow_pages, tree.overflow_pages, tree.overflow_pages);
  check(Fault::kEntries, d.entries, tree.entries, tree.entries);
  check(Fault::kDepth, d.depth, tree.depth, tree.depth);
}

// `from`, `from_offset`: where it is referred to.
void Walk::WalkPage(Tree& tree, uint64_t number, size_t level, uint64_t from, uint64_t from_offset) {
  if (Stopped(1) || !Use(number, from, from_offset)) return;
  const uint8_t* const bytes = pages_.Read(number, tree.slot + level);
  if (bytes == nullptr) return Add(Fault::kTruncated, number, meta_.offset(number), meta_.offset(number + 1), meta_.file_size);
  const PageView page({bytes, meta_.page_size});
  const bool leaf = (page.flags() & kLeaf) != 0;
  // Kinds by what the page says of itself; that leaves are on one level is seen by the depth.
  if (const Finding f = CheckPage(meta_, number, page, leaf); !f.ok()) {
    Add(f.fault, f.page, f.offset, f.a, f.b);
    // A number or a flag alone does not keep the walk from what is below.
    if (f.fault != Fault::kPageNumber || !CheckPage(meta_, page.number(), page, leaf).ok()) return;
  }
  tree.depth = std::max<uint64_t>(tree.depth, level + 1);
  if (!leaf) {
    ++tree.branch_pages;
    if (level + 1 >= kMostLevels) return Add(Fault::kTooDeep, number, meta_.offset(number), level + 2);
    return WalkBranch(tree, page, number, level);
  }
  ++tree.leaf_pages;
  if (level + 1 != tree.database.depth && tree.database.depth != 0) {
    Add(Fault::kPageKind, number, meta_.offset(number) + kFlagsAt, kBranch, page.flags());
  }
  if ((page.flags() & kLeaf2) == 0) return WalkLeaf(tree, page, number);
  if (tree.role != Role::kDuplicates) return Add(Fault::kPageFlags, number, meta_.offset(number) + kFlagsAt, page.flags());
  WalkFixedKeys(tree, page, number);
}

namespace {

// Marks what a node takes of a page, in units of two bytes. False where another has it.
bool Take(PageSet& taken, size_t at, size_t size) {
  bool fresh = true;
  for (size_t i = at / 2; i < (at + size + 1) / 2; ++i) fresh = taken.Add(i) && fresh;
  return fresh;
}

// Of a node in its page, by its key.
size_t PlaceOf(const PageView& page, Bytes key) { return static_cast<size_t>(key.data() - page.bytes().data()) - kNodeHeader; }

}  // namespace

// Nodes fill a page from `upper` on, one beside the other.
void Walk::CheckNodes(PageView page, uint64_t number, bool leaf) {
  taken_.Clear();
  size_t space = 0;
  bool sound = true;
  for (size_t i = 0; i < page.count(); ++i) {
    const Spot spot{page, number, i, meta_.offset(number) + kPageHeader + 2 * i};
    Node node;
    uint64_t child = 0, b = 0;
    const Fault fault = leaf ? ReadLeafNode(page, i, node, b) : ReadBranchNode(page, i, node.key, child, b);
    if (fault != Fault::kNone) {
      Add(fault, spot, i, b);
      sound = false;
      continue;
    }
    const size_t size = leaf ? node.size : kNodeHeader + node.key.size();
    space += size + size % 2;
    if (!Take(taken_, PlaceOf(page, node.key), size)) {
      Add(Fault::kNodeOverlap, spot, i);
      sound = false;
    }
  }
  if (sound && space != page.size() - page.upper()) {
    Add(Fault::kPageSpace, number, meta_.offset(number) + kUpperAt, space, page.size() - page.upper());
  }
}

void Walk::WalkBranch(Tree& tree, PageView page, uint64_t number, size_t level) {
  CheckNodes(page, number, false);
  for (size_t i = 0; i < page.count() && !report_.stopped; ++i) {
    Bytes key;
    uint64_t child = 0, b = 0;
    if (ReadBranchNode(page, i, key, child, b) != Fault::kNone) continue;
    // The first key says nothing.
    if (i > 0) {
      const bool above = !tree.has_last || Compare(tree.order, key, tree.last_key) > 0;
      if (!above || (tree.has_floor && Compare(tree.order, key, tree.floor) <= 0)) {
        Add(Fault::kKeyOrder, number, meta_.offset(number) + kPageHeader + 2 * i, i);
      }
      tree.floor = key;
      tree.has_floor = true;
    }
    WalkPage(tree, child, level + 1, number, meta_.offset(number) + PlaceOf(page, key));
  }
}

// Takes the next key of a tree. False where it is out of order.
bool Walk::NextKey(Tree& tree, Bytes key) {
  const bool ordered = (!tree.has_last || Compare(tree.order, key, tree.last_key) > 0) &&
                       (!tree.has_floor || Compare(tree.order, key, tree.floor) >= 0);
  tree.last_key.assign(key.begin(), key.end());
  tree.has_last = true;
  tree.has_floor = false;
  return ordered;
}

void Walk::WalkLeaf(Tree& tree, PageView page, uint64_t number) {
  CheckNodes(page, number, true);
  for (size_t i = 0; i < page.count() && !report_.stopped; ++i) {
    const Spot spot{page, number, i, meta_.offset(number) + kPageHeader + 2 * i};
    Node node;
    uint64_t b = 0;
    if (ReadLeafNode(page, i, node, b) != Fault::kNone) continue;
    if (tree.role == Role::kMain || tree.role == Role::kNamed) {
      if (node.key.empty()) Add(Fault::kKeySize, spot, i);
      if (node.key.size() > kUsualKey) ++report_.long_keys;
    }
    if (!NextKey(tree, node.key)) Add(Fault::kKeyOrder, spot, i);
    WalkValue(tree, node, spot);
  }
}

void Walk::WalkFixedKeys(Tree& tree, PageView page, uint64_t number) {
  const uint32_t said = tree.database.key_size;
  if (!page.HoldsFixedKeys() || (said != 0 && said != page.fixed_key())) {
    return Add(Fault::kFixedKeys, number, meta_.offset(number) + kPadAt, page.fixed_key(), page.count());
  }
  for (size_t i = 0; i < page.count(); ++i) {
    if (!NextKey(tree, page.FixedKey(i))) Add(Fault::kKeyOrder, number, meta_.offset(number) + kPageHeader + i * page.fixed_key(), i);
  }
  tree.entries += page.count();
}

void Walk::WalkValue(Tree& tree, const Node& node, const Spot& spot) {
  const bool has_duplicates = (node.flags & kDupData) != 0, has_database = (node.flags & kSubData) != 0;
  const bool sorts = (tree.database.flags & kDupSort) != 0 && tree.role != Role::kDuplicates;
  const bool allowed = has_duplicates ? sorts : has_database ? tree.role == Role::kMain : true;
  // Under one key stand values without values.
  const bool bare = tree.role == Role::kDuplicates && (node.flags != 0 || node.data_size != 0);
  if (!allowed || bare || (node.in_extent() && sorts)) return Add(Fault::kNodeFlags, spot, spot.i, node.flags);
  if (has_duplicates) return WalkDuplicates(tree, node, spot);
  ++tree.entries;
  if (tree.role == Role::kFree) return TakeFreeRecord(tree, node, spot);
  if (node.in_extent()) return WalkExtent(tree, node, spot);
  if (!has_database) return;

  if (node.data_size != kDatabaseRecord) return Add(Fault::kDatabaseSize, spot, node.data_size);
  const Database database = ReadDatabase(spot.page.bytes().subspan(node.data_at, kDatabaseRecord));
  CheckDatabase(database, spot, true);
  ++report_.databases;
  Tree named{.database = database, .role = Role::kNamed, .order = KeyOrder(database.flags), .slot = kMostLevels, .page = spot.number,
             .offset = meta_.offset(spot.number) + node.data_at};
  WalkTree(named);
  report_.entries += named.entries;
}

void Walk::CheckDatabase(const Database& database, const Spot& spot, bool named) {
  const bool flags = named ? AreDatabaseFlags(database.flags)
                           : database.flags == 0 || database.flags == kDupFixed || database.flags == (kDupFixed | kIntegerKey);
  if (!flags) Add(Fault::kDatabaseFlags, spot, database.flags);
  const bool needs_size = !named && (database.flags & kDupFixed) != 0;
  if (database.key_size > meta_.page_size - kPageHeader || (needs_size && database.key_size == 0)) {
    Add(Fault::kDatabaseKeySize, spot, database.key_size);
  }
}

void Walk::WalkExtent(Tree& tree, const Node& node, const Spot& spot) {
  const uint64_t first = LoadLE64(spot.page.bytes().data() + node.data_at), offset = meta_.offset(spot.number) + node.data_at;
  const uint64_t pages = ExtentPages(node.data_size, meta_.page_size);
  if (!ExtentFits(meta_, first, pages)) return Add(Fault::kExtentOutside, spot.number, offset, first, pages);
  const uint8_t* const bytes = pages_.Read(first, kValueSlot);
  if (bytes == nullptr) return Add(Fault::kTruncated, first, meta_.offset(first), meta_.offset(first + pages), meta_.file_size);
  const PageView header({bytes, meta_.page_size});
  uint64_t used = pages;
  if (const Finding f = CheckExtent(meta_, header, first, pages); !f.ok()) {
    Add(f.fault, f.page, f.offset, f.a, f.b);
  } else {
    used = header.extent_pages();
  }
  for (uint64_t i = 0; i < used; ++i) {
    if (!Use(first + i, spot.number, offset)) return;
  }
  tree.overflow_pages += used;
  Stopped(used);
}

}  // namespace bowerbird::lmdb
