// The entries of an LMDB file in the order of their keys, as many at a time as a block of memory holds.
//
// Leaves are read into the block itself, so that keys and small values stay where they were read; values in pages of their own follow behind.
#ifndef BOWERBIRD_OS_LMDB_BATCHES_H_
#define BOWERBIRD_OS_LMDB_BATCHES_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include "core/lmdb/cursor.h"
#include "os/lmdb_file.h"

namespace bowerbird::os {

// Counted from the start of the block; where only keys are read, the place of a value says nothing.
using LmdbRow = lmdb::Placed;

// Leaves one behind the other in a block of memory, read ahead where they are neighbours; all else in memory of its own.
class BlockPages : public lmdb::Pages {
 public:
  BlockPages(const LmdbFile& file, size_t leaf_slot) : file_(file), others_(file), leaf_slot_(leaf_slot) {}

  // From here on leaves go into `block`.
  void Begin(MutableBytes block);
  // Leaves may take so many bytes. REQUIRES: room <= block.size()
  void Limit(size_t room) { room_ = room; }
  const uint8_t* Read(uint64_t page, size_t slot) override;

  size_t used() const { return used_; }
  // The leaf that was read last is in the block; else there was no room for it.
  bool in_block() const { return in_block_; }
  int error() const { return error_ != 0 ? error_ : others_.error(); }

 private:
  const uint8_t* ReadLeaf(uint64_t page);

  const LmdbFile& file_;
  FilePages others_;
  const size_t leaf_slot_;
  MutableBytes block_;
  size_t room_ = 0, used_ = 0;
  // What the last read into the block brought.
  uint64_t begin_ = 0, end_ = 0, ahead_ = 1;  // pages
  size_t at_ = 0;
  bool in_block_ = true;
  PageBuffer spare_;
  int error_ = 0;
};

// What one Fill() found.
struct LmdbBatch {
  size_t count = 0;     // rows
  uint64_t needed = 0;  // bytes that the next entry takes, where there is no row because `out` is too small
  bool ended = false;
  lmdb::Finding finding;
  int error = 0;
};

class LmdbBatches {
 public:
  // `values`: else keys alone are read, and how large the values are.
  LmdbBatches(std::shared_ptr<const LmdbFile> file, bool values);

  // Begins at the first key that is not less; without one at the first of all.
  void Seek(Bytes key) { from_.assign(key.begin(), key.end()); }

  // The place of a Fill() among all, on the thread that orders them. Each is filled, or given back at once where it is the last one.
  uint64_t TakeTurn() { return turns_++; }
  void GiveBackTurn() { --turns_; }
  // From the entry that did not fit on. REQUIRES: no Fill() is under way
  void GoOnAfterNeed() { stalled_ = false; }

  // Fills `out`, and `rows` with where things are in it. Values in pages of their own are read in runs, with whatever stands between them.
  // Several may be under way, each on a thread of its own: they go through the tree one after the other, and read such values at once.
  // No row: the end, a failure, or `out` holds not even the next one; then there is none for those that follow either, until
  // GoOnAfterNeed(). At a failure the rows before it stand.
  // REQUIRES: out.size() < 2^32, !rows.empty(). Once it has returned, nothing in `out` is looked at again
  LmdbBatch Fill(uint64_t turn, MutableBytes out, std::span<LmdbRow> rows);

 private:
  // Neighbouring pages that are read at once.
  struct Run {
    uint64_t begin, end;
    size_t at;  // in the block
  };
  struct Pending {
    size_t row, run;
    uint64_t first_page, pages;
  };
  // What a Fill() works on.
  struct Work {
    MutableBytes block;
    size_t lead;  // before the block, in what the caller gave
    std::span<LmdbRow> rows;
    LmdbBatch batch;
    std::vector<Run> runs;
    std::vector<Pending> pending;
    uint64_t run_pages = 0;
    size_t leaves = 0;  // bytes
  };

  void CollectInTurn(uint64_t turn, Work& work);
  void Collect(Work& work);
  bool AddExtent(const lmdb::Entry& entry, size_t room, Work& work) const;
  void ReadRuns(Work& work) const;

  const std::shared_ptr<const LmdbFile> file_;
  const bool values_;
  std::vector<uint8_t> from_;
  uint64_t turns_ = 0;

  std::mutex mutex_;  // of all below
  std::condition_variable turned_;
  uint64_t turn_ = 0;
  BlockPages pages_;
  lmdb::Cursor cursor_;
  bool begun_ = false, stalled_ = false;
  bool ended_ = false;
  lmdb::Finding finding_;
  int error_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_LMDB_BATCHES_H_
