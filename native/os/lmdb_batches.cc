#include "os/lmdb_batches.h"

#include <algorithm>
#include <cerrno>

namespace bowerbird::os {
namespace {

// Reading on over as much that nobody asked for costs no more than another call.
constexpr uint64_t kMostBetween = 16384;
constexpr uint64_t kMostAhead = uint64_t{256} << 10;

}  // namespace

void BlockPages::Begin(MutableBytes block) {
  block_ = block;
  room_ = block.size();
  used_ = at_ = 0;
  begin_ = end_ = 0;
  ahead_ = 1;
}

const uint8_t* BlockPages::Read(uint64_t page, size_t slot) {
  return slot == leaf_slot_ ? ReadLeaf(page) : others_.Read(page, slot);
}

const uint8_t* BlockPages::ReadLeaf(uint64_t page) {
  const lmdb::Meta& meta = file_.meta();
  const size_t page_size = meta.page_size;
  if (page < begin_ || page >= end_) {
    ahead_ = page == end_ && page != 0 ? std::min(2 * ahead_, std::max<uint64_t>(1, kMostAhead / page_size)) : 1;
    const uint64_t room = used_ < room_ ? (room_ - used_) / page_size : 0, count = std::min({ahead_, meta.pages - page, room});
    in_block_ = count > 0;
    if (!in_block_ && !spare_.Grow(page_size)) {
      error_ = ENOMEM;
      return nullptr;
    }
    const MutableBytes to = in_block_ ? block_.subspan(used_, static_cast<size_t>(count) * page_size) : MutableBytes(spare_.data(), page_size);
    begin_ = end_ = 0;
    error_ = file_.Read(meta.offset(page), to);
    if (error_ != 0) return nullptr;
    if (!in_block_) return spare_.data();
    begin_ = page;
    end_ = page + count;
    at_ = used_;
    used_ += to.size();
  }
  in_block_ = true;
  return block_.data() + at_ + (page - begin_) * page_size;
}

LmdbBatches::LmdbBatches(std::shared_ptr<const LmdbFile> file, bool values)
    : file_(std::move(file)),
      pages_(*file_, file_->meta().main.depth - size_t{1}),
      cursor_(pages_, file_->meta(), file_->meta().main),
      values_(values) {}

void LmdbBatches::Fill(MutableBytes out, std::span<LmdbRow> rows) {
  runs_.clear();
  pending_.clear();
  count_ = 0;
  run_pages_ = needed_ = 0;
  if (error_ != 0 || !finding_.ok() || ended_) return;
  // Pages begin at a page of memory, as in the file: copies from the page cache are then aligned on both sides.
  const size_t misplaced = reinterpret_cast<uintptr_t>(out.data()) % kPage;
  const size_t lead = std::min(out.size(), misplaced == 0 ? 0 : kPage - misplaced);
  const MutableBytes block = out.subspan(lead);
  pages_.Begin(block);
  if (begun_) {
    cursor_.Resume();
  } else {
    cursor_.Seek(from_);
  }
  begun_ = true;
  Collect(block, lead, rows);
  ReadRuns(block, lead, rows);
  cursor_.Pause();
}

// Takes entries while there is room.
void LmdbBatches::Collect(MutableBytes block, size_t lead, std::span<LmdbRow> rows) {
  const uint64_t page_size = file_->meta().page_size;
  lmdb::Entry entry;
  while (count_ < rows.size()) {
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
    const bool apart = values_ && entry.first_page != 0;
    if (!pages_.in_block() || (apart && !AddExtent(entry, block.size() - pages_.used()))) {
      if (count_ == 0) needed_ = kPage + (1 + (apart ? entry.extent_pages : 0)) * page_size;
      cursor_.Back();
      return;
    }
    if (apart) pages_.Limit(block.size() - static_cast<size_t>(run_pages_ * page_size));
    const size_t key = lead + static_cast<size_t>(entry.key.data() - block.data());
    // In a leaf the value follows the key.
    rows[count_++] = {static_cast<uint32_t>(key), static_cast<uint32_t>(entry.key.size()), static_cast<uint32_t>(key + entry.key.size()),
                      static_cast<uint32_t>(entry.size)};
    count_ += cursor_.NextInLeaf(static_cast<uint32_t>(lead + static_cast<size_t>(cursor_.leaf() - block.data())), rows.subspan(count_));
  }
}

// False where the pages of the value do not fit into `room`, which all runs share.
bool LmdbBatches::AddExtent(const lmdb::Entry& entry, size_t room) {
  const uint64_t page_size = file_->meta().page_size, first = entry.first_page, end = first + entry.extent_pages;
  const bool joins = !runs_.empty() && first >= runs_.back().end && (first - runs_.back().end) * page_size <= kMostBetween;
  const uint64_t more = end - (joins ? runs_.back().end : first);
  if (more > room / page_size || run_pages_ > room / page_size - more) return false;
  if (joins) {
    runs_.back().end = end;
  } else {
    runs_.push_back({first, end, 0});
  }
  run_pages_ += more;
  pending_.push_back({count_, runs_.size() - 1, first, entry.extent_pages});
  return true;
}

void LmdbBatches::ReadRuns(MutableBytes block, size_t lead, std::span<LmdbRow> rows) {
  const lmdb::Meta& meta = file_->meta();
  size_t at = pages_.used();
  for (Run& run : runs_) {
    const size_t size = static_cast<size_t>((run.end - run.begin) * meta.page_size);
    run.at = at;
    if (const int error = file_->Read(meta.offset(run.begin), block.subspan(at, size))) {
      error_ = error;
      count_ = 0;
      return;
    }
    at += size;
  }
  for (const Pending& value : pending_) {
    const Run& run = runs_[value.run];
    const size_t header = run.at + static_cast<size_t>((value.first_page - run.begin) * meta.page_size);
    const Bytes bytes = Bytes(block).subspan(header, lmdb::kPageHeader);
    const lmdb::Finding finding = lmdb::CheckExtent(meta, lmdb::PageView(bytes), value.first_page, value.pages);
    if (!finding.ok()) {
      finding_ = finding;
      count_ = value.row;
      return;
    }
    rows[value.row].value = static_cast<uint32_t>(lead + header + lmdb::kPageHeader);
  }
}

}  // namespace bowerbird::os
