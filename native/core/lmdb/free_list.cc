// The verifier on the list of free pages: a database of a record for each transaction that freed some (MDB_IDL: how many, then the pages in
// descending order), which together with the pages in use cover the file once.
#include "core/lmdb/walk.h"

namespace bowerbird::lmdb {

void Walk::TakeFreeRecord(Tree& tree, const Node& node, const Spot& spot) {
  if (node.key.size() != sizeof(uint64_t)) {
    Add(Fault::kFreeKey, spot, 0, node.key.size());
  } else if (const uint64_t by = LoadLE64(node.key.data()); by < 1 || by > meta_.transaction) {
    Add(Fault::kFreeKey, spot, by);
  }
  if (!node.in_extent()) {
    return TakeFreePages(0, spot.page.bytes().subspan(node.data_at, node.data_size), node.data_size, spot);
  }
  const uint64_t before = report_.faults;
  WalkExtent(tree, node, spot);
  if (report_.faults != before) return;
  TakeFreePages(LoadLE64(spot.page.bytes().data() + node.data_at), {}, node.data_size, spot);
}

// A list that stands in pages of its own from `first_page` on, else in `inlined`.
void Walk::TakeFreePages(uint64_t first_page, Bytes inlined, uint64_t size, const Spot& spot) {
  // Null where the page cannot be read. Words never cross pages: header and page size are multiples of their size.
  const auto word = [&](uint64_t i) -> const uint8_t* {
    if (first_page == 0) return inlined.data() + i * sizeof(uint64_t);
    const uint64_t at = kPageHeader + i * sizeof(uint64_t);
    const uint8_t* const page = pages_.Read(first_page + at / meta_.page_size, kValueSlot);
    return page == nullptr ? nullptr : page + at % meta_.page_size;
  };
  const uint8_t* const head = size < sizeof(uint64_t) ? nullptr : word(0);
  if (head == nullptr || size % sizeof(uint64_t) != 0 || LoadLE64(head) != size / sizeof(uint64_t) - 1) {
    return Add(Fault::kFreeSize, spot, size, head == nullptr ? 0 : LoadLE64(head));
  }
  uint64_t before = kNoPage;
  for (uint64_t i = 1, count = size / sizeof(uint64_t); i < count; ++i) {
    const uint8_t* const bytes = word(i);
    if (bytes == nullptr) {
      return Add(Fault::kTruncated, first_page, meta_.offset(first_page), meta_.offset(first_page) + kPageHeader + size, meta_.file_size);
    }
    const uint64_t page = LoadLE64(bytes);
    if (page >= before) Add(Fault::kFreeOrder, spot, page, before);
    before = page;
    if (page < kMetaPages || page >= limit_) {
      Add(Fault::kFreeOutside, spot, page);
    } else if (!free_.Add(page)) {
      Add(Fault::kFreeTwice, spot, page);
    } else {
      ++report_.free_pages;
    }
  }
}

void Walk::CompareMaps() {
  uint64_t both = 0, first_of_both = 0;
  for (uint64_t page = kMetaPages; page < limit_; ++page) {
    if (used_.Has(page) && free_.Has(page) && both++ == 0) first_of_both = page;
  }
  if (both != 0) Add(Fault::kFreeInUse, first_of_both, meta_.offset(first_of_both), both);
  for (uint64_t page = kMetaPages; page < limit_; ++page) {
    if (used_.Has(page) || free_.Has(page)) continue;
    // Behind the end of the file only free pages may be.
    if (page >= meta_.pages) return Add(Fault::kTruncated, page, meta_.offset(page), meta_.offset(limit_), meta_.file_size);
    if (report_.leaked_pages++ == 0) report_.first_leaked = page;
  }
}

}  // namespace bowerbird::lmdb
