#include "os/chunk_file.h"

#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/codec_library.h"
#include "os/most_decoded.h"

namespace bowerbird::os {
namespace {

using riegeli::ChunkHeader;
using riegeli::Fault;
using Outcome = ChunkFile::Outcome;

constexpr size_t kKeptBytes = size_t{4} << 20;

// Bytes read, -1 with errno. EAGAIN: not in memory.
ssize_t ReadAt(int fd, uint8_t* to, size_t count, uint64_t offset, ChunkFile::Wait wait) {
  const off_t at = static_cast<off_t>(offset);
  if (wait == ChunkFile::Wait::kForDisk) return pread(fd, to, count, at);
#if defined(__linux__) && defined(RWF_NOWAIT)
  const iovec piece{to, count};
  return preadv2(fd, &piece, 1, at, RWF_NOWAIT);
#else
  errno = EAGAIN;
  return -1;
#endif
}

Outcome Found(Fault fault, uint64_t offset, uint64_t a = 0, uint64_t b = 0) {
  return {.kind = Outcome::Kind::kFinding, .finding = {fault, offset, a, b}};
}

}  // namespace

ChunkScratch& ThreadScratch() {
  thread_local ChunkScratch scratch;
  if (scratch.pages.size() > kKeptBytes) scratch.pages.Free();
  scratch.gathered.Trim(kKeptBytes);
  scratch.decode.sizes.Trim(kKeptBytes);
  scratch.decode.transitions.Trim(kKeptBytes);
  if (scratch.sizes.capacity() > kKeptBytes / sizeof(uint64_t)) scratch.sizes = {};
  if (scratch.decode.buckets.size() > 64) scratch.decode.buckets.clear();
  for (ByteBuffer& bucket : scratch.decode.buckets) bucket.Trim(kKeptBytes);
  return scratch;
}

void ChunkFile::SetIndex(std::vector<arrayrecord::Entry> entries, uint64_t end) {
  entries_ = std::move(entries);
  end_ = end;
}

// Into `pages`, at the offset inside a page that the bytes have in the file: copies from the page cache are then aligned on both sides.
Outcome ChunkFile::ReadRange(uint64_t begin, uint64_t end, Wait wait, PageBuffer& pages) const {
  const size_t lead = begin % kPage;
  if (!pages.Grow(RoundUpToPage(lead + (end - begin)))) return Found(Fault::kTooLarge, begin, end - begin);
  uint64_t at = begin - lead;
  while (at < end) {
    const ssize_t got = ReadAt(file_.fd(), pages.data() + (at - (begin - lead)), std::min<uint64_t>(end - at, 1u << 30), at, wait);
    if (got < 0) {
      if (errno == EINTR) continue;
      // A file system that knows no RWF_NOWAIT says so; then only a thread that may wait can read.
      if (wait == Wait::kNever) return {.kind = Outcome::Kind::kCold};
      return {.kind = Outcome::Kind::kSystem, .error = errno};
    }
    if (got == 0) return {.kind = Outcome::Kind::kSystem, .error = ESTALE};
    at += static_cast<uint64_t>(got);
  }
  return {};
}

Outcome ChunkFile::Payload(size_t chunk, Wait wait, ChunkScratch& scratch, ChunkHeader& header, Bytes& payload) const {
  const arrayrecord::Entry& entry = entries_[chunk];
  const uint64_t begin = entry.offset, bound = chunk + 1 < entries_.size() ? entries_[chunk + 1].offset : end_;
  // What the records take when they are not compressed; behind the chunk there may be padding, which nobody asked for.
  constexpr uint64_t kMostOfRecord = 10, kMostAround = 64;
  const uint64_t most = entry.decoded_size + entry.num_records * kMostOfRecord + kMostAround;
  uint64_t end = std::min(bound, riegeli::ChunkEnd(begin, most, entry.num_records));
  if (end - begin > riegeli::MostStored(MostDecoded(), entry.num_records)) return Found(Fault::kTooLarge, begin, end - begin);
  for (;;) {
    if (Outcome outcome = ReadRange(begin, end, wait, scratch.pages); outcome.kind != Outcome::Kind::kOk) return outcome;
    const riegeli::Window window{{scratch.pages.data() + begin % kPage, end - begin}, begin, file_.size()};
    uint64_t chunk_end = 0;
    riegeli::Finding finding = riegeli::ReadHeader(window, begin, header, chunk_end);
    if (finding.ok()) finding = riegeli::ReadPayload(window, begin, header, chunk_end, false, scratch.gathered, &payload);
    if (finding.fault == Fault::kNeedBytes && finding.a - begin > riegeli::MostStored(MostDecoded(), entry.num_records)) {
      return Found(Fault::kTooLarge, begin, finding.a - begin);
    }
    if (finding.fault == Fault::kNeedBytes && finding.a <= bound) {
      end = finding.a;
      continue;
    }
    if (finding.fault == Fault::kNeedBytes) return Found(Fault::kIndexMismatch, begin, entry.num_records, header.num_records);
    if (!finding.ok()) return {.kind = Outcome::Kind::kFinding, .finding = finding};
    const bool as_indexed =
        riegeli::HoldsRecords(header) && header.num_records == entry.num_records && header.decoded_size == entry.decoded_size;
    return as_indexed ? Outcome{} : Found(Fault::kIndexMismatch, begin, entry.num_records, header.num_records);
  }
}

Outcome ChunkFile::Decode(size_t chunk, Wait wait, ChunkScratch& scratch, MutableBytes out) const {
  ChunkHeader header;
  Bytes payload;
  if (Outcome outcome = Payload(chunk, wait, scratch, header, payload); outcome.kind != Outcome::Kind::kOk) return outcome;
  const uint64_t offset = entries_[chunk].offset;
  if (riegeli::MemoryOf(header) > MostDecoded()) return Found(Fault::kTooLarge, offset, riegeli::MemoryOf(header));
  const Fault fault = riegeli::DecodeRecords(header, payload, CodecLibrary(), scratch.decode, out, scratch.sizes);
  if (fault == Fault::kNone) return {};
  return Found(fault, offset, payload.empty() ? 0 : payload[0]);
}

Outcome ChunkFile::DecodeFirst(size_t chunk, ChunkScratch& scratch, MutableBytes out) const {
  ChunkHeader header;
  Bytes payload;
  if (Outcome outcome = Payload(chunk, Wait::kForDisk, scratch, header, payload); outcome.kind != Outcome::Kind::kOk) return outcome;
  const Fault fault = riegeli::DecodeFirst(header, payload, CodecLibrary(), scratch.decode, out, scratch.sizes);
  if (fault == Fault::kNone) return {};
  return Found(fault, entries_[chunk].offset, payload.empty() ? 0 : payload[0]);
}

}  // namespace bowerbird::os
