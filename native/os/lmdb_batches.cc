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
      values_(values),
      pages_(*file_, file_->meta().main.depth - size_t{1}),
      cursor_(pages_, file_->meta(), file_->meta().main) {}

LmdbBatch LmdbBatches::Fill(uint64_t turn, MutableBytes out, std::span<LmdbRow> rows) {
  // Pages begin at a page of memory, as in the file: copies from the page cache are then aligned on both sides.
  const size_t misplaced = reinterpret_cast<uintptr_t>(out.data()) % kPage;
  const size_t lead = std::min(out.size(), misplaced == 0 ? 0 : kPage - misplaced);
  Work work{.block = out.subspan(lead), .lead = lead, .rows = rows, .batch = {}, .runs = {}, .pending = {}};
  CollectInTurn(turn, work);
  ReadRuns(work);
  return work.batch;
}

void LmdbBatches::CollectInTurn(uint64_t turn, Work& work) {
  std::unique_lock lock(mutex_);
  turned_.wait(lock, [&] { return turn_ == turn; });
  if (error_ == 0 && finding_.ok() && !ended_ && !stalled_) {
    pages_.Begin(work.block);
    if (begun_) {
      cursor_.Resume();
    } else {
      cursor_.Seek(from_);
    }
    begun_ = true;
    Collect(work);
    cursor_.Pause();
    work.leaves = pages_.used();
  }
  work.batch.ended = ended_;
  work.batch.finding = finding_;
  work.batch.error = error_;
  ++turn_;
  lock.unlock();
  turned_.notify_all();
}

// Takes entries while there is room.
void LmdbBatches::Collect(Work& work) {
  const uint64_t page_size = file_->meta().page_size;
  const MutableBytes block = work.block;
  size_t& count = work.batch.count;
  lmdb::Entry entry;
  while (count < work.rows.size()) {
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
    if (!pages_.in_block() || (apart && !AddExtent(entry, block.size() - pages_.used(), work))) {
      stalled_ = count == 0;
      if (stalled_) work.batch.needed = kPage + (1 + (apart ? entry.extent_pages : 0)) * page_size;
      cursor_.Back();
      return;
    }
    if (apart) pages_.Limit(block.size() - static_cast<size_t>(work.run_pages * page_size));
    const size_t key = work.lead + static_cast<size_t>(entry.key.data() - block.data());
    // In a leaf the value follows the key.
    work.rows[count++] = {static_cast<uint32_t>(key), static_cast<uint32_t>(entry.key.size()), static_cast<uint32_t>(key + entry.key.size()),
                          static_cast<uint32_t>(entry.size)};
    const size_t leaf = work.lead + static_cast<size_t>(cursor_.leaf() - block.data());
    count += cursor_.NextInLeaf(static_cast<uint32_t>(leaf), work.rows.subspan(count));
  }
}

// False where the pages of the value do not fit into `room`, which all runs share.
bool LmdbBatches::AddExtent(const lmdb::Entry& entry, size_t room, Work& work) const {
  const uint64_t page_size = file_->meta().page_size, first = entry.first_page, end = first + entry.extent_pages;
  std::vector<Run>& runs = work.runs;
  const bool joins = !runs.empty() && first >= runs.back().end && (first - runs.back().end) * page_size <= kMostBetween;
  const uint64_t more = end - (joins ? runs.back().end : first);
  if (more > room / page_size || work.run_pages > room / page_size - more) return false;
  if (joins) {
    runs.back().end = end;
  } else {
    runs.push_back({first, end, 0});
  }
  work.run_pages += more;
  work.pending.push_back({work.batch.count, runs.size() - 1, first, entry.extent_pages});
  return true;
}

void LmdbBatches::ReadRuns(Work& work) const {
  const lmdb::Meta& meta = file_->meta();
  LmdbBatch& batch = work.batch;
  size_t at = work.leaves;
  for (Run& run : work.runs) {
    const size_t size = static_cast<size_t>((run.end - run.begin) * meta.page_size);
    run.at = at;
    if (const int error = file_->Read(meta.offset(run.begin), work.block.subspan(at, size))) {
      batch.error = error;
      batch.count = 0;
      return;
    }
    at += size;
  }
  for (const Pending& value : work.pending) {
    const Run& run = work.runs[value.run];
    const size_t header = run.at + static_cast<size_t>((value.first_page - run.begin) * meta.page_size);
    const Bytes bytes = Bytes(work.block).subspan(header, lmdb::kPageHeader);
    const lmdb::Finding finding = lmdb::CheckExtent(meta, lmdb::PageView(bytes), value.first_page, value.pages);
    if (!finding.ok()) {
      batch.finding = finding;
      batch.count = value.row;
      return;
    }
    work.rows[value.row].value = static_cast<uint32_t>(work.lead + header + lmdb::kPageHeader);
  }
}

}  // namespace bowerbird::os
