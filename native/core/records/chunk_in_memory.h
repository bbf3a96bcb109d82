// Single chunks of an ArrayRecord file out of bytes that someone else has read: any chunk of records, the postscript, the footer.
#ifndef BOWERBIRD_CORE_RECORDS_CHUNK_IN_MEMORY_H_
#define BOWERBIRD_CORE_RECORDS_CHUNK_IN_MEMORY_H_

#include <optional>
#include <vector>

#include "core/records/arrayrecord.h"
#include "core/records/record_chunk.h"
#include "core/records/riegeli.h"

namespace bowerbird::riegeli {

// Memory of one decoding thread, kept from chunk to chunk.
struct ChunkMemory {
  ByteBuffer gathered;
  DecodeScratch decode;
  std::vector<uint64_t> sizes;  // of the records of the last chunk
};

// How much of a chunk may be decoded, and how much is wanted.
struct DecodeBounds {
  uint64_t most;                       // bytes of memory
  uint64_t a_record = 0;               // more of them for each record
  uint64_t ceiling = ~uint64_t{0};     // however many records there are
  std::optional<uint64_t> first = {};  // bytes of the first records, where not all are wanted
};

// The records of the chunk that begins where the window does, one behind the other; memory.sizes has their lengths. kNeedBytes where the window
// ends before the chunk.
Finding DecodeChunk(const Window& window, const DecodeBounds& bounds, const Codecs& codecs, ChunkMemory& memory, ByteBuffer& records);

}  // namespace bowerbird::riegeli

namespace bowerbird::arrayrecord {

// Of the postscript that begins where the window does: where the footer is.
riegeli::Finding ReadPostscript(const riegeli::Window& window, const Codecs& codecs, riegeli::ChunkMemory& memory, uint64_t& footer_offset);

// Of the footer that begins there; it borrows `records`. `most_decoded` bounds its memory, whatever it promises.
riegeli::Finding ReadFooter(const riegeli::Window& window, uint64_t most_decoded, const Codecs& codecs, riegeli::ChunkMemory& memory,
                            ByteBuffer& records, Footer& footer);

}  // namespace bowerbird::arrayrecord

#endif  // BOWERBIRD_CORE_RECORDS_CHUNK_IN_MEMORY_H_
