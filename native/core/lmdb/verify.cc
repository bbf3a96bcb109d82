#include "core/lmdb/verify.h"

#include "core/lmdb/walk.h"

namespace bowerbird::lmdb {

Walk::Walk(Pages& pages, const Meta& meta, Watcher* watcher)
    : pages_(pages),
      meta_(meta),
      watcher_(watcher),
      limit_(meta.last_page + 1),
      used_(limit_),
      free_(limit_),
      taken_(meta.page_size / 2) {}

void Walk::Add(Fault fault, uint64_t page, uint64_t offset, uint64_t a, uint64_t b) {
  ++report_.faults;
  if (report_.findings.size() < kMostFindings) report_.findings.push_back({fault, page, offset, a, b});
}

// Page `page` is referred to at `offset`, in page `from`. False with a finding.
bool Walk::Use(uint64_t page, uint64_t from, uint64_t offset) {
  if (page < kMetaPages || page >= limit_) {
    Add(Fault::kPageOutside, from, offset, page, limit_);
    return false;
  }
  if (!used_.Add(page)) {
    Add(Fault::kPageTwice, from, offset, page);
    return false;
  }
  if (page < meta_.pages) return true;
  Add(Fault::kTruncated, page, meta_.offset(page), meta_.offset(page + 1), meta_.file_size);
  return false;
}

bool Walk::Stopped(uint64_t pages) {
  if (watcher_ != nullptr && !report_.stopped) report_.stopped = !watcher_->Reached(pages);
  return report_.stopped;
}

Report Walk::Run() {
  for (uint64_t page = 0; page < kMetaPages; ++page) {
    // Its meta data may be there, and the rest of the page not.
    const uint8_t* const bytes = page < meta_.pages ? pages_.Read(page, 0) : nullptr;
    const uint64_t offset = meta_.offset(page), transaction = meta_.transactions[page];
    if (bytes == nullptr) {
      Add(Fault::kTruncated, page, offset, offset + meta_.page_size, meta_.file_size);
      return report_;
    }
    if (LoadLE64(bytes) != page) Add(Fault::kPageNumber, page, offset, LoadLE64(bytes));
    // Transaction N writes page N mod 2.
    const bool twice = page == 1 && transaction != 0 && transaction == meta_.transactions[0];
    if ((transaction != 0 && transaction % kMetaPages != page) || twice) Add(Fault::kTransaction, page, offset + kPageHeader, transaction);
  }
  const uint64_t record = meta_.offset(meta_.at) + kPageHeader + 24;
  if (meta_.main.key_size > meta_.page_size - kPageHeader) {
    Add(Fault::kDatabaseKeySize, meta_.at, record + kDatabaseRecord, meta_.main.key_size);
  }
  for (const Database* database : {&meta_.free, &meta_.main}) {
    const uint64_t at = database == &meta_.free ? record : record + kDatabaseRecord;
    if (!AreDatabaseFlags(database->flags)) Add(Fault::kDatabaseFlags, meta_.at, at, database->flags);
  }
  // LMDB compares the keys of the list of free pages as numbers, whatever its flags say.
  Tree free{.database = meta_.free, .role = Role::kFree, .order = Order::kInteger, .slot = 0, .page = meta_.at, .offset = record};
  WalkTree(free);
  Tree main{.database = meta_.main, .role = Role::kMain, .order = KeyOrder(meta_.main.flags), .slot = 0, .page = meta_.at,
            .offset = record + kDatabaseRecord};
  WalkTree(main);
  report_.entries += main.entries;
  if (!report_.stopped) CompareMaps();
  return report_;
}

Report Verify(Pages& pages, const Meta& meta, Watcher* watcher) { return Walk(pages, meta, watcher).Run(); }

}  // namespace bowerbird::lmdb
