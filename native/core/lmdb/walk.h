// What the parts of the verifier share: tree_walk.cc, duplicates.cc, free_list.cc.
#ifndef BOWERBIRD_CORE_LMDB_WALK_H_
#define BOWERBIRD_CORE_LMDB_WALK_H_

#include "core/lmdb/page_map.h"
#include "core/lmdb/verify.h"

namespace bowerbird::lmdb {

class Walk {
 public:
  Walk(Pages& pages, const Meta& meta, Watcher* watcher);
  Report Run();

 private:
  enum class Role : uint8_t { kFree, kMain, kNamed, kDuplicates };

  // One tree, and what its pages add up to.
  struct Tree {
    const Database& database;
    const Role role;
    const Order order;
    const size_t slot;  // of its root
    // Where the record of the database stands.
    const uint64_t page, offset;
    uint64_t entries = 0, branch_pages = 0, leaf_pages = 0, overflow_pages = 0, depth = 0;
    // Of the trees under its keys, which some versions of LMDB count and others do not.
    uint64_t inner_branch_pages = 0, inner_leaf_pages = 0;
    std::vector<uint8_t> last_key = {};
    bool has_last = false;
    // What the next key may not be less than: a separator, which the page in a slot above holds.
    Bytes floor = {};
    bool has_floor = false;
  };
  // A node in its place.
  struct Spot {
    PageView page;
    uint64_t number;
    size_t i;
    uint64_t at;  // byte of the file where its offset stands
  };

  // tree_walk.cc
  void WalkTree(Tree& tree);
  void CheckCounts(const Tree& tree);
  void CheckNodes(PageView page, uint64_t number, bool leaf);
  void WalkPage(Tree& tree, uint64_t number, size_t level, uint64_t from, uint64_t from_offset);
  void WalkBranch(Tree& tree, PageView page, uint64_t number, size_t level);
  void WalkLeaf(Tree& tree, PageView page, uint64_t number);
  void WalkFixedKeys(Tree& tree, PageView page, uint64_t number);
  void WalkValue(Tree& tree, const Node& node, const Spot& spot);
  void WalkExtent(Tree& tree, const Node& node, const Spot& spot);
  bool NextKey(Tree& tree, Bytes key);
  void CheckDatabase(const Database& database, const Spot& spot, bool named);

  // duplicates.cc: several values under one key
  void WalkDuplicates(Tree& tree, const Node& node, const Spot& spot);
  uint64_t WalkSubPage(Order order, Bytes bytes, const Spot& spot);

  // free_list.cc
  void TakeFreeRecord(Tree& tree, const Node& node, const Spot& spot);
  void TakeFreePages(uint64_t first_page, Bytes inlined, uint64_t size, const Spot& spot);
  void CompareMaps();

  void Add(Fault fault, uint64_t page, uint64_t offset, uint64_t a = 0, uint64_t b = 0);
  void Add(Fault fault, const Spot& spot, uint64_t a, uint64_t b = 0) { Add(fault, spot.number, spot.at, a, b); }
  bool Use(uint64_t page, uint64_t from, uint64_t offset);
  bool Stopped(uint64_t pages);

  Pages& pages_;
  const Meta& meta_;
  Watcher* const watcher_;
  const uint64_t limit_;  // pages that there are, in the file or free behind its end
  PageSet used_, free_, taken_;
  Report report_;
};

}  // namespace bowerbird::lmdb

#endif  // BOWERBIRD_CORE_LMDB_WALK_H_
