// Random access to the chunks of a local ArrayRecord file: one read, one hash and one decoding a chunk, from any thread.
#ifndef BOWERBIRD_OS_CHUNK_FILE_H_
#define BOWERBIRD_OS_CHUNK_FILE_H_

#include <string>
#include <vector>

#include "os/page_buffer.h"
#include "os/regular_file.h"
#include "core/records/arrayrecord.h"
#include "core/records/chunk_in_memory.h"
#include "core/records/record_chunk.h"

namespace bowerbird::os {

// Of one reading thread: what it has read, besides what it decodes with.
struct ChunkScratch : riegeli::ChunkMemory {
  PageBuffer pages;
};

// This thread's, unless a giant chunk made it huge a moment ago.
ChunkScratch& ThreadScratch();

class ChunkFile {
 public:
  enum class Wait : uint8_t {
    kForDisk,
    kNever,  // only what is in memory already: kCold otherwise, and where the system cannot tell
  };
  struct Outcome {
    enum class Kind : uint8_t { kOk, kCold, kFinding, kSystem };
    Kind kind = Kind::kOk;
    riegeli::Finding finding = {};
    int error = 0;
  };

  // Returns 0 or an errno.
  int Open(const std::string& path) { return file_.Open(path); }
  uint64_t size() const { return file_.size(); }

  // What is at `offset`; an error where the file became shorter.
  int Read(uint64_t offset, MutableBytes out) const { return file_.Read(offset, out); }

  // Before the file is shared between threads. `end`: of the last chunk, where the footer begins.
  void SetIndex(std::vector<arrayrecord::Entry> entries, uint64_t end);
  const std::vector<arrayrecord::Entry>& entries() const { return entries_; }

  // Fills `out` with the records of a chunk and scratch.sizes with their lengths.
  // REQUIRES: chunk < entries().size(), out.size() == entries()[chunk].decoded_size
  Outcome Decode(size_t chunk, Wait wait, ChunkScratch& scratch, MutableBytes out) const;
  // The first records, as many as `out` holds whole, and their lengths. kNeedWhole: Decode() alone can tell.
  Outcome DecodeFirst(size_t chunk, ChunkScratch& scratch, MutableBytes out) const;
  // The chunk as it is stored. `payload` borrows the scratch.
  Outcome Payload(size_t chunk, Wait wait, ChunkScratch& scratch, riegeli::ChunkHeader& header, Bytes& payload) const;

 private:
  Outcome ReadRange(uint64_t begin, uint64_t end, Wait wait, PageBuffer& pages) const;

  RegularFile file_;
  std::vector<arrayrecord::Entry> entries_;
  uint64_t end_ = 0;
};

}  // namespace bowerbird::os

#endif  // BOWERBIRD_OS_CHUNK_FILE_H_
