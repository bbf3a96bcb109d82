// The payload of a chunk of records, simple or transposed: packed here, and back.
#ifndef BOWERBIRD_CORE_RECORD_CHUNK_H_
#define BOWERBIRD_CORE_RECORD_CHUNK_H_

#include <span>
#include <vector>

#include "core/codecs.h"
#include "core/riegeli.h"

namespace bowerbird::riegeli {

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

// How much of the payload of an uncompressed simple chunk CheckSimple() has to see: the lengths of its records stand at the beginning.
uint64_t SizesAtMost(const ChunkHeader& header);
// As far as the records of such a chunk can be checked without copying them. REQUIRES: `head` holds that much, a type byte at least
Fault CheckSimple(const ChunkHeader& header, Bytes head, std::vector<uint64_t>& sizes);

// The type of compression of a payload that holds records. False where it is none that exists.
bool CompressionOf(Bytes payload, Codec& codec);

// Appends the payload of a simple chunk. REQUIRES: sizes add up to values.size(). False when there is no memory.
bool EncodeSimple(Bytes values, std::span<const uint64_t> sizes, const Compression& compression, const Codecs& codecs, ByteBuffer& out);

// Appends the payload of the smallest legal transposed chunk: every record whole, as one that is not a protobuf message. That is what
// readers need of `transpose:true`; columns are not made.
bool EncodeTransposed(Bytes values, std::span<const uint64_t> sizes, const Compression& compression, const Codecs& codecs,
                      ByteBuffer& out);

// transposed_chunk.cc
Fault DecodeTransposed(const ChunkHeader& header, Bytes payload, const Codecs& codecs, DecodeScratch& scratch, MutableBytes out,
                       std::vector<uint64_t>& sizes);

// Unpacks into a buffer of the size that is claimed.
Fault UnpackInto(const Packed& packed, const Codecs& codecs, ByteBuffer& out);

}  // namespace bowerbird::riegeli

#endif  // BOWERBIRD_CORE_RECORD_CHUNK_H_
