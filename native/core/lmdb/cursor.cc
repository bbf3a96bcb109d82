#include "core/lmdb/cursor.h"

#include <algorithm>

namespace bowerbird::lmdb {
namespace {

uint64_t LoadBE64(const uint8_t* p) { return __builtin_bswap64(LoadLE64(p)); }

// Compare(Order::kBytes, a, b) < 0, for keys of which there are many: a call of memcmp() takes as long as all else.
inline bool IsLess(Bytes a, Bytes b) {
  const size_t shared = std::min(a.size(), b.size());
  if (shared < sizeof(uint64_t)) return Compare(Order::kBytes, a, b) < 0;
  for (size_t i = 0;;) {
    const uint64_t x = LoadBE64(a.data() + i), y = LoadBE64(b.data() + i);
    if (x != y) return x < y;
    const size_t last = shared - sizeof(uint64_t);
    if (i == last) return a.size() < b.size();
    i = std::min(i + sizeof(uint64_t), last);
  }
}

}  // namespace

Cursor::Cursor(Pages& pages, const Meta& meta, const Database& database)
    : pages_(pages), meta_(meta), database_(database), order_(KeyOrder(database.flags)) {
  if (database.root != kNoPage && database.depth >= 1 && database.depth <= kMostLevels) levels_.resize(database.depth);
}

Cursor::Step Cursor::Fail(const Finding& finding) {
  finding_ = finding;
  return Step::kFault;
}

// Reads page `number` into a level. False with a finding.
bool Cursor::Load(size_t level, uint64_t number) {
  const uint64_t parent = level == 0 ? meta_.at : levels_[level - 1].number;
  const auto fail = [&](const Finding& finding) { return Fail(finding) == Step::kEntry; };
  if (number < kMetaPages || number >= meta_.end()) return fail({Fault::kPageOutside, parent, meta_.offset(parent), number, meta_.end()});
  if (++loaded_ > meta_.end()) return fail({Fault::kPageTwice, parent, meta_.offset(parent), number});
  const uint8_t* const bytes = pages_.Read(number, level);
  if (bytes == nullptr) return fail({Fault::kTruncated, number, meta_.offset(number), meta_.offset(number + 1), meta_.file_size});
  const bool leaf = level + 1 == depth();
  Level& to = levels_[level];
  to = {PageView({bytes, meta_.page_size}), number, 0};
  if (const Finding finding = CheckPage(meta_, number, to.page, leaf); !finding.ok()) return fail(finding);
  // Of these only the trees under one key are made.
  if (to.page.flags() & kLeaf2) return fail({Fault::kPageKind, number, meta_.offset(number) + kFlagsAt, kLeaf, to.page.flags()});
  return true;
}

// From the node that `level` is at to the first leaf under it.
bool Cursor::Descend(size_t level) {
  for (; level + 1 < depth(); ++level) {
    const Level& from = levels_[level];
    Bytes key;
    uint64_t child = 0, b = 0;
    if (const Fault fault = ReadBranchNode(from.page, from.at, key, child, b); fault != Fault::kNone) {
      return Fail({fault, from.number, OffsetOf(from) + kPageHeader + 2 * from.at, from.at, b}) == Step::kEntry;
    }
    if (!Load(level + 1, child)) return false;
  }
  return true;
}

// The first node whose key is not less than `key`, or in a branch the last one whose key is not more. False with a finding.
bool Cursor::Search(Level& level, Bytes key, bool leaf) {
  // The first key of a branch says nothing: whatever is less than the second is there.
  size_t low = leaf ? 0 : 1, high = level.page.count();
  while (low < high) {
    const size_t middle = low + (high - low) / 2;
    uint64_t child = 0, b = 0;
    Node node;
    const Fault fault = leaf ? ReadLeafNode(level.page, middle, node, b) : ReadBranchNode(level.page, middle, node.key, child, b);
    if (fault != Fault::kNone) {
      return Fail({fault, level.number, OffsetOf(level) + kPageHeader + 2 * middle, middle, b}) == Step::kEntry;
    }
    const int order = Compare(order_, node.key, key);
    if (order < 0 || (order == 0 && !leaf)) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  level.at = leaf ? low : low - 1;
  return true;
}

Finding Cursor::Seek(Bytes key) {
  finding_ = {};
  loaded_ = entries_ = 0;
  has_last_ = has_before_ = false;
  whole_ = key.empty();
  from_.assign(key.begin(), key.end());
  placed_ = false;
  if (database_.root == kNoPage) {
    placed_ = true;
    return {};
  }
  if (levels_.empty()) {
    finding_ = {Fault::kTooDeep, meta_.at, meta_.offset(meta_.at), database_.depth};
    return finding_;
  }
  if (!Load(0, database_.root)) return finding_;
  if (key.empty()) {
    placed_ = Descend(0);
    return finding_;
  }
  for (size_t level = 0; level < depth(); ++level) {
    const bool leaf = level + 1 == depth();
    if (!Search(levels_[level], key, leaf)) return finding_;
    if (leaf) break;
    const Level& from = levels_[level];
    Bytes unused;
    uint64_t child = 0, b = 0;
    if (const Fault fault = ReadBranchNode(from.page, from.at, unused, child, b); fault != Fault::kNone) {
      finding_ = {fault, from.number, OffsetOf(from) + kPageHeader + 2 * from.at, from.at, b};
      return finding_;
    }
    if (!Load(level + 1, child)) return finding_;
  }
  placed_ = true;
  return finding_;
}

// The page that holds the key goes.
void Cursor::KeepLast() {
  has_before_ = false;
  if (!has_last_ || last_key_.data() == kept_.data()) return;
  kept_.assign(last_key_.begin(), last_key_.end());
  last_key_ = kept_;
}

// Goes to the first node of the leaf behind this one. False at the end, or with a finding.
bool Cursor::NextLeaf() {
  KeepLast();
  for (size_t level = depth() - 1; level-- > 0;) {
    if (++levels_[level].at < levels_[level].page.count()) return Descend(level);
  }
  return false;
}

Cursor::Step Cursor::Next(Entry& entry) {
  if (!placed_ && finding_.ok()) Seek({});
  if (!finding_.ok()) return Step::kFault;
  const auto end = [&] {
    if (!whole_ || entries_ == database_.entries) return Step::kEnd;
    return Fail({Fault::kEntries, meta_.at, meta_.offset(meta_.at), database_.entries, entries_});
  };
  if (levels_.empty()) return end();
  if (levels_.back().at >= levels_.back().page.count() && !NextLeaf()) return finding_.ok() ? end() : Step::kFault;

  Level& leaf = levels_.back();
  const size_t i = leaf.at;
  const uint64_t place = OffsetOf(leaf) + kPageHeader + 2 * i;
  Node node;
  uint64_t b = 0;
  if (const Fault fault = ReadLeafNode(leaf.page, i, node, b); fault != Fault::kNone) return Fail({fault, leaf.number, place, i, b});
  // A search among keys out of order may have led anywhere.
  const bool ordered = has_last_ ? Compare(order_, node.key, last_key_) > 0 : from_.empty() || Compare(order_, node.key, from_) >= 0;
  if (!ordered) return Fail({Fault::kKeyOrder, leaf.number, place, i});
  if (node.flags & kDupData) return Fail({Fault::kDuplicates, leaf.number, place, i});
  if (node.flags & kSubData) return Fail({Fault::kSubDatabase, leaf.number, place, i});

  entry.key = node.key;
  entry.size = node.data_size;
  entry.first_page = entry.extent_pages = 0;
  if (node.in_extent()) {
    entry.inlined = {};
    entry.first_page = LoadLE64(leaf.page.bytes().data() + node.data_at);
    entry.extent_pages = ExtentPages(node.data_size, meta_.page_size);
    if (!ExtentFits(meta_, entry.first_page, entry.extent_pages)) {
      return Fail({Fault::kExtentOutside, leaf.number, OffsetOf(leaf) + node.data_at, entry.first_page, entry.extent_pages});
    }
    entry.offset = meta_.offset(entry.first_page) + kPageHeader;
  } else {
    entry.inlined = leaf.page.bytes().subspan(node.data_at, node.data_size);
    entry.offset = OffsetOf(leaf) + node.data_at;
  }
  ++leaf.at;
  ++entries_;
  before_ = last_key_;
  has_before_ = has_last_;
  last_key_ = node.key;
  has_last_ = true;
  return Step::kEntry;
}

size_t Cursor::NextInLeaf(uint32_t base, std::span<Placed> out) {
  if (!placed_ || !finding_.ok() || levels_.empty() || !has_last_ || order_ != Order::kBytes) return 0;
  Level& leaf = levels_.back();
  const uint8_t* const page = leaf.page.bytes().data();
  const size_t size = leaf.page.size(), upper = leaf.page.upper(), most = std::min(leaf.page.count(), leaf.at + out.size());
  size_t i = leaf.at;
  for (; i < most; ++i) {
    const size_t at = LoadLE16(page + kPageHeader + 2 * i);
    if (at < upper || at + kNodeHeader > size) break;
    // The parts of a node's header, format.h.
    const uint64_t header = LoadLE64(page + at);
    const size_t value_size = header & 0xffffffff, flags = (header >> 32) & 0xffff, key_size = header >> 48, left = size - at - kNodeHeader;
    if (flags != 0 || key_size > left || value_size > left - key_size) break;
    const Bytes key(page + at + kNodeHeader, key_size);
    if (!IsLess(last_key_, key)) break;
    const uint32_t place = base + static_cast<uint32_t>(at + kNodeHeader);
    out[i - leaf.at] = {place, static_cast<uint32_t>(key_size), place + static_cast<uint32_t>(key_size), static_cast<uint32_t>(value_size)};
    before_ = last_key_;
    last_key_ = key;
  }
  const size_t taken = i - leaf.at;
  has_before_ |= taken > 0;
  leaf.at = i;
  entries_ += taken;
  return taken;
}

void Cursor::Back() {
  --levels_.back().at;
  --entries_;
  last_key_ = before_;
  has_last_ = has_before_;
}

void Cursor::Pause() { KeepLast(); }

Finding Cursor::Resume() {
  if (!placed_ || levels_.empty() || !finding_.ok()) return finding_;
  const size_t at = levels_.back().at;
  // Read before, and not a page more.
  --loaded_;
  if (Load(depth() - 1, levels_.back().number)) levels_.back().at = at;
  return finding_;
}

Cursor::Step Find(Pages& pages, const Meta& meta, const Database& database, Bytes key, Entry& entry, Finding& finding) {
  if (key.empty()) return Cursor::Step::kEnd;
  Cursor cursor(pages, meta, database);
  finding = cursor.Seek(key);
  if (!finding.ok()) return Cursor::Step::kFault;
  const Cursor::Step step = cursor.Next(entry);
  finding = cursor.finding();
  if (step != Cursor::Step::kEntry) return step;
  return Compare(KeyOrder(database.flags), entry.key, key) == 0 ? step : Cursor::Step::kEnd;
}

}  // namespace bowerbird::lmdb
