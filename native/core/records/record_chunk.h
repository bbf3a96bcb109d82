// The payload of a chunk of records, simple or transposed: packed here, and back.
#ifndef BOWERBIRD_CORE_RECORDS_RECORD_CHUNK_H_
#define BOWERBIRD_CORE_RECORDS_RECORD_CHUNK_H_

#include <span>
#include <vector>

#include "core/records/codecs.h"
#include "core/records/riegeli.h"

namespace bowerbird::riegeli {

// Bytes that DecodeRecords() and its caller need, about: the records, twice where they come out of columns, and a number for each.
inline uint64_t MemoryOf(const ChunkHeader& header) {
  const uint64_t times = header.type == static_cast<uint8_t>(ChunkType::kTransposed) ? 2 : 1;
  const uint64_t decoded = std::min(header.decoded_size, kMaxPosition), records = std::min(header.num_records, kMaxPosition);
  return times * decoded + records * sizeof(uint64_t);
}
// What the payload may take in the file beyond its records: their lengths, and what a compressor adds to what it cannot compress.
inline uint64_t MostStored(uint64_t decoded, uint64_t records) { return decoded + decoded / 128 + 10 * records + kBlock; }

// Memory of a decoder, kept from chunk to chunk.
struct DecodeScratch {
  ByteBuffer sizes;                     // of a simple chunk; the header of a transposed one
  std::vector<ByteBuffer> buckets;      // unpacked
  ByteBuffer transitions;
  std::vector<uint64_t> limits;
};

// Fills `out` with the records of a chunk, one behind the other, and `sizes` with their lengths. Only the fault of the finding is set.
// REQUIRES: HoldsRecords(header), payload as ReadPayload() gave it, out.size() == header.decoded_size
Fault DecodeRecords(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, MutableBytes out,
                    std::vector<uint64_t>& sizes);

// The same for a simple chunk, piece by piece: its records go to `taker`, one behind the other, and `sizes` is filled before the first of them.
// kNeedWhole where they cannot be unpacked in pieces; some may have been taken then. Where the taker wants no more, what follows is not looked at.
Fault DecodeInPieces(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, std::vector<uint64_t>& sizes,
                     Taker& taker);

// The first records of a chunk, as many as `out` holds whole; `out` may be shorter than all of them. A transposed chunk is kNeedWhole.
Fault DecodeFirst(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, MutableBytes out,
                  std::vector<uint64_t>& sizes);

// How much of the payload of an uncompressed simple chunk CheckSimple() has to see: the lengths of its records stand at the beginning.
uint64_t SizesAtMost(const ChunkHeader& header);
// As far as the records of such a chunk can be checked without copying them. REQUIRES: `head` holds that much, a type byte at least
Fault CheckSimple(const ChunkHeader& header, Bytes head, std::vector<uint64_t>& sizes);

// The type of compression of a payload that holds records. False where it is none that exists.
bool CompressionOf(Bytes payload, Codec& codec);

// Appends the payload of a simple chunk. REQUIRES: sizes add up to values.size(). False when there is no memory.
bool EncodeSimple(Bytes values, std::span<const uint64_t> sizes, const Compression& compression, const Codecs& codecs, ByteBuffer& out);

// Appends the payload of a transposed chunk whose records stay whole: columns are not made of messages, which readers do not need. Of records
// that are empty or no messages it is what Google's encoder makes. transposed_encode.cc. REQUIRES: there is a record
bool EncodeTransposed(Bytes values, std::span<const uint64_t> sizes, const Compression& compression, const Codecs& codecs,
                      ByteBuffer& out);

// transposed_chunk.cc
Fault DecodeTransposed(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, MutableBytes out,
                       std::vector<uint64_t>& sizes);

// Unpacks into a buffer of the size that is claimed.
Fault UnpackInto(const Packed& packed, const Codecs& codecs, ByteBuffer& out);

}  // namespace bowerbird::riegeli

#endif  // BOWERBIRD_CORE_RECORDS_RECORD_CHUNK_H_
