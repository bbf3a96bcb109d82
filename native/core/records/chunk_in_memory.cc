#include "core/records/chunk_in_memory.h"

#include <algorithm>

namespace bowerbird::riegeli {

Finding DecodeChunk(const Window& window, const DecodeBounds& bounds, const Codecs& codecs, ChunkMemory& memory, ByteBuffer& records) {
  ChunkHeader header;
  uint64_t end = 0;
  Bytes payload;
  const uint64_t begin = window.position;
  Finding finding = ReadHeader(window, begin, header, end);
  if (!finding.ok()) return finding;
  if (!HoldsRecords(header)) return {Fault::kChunkType, begin, header.type};
  // What a header promises is weighed before the bytes of the chunk are asked for.
  const uint64_t most = std::min(bounds.ceiling, bounds.most + bounds.a_record * header.num_records);
  const bool in_part = bounds.first.has_value() && *bounds.first < header.decoded_size;
  if (!in_part && MemoryOf(header) > most) return {Fault::kTooLarge, begin, MemoryOf(header)};
  if (header.data_size > MostStored(most, header.num_records)) return {Fault::kTooLarge, begin, header.data_size};
  finding = ReadPayload(window, begin, header, end, false, memory.gathered, &payload);
  if (!finding.ok()) return finding;
  const uint64_t wanted = in_part ? *bounds.first : header.decoded_size;
  if (!records.Resize(wanted)) return {Fault::kTooLarge, begin, wanted};
  const auto decode = in_part ? DecodeFirst : DecodeRecords;
  const Fault fault = decode(header, payload, codecs, memory.decode, records.span(), memory.sizes);
  return {fault, begin, payload.empty() ? uint64_t{0} : payload[0]};
}

}  // namespace bowerbird::riegeli

namespace bowerbird::arrayrecord {

using riegeli::ChunkMemory;
using riegeli::Fault;
using riegeli::Finding;
using riegeli::Window;

Finding ReadPostscript(const Window& window, const Codecs& codecs, ChunkMemory& memory, uint64_t& footer_offset) {
  ByteBuffer records;
  const Finding finding = riegeli::DecodeChunk(window, {.most = riegeli::kBlock}, codecs, memory, records);
  if (!finding.ok()) return finding;
  const uint64_t position = window.position;
  if (memory.sizes.empty() || !ParsePostscript(records.bytes().first(memory.sizes[0]), footer_offset)) {
    return {Fault::kPostscript, position};
  }
  const bool may_be = footer_offset <= position && riegeli::MayBegin(footer_offset) && footer_offset >= riegeli::kSignatureEnd;
  return may_be ? Finding{} : Finding{Fault::kFooterPlace, position, footer_offset};
}

Finding ReadFooter(const Window& window, uint64_t most_decoded, const Codecs& codecs, ChunkMemory& memory, ByteBuffer& records,
                   Footer& footer) {
  // An entry of the index takes 33 bytes, the text of the options some hundred.
  const riegeli::DecodeBounds bounds{.most = uint64_t{1} << 20, .a_record = 256, .ceiling = most_decoded};
  const Finding finding = riegeli::DecodeChunk(window, bounds, codecs, memory, records);
  return finding.ok() ? ParseFooter(records.bytes(), memory.sizes, window.position, footer) : finding;
}

}  // namespace bowerbird::arrayrecord
