#include "os/lmdb_batches.h"

#include <algorithm>
#include <cstring>

namespace bowerbird::os {
namespace {

constexpr size_t kMostRows = 65536;
// Reading on over as much that nobody asked for costs no more than another call.
constexpr uint64_t kMostBetween = 16384;

}  // namespace

LmdbBatches::LmdbBatches(std::shared_ptr<const LmdbFile> file, bool values)
    : file_(std::move(file)), pages_(*file_), cursor_(pages_, file_->meta(), file_->meta().main), values_(values) {}

void LmdbBatches::Fill(MutableBytes out) {
  rows_.clear();
  rows_.reserve(kMostRows);
  runs_.clear();
  pending_.clear();
  packed_ = 0;
  run_pages_ = needed_ = 0;
  if (error_ != 0 || !finding_.ok() || ended_) return;
  if (!begun_) cursor_.Seek(from_);
  begun_ = true;
  Collect(out);
  ReadRuns(out);
}

// Takes entries while there is room; what is small is copied at once.
void LmdbBatches::Collect(MutableBytes out) {
  const size_t room = out.size();
  lmdb::Entry entry;
  while (rows_.size() < kMostRows) {
    const lmdb::Cursor::Step step = cursor_.Next(entry);
    if (step == lmdb::Cursor::Step::kEnd) {
      ended_ = true;
      return;
    }
    if (step == lmdb::Cursor::Step::kFault) {
      finding_ = cursor_.finding();
      error_ = pages_.error();
      return;
    }
    const uint64_t place = entry.offset;
    if (!values_) {
      entry.inlined = {};
      entry.first_page = entry.extent_pages = 0;
    }
    const size_t small = entry.key.size() + entry.inlined.size();
    // Runs begin at a page of memory, as in the file.
    const uint64_t taken = packed_ + run_pages_ * file_->meta().page_size + kPage;
    const bool fits = taken <= room && small <= room - taken;
    if (!fits || (entry.first_page != 0 && !AddExtent(entry, static_cast<size_t>(room - taken - small)))) {
      if (rows_.empty()) needed_ = small + kPage + entry.extent_pages * file_->meta().page_size;
      cursor_.Back();
      return;
    }
    const uint64_t value = packed_ + entry.key.size();
    // In a leaf the value follows the key.
    std::memcpy(out.data() + packed_, entry.key.data(), small);
    rows_.push_back({packed_, entry.key.size(), values_ ? value : place, entry.size});
    packed_ += small;
  }
}

// False where the pages of the value do not fit into `room`.
bool LmdbBatches::AddExtent(const lmdb::Entry& entry, size_t room) {
  const uint64_t page_size = file_->meta().page_size, first = entry.first_page, end = first + entry.extent_pages;
  const bool joins = !runs_.empty() && first >= runs_.back().end && (first - runs_.back().end) * page_size <= kMostBetween;
  const uint64_t more = end - (joins ? runs_.back().end : first);
  if (more > room / page_size) return false;
  if (joins) {
    runs_.back().end = end;
  } else {
    runs_.push_back({first, end, 0});
  }
  run_pages_ += more;
  pending_.push_back({rows_.size(), runs_.size() - 1, first, entry.extent_pages});
  return true;
}

void LmdbBatches::ReadRuns(MutableBytes out) {
  const lmdb::Meta& meta = file_->meta();
  const size_t misplaced = reinterpret_cast<uintptr_t>(out.data() + packed_) % kPage;
  size_t at = packed_ + (misplaced == 0 ? 0 : kPage - misplaced);
  for (Run& run : runs_) {
    const size_t size = static_cast<size_t>((run.end - run.begin) * meta.page_size);
    run.at = at;
    if (const int error = file_->Read(meta.offset(run.begin), out.subspan(at, size))) {
      error_ = error;
      rows_.clear();
      return;
    }
    at += size;
  }
  for (const Pending& value : pending_) {
    const Run& run = runs_[value.run];
    const size_t header = run.at + static_cast<size_t>((value.first_page - run.begin) * meta.page_size);
    const Bytes bytes = Bytes(out).subspan(header, lmdb::kPageHeader);
    finding_ = lmdb::CheckExtent(meta, lmdb::PageView(bytes), value.first_page, value.pages);
    if (!finding_.ok()) {
      rows_.resize(value.row);
      return;
    }
    rows_[value.row].value = header + lmdb::kPageHeader;
  }
}

}  // namespace bowerbird::os
